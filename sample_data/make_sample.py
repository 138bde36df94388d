"""Write the sample data: a gzip file of OTLP JSON lines for each week, and the labels of past weeks as CSV.

    python -m sample_data.make_sample             the eight weeks that lie beside this script
    python -m sample_data.make_sample --out DIR --until 2027-03-07 --weeks 4 --traces 1000
    python -m sample_data.make_sample --out DIR --spans 1000000     as many as a benchmark wants
    python -m sample_data.make_sample --truth truth.csv     what the answers are truly worth

The same options give the same content. Only the standard library is used.
"""

import argparse
import csv
import gzip
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sample_data import judges
from sample_data.conversations import Turn, sessions
from sample_data.spans import Span, spans_of
from sample_data.truths import WEEKS, Days

HERE = Path(__file__).parent
UNTIL = date(2026, 11, 15)
"""The last day: the Sunday of week 2026-W46."""
TRACES = 330
"""At least so many traces a week."""
SEED = 46
LABELLED_PER_STRATUM = 18
FILE_SPANS = 20_000


def main() -> None:
    """Write what the options ask for."""
    options = _options()
    first_day = options.until - timedelta(days=7 * options.weeks - 1)
    if first_day.weekday() != 0:
        raise SystemExit("--until must be a Sunday: weeks begin on Monday")
    days = Days.over(first_day, options.weeks)
    options.out.mkdir(parents=True, exist_ok=True)
    if options.spans:
        write_spans(options.out, days, spans=options.spans, weeks=options.weeks, seed=options.seed)
    elif options.truth:
        write_truth(options.truth, days, weeks=options.weeks, traces=options.traces, seed=options.seed)
    else:
        write_weeks(options.out, days, weeks=options.weeks, traces=options.traces, seed=options.seed)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=HERE, help="folder to write to")
    parser.add_argument("--until", type=date.fromisoformat, default=UNTIL, help="last day, a Sunday")
    parser.add_argument("--weeks", type=int, default=WEEKS)
    parser.add_argument("--traces", type=int, default=TRACES, help="at least so many traces a week")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--spans", type=int, default=0, help="so many spans in all, in numbered files")
    parser.add_argument("--truth", type=Path, help="write the true quality of each answer as CSV instead")
    return parser.parse_args()


def write_weeks(out: Path, days: Days, *, weeks: int, traces: int, seed: int) -> None:
    """The traffic of each week, and the labels of all but the first and the last one."""
    for week in range(weeks):
        monday = days.first + timedelta(weeks=week)
        turns = [turn for session in sessions(days, week=week, traces=traces, seed=seed) for turn in session]
        name = iso_week(monday)
        _write_gzip(out / f"traces-{name}.jsonl.gz", (line_of(turn, spans_of(turn, days)) for turn in turns))
        if 0 < week < weeks - 1:
            end = datetime.combine(monday + timedelta(days=7), time(), UTC)
            rows, sizes = judges.labels(turns, week_end=end, per_stratum=LABELLED_PER_STRATUM, seed=f"{seed}:{name}")
            (out / f"labels-{name}.csv").write_text(rows)
            (out / f"strata-{name}.csv").write_text(sizes)


def write_spans(out: Path, days: Days, *, spans: int, weeks: int, seed: int) -> None:
    """At least `spans` spans over the same weeks, streamed to files of about 20,000."""
    made = number = 0
    waiting: list[str] = []
    per_week = spans // weeks // 7 + 50  # a trace has about eight spans
    for week in range(weeks):
        for session in sessions(days, week=week, traces=per_week, seed=seed):
            for turn in session:
                if made >= spans:
                    break
                found = spans_of(turn, days)
                made += len(found)
                waiting.append(line_of(turn, found))
            if made // FILE_SPANS > number:
                _write_gzip(out / f"spans-{number:05d}.jsonl.gz", waiting, level=1)
                waiting, number = [], made // FILE_SPANS
    if waiting:
        _write_gzip(out / f"spans-{number:05d}.jsonl.gz", waiting, level=1)


def write_truth(path: Path, days: Days, *, weeks: int, traces: int, seed: int) -> None:
    """True quality of each trace on the scale 1-5, unrounded, and what the judges gave."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("trace_id", "week", "stratum", "helpfulness", "groundedness", "resolved", "answer_chars"))
        for turn in all_turns(days, weeks=weeks, traces=traces, seed=seed):
            true = (round(turn.true_helpfulness, 4), round(turn.true_groundedness, 4), int(turn.is_resolved))
            week = iso_week(turn.starts_at.date())
            writer.writerow((turn.trace_id, week, judges.stratum(turn), *true, len(turn.answer)))


def all_turns(days: Days, *, weeks: int, traces: int, seed: int) -> Iterator[Turn]:
    """Every turn of every week, as the data has it."""
    for week in range(weeks):
        for session in sessions(days, week=week, traces=traces, seed=seed):
            yield from session


def iso_week(day: date) -> str:
    """`2026-W46`."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def line_of(turn: Turn, spans: list[Span]) -> str:
    """One OTLP export request in one line."""
    session = turn.session
    resource = {
        "service.name": "bank-assistant",
        "service.version": session.app_version,
        "deployment.environment.name": session.environment,
    }
    scope = {"name": f"bank.assistant.{'genai' if session.model_request.startswith('claude') else 'openinference'}"}
    request = {
        "resourceSpans": [
            {
                "resource": {"attributes": _attributes(resource)},
                "scopeSpans": [{"scope": scope, "spans": [_span(turn.trace_id, span) for span in spans]}],
            }
        ]
    }
    return json.dumps(request, ensure_ascii=False, separators=(",", ":"))


def _span(trace_id: str, span: Span) -> dict[str, Any]:
    said: dict[str, Any] = {"traceId": trace_id, "spanId": span.span_id}
    if span.parent_id:
        said["parentSpanId"] = span.parent_id
    said |= {"name": span.name, "kind": 1, "startTimeUnixNano": str(span.start_ns), "endTimeUnixNano": str(span.end_ns)}
    said["attributes"] = _attributes(span.attributes)
    if span.error:
        raised = {"exception.type": span.error, "exception.message": f"{span.name} did not answer within 5 s"}
        event = {"name": "exception", "timeUnixNano": str(span.end_ns), "attributes": _attributes(raised)}
        return said | {"events": [event], "status": {"code": 2, "message": f"{span.error}: no answer within 5 s"}}
    return said | {"status": {"code": 1}}


def _attributes(said: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": _value(value)} for key, value in said.items()]


def _value(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, list):
        return {"arrayValue": {"values": [_value(one) for one in value]}}
    return {"stringValue": str(value)}


def _write_gzip(path: Path, lines: Iterable[str], *, level: int = 9) -> None:
    """Without name and time in the header, so that the same content is the same file."""
    with path.open("wb") as raw, gzip.GzipFile("", "wb", compresslevel=level, fileobj=raw, mtime=0) as file:
        for line in lines:
            file.write(line.encode() + b"\n")


if __name__ == "__main__":
    main()
