"""Flags of a span that arrives in halves: what any half was flagged for stays, whichever came first."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.storage.arrivals import Bench, span

ASKED: dict[str, Any] = {
    "injection_flag": True,
    "injection_score": 5,
    "injection_rules": ["user/override"],
    "injection_version": "1",
}
ANSWERED: dict[str, Any] = {"injection_flag": False, "injection_score": 1, "injection_rules": ["tool/instead"],
            "injection_probability": 0.2, "injection_version": "1"}  # fmt: skip


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_halves_are_flagged_together_in_any_order(bench: Bench, order: tuple[int, ...]) -> None:
    halves = [
        span("a", lasts=None, **ASKED),
        span("a", **ANSWERED),
        span("a", arrival="content"),
    ]
    for place in order:
        bench.take(halves[place])
    said = bench.span("a")
    assert (said["injection_flag"], said["injection_score"], said["injection_probability"]) == (True, 5, 0.2)
    assert said["injection_rules"] == ["tool/instead", "user/override"]


def test_a_span_that_came_before_there_were_flags_is_unjudged(bench: Bench) -> None:
    bench.take(span("a"))
    assert [bench.span("a")[name] for name in ASKED] == [None] * len(ASKED)
