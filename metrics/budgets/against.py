"""Traffic against its budgets: what share was in time, what it cost on average, and whether that is too much.

What it cannot tell: costs without a known price and times of receipt are left out, and counted.
"""

import math
import re
from collections.abc import Sequence
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
from scipy import stats

from metrics.buckets import WEEK_ORIGIN_NS
from metrics.budgets.limits import Figure, Limit, What
from metrics.filters import TrafficFilter
from metrics.questions import Warehouse, question
from metrics.wilson import wilson_interval

_HERE = Path(__file__).parent
_UNITS = {What.TURN: "of_turns", What.CONVERSATION: "of_conversations", What.STEP: "of_steps"}
FEWEST_CONVERSATIONS = 10
"""Below this nothing is said; nor of a share of 0.95 with fewer than 20 turns or calls."""
COLUMNS = (
    "budget", "what", "step", "figure", "app", "limit", "asked", "bucket_start", "value", "low", "high", "at_share",
    "n", "conversations", "left_out", "verdict",
)  # fmt: skip


class Verdict(StrEnum):
    """`BREACHED`: the whole 95 % interval lies on the wrong side of the limit."""

    WITHIN = "within"
    OVER = "over, perhaps by chance"
    BREACHED = "breached"
    FEW = "not enough data"


def against(
    warehouse: Warehouse,
    wanted: TrafficFilter,
    limits: Sequence[Limit],
    *,
    bucket_ns: int,
    origin_ns: int = WEEK_ORIGIN_NS,
) -> pd.DataFrame:
    """A row per budget, step and bucket that has traffic (`COLUMNS`); buckets are counted from `origin_ns`.

    limit: seconds or US dollars. asked: the share (0-1) that must be within, of latency. value, low, high (95 %): the
    share within, or the mean cost. at_share: the seconds within which the share asked for was served. n: calls, turns
    or conversations; left_out: those without a time or price. Conversations are the units that differ by chance.
    """
    tables = [_of(warehouse, wanted, one, bucket_ns=bucket_ns, origin_ns=origin_ns) for one in limits]
    rows = [row for table in tables for row in table]
    found = pd.DataFrame(rows, columns=list(COLUMNS))
    return found.assign(bucket_start=pd.to_datetime(found["bucket_start"], format="ISO8601", utc=True))


def whole(warehouse: Warehouse, wanted: TrafficFilter, limits: Sequence[Limit]) -> pd.DataFrame:
    """The same over the whole window, as one bucket."""
    parameters = wanted.parameters()
    since_ns = parameters["since_ns"]
    return against(warehouse, wanted, limits, bucket_ns=parameters["until_ns"] - since_ns, origin_ns=since_ns)


def over(warehouse: Warehouse, wanted: TrafficFilter, limit: Limit) -> tuple[str, ...]:
    """Up to ten traces above the limit, the slowest or dearest first."""
    found = _asked(warehouse, wanted, limit, "over")
    return tuple(str(trace) for trace in found["trace_id"])


def _of(
    warehouse: Warehouse, wanted: TrafficFilter, one: Limit, *, bucket_ns: int, origin_ns: int
) -> list[dict[str, Any]]:
    is_share = one.figure is Figure.LATENCY
    quantile = one.share_within if is_share else 0.5
    found = _asked(warehouse, wanted, one, "sums", bucket_ns=bucket_ns, origin_ns=origin_ns, is_share=is_share,
                   quantile=quantile)  # fmt: skip
    said = {"budget": one.key, "what": one.what.value, "figure": one.figure.value, "app": one.app, "limit": one.limit,
            "asked": one.share_within if is_share else None}  # fmt: skip
    return [said | {"step": row["series"], "bucket_start": row["bucket_start"]} | _judged(row, one)
            for row in found.to_dict("records")]  # fmt: skip


def _asked(warehouse: Warehouse, wanted: TrafficFilter, one: Limit, last: str, **more: Any) -> pd.DataFrame:
    """The answer of the file `last` about the units of a budget."""
    apps = list(wanted.apps)
    if one.app:
        apps = [one.app] if not apps or one.app in apps else ["\0"]  # an app that is none
    said = wanted.parameters() | more | {
        "apps": apps, "other_apps": list(one.other_apps), "step": one.step or "*", "figure": one.figure.value,
        "limit": one.limit,
    }  # fmt: skip
    sql = f"WITH {question('evaluation_spans')},\n{_sql(_UNITS[one.what])}{_sql(last)}"
    return warehouse.frame(sql, **{name: said[name] for name in set(re.findall(r"\$(\w+)", sql))})


def _judged(row: dict[Any, Any], one: Limit) -> dict[str, Any]:
    """Value, interval and verdict of the sums of one bucket."""
    n, conversations = int(row["n"]), int(row["conversations"])
    is_share = one.figure is Figure.LATENCY
    said = {"n": n, "conversations": conversations, "left_out": int(row["left_out"]), "value": None, "low": None,
            "high": None, "at_share": float(row["at_share"]) if is_share and n else None}  # fmt: skip
    if not n:
        return said | {"verdict": Verdict.FEW}
    value = row["y"] / n
    low, high = _of_share(row, value) if is_share else _of_mean(row, value)
    said |= {"value": float(value), "low": low, "high": high}
    few = conversations < FEWEST_CONVERSATIONS or (is_share and n < math.ceil(1 / (1 - one.share_within)))
    if few or low is None or high is None:
        return said | {"verdict": Verdict.FEW}
    if is_share:
        is_over, is_sure = value < one.share_within, high < one.share_within
    else:
        is_over, is_sure = value > one.limit, low > one.limit
    return said | {"verdict": Verdict.BREACHED if is_sure else Verdict.OVER if is_over else Verdict.WITHIN}


def _error(row: dict[Any, Any], mean: float) -> float:
    """Standard error of a mean per unit when whole conversations are drawn.

    Source: Lohr 2010, Sampling: Design and Analysis, sec. 5.2.2, eq. 5.17, from sums.
    """
    many = row["conversations"]
    squares = max(0.0, row["yy"] - 2 * mean * row["yt"] + mean * mean * row["tt"])
    return math.sqrt(squares * many / max(many - 1, 1)) / float(row["n"])


def _of_share(row: dict[Any, Any], share: float) -> tuple[float | None, float | None]:
    """Wilson's interval with as many trials as the calls are worth, and t for z as conversations may be few.

    Source: Franco, Little, Louis and Slud 2019, J. of Survey Statistics and Methodology 7:334-364.
    """
    trials = float(row["conversations"])  # where all agree nobody knows how alike they are
    if 0 < share < 1:
        alone = share * (1 - share) / row["n"]
        trials = min(float(row["n"]), row["n"] * alone / max(_error(row, share) ** 2, 1e-300))
    t = float(stats.t.ppf(0.975, max(int(row["conversations"]) - 1, 1)))
    ends = wilson_interval(min(share * trials, trials), trials, z=t)
    return ends if ends is not None else (None, None)


def _of_mean(row: dict[Any, Any], mean: float) -> tuple[float | None, float | None]:
    many = int(row["conversations"])
    if many < 2:
        return None, None
    half = float(stats.t.ppf(0.975, many - 1)) * _error(row, mean)
    return max(0.0, mean - half), mean + half


@cache
def _sql(name: str) -> str:
    return (_HERE / f"{name}.sql").read_text()
