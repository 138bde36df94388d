"""Two versions side by side, step by step: as their traffic came, and matched on what was asked where that differs.

What it cannot tell: what else changed on the days between. Traffic is matched on tenant, language and topic; whatever
else made one version's conversations harder stays in the difference.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from errors import UsageError
from metrics.budgets.costs import costs_of
from metrics.filters import TrafficFilter
from metrics.outcomes.conversations import conversations
from metrics.outcomes.mood import UNHAPPY
from metrics.outcomes.rules import Rules
from metrics.outcomes.wording import with_wording
from metrics.questions import Warehouse, put
from metrics.versions.mix import Difference, Strata, differences, strata
from metrics.versions.resampled import Apart, Numbers, Side, Typical, apart
from review.calibration.corrected_difference import VERSION_COLUMNS, Spelt, spelled, version

_HERE = Path(__file__).parent
FEWEST = 20
"""Conversations of each side that must use a step, else no figure of it is compared."""
FEWEST_FOR_P95 = 100
"""Values of each side below which no p95 is compared: fewer than five lie above it."""
MOST_CONVERSATIONS = 2_000
"""Of each side; of more a fixed part is compared."""
MATCHED_ON = ("tenant", "language", "topic")
WHOLE = "(whole trace)"
ANSWER = "(answer)"
CONVERSATION = "(conversation)"
COLUMNS = ("step", "metric", "unit", "a", "a_low", "a_high", "b", "b_low", "b_high", "effect", "low", "high", "q",
           "matched_a", "matched_b", "matched_effect", "matched_low", "matched_high", "matched_q", "conversations_a",
           "conversations_b", "values_a", "values_b", "verdict", "traces_a", "traces_b")  # fmt: skip
SURE = 0.05
_UNITS = {Typical.SHARE: "share", Typical.LEVEL: "level"}
_ENDED = {"contained": "is_contained", "escalated": "is_escalated", "abandoned": "is_abandoned",
          "repeated": "is_repeated", "corrected": "is_corrected"}  # fmt: skip
_FIGURES: dict[str, tuple[str, Typical]] = {
    "duration, median (ms)": ("duration_ms", Typical.MEDIAN),
    "duration, p95 (ms)": ("duration_ms", Typical.P95),
    "tokens in": ("tok_in", Typical.MEAN),
    "tokens out": ("tok_out", Typical.MEAN),
    "tokens out per second": ("throughput", Typical.MEDIAN),
    "cost (US$)": ("cost_usd", Typical.MEAN),
    "errors": ("is_error", Typical.SHARE),
}


@dataclass(frozen=True, slots=True)
class Seen:
    """One side: its traffic in the window, and when it was there."""

    named: str
    traces: int
    conversations: int
    first_seen: dt.datetime | None
    last_seen: dt.datetime | None

    @property
    def traces_per_day(self) -> float | None:
        """Of the time between its first and last trace; None for less than an hour."""
        if self.first_seen is None or self.last_seen is None:
            return None
        days = (self.last_seen - self.first_seen).total_seconds() / 86_400
        return self.traces / days if days * 24 >= 1 else None


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """`table`: a row per step and figure (`COLUMNS`): conversations, whole traces, each step, what judges said.

    unit: `ratio` (b over a), `share` (0-1) or `level` (both b less a). `matched_*`: both sides weighted to the mix of
    both together; None where `matched` is empty: then `why_not` says why. `traces_*`: up to five ids near what is
    typical of a side. `mixed`: conversations that both versions answered, left out.
    """

    a: Seen
    b: Seen
    table: pd.DataFrame
    mix: tuple[Difference, ...]
    matched: tuple[str, ...]
    covered: float | None
    why_not: str
    mixed: int
    compared: tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class _Sides:
    """Conversations of both sides, in order, and how each is resampled: as it came, and matched."""

    place: Mapping[str, int]
    of_a: int
    plain: tuple[Side, Side]
    matched: tuple[Side, Side] | None
    strata: Strata | None


@dataclass(frozen=True, slots=True)
class _Figure:
    """`values`: `conversation_id, trace_id, is_b, value`, one row per thing that has one."""

    step: str
    metric: str
    what: Typical
    values: pd.DataFrame


def compare(
    warehouse: Warehouse,
    wanted: TrafficFilter,
    rules: Mapping[str | None, Rules],
    *,
    versions: tuple[Spelt, Spelt],
) -> Comparison:
    """The second of `versions` (b) beside the first (a), both spelt as `benchbook gate` reads them.

    Intervals are 95 %, with whole conversations as units; q controls false discoveries over all rows (Benjamini and
    Hochberg 1995). Raises `UsageError` for what is no version, has no traffic, or shares traffic with the other.
    """
    asked = _parameters(wanted, versions)
    a, b, mixed = _seen(warehouse, asked, versions)
    traces = _asked(warehouse, "traces_of_versions", asked)
    words = with_wording(warehouse, wanted, _conversations(traces), rules, most=2 * MOST_CONVERSATIONS)
    sides, mix = _sides(words)
    ended = words.merge(conversations(warehouse, wanted, rules).drop(columns="tenant"), on="conversation_id")
    ended = ended.assign(cost_usd=costs_of(warehouse, wanted, ended))
    figures = chain(_of_conversations(ended[~ended["is_open"]]), _figures(warehouse, asked, traces))
    rows = [row for figure in figures if (row := _row(figure, sides)) is not None]
    made = sides.strata
    return Comparison(
        a, b, _table(rows), tuple(mix), () if made is None else made.columns, None if made is None else made.covered,
        _why_not(mix, made), mixed, (int((~words["is_b"]).sum()), int(words["is_b"].sum())),
    )  # fmt: skip


def _parameters(wanted: TrafficFilter, versions: tuple[Spelt, Spelt]) -> dict[str, Any]:
    names = ("since_ns", "until_ns", "apps", "tenants", "environments")
    said = {name: value for name, value in wanted.parameters().items() if name in names}
    for side, one in zip("ab", versions, strict=True):
        parts = version(one)
        said |= {f"{side}_{column}": parts.get(column) for column in VERSION_COLUMNS}
    return said | {"most": MOST_CONVERSATIONS}


def _asked(warehouse: Warehouse, name: str, asked: Mapping[str, Any]) -> pd.DataFrame:
    sql = "WITH " + (_HERE / "picked.sql").read_text() + (_HERE / f"{name}.sql").read_text()
    return put(warehouse, sql, **asked)


def _seen(warehouse: Warehouse, asked: Mapping[str, Any], versions: tuple[Spelt, Spelt]) -> tuple[Seen, Seen, int]:
    counts = {str(name): value for name, value in _asked(warehouse, "counts_of_versions", asked).iloc[0].items()}
    if counts["traces_of_both"]:
        raise UsageError("the two versions share traffic; name two that exclude each other")
    sides = []
    for side, one in zip("ab", versions, strict=True):
        named = spelled(version(one))
        if not counts[f"traces_{side}"]:
            raise UsageError(f"no traffic of {named} in this window; `benchbook versions` lists what there is")
        moments = [pd.to_datetime(counts[f"{name}_{side}"], utc=True).to_pydatetime() for name in ("first", "last")]
        sides.append(Seen(named, int(counts[f"traces_{side}"]), int(counts[f"conversations_{side}"]), *moments))
    return sides[0], sides[1], int(counts["mixed"])


def _conversations(traces: pd.DataFrame) -> pd.DataFrame:
    """A row per conversation, side a first: `conversation_id, is_b, tenant`."""
    ordered = traces.assign(is_b=traces["is_b"].astype(bool)).sort_values(["is_b", "conversation_id", "trace_id"])
    return ordered.drop_duplicates("conversation_id")[["conversation_id", "is_b", "tenant"]].reset_index(drop=True)


def _sides(words: pd.DataFrame) -> tuple[_Sides, list[Difference]]:
    is_b = words["is_b"].to_numpy(bool)
    if min(int((~is_b).sum()), int(is_b.sum())) < FEWEST:
        mix: list[Difference] = []
        made = None
    else:
        mix = differences(words, columns=MATCHED_ON)
        made = strata(words, mix)

    def drawn(*, match: bool) -> tuple[Side, Side]:
        codes = None if made is None or not match else made.codes
        both = [Side.drawn(int(side.sum()), strata=None if codes is None else codes[side],
                           target=None if made is None or codes is None else made.target, seed=number)
                for number, side in enumerate((~is_b, is_b))]  # fmt: skip
        return both[0], both[1]

    place = {str(one): at for at, one in enumerate(words["conversation_id"])}
    return _Sides(place, int((~is_b).sum()), drawn(match=False), drawn(match=True) if made else None, made), mix


def _figures(warehouse: Warehouse, asked: Mapping[str, Any], traces: pd.DataFrame) -> Iterator[_Figure]:
    yield from _of_step(WHOLE, traces)
    spans = _asked(warehouse, "spans_of_versions", asked)
    for step, rows in spans.groupby("step", sort=True) if len(spans) else ():
        yield from _of_step(str(step), rows)
        calls = traces["trace_id"].map(rows.groupby("trace_id").size()).fillna(0.0)
        yield _Figure(str(step), "calls per trace", Typical.MEAN, _values(traces, calls))
    scores = _asked(warehouse, "scores_of_versions", asked)
    for (score, judge), rows in scores.groupby(["score", "judge"], sort=True) if len(scores) else ():
        yield _Figure(ANSWER, f"{score}, {judge} (uncalibrated)", Typical.LEVEL, _values(rows, rows["said"]))


def _of_conversations(ended: pd.DataFrame) -> Iterator[_Figure]:
    """How they ended, what one cost and took; those that are over."""
    of = ended.rename(columns={"first_trace": "trace_id"})
    for name, column in _ENDED.items():
        yield _Figure(CONVERSATION, name, Typical.SHARE, _values(of, of[column]))
    known = of["mood_last"].notna()
    unhappy = (of["mood_last"] <= UNHAPPY).where(known)
    yield _Figure(CONVERSATION, "unhappy at the end", Typical.SHARE, _values(of, unhappy))
    yield _Figure(CONVERSATION, "cost (US$)", Typical.MEAN, _values(of, of["cost_usd"]))
    yield _Figure(CONVERSATION, "turns", Typical.MEAN, _values(of, of["turns"]))


def _of_step(step: str, rows: pd.DataFrame) -> Iterator[_Figure]:
    duration_s = pd.to_numeric(rows["duration_ms"]) / 1000
    of = rows.assign(throughput=(pd.to_numeric(rows["tok_out"]) / duration_s).where(duration_s > 0))
    for metric, (column, what) in _FIGURES.items():
        yield _Figure(step, metric, what, _values(of, of[column]))


def _values(rows: pd.DataFrame, values: pd.Series) -> pd.DataFrame:
    told = rows[["conversation_id", "trace_id", "is_b"]].assign(value=pd.to_numeric(values).astype(float))
    return told.dropna(subset=["value"])


def _row(figure: _Figure, sides: _Sides) -> dict[str, Any] | None:
    """None where a side has too few conversations with it, or where the figure is nothing but 0 on both."""
    codes = figure.values["conversation_id"].map(sides.place).to_numpy(float)
    values, is_b = figure.values["value"].to_numpy(float), figure.values["is_b"].to_numpy(bool)
    parts = [(values[side], (codes[side] - less).astype(np.intp)) for side, less in ((~is_b, 0), (is_b, sides.of_a))]
    with_it = [len(np.unique(own)) for _, own in parts]
    if min(with_it) < FEWEST or not values.any():
        return None
    if figure.what is Typical.P95 and min(len(own) for own, _ in parts) < FEWEST_FOR_P95:
        return None
    plain = _apart(sides.plain, parts, figure.what, (with_it[0], with_it[1]))
    told = {
        "step": figure.step, "metric": figure.metric, "unit": _UNITS.get(figure.what, "ratio"),
        "a": plain.a, "a_low": plain.a_low, "a_high": plain.a_high, "b": plain.b, "b_low": plain.b_low,
        "b_high": plain.b_high, "effect": plain.effect, "low": plain.low, "high": plain.high, "p": plain.p,
        "conversations_a": with_it[0], "conversations_b": with_it[1], "values_a": len(parts[0][0]),
        "values_b": len(parts[1][0]), "traces_a": _near(figure.values[~is_b], plain.a),
        "traces_b": _near(figure.values[is_b], plain.b),
    }  # fmt: skip
    in_mix = [side.conversations_of(codes) for side, (_, codes) in zip(sides.matched or (), parts, strict=False)]
    if sides.matched is not None and min(in_mix) >= FEWEST:
        matched = _apart(sides.matched, parts, figure.what, (in_mix[0], in_mix[1]))
        told |= {"matched_a": matched.a, "matched_b": matched.b, "matched_effect": matched.effect,
                 "matched_low": matched.low, "matched_high": matched.high, "matched_p": matched.p}  # fmt: skip
    return told


def _near(values: pd.DataFrame, figure: float) -> list[str]:
    """Up to five traces whose value is nearest to the figure; of a share those that are counted."""
    order = (values["value"] - (1.0 if 0 < figure < 1 and values["value"].isin([0.0, 1.0]).all() else figure)).abs()
    nearest = values.loc[order.sort_values(kind="stable").index, "trace_id"]
    return [str(trace) for trace in nearest.drop_duplicates().head(5)]


def _apart(
    sides: tuple[Side, Side], parts: list[tuple[Numbers, Any]], what: Typical, conversations: tuple[int, int]
) -> Apart:
    of = [side.typical(values, codes, what) for side, (values, codes) in zip(sides, parts, strict=True)]
    return apart(of[0], of[1], what, conversations=conversations)


def _table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    if not rows:
        return pd.DataFrame(columns=list(COLUMNS))
    table = pd.DataFrame(rows).reindex(columns=[*COLUMNS, "p", "matched_p"])
    for p, q in (("p", "q"), ("matched_p", "matched_q")):
        known = pd.to_numeric(table[p]).dropna()
        table[q] = pd.Series(stats.false_discovery_control(known), index=known.index) if len(known) else np.nan
    table["verdict"] = [_verdict(row) for row in table.to_dict("records")]
    return table[list(COLUMNS)]


def _verdict(row: Mapping[Any, Any]) -> str:
    """By the matched figures where there are some."""
    q, effect = row["q"], row["effect"]
    if not pd.isna(row["matched_effect"]):
        q, effect = row["matched_q"], row["matched_effect"]
    if not q < SURE:
        return "no sure difference"
    return "higher" if effect > (1 if row["unit"] == "ratio" else 0) else "lower"


def _why_not(mix: list[Difference], made: Strata | None) -> str:
    if made is not None:
        return ""
    if not mix:
        return f"fewer than {FEWEST} conversations of a version: their mixes cannot be told apart"
    if not any(one.is_sure for one in mix):
        return "tenants, languages and topics do not differ for sure: there is nothing to match"
    return "less than half of the conversations are of a kind that both versions had: they cannot be matched"
