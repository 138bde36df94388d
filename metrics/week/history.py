"""The weeks up to the one that is reported, as the charts of a report draw them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from scipy import stats

from metrics.buckets import DAY_NS
from metrics.budgets.costs import conversation_costs
from metrics.filters import TrafficFilter
from metrics.outcomes.conversations import conversations
from metrics.outcomes.over_time import over_time
from metrics.outcomes.rules import Rules
from metrics.outcomes.shares import Outcome
from metrics.questions import Warehouse
from metrics.week.answer_times import answer_times
from metrics.week.compared import FEWEST_VALUES
from metrics.week.weeks import Week, week
from review.sampling import weeks

WEEKS = 8
ALL = "all"
WEEK_NS = 7 * DAY_NS


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """Frames with `series, bucket_start (UTC, a Monday), value, low, high` (95 %) and what they rest on, `n`.

    `handed_over` is a share (0-1), `cost` US dollars per conversation, `time` the seconds that 95 of 100 answers stay
    below. A week with too little has no row.
    """

    handed_over: pd.DataFrame
    cost: pd.DataFrame
    time: pd.DataFrame


def history(
    warehouse: Warehouse, shown: Week, wanted: TrafficFilter, *, rules: Mapping[str | None, Rules], many: int = WEEKS
) -> History:
    """The last `many` weeks; the last one as far as it goes."""
    first = shown.since - (many - 1) * weeks.WEEK
    window = TrafficFilter(first, shown.until, wanted.apps, wanted.environments, wanted.tenants)
    found = conversations(warehouse, window, rules)
    if found.empty:
        return History(*(_table([]) for _ in range(3)))
    shares = over_time(found.assign(all=ALL), Outcome.ESCALATED, by="all", series=(ALL,), bucket_ns=WEEK_NS)
    handed_over = shares.rename(columns={"share": "value", "trials": "n"})
    return History(handed_over, _costs(warehouse, window, found), _times(warehouse, shown, wanted, many))


def _costs(warehouse: Warehouse, window: TrafficFilter, found: pd.DataFrame) -> pd.DataFrame:
    costs = conversation_costs(warehouse, window)
    over = set(found.loc[~found["is_open"], "conversation_id"])
    known = costs[costs["cost_usd"].notna() & costs["conversation_id"].isin(over)]
    rows = []
    for monday, part in known.groupby(known["start_ts"].map(lambda at: weeks.monday_of(weeks.week_of(at)))):
        values = part["cost_usd"].to_numpy(float)
        if len(values) >= FEWEST_VALUES:
            half = float(stats.sem(values) * stats.t.ppf(0.975, len(values) - 1))
            mean = float(values.mean())
            rows.append((ALL, monday, mean, mean - half, mean + half, len(values)))
    return _table(rows)


def _times(warehouse: Warehouse, shown: Week, wanted: TrafficFilter, many: int) -> pd.DataFrame:
    """Two weeks are asked at once."""
    rows = []
    for back in range(0, many, 2):
        pair = week(weeks.week_of(shown.since - back * weeks.WEEK), newest=shown.until)
        told = answer_times(warehouse, pair, wanted).p95_ms
        for monday, figure in ((pair.since, told.now), (pair.before_since, told.before)):
            if figure is not None and figure.low is not None and figure.high is not None:
                rows.append((ALL, monday, figure.value / 1000, figure.low / 1000, figure.high / 1000, figure.n))
    return _table(sorted(rows))


def _table(rows: Sequence[tuple[object, ...]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["series", "bucket_start", "value", "low", "high", "n"])
