"""A week of made-up traffic in a real lake and warehouse, for samples to be drawn from."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from review.sampling.frames import read_frame
from review.sampling.plans import Plan, plan_of
from review.sampling.proposals import propose
from review.sampling.samples import Wanted
from review.sampling.spreads import expected_spreads
from tests.storage.arrivals import Bench, call, span

WEEK = "2026-W36"
"""Monday 2026-08-31; the times of `tests.storage.arrivals` count from its Tuesday."""
NOW = dt.datetime(2026, 9, 8, 9, tzinfo=dt.UTC)
DAY_S = 86_400


def trace(number: int, *, at: float | None = None, **said: Any) -> list[dict[str, Any]]:
    """A turn with a model call. `hands_over` adds the tool that calls a person; two turns are a session."""
    name, at = f"{number:032x}", float(number * 60) if at is None else at
    hands_over = said.pop("hands_over", number % 11 == 0)
    common: dict[str, Any] = {"trace": name, "session_id": f"s{number // 2}", "app": "bank"} | said
    model = said.get("model", ("small", "large")[number % 3 == 0])
    spans = [
        span(f"{name}a", at=at, **common),
        call(f"{name}b", f"{name}a", at=at + 0.1, tok=(100, 10 + 7 * (number % 60)), **(common | {"model": model})),
    ]
    if hands_over:
        spans.append(span(f"{name}c", f"{name}a", at=at + 0.2, kind="tool", tool_name="transfer_to_human", **common))
    return spans


def score(number: int, value: float, **said: Any) -> dict[str, Any]:
    """What a judge gave a trace."""
    at = dt.datetime(2026, 9, 2, tzinfo=dt.UTC)
    return {
        "id": f"score{number}", "target_level": "trace", "trace_id": f"{number:032x}", "name": "helpfulness",
        "value": value, "source": "judge", "judge_name": "house", "created_at": at, "received_at": at,
        "ingest_batch": "b1",
    } | said  # fmt: skip


@contextmanager
def bank(folder: Path, *, traces: int = 200) -> Iterator[Bench]:
    """So many traces, the later ones in commits of their own, and a judge's score for each."""
    bench = Bench(folder)
    try:
        for first in range(0, traces, 50):
            numbers = range(first, min(first + 50, traces))
            bench.append(*(row for number in numbers for row in trace(number)))
            bench.append(*(score(number, 1 + number % 5) for number in numbers), table_name="scores")
        bench.warehouse.load()
        yield bench
    finally:
        bench.close()


def plan(**said: Any) -> Plan:
    """A plan of 60 items in four strata unless told otherwise."""
    return plan_of({"name": "weekly", "size": 60, "strata": ["escalated", "model"]} | said)


def wanted(bench: Bench, of: Plan | None = None, *, seed: int = 7, week: str = WEEK) -> Wanted:
    """What that plan wants drawn from the warehouse as it is."""
    of = of or plan()
    frame = read_frame(bench.warehouse, of, week=week)
    return Wanted(of, week, frame, propose(of, frame, expected_spreads(frame), week=week).items, seed)
