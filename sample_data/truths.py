"""What is planted in the sample, and from when: the one list that the script, the README and the tests read."""

from dataclasses import dataclass
from datetime import date, timedelta

WEEKS = 8
"""The planted days are laid out over this many weeks; another length stretches them."""

REGRESSED_STEP = "lookup_transactions"
REGRESSION_FACTOR = 3.4
SHIFTED_TOPIC = "fee_letter"
SHIFTED_SHARE = 0.35
STALE_CONFIG = "dense-v1"
STALE_SHARE = 0.8
LOOPED_TOOL = "check_card_status"
LOOP_CALLS = 7
LOOP_SHARE = 0.7
ESCALATION_BEFORE, ESCALATION_AFTER = 0.05, 0.2
ESCALATING_VERSION = "4.4.0"
SWAPPED_REQUEST = "gpt-4o"
SWAPPED_FROM, SWAPPED_TO = "gpt-4o-2024-08-06", "gpt-4o-2024-11-20"
INJECTED_DOCUMENT = "kb-forum-77"
COSTLY_PROMPT = "v4"
PERSONAL_SHARE = 0.14


@dataclass(frozen=True, slots=True)
class Days:
    """From which day (UTC, inclusive) each truth holds. Weeks one and two are quiet: none of it has happened yet."""

    first: date
    prompt_v2: date
    app_4_2: date
    prompt_v3: date
    latency: date
    stale: date
    cost: date
    topic: date
    model: date
    escalation: date
    loop: date
    loop_last: date
    injection: date
    injection_last: date

    @classmethod
    def over(cls, first: date, weeks: int = WEEKS) -> "Days":
        """The days of a period of whole weeks that begins on `first`, a Monday."""

        def day(offset: int) -> date:
            return first + timedelta(days=offset * weeks // WEEKS)

        return cls(
            first=first, prompt_v2=day(14), app_4_2=day(15), prompt_v3=day(21), latency=day(23), stale=day(28),
            cost=day(30), topic=day(35), model=day(38), escalation=day(42), loop=day(43), loop_last=day(45),
            injection=day(50), injection_last=day(53),
        )  # fmt: skip


COMMITTED = Days.over(date(2026, 9, 21))
"""The days of the files beside this script: 2026-W39 to 2026-W46."""
QUIET_WEEKS = ("2026-W39", "2026-W40")


@dataclass(frozen=True, slots=True)
class Truth:
    """One planted truth: `since` (UTC; `until` inclusive), what it is, and where the product shows it."""

    name: str
    since: date
    until: date | None
    what: str
    shows: str


TRUTHS = (
    Truth("harmless changes", COMMITTED.prompt_v2, None,
          "Prompt v2, app 4.2.0 (a day later) and prompt v3 (2026-10-12) go live and change nothing that matters.",
          "prompt version and app version as filters; no figure moves"),
    Truth("latency regression", COMMITTED.latency, None,
          "The tool `lookup_transactions` takes 3.4 times as long (median 180 → 610 ms), with app 4.3.0.",
          "Latency, filter step `lookup_transactions`, p50"),
    Truth("stale documents", COMMITTED.stale, None,
          "Retrieval configuration `dense-v1` returns documents last updated in early 2025 in 8 of 10 retrievals; "
          "before, and with `hybrid-v2`, none is older than 60 days. Answers from them are truly worse.",
          "documents of a trace: last updated; `documents.last_updated` in SQL"),
    Truth("cost jump", COMMITTED.cost, None,
          "Prompt v4, for half of the sessions beside v3, carries a dozen examples: step `synthesise` reads about five "
          "times the tokens. Its answers are longer, and truly no better.", "Cost and Tokens, by prompt version"),
    Truth("topic shift", COMMITTED.topic, None,
          "35% of new questions are about a letter on a fee increase (words: letter, account fee, price list, object), "
          "which nobody asked about before.", 'text search: "fee increase"'),
    Truth("silent model change", COMMITTED.model, None,
          "Requests for the unpinned `gpt-4o` are answered by `gpt-4o-2024-11-20` instead of `gpt-4o-2024-08-06`, "
          "in points, not sentences; no deployment goes with it.", "model and model requested of `synthesise`"),
    Truth("escalations", COMMITTED.escalation, None,
          "App 4.4.0, for 7 of 10 sessions, hands 20% of its sessions to a person (`transfer_to_human`); "
          "other versions 5%.", "traces with step `transfer_to_human`, by app version"),
    Truth("tool loop", COMMITTED.loop, COMMITTED.loop_last,
          "In 7 of 10 turns about a lost card the tool `check_card_status` is called seven times with the same "
          "arguments.", "a trace marks repeated tool calls"),
    Truth("injection in a document", COMMITTED.injection, COMMITTED.injection_last,
          "Retrievals about a lost card return `kb-forum-77`, a document that carries instructions to the model; "
          "3 in 10 answers obey it.", 'text search: "ignore all previous instructions"'),
    Truth("personal data", COMMITTED.first, None,
          "14% of questions, and many tool results, name a person, e-mail address, phone number, card, IBAN or street "
          "address. Phone numbers, domains, cards and accounts are those reserved for examples and tests.",
          "Data: what was replaced, by type; no trace shows a value"),
    Truth("a judge with flaws", COMMITTED.first, None,
          "`house-judge` gives 0.6 too much, 0.45 more for each 200 characters above 400, 0.35 more to its own family "
          "(gpt), uses the middle of the scale, and calls 45% of unresolved cases resolved. `panel-judge`, on a third "
          "of the traces, is noisy and right on average.", "scores of a trace; the judge pages of a later version"),
)  # fmt: skip
