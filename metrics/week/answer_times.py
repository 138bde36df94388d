"""How long answers take: the duration that 95 of 100 traces stay below, this week and last.

Traces without times of the client, and those of judges at work, are left out. The interval is between two ranks,
without any assumption on how durations are spread (Conover 1999, Practical Nonparametric Statistics, sec. 3.2). Whether
it changed is asked of the share of traces slower than the pooled 95th percentile in either week (the quantile test,
ibid. sec. 5.1). Traces of one conversation are alike, so whole conversations are what differs by chance, in both.
"""

import math
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
from scipy import stats

from metrics.filters import TrafficFilter, nanoseconds
from metrics.questions import Warehouse
from metrics.week.compared import FEWEST_VALUES, LEAST_PART, Compared, Figure
from metrics.week.weeks import Week

_SQL = Path(__file__).parent / "answer_times.sql"


@dataclass(frozen=True, slots=True, eq=False)
class AnswerTimes:
    """`p95_ms` compared. `by_versions`: `is_now, app, app_version, model, prompt_version, retrieval_config, traces,
    slow` (slower than the pooled 95th percentile), `conversations`, and the sums that `share_of_slow` needs."""

    p95_ms: Compared
    by_versions: pd.DataFrame


def answer_times(warehouse: Warehouse, week: Week, wanted: TrafficFilter) -> AnswerTimes:
    """Of the traces that began in the two weeks; the window of `wanted` is not looked at."""
    found = warehouse.frame(_SQL.read_text(), **two_weeks(week, wanted))
    if found.empty:
        found = pd.DataFrame(columns=["is_now", "traces", "slow"])
    is_now = found["is_now"].astype(bool)
    now, before = found[is_now], found[~is_now]
    one, other = _figure(now), _figure(before)
    compared = Compared(one, other, more_is_worse=True, least=0.0, lacks=f"fewer than {FEWEST_VALUES} in a week")
    if one is not None and other is not None:
        p = slow_test(now, before)
        compared = replace(compared, change=one.value - other.value, p=p, least=LEAST_PART * other.value, lacks="")
    return AnswerTimes(compared, found)


def two_weeks(week: Week, wanted: TrafficFilter) -> dict[str, object]:
    """Values for the `$name`s of a question about both weeks."""
    moments = ("since", "until", "before_since", "before_until")
    return {f"{name}_ns": nanoseconds(getattr(week, name)) for name in moments} | {
        name: list(getattr(wanted, name)) for name in ("apps", "environments", "tenants")
    }


def slow_test(one: pd.DataFrame, other: pd.DataFrame) -> float:
    """p of both parts having the same share of slow traces, whole conversations drawn."""
    (share, error), (share_other, error_other) = share_of_slow(one), share_of_slow(other)
    both = math.hypot(error, error_other)
    if not both:
        return 1.0 if share == share_other else 0.0
    df = min(int(part["conversations"].sum()) for part in (one, other)) - 1
    return float(2 * stats.t.sf(abs(share - share_other) / both, max(df, 1)))


def share_of_slow(part: pd.DataFrame) -> tuple[float, float]:
    """Share (0-1) and its standard error. Source: Lohr 2010, Sampling: Design and Analysis, sec. 5.2.2, eq. 5.17."""
    n, many = float(part["traces"].sum()), int(part["conversations"].sum())
    slow = float(part["slow"].sum())
    share = slow / n
    if slow in (0.0, n):  # all alike: nobody knows how alike, so conversations are the trials, one more on each side
        near = (slow + 1) / (n + 2)
        return share, math.sqrt(near * (1 - near) / many)
    squares = float((part["yy"] - 2 * share * part["yt"] + share**2 * part["tt"]).sum())
    return share, math.sqrt(max(0.0, squares) * many / max(many - 1, 1)) / n


def _figure(part: pd.DataFrame) -> Figure | None:
    traces = int(part["traces"].sum())
    if traces < FEWEST_VALUES:
        return None
    first = part.iloc[0]
    high = None if pd.isna(first["high_ms"]) else float(first["high_ms"])
    return Figure(float(first["p95_ms"]), float(first["low_ms"]), high, traces)
