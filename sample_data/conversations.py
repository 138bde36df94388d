"""Conversations of made-up customers: what is asked, looked up, answered, and how good the answer truly is."""

import math
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from sample_data import truths
from sample_data.truths import Days

Key = TypeVar("Key", int, str)
WORDS: dict[str, Any] = tomllib.loads(Path(__file__).with_name("words.toml").read_text())
TENANTS = {"aurora": 35, "borealis": 25, "cedar": 20, "delta": 12, "ember": 8}
MODELS = {"gpt-4o": 40, "gpt-4o-mini-2024-07-18": 35, "claude-haiku-4-5-20251001": 25}
_HOURS = {7: 3, 8: 6, 9: 9, 10: 10, 11: 10, 12: 8, 13: 8, 14: 9, 15: 9, 16: 9, 17: 8, 18: 7, 19: 6, 20: 4, 21: 2}
_DAYS = (17, 17, 16, 16, 16, 10, 8)
_TURNS = {1: 30, 2: 26, 3: 17, 4: 11, 5: 7, 6: 4, 7: 3, 8: 2}
_HELP_OF_MODEL = {"gpt-4o": 0.15, "gpt-4o-mini-2024-07-18": -0.2, "claude-haiku-4-5-20251001": 0.1}


@dataclass(frozen=True, slots=True)
class Document:
    """A passage of the knowledge base, as one retrieval returned it."""

    doc_id: str
    title: str
    content: str
    score: float
    last_updated: date


@dataclass(frozen=True, slots=True)
class Call:
    """One tool call. `error` is the class of what went wrong."""

    tool: str
    arguments: dict[str, str]
    result: dict[str, str]
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """A conversation: who, and through which versions."""

    session_id: str
    user_id: str
    starts_at: datetime
    tenant: str
    environment: str
    app_version: str
    prompt_version: str
    retrieval_config: str
    model_request: str
    model: str
    customer: dict[str, str]


@dataclass(slots=True)
class Turn:
    """One question and its answer: one trace. The `true_` values are known to the script alone."""

    session: Session
    number: int
    random: Random
    trace_id: str
    starts_at: datetime
    topic: str
    question: str
    history: list[tuple[str, str]]
    documents: list[Document] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    answer: str = ""
    is_refused: bool = False
    is_stale: bool = False
    is_looped: bool = False
    is_injected: bool = False
    is_escalated: bool = False
    true_helpfulness: float = 3.6
    true_groundedness: float = 3.9
    is_resolved: bool = False


def sessions(days: Days, *, week: int, traces: int, seed: int) -> Iterator[list[Turn]]:
    """The sessions of one week (counted from 0) in order of their start, until they hold `traces` turns."""
    random = Random(f"{seed}:week:{week}")
    monday = days.first + timedelta(weeks=week)
    lengths: list[int] = []
    while sum(lengths) < traces:
        lengths.append(_chosen(random, _TURNS))
    starts = sorted(_start(random, monday) for _ in lengths)
    for number, (start, turns) in enumerate(zip(starts, lengths, strict=True)):
        yield _session(days, start, turns, Random(f"{seed}:{week}:{number}"))


def _start(random: Random, monday: date) -> datetime:
    day = monday + timedelta(days=random.choices(range(7), _DAYS)[0])
    seconds = _chosen(random, _HOURS) * 3600 + random.randrange(3600)
    return datetime.combine(day, time(), UTC) + timedelta(seconds=seconds, microseconds=random.randrange(10**6))


def _chosen(random: Random, weights: dict[Key, int]) -> Key:
    return random.choices(list(weights), list(weights.values()))[0]


def _session(days: Days, starts_at: datetime, turns: int, random: Random) -> list[Turn]:
    day = starts_at.date()
    request = _chosen(random, MODELS)
    swapped = truths.SWAPPED_TO if day >= days.model else truths.SWAPPED_FROM
    session = Session(
        session_id=f"sess-{random.randrange(16**10):010x}",
        user_id=f"cust-{random.randrange(10_000, 99_999)}",
        starts_at=starts_at,
        tenant=_chosen(random, TENANTS),
        environment="production" if random.random() < 0.94 else "staging",
        app_version=_app_version(days, day, random),
        prompt_version=_prompt_version(days, day, random),
        retrieval_config="dense-v1" if random.random() < 0.6 else "hybrid-v2",
        model_request=request,
        model=swapped if request == truths.SWAPPED_REQUEST else request,
        customer=_customer(random),
    )
    return list(_turns(session, turns, days, random))


def _app_version(days: Days, day: date, random: Random) -> str:
    if day >= days.escalation and random.random() < 0.7:
        return truths.ESCALATING_VERSION
    return "4.3.0" if day >= days.latency else "4.2.0" if day >= days.app_4_2 else "4.1.0"


def _prompt_version(days: Days, day: date, random: Random) -> str:
    if day >= days.cost and random.random() < 0.5:
        return truths.COSTLY_PROMPT
    return "v3" if day >= days.prompt_v3 else "v2" if day >= days.prompt_v2 else "v1"


def _customer(random: Random) -> dict[str, str]:
    """A made-up person: phone numbers, addresses and accounts are those reserved for examples."""
    words = WORDS["personal"]
    first, last = random.choice(words["first"]), random.choice(words["last"])
    return {
        "name": f"{first} {last}",
        "email": f"{first}.{last}{random.randrange(100)}@example.{random.choice(['com', 'org', 'net'])}".lower(),
        "phone": f"+1 {random.choice([212, 312, 415, 617])} 555 01{random.randrange(100):02d}",
        "card": random.choice(words["cards"]),
        "iban": random.choice(words["ibans"]),
        "address": f"{random.randrange(1, 200)} {random.choice(words['streets'])}, {random.choice(words['cities'])}",
    }


def _turns(session: Session, count: int, days: Days, random: Random) -> Iterator[Turn]:
    day, at = session.starts_at.date(), session.starts_at
    history: list[tuple[str, str]] = []
    topic, last = _topic(days, day, random), None
    rate = truths.ESCALATION_AFTER if session.app_version == truths.ESCALATING_VERSION else truths.ESCALATION_BEFORE
    hands_over = random.random() < rate
    for number in range(1, count + 1):
        if number > 1 and random.random() < 0.12:
            topic, last = _topic(days, day, random), None
        turn = Turn(
            session=session, number=number, random=random, trace_id=f"{random.randrange(1, 16**32):032x}",
            starts_at=at, topic=topic, question="", history=list(history),
        )  # fmt: skip
        slots = _slots(session, random)
        _ask(turn, last, slots)
        turn.is_escalated = hands_over and number == count
        _work(turn, days, slots)
        _judge_truly(turn)
        _answer(turn, slots)
        history += [("user", turn.question), ("assistant", turn.answer)]
        last = turn
        at += timedelta(seconds=random.uniform(35, 190))
        yield turn


def _topic(days: Days, day: date, random: Random) -> str:
    if day >= days.topic and random.random() < truths.SHIFTED_SHARE:
        return truths.SHIFTED_TOPIC
    weights: dict[str, int] = {name: topic["weight"] for name, topic in WORDS["topics"].items()}
    return _chosen(random, weights)


def _slots(session: Session, random: Random) -> dict[str, str]:
    fill = WORDS["fill"]
    return session.customer | {
        "amount": f"{random.lognormvariate(4, 1):.2f}",
        "amount2": f"{random.lognormvariate(2.5, 0.8):.2f}",
        "merchant": random.choice(fill["merchant"]),
        "weekday": random.choice(fill["weekday"]),
        "city": random.choice(WORDS["personal"]["cities"]),
        "minutes": str(random.randrange(2, 12)),
    }


def _ask(turn: Turn, last: Turn | None, slots: dict[str, str]) -> None:
    random, topic, filler = turn.random, WORDS["topics"][turn.topic], WORDS["filler"]
    if last is None and random.random() < 0.02:
        turn.is_refused, text = True, random.choice(filler["forbidden"])
    elif last is not None and last.true_helpfulness < 2.4 and not last.is_refused:
        text = random.choice(filler["complaint"]) + last.question
    else:
        text = random.choice(topic["follow_ups"] if last is not None and random.random() < 0.7 else topic["questions"])
    if random.random() < truths.PERSONAL_SHARE:
        text += " " + random.choice(WORDS["personal"]["said"])
    turn.question = text.format(**slots)


def _work(turn: Turn, days: Days, slots: dict[str, str]) -> None:
    """Documents and tool calls of the turn, with what is planted in them."""
    random, session, day = turn.random, turn.session, turn.starts_at.date()
    topic = WORDS["topics"][turn.topic]
    if turn.is_refused:
        return
    if turn.is_escalated:
        turn.question = random.choice(WORDS["filler"]["human"])
        queue = {"queue": "service", "minutes": slots["minutes"]}
        turn.calls = [Call("transfer_to_human", {"reason": turn.topic}, queue)]
        return
    if turn.topic == "lost_card" and days.loop <= day <= days.loop_last and random.random() < truths.LOOP_SHARE:
        turn.is_looped = True
        turn.calls = [_call(truths.LOOPED_TOOL, turn, slots)] * truths.LOOP_CALLS
        return
    if random.random() < 0.7:
        is_old = session.retrieval_config == truths.STALE_CONFIG and day >= days.stale
        turn.is_stale = is_old and random.random() < truths.STALE_SHARE
        turn.documents = [_document(turn, place, entry) for place, entry in enumerate(topic["documents"])]
        turn.is_injected = turn.topic == "lost_card" and days.injection <= day <= days.injection_last
        if turn.is_injected:
            entry = [truths.INJECTED_DOCUMENT, "Community: card blocked", WORDS["filler"]["injected"]]
            turn.documents.insert(1, _document(turn, 1, entry))
    for tool in topic["tools"]:
        if len(turn.calls) < 2 and random.random() < 0.65:
            turn.calls.append(_call(tool, turn, slots))


def _document(turn: Turn, place: int, entry: list[str]) -> Document:
    doc_id, title, content = entry
    score = round(0.92 - 0.07 * place - turn.random.random() * 0.05, 4)
    if turn.is_stale:
        content = f"[Edition of spring 2025] {content}"
        updated = date(2025, 1, 15) + timedelta(days=int(doc_id[-2:]))
    else:
        updated = turn.starts_at.date() - timedelta(days=3 + (int(doc_id[-2:]) * 7 + turn.starts_at.day) % 57)
    return Document(doc_id, title, content, score, updated)


def _call(tool: str, turn: Turn, slots: dict[str, str]) -> Call:
    arguments = {
        "check_card_status": {"customer": turn.session.user_id, "card_ending": slots["card"][-4:]},
        "search_branches": {"city": slots["city"]},
        "create_transfer": {"from_iban": slots["iban"], "amount": slots["amount"]},
    }.get(tool, {"customer": turn.session.user_id, "query": turn.topic})
    result = {
        "lookup_balance": {"holder": slots["name"], "iban": slots["iban"], "balance": slots["amount"]},
        "lookup_transactions": {"merchant": slots["merchant"], "amount": slots["amount"], "booked": "yes"},
        "check_card_status": {"status": "blocked", "card_ending": slots["card"][-4:]},
        "search_branches": {"branch": slots["city"], "street": "Market Square 1", "open": "09:00-16:00"},
        "check_login": {"holder": slots["name"], "email": slots["email"], "devices": "1"},
    }.get(tool, {"state": "done"})
    failed = turn.random.random() < 0.02
    return Call(tool, arguments, {} if failed else result, "TimeoutError" if failed else None)


def _judge_truly(turn: Turn) -> None:
    """How good the answer truly is, on the scale 1-5 before rounding; longer answers are not better ones."""
    random = turn.random
    helped = 3.6 + _HELP_OF_MODEL[turn.session.model_request] + random.gauss(0, 0.85)
    grounded = 3.9 + 0.4 * (helped - 3.6) + random.gauss(0, 0.6)
    if turn.is_stale:
        helped, grounded = helped - 0.5, grounded - 1.3
    if turn.is_looped:
        helped -= 1.0
    if turn.is_injected:
        helped, grounded = helped - 1.2, grounded - 1.5
    if any(call.error for call in turn.calls):
        helped -= 0.8
    turn.true_helpfulness, turn.true_groundedness = helped, grounded
    turn.is_resolved = not turn.is_escalated and random.random() < 1 / (1 + math.exp(-1.6 * (helped - 3.0)))


def _answer(turn: Turn, slots: dict[str, str]) -> None:
    random, filler, session = turn.random, WORDS["filler"], turn.session
    if turn.is_refused:
        text = filler["refused"][0]
    elif turn.is_escalated:
        text = filler["handed_over"][0]
    elif turn.is_injected and random.random() < 0.3:
        text = filler["obeyed"]
    elif turn.true_helpfulness < 2.4:
        text = random.choice(filler["poor"])
    else:
        text = random.choice(WORDS["topics"][turn.topic]["answers"])
    text = text.format(**slots)
    if session.model == truths.SWAPPED_TO:  # the other model writes in points
        text = "- " + text.replace(". ", ".\n- ")
    padding = 0.85 if session.prompt_version == truths.COSTLY_PROMPT else 0.25
    turn.answer = " ".join([text, *(line for line in filler["padding"] if random.random() < padding)])
