"""What is planted in the sample, and from when: the one list that the generator, its README and the tests read."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

WEEKS = tuple(f"2026-W{week}" for week in range(39, 47))
QUIET_WEEKS = ("2026-W40", "2026-W41")


def _at(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Truth:
    """One planted truth: `since` (UTC), what it is, and where the product shows it."""

    name: str
    since: datetime
    what: str
    shows: str


PROMPT_V2 = Truth(
    "harmless prompt version", _at(2026, 10, 12),
    "Prompt `bank-assistant` v2 replaces v1 and changes nothing.", "Prompt version as a filter; no figure moves.",
)  # fmt: skip
STALE = Truth(
    "stale documents", _at(2026, 10, 14),
    "Retrieval configuration `hybrid-k6` starts for the tenants alder, summit and meadow; 6 in 10 of the documents that "
    "it returns were last updated before 2026-03-01 (1 in 20 with `bm25-k4`).",
    "Documents of a trace: last updated.",
)  # fmt: skip
LATENCY = Truth(
    "latency regression", _at(2026, 10, 20),
    "Step `rerank documents` takes 900 ms in the median instead of 120 ms.", "Traffic, Latency by step.",
)  # fmt: skip
COST = Truth(
    "cost jump", _at(2026, 10, 26),
    "Prompt v3 replaces v2 with instructions four times as long: model calls read about three times the tokens.",
    "Traffic, Cost and Tokens, grouped by prompt version.",
)  # fmt: skip
LOOP = Truth(
    "tool loop", _at(2026, 10, 29),
    "For two days `get_exchange_rate` is called 6 to 9 times with the same arguments in a third of the traces about "
    "exchange rates.", "A trace's waterfall marks the repeated calls.",
)  # fmt: skip
LOOP_ENDS = _at(2026, 10, 31)
TOPIC = Truth(
    "topic shift", _at(2026, 11, 2),
    "Questions about the new instant-payment scheme (words: instant, payment, recipient, limit, scheme) rise from none "
    "to a third.", "Text search; drift by words later.",
)  # fmt: skip
MODEL = Truth(
    "silent model change", _at(2026, 11, 3),
    "Requests for `gpt-4o-mini-2024-07-18` are answered by `gpt-4.1-mini-2025-04-14`; answers grow by 40%.",
    "Model answered against model requested.",
)  # fmt: skip
INJECTION = Truth(
    "injection in a document", _at(2026, 11, 5),
    "Document `kb-fees-07` tells the assistant to ignore its instructions and to send the account number to an address.",
    "Documents of a trace; text search for its words.",
)  # fmt: skip
ESCALATION = Truth(
    "escalations", _at(2026, 11, 9),
    "With prompt v4, 2 in 10 conversations are handed to a person (`transfer_to_human`) instead of 1 in 20.",
    "Tool calls by prompt version.",
)  # fmt: skip
PERSONAL = Truth(
    "personal data in questions", _at(2026, 9, 21),
    "1 in 12 questions holds a name, an e-mail address, a phone number, a card number or an IBAN (all fictional).",
    "Data, Scrubbed: entity types and counts.",
)  # fmt: skip
TRUTHS = (PERSONAL, PROMPT_V2, STALE, LATENCY, COST, LOOP, TOPIC, MODEL, INJECTION, ESCALATION)


def monday(week: str) -> date:
    """First day of an ISO week written as `2026-W46`."""
    year, number = week.split("-W")
    return date.fromisocalendar(int(year), int(number), 1)


def prompt_version(at: datetime) -> str:
    """The version of the prompt that is live at a time."""
    changes = ((ESCALATION.since, "v4"), (COST.since, "v3"), (PROMPT_V2.since, "v2"))
    return next((version for since, version in changes if at >= since), "v1")
