"""What the number of conversations in two windows lets one say."""

from datetime import timedelta

import pytest

from metrics.drift.sizes import PLENTY, TELLING, Sizes, sizes, sizes_of
from metrics.drift.windows import Windows
from metrics.filters import TrafficFilter
from tests.metrics.built import START, BuiltWarehouse, llm, span

HOUR_S = 3600


def test_conversations_are_counted_once_in_each_window_and_by_application() -> None:
    rows = [llm("t1", session_id="s1", app="a", at_s=1), llm("t2", session_id="s1", app="a", at_s=2),
            llm("t3", session_id="s1", app="a", at_s=HOUR_S), llm("t4", app="b", at_s=HOUR_S),
            span("t5", kind="evaluator", app="judge", at_s=HOUR_S)]  # fmt: skip
    now = TrafficFilter(START + timedelta(hours=1), START + timedelta(hours=2))

    found = sizes_of(sizes(BuiltWarehouse().load(rows), Windows.before(now)))

    assert found == Sizes(before=1, now=2, apps=("a", "b"))
    assert found.words == "1 conversation before, 2 now"


def test_two_empty_windows_are_no_failure() -> None:
    now = TrafficFilter(START, START + timedelta(hours=2))

    assert sizes_of(sizes(BuiltWarehouse(), Windows.before(now))) == Sizes(0, 0, ())


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [(0, 100, "The time compared with holds 0"), (100, 3, "The time asked about holds 3"), (1, 1, "Both windows"),
     (4, 4, "")],
)  # fmt: skip
def test_the_window_that_is_too_small_is_named(before: int, now: int, said: str) -> None:
    advice = Sizes(before, now, ()).advice

    assert advice.startswith(said)
    assert bool(advice) == bool(said)


@pytest.mark.parametrize(
    ("least", "said"),
    [(TELLING - 1, "Too few to tell"), (TELLING, "only large ones are seen"), (PLENTY, "chance does")],
)
def test_finding_nothing_says_more_the_more_was_looked_at(least: int, said: str) -> None:
    assert said in Sizes(least, 1_000, ()).nothing_found(12)
