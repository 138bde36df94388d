"""Writes the sample: eight weeks of a bank's chatbot as OTLP JSON lines, one gzip file a week, and past weeks' labels.

`python -m sample_data.make_sample` writes the same bytes each time. Every person, number and document is invented.
"""

import argparse
import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from sample_data import bank, truths
from sample_data.bank import Topic
from sample_data.opinions import add_opinions, labels
from sample_data.spans import any_value
from sample_data.turns import Conversation, Turn, Writer

TRACES_PER_WEEK = 320
SEED = 20261115
SPANS_PER_LINE = 64
HERE = Path(__file__).parent


def week_of_turns(week: str, traces: int, random: Random) -> list[Turn]:
    """At least `traces` turns of one ISO week, in whole conversations of 1 to 8, in order of time."""
    turns: list[Turn] = []
    monday = datetime.combine(truths.monday(week), datetime.min.time(), UTC)
    while len(turns) < traces:
        turns += _conversation(monday, random)
    return sorted(turns, key=lambda turn: turn.at)


def _conversation(monday: datetime, random: Random) -> Iterator[Turn]:
    at = monday + timedelta(days=random.randrange(7), hours=_busy_hour(random), seconds=random.randrange(3600))
    writer = Writer(random, _who(random))
    for _ in range(min(8, 1 + int(random.expovariate(0.6)))):
        turn = writer.turn(at, _topic(at, random))
        add_opinions(turn, random)
        yield turn
        if turn.is_escalated:
            return
        at += timedelta(seconds=random.randrange(40, 180), microseconds=random.randrange(10**6))


def _busy_hour(random: Random) -> int:
    return min(22, max(0, round(random.gauss(13, 4))))


def _who(random: Random) -> Conversation:
    def one_of(shares: dict[str, float]) -> str:
        return random.choices(list(shares), list(shares.values()))[0]

    return Conversation(
        session=f"conv-{random.getrandbits(48):012x}", user=f"customer-{random.randrange(900):04d}",
        app=one_of(bank.APPS), tenant=one_of(bank.TENANTS), model=one_of(bank.MODELS),
        environment="production" if random.random() < 0.94 else "staging",
    )  # fmt: skip


def _topic(at: datetime, random: Random) -> Topic:
    if at >= truths.TOPIC.since and random.random() < 1 / 3:
        return bank.INSTANT
    return random.choices(bank.TOPICS, [topic.share for topic in bank.TOPICS])[0]


def otlp_lines(turns: list[Turn]) -> Iterator[bytes]:
    """Export requests, one per line, each of one application, environment and version, as a client's batches are."""
    batches: dict[tuple[str, str, str], list[dict[str, object]]] = {}
    for turn in turns:
        service = (turn.conversation.app, turn.conversation.environment, _app_version(turn.at))
        batch = batches.setdefault(service, [])
        batch += turn.trace.spans
        if len(batch) >= SPANS_PER_LINE:
            yield _line(service, batches.pop(service))
    for service, batch in batches.items():
        yield _line(service, batch)


def _app_version(at: datetime) -> str:
    return "2.8.0" if at >= truths.COST.since else "2.7.1"


def _line(service: tuple[str, str, str], spans: list[dict[str, object]]) -> bytes:
    app, environment, version = service
    resource = {"service.name": app, "deployment.environment.name": environment, "service.version": version}
    scope = {"name": "openinference.instrumentation.openai" if app == "bank-chat" else "opentelemetry.genai"}
    request = {"resourceSpans": [{
        "resource": {"attributes": [{"key": key, "value": any_value(value)} for key, value in resource.items()]},
        "scopeSpans": [{"scope": scope, "spans": spans}],
    }]}  # fmt: skip
    return json.dumps(request, separators=(",", ":")).encode() + b"\n"


def write(folder: Path, *, weeks: tuple[str, ...] = truths.WEEKS, traces: int = TRACES_PER_WEEK) -> None:
    """Write a file per week, and the labels of every week but the last, which is still to be reviewed."""
    folder.mkdir(parents=True, exist_ok=True)
    for week in weeks:
        random = Random(f"{SEED} {week}")
        turns = week_of_turns(week, traces, random)
        packed = gzip.compress(b"".join(otlp_lines(turns)), compresslevel=9, mtime=0)
        (folder / f"traces-{week}.jsonl.gz").write_bytes(packed)
        if week != weeks[-1]:
            (folder / f"labels-{week}.csv").write_text(labels(week, turns, random), encoding="utf-8")
        print(f"{week}: {len(turns)} traces, {sum(len(turn.trace.spans) for turn in turns)} spans, {len(packed):,} bytes")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--into", type=Path, default=HERE, help="folder to write to (default: beside this script)")
    parser.add_argument("--traces", type=int, default=TRACES_PER_WEEK, help="traces a week, at least")
    said = parser.parse_args()
    write(said.into, traces=said.traces)


if __name__ == "__main__":
    main()
