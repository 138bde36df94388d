"""A week beside the one before: what is called better or worse, how sure that is, and since which version."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from errors import UsageError
from metrics.filters import TrafficFilter
from metrics.outcomes.rules import Rules, built_in
from metrics.outcomes.shares import Outcome
from metrics.versions.sightings import sightings
from metrics.week import causes, weeks
from metrics.week.answer_times import answer_times, share_of_slow
from metrics.week.compared import Compared, Direction, means_compared, settled, shares_compared, welch
from metrics.week.quality import said_by_judges
from metrics.week.summary import COST, EVER, TIME, traffic_of
from metrics.week.weeks import Week
from review.sampling.weeks import WEEK
from tests.metrics.built import START, BuiltWarehouse, span
from tests.metrics.two_weeks import NEW, WEEK_S, conversation, two_weeks

LAST = START + dt.timedelta(seconds=WEEK_S + 158.8 * 3600)
SECOND = weeks.week("2026-W11", newest=LAST)
RULES: dict[str | None, Rules] = {None: built_in()}


@pytest.fixture(scope="module")
def warehouse() -> BuiltWarehouse:
    return two_weeks()


def test_a_week_that_still_runs_is_held_against_the_same_hours_of_the_last() -> None:
    friday = dt.datetime(2026, 11, 13, 8, 30, 15, tzinfo=dt.UTC)

    found = weeks.week("2026-W46", newest=friday)

    assert found.is_so_far
    assert (found.since, found.until) == (
        dt.datetime(2026, 11, 9, tzinfo=dt.UTC),
        dt.datetime(2026, 11, 13, 8, 31, tzinfo=dt.UTC),
    )
    assert (found.before_since, found.before_until) == (found.since - WEEK, found.until - WEEK)
    assert not weeks.week("2026-W45", newest=friday).is_so_far
    with pytest.raises(UsageError):
        weeks.week("2026-W54", newest=friday)


def test_a_week_is_shown_unasked_from_its_third_day_on() -> None:
    first, monday = dt.datetime(2026, 10, 1, tzinfo=dt.UTC), dt.datetime(2026, 11, 9, tzinfo=dt.UTC)

    assert weeks.shown_unasked(first, monday + dt.timedelta(days=2)) == "2026-W45"
    assert weeks.shown_unasked(first, monday + dt.timedelta(days=3)) == "2026-W46"
    assert weeks.shown_unasked(monday, monday + dt.timedelta(hours=1)) == "2026-W46"


def test_the_difference_of_means_is_that_of_scipy() -> None:
    random = np.random.default_rng(1)
    one, other = random.lognormal(0, 1, 40), random.lognormal(0.3, 1, 55)

    change, error, df, p = welch(one, other)

    theirs = stats.ttest_ind(one, other, equal_var=False)
    assert (change / error, df, p) == pytest.approx((theirs.statistic, theirs.df, theirs.pvalue))
    interval = theirs.confidence_interval(0.95)
    ours = means_compared(one, other, more_is_worse=True)
    assert (ours.change_low, ours.change_high) == pytest.approx((interval.low, interval.high))


def test_equal_costs_are_no_change_although_sums_of_cents_round() -> None:
    same = means_compared(np.full(80, 0.01), np.array([0.01] * 79 + [0.1 * 0.1]), more_is_worse=True)

    assert same.p == 1.0
    assert means_compared(np.full(80, 0.02), np.full(80, 0.01), more_is_worse=True).p == 0.0


@pytest.mark.parametrize(("now", "more_is_worse", "direction"), [
    (60, True, Direction.WORSE), (60, False, Direction.BETTER), (50, True, Direction.SAME),
    (40, True, Direction.BETTER),
])  # fmt: skip
def test_a_share_is_better_or_worse_by_what_it_counts(now: int, more_is_worse: bool, direction: Direction) -> None:
    (one,) = settled([shares_compared((10 * now, 1000), (500, 1000), more_is_worse=more_is_worse)])

    assert one.direction is direction


def test_a_sure_but_small_change_is_slight() -> None:
    (one,) = settled([shares_compared((52_000, 100_000), (50_000, 100_000), more_is_worse=True)])

    assert one.direction is Direction.SLIGHTLY_WORSE


def test_in_quiet_weeks_something_is_called_changed_no_more_often_than_stated() -> None:
    random = np.random.default_rng(4)

    def is_alarm() -> bool:
        figures: list[Compared] = []
        for share in (0.9, 0.1, 0.2, 0.6):
            now, before = (int(random.binomial(120, share)) for _ in range(2))
            figures.append(shares_compared((now, 120), (before, 120), more_is_worse=True))
        costs = [random.lognormal(-5, 0.8, 120) for _ in range(2)]
        figures.append(means_compared(costs[0], costs[1], more_is_worse=True))
        return any(one.is_sure for one in settled(figures))

    alarms = sum(is_alarm() for _ in range(400))

    assert alarms <= stats.binom.ppf(0.999, 400, 0.05)


def test_a_change_goes_with_the_version_that_has_it(warehouse: BuiltWarehouse) -> None:
    live = causes.went_live(sightings(warehouse, EVER), (), SECOND)
    found = traffic_of(warehouse, SECOND, EVER, rules=RULES, live=live)

    assert [(one.value, one.is_registered) for one in live] == [(NEW, False)]
    assert found.conversations == 80
    assert found.still_open == 1
    assert found.figures[Outcome.ESCALATED].direction is Direction.WORSE
    cause = found.causes[Outcome.ESCALATED]
    assert cause.went_live.value == NEW
    assert (cause.with_it, cause.without_it) == pytest.approx((20 / 40, 4 / 120))
    assert found.figures[COST].direction is found.figures[TIME].direction is Direction.SAME
    assert COST not in found.causes


def test_costs_are_those_of_conversations_whose_price_is_known(warehouse: BuiltWarehouse) -> None:
    found = traffic_of(warehouse, SECOND, EVER, rules=RULES)

    cost = found.figures[COST]
    assert cost.now is not None
    assert cost.now.value == pytest.approx(0.01)
    assert found.priced == cost.now.n == 80


def test_the_interval_of_the_slowest_twentieth_lies_between_ranks(warehouse: BuiltWarehouse) -> None:
    """Of 81 durations the 95 % point is near rank 77; 1.96 standard errors are 3.8 ranks: from rank 73 to the last."""
    told = answer_times(warehouse, SECOND, EVER).p95_ms.now

    durations = np.sort([2000 + 100 * (number % 7) for number in range(80)] + [1000])
    assert told is not None
    assert told.n == 81
    assert told.value == pytest.approx(np.quantile(durations, 0.95))
    assert (told.low, told.high) == pytest.approx((durations[73 - 1], durations[81 - 1]))


def test_traces_of_one_conversation_are_no_independent_opinions() -> None:
    """Four conversations of ten traces each, one of them all slow: as unsure as four yes or no, not as forty."""
    alike = pd.DataFrame(
        {"traces": [40], "slow": [10], "conversations": [4], "yy": [100.0], "yt": [100.0], "tt": [400.0]}
    )
    apart = pd.DataFrame(
        {"traces": [40], "slow": [10], "conversations": [40], "yy": [10.0], "yt": [10.0], "tt": [40.0]}
    )

    assert share_of_slow(alike) == pytest.approx((0.25, np.sqrt(0.25 * 0.75 / 4 * 4 / 3)))
    assert share_of_slow(apart) == pytest.approx((0.25, np.sqrt(0.25 * 0.75 / 39)))


def test_what_judges_say_alone_is_never_better_or_worse() -> None:
    rows = [row for week in (0, 1) for number in range(30)
            for row in conversation(number, at_s=week * WEEK_S + number * 3600.0)]  # fmt: skip
    scores = [
        {"id": str(place), "trace_id": row["trace_id"], "target_level": "trace", "name": "tone", "source": "judge",
         "value": 4.0 if row["start_ts"] > SECOND.since.timestamp() * 1e9 else 2.0, "judge_name": "j"}
        for place, row in enumerate(rows) if row["span_id"] == "root"
    ]  # fmt: skip
    warehouse = BuiltWarehouse().load([*rows, span("late", at_s=WEEK_S + 158 * 3600.0)], scores=scores)

    (tone,) = said_by_judges(warehouse, SECOND, EVER)

    assert tone.compared.now is not None
    assert tone.compared.before is not None
    assert (tone.compared.now.value, tone.compared.before.value) == (4.0, 2.0)
    assert tone.compared.direction is Direction.UNKNOWN
    assert not tone.is_corrected


def test_an_empty_week_has_no_figures() -> None:
    found = traffic_of(BuiltWarehouse(), SECOND, TrafficFilter(START, LAST), rules=RULES)

    assert found.conversations == found.still_open == 0
    assert {one.direction for one in found.figures.values()} == {Direction.UNKNOWN}


def test_a_week_is_a_value_that_keys_answers() -> None:
    assert hash(SECOND) == hash(Week(SECOND.name, SECOND.since, SECOND.until, SECOND.before_since, SECOND.before_until))
