"""What differs between two windows of traffic: every step and figure compared, the largest sure change first.

What it cannot tell: why. Two things that changed on one day are both named, and a change in who asks looks like a
change of the application.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from metrics.drift.changed_words import changed_words
from metrics.drift.compared import FEWEST, Codes, Compared, Flags, Numbers, many_of, means_apart, medians, shares
from metrics.drift.psi import binned, by_chance, edges_of, psi_of_counts
from metrics.drift.windows import STALE_DAYS, Traffic, Windows, read
from metrics.questions import Warehouse

SURE = 0.05
"""False discovery rate over all figures of all steps (Benjamini and Hochberg 1995)."""
RATIO_THAT_MATTERS, POINTS_THAT_MATTER = 1.1, 0.03
_NUMBERS = {"duration_ms": "duration (ms)", "tok_in": "tokens in", "tok_out": "tokens out", "cost_usd": "cost (US$)"}
_NAMES = {"model": "model", "finish_reason": "finish reason", "prompt_version": "prompt version",
          "retrieval_config": "retrieval configuration"}  # fmt: skip
DIMENSIONS = ("app", "prompt_version", "model", "retrieval_config", "app_version", "tenant")
COLUMNS = (
    "step", "metric", "value", "unit", "before", "now", "effect", "low", "high", "psi", "psi_by_chance", "wasserstein",
    "n_before", "n_now", "p", "q", "verdict", "where", "words", "traces",
)  # fmt: skip


class Verdict(StrEnum):
    """`SMALL`: sure, but less than a tenth or three points."""

    CHANGED = "changed"
    SMALL = "small change"
    NONE = "no sign of change"


@dataclass(frozen=True, slots=True)
class _Figure:
    """One figure of one step: a number per row, or whether it is `value`; the rows tell where it holds."""

    step: str
    metric: str
    rows: pd.DataFrame
    numbers: pd.Series
    value: str = ""


def changes(warehouse: Warehouse, windows: Windows, *, stale_days: float = STALE_DAYS) -> pd.DataFrame:
    """A row per step and figure that can be compared (`COLUMNS`), the surest and largest change first.

    unit: `ratio` (of medians) or `points` (difference of shares, -1 to 1), of effect, low and high (95 %). where: the
    app, version or tenant that the change sits in, when one stands out. traces: up to ten ids to look at. Empty when
    no step has `FEWEST` conversations in both windows. Documents of `stale_days` and more are stale.
    """
    return changes_of(read(warehouse, windows), stale_days=stale_days)


def changes_of(traffic: Traffic, *, stale_days: float = STALE_DAYS) -> pd.DataFrame:
    """As `changes`, of traffic that was read."""
    figures = _figures(traffic, stale_days) if len(traffic.spans) else iter(())
    rows = [row for figure in figures if (row := _compared(figure)) is not None]
    rows += _of_words(traffic.questions)
    if not rows:
        return pd.DataFrame(columns=list(COLUMNS))
    table = pd.DataFrame(rows)
    known = table["q"].isna()
    table.loc[known, "q"] = stats.false_discovery_control(table.loc[known, "p"].to_numpy(float), method="bh")
    every = table.to_dict("records")
    table["verdict"] = [_verdict(row) for row in every]
    table["words"] = [_in_words(row) for row in every]
    size = [_size(row) for row in every]
    rank = table["verdict"].map({Verdict.CHANGED: 0, Verdict.SMALL: 1, Verdict.NONE: 2})
    ordered = table.assign(rank=rank, size=size).sort_values(
        ["rank", "size", "step", "metric", "value"], ascending=[True, False, True, True, True], ignore_index=True
    )
    return ordered[list(COLUMNS)]


def _figures(traffic: Traffic, stale_days: float) -> Iterator[_Figure]:
    spans = traffic.spans
    traces = spans.drop_duplicates("trace_id")
    for step, rows in spans.groupby("step", sort=True):
        named = str(step)
        for column, words in _NUMBERS.items():
            yield _Figure(named, words, rows, pd.to_numeric(rows[column]))
        yield _Figure(named, "errors", rows, rows["is_error"].astype(float), "failed")
        for column, words in _NAMES.items():
            yield from _of_names(named, words, rows, rows[column])
        calls = rows.groupby("trace_id").size()
        called = rows.drop_duplicates("trace_id")
        yield _Figure(named, "calls per trace", called, called["trace_id"].map(calls).astype(float))
        yield _Figure(named, "used", traces, traces["trace_id"].isin(calls.index).astype(float), "in a trace")
    yield from _of_documents(spans, traffic.documents, stale_days)


def _of_names(step: str, metric: str, rows: pd.DataFrame, names: pd.Series) -> Iterator[_Figure]:
    """Whether it is this value, for each of the most frequent values where there are several."""
    known = names.notna()
    if not known.any():
        return
    counts = names[known].value_counts()
    if len(counts) < 2:
        return
    for value in counts.index[:20]:
        yield _Figure(step, metric, rows[known], (names[known] == value).astype(float), str(value))


def _of_documents(spans: pd.DataFrame, documents: pd.DataFrame, stale_days: float) -> Iterator[_Figure]:
    """Of retrievers: how old documents are, how they scored, and retrievals that found none."""
    retrievals = spans[spans["kind"] == "retriever"]
    if retrievals.empty or documents.empty:
        return
    of_each = documents[["trace_id", "span_id", "rank", "score", "age_days"]]
    found = retrievals.drop(columns="documents").merge(of_each, on=["trace_id", "span_id"], how="inner")
    found = found.sort_values(["trace_id", "span_id", "rank"], ignore_index=True)
    for step, rows in found.groupby("step", sort=True):
        age = pd.to_numeric(rows["age_days"])
        yield _Figure(str(step), "age of documents (days)", rows, age)
        yield _Figure(str(step), "documents", rows[age.notna()], (age.dropna() > stale_days).astype(float),
                      f"older than {stale_days:.0f} days")  # fmt: skip
        yield _Figure(str(step), "score of documents", rows, pd.to_numeric(rows["score"]))
    for step, rows in retrievals.groupby("step", sort=True):
        yield _Figure(str(step), "retrievals", rows, (rows["documents"] == 0).astype(float), "empty")


def _compared(figure: _Figure) -> dict[str, Any] | None:
    """The row of a figure; None where a window has too few conversations, or nothing differs at all."""
    known = figure.numbers.notna().to_numpy()
    if not known.any():
        return None
    rows = figure.rows if known.all() else figure.rows[known]
    numbers = figure.numbers.to_numpy(float)[known]
    codes, is_new = rows["code"].to_numpy(np.intp), rows["is_new"].to_numpy(bool)
    if min(many_of(codes[side]) for side in (is_new, ~is_new)) < FEWEST or numbers.min() == numbers.max():
        return None
    is_share = bool(figure.value)
    found = shares(numbers > 0.5, codes, is_new) if is_share else medians(numbers, codes, is_new)
    return {
        "step": figure.step, "metric": figure.metric, "value": figure.value, "unit": "points" if is_share else "ratio",
        "before": found.before, "now": found.now, "effect": found.effect, "low": found.low, "high": found.high,
        **_distances(numbers, codes, is_new, is_share=is_share),
        "n_before": int((~is_new).sum()), "n_now": int(is_new.sum()),
        "p": found.p, "q": math.nan, "where": _where(rows, numbers, found, metric=figure.metric, is_share=is_share),
        "traces": _examples(rows, numbers, found, is_share=is_share),
    }  # fmt: skip


def _distances(numbers: Numbers, codes: Codes, is_new: Flags, *, is_share: bool) -> dict[str, float | None]:
    """How far the two distributions lie apart; Wasserstein's distance in standard deviations of the reference."""
    before, now = numbers[~is_new], numbers[is_new]
    edges = np.array([0.5]) if is_share else edges_of(before)
    bins = binned(numbers, edges)
    value = psi_of_counts(*(np.bincount(bins[side], minlength=len(edges) + 1) for side in (~is_new, is_new)))
    spread = float(before.std())
    moved = float(stats.wasserstein_distance(before, now)) / spread if spread > 0 and not is_share else None
    return {"psi": value, "psi_by_chance": by_chance(bins, codes, is_new), "wasserstein": moved}


def _where(rows: pd.DataFrame, numbers: Numbers, found: Compared, *, metric: str, is_share: bool) -> str:
    """The app, version or tenant in whose part of the newer window the change sits: it has it, and the rest has little.

    Of several the one that parts the window most surely.
    """
    if found.p > 0.01:
        return ""
    surest, named = 0.01, ""
    is_new = rows["is_new"].to_numpy(bool)
    now, codes = numbers[is_new], rows["code"].to_numpy(np.intp)[is_new]
    typical = np.mean if is_share else np.median
    ranked = now if is_share else stats.rankdata(now)
    for dimension in DIMENSIONS:
        if dimension.replace("_", " ") == metric:
            continue
        values = rows[dimension].to_numpy(object)[is_new]
        for value in pd.unique(values):
            own = values == value
            if value is None or min(many_of(codes[part]) for part in (own, ~own)) < FEWEST:
                continue
            inside, outside = (float(typical(now[part])) - found.before for part in (own, ~own))
            _, _, p = means_apart(ranked, codes, own)
            if abs(outside) < 0.35 * abs(inside) and p < surest:
                surest, named = p, f"{dimension.replace('_', ' ')} {value}"
    return named


def _examples(rows: pd.DataFrame, numbers: Numbers, found: Compared, *, is_share: bool) -> list[str]:
    """Traces of the newer window that show it: those nearest to what is typical now."""
    is_new = rows["is_new"].to_numpy(bool)
    is_more = found.now >= found.before
    apart = np.where((numbers > 0.5) == is_more, 0.0, 1.0) if is_share else np.abs(numbers - found.now)
    order = np.argsort(np.where(is_new, apart, np.inf), kind="stable")[: 10 * 4]
    return list(dict.fromkeys(str(trace) for trace in rows["trace_id"].to_numpy()[order]))[:10]


def _of_words(asked: pd.DataFrame) -> list[dict[str, Any]]:
    """Words of the questions that are used by another share of the conversations."""
    if asked.empty:
        return []
    codes, is_new = asked["code"].to_numpy(np.intp), asked["is_new"].to_numpy(bool)
    if is_new.all() or not is_new.any():
        return []
    traces = asked["trace_id"].to_numpy(object)
    rows = []
    for word in changed_words([str(text) for text in asked["preview"]], codes, is_new):
        effect = word.now - word.before
        rows.append({
            "step": "(question)", "metric": "words", "value": word.word, "unit": "points", "before": word.before,
            "now": word.now, "effect": effect, "low": word.low, "high": word.high, "psi": None,
            "psi_by_chance": None, "wasserstein": None,
            "n_before": int((~is_new).sum()), "n_now": int(is_new.sum()), "p": word.q, "q": word.q, "where": "",
            "traces": [str(traces[place]) for place in word.places[:10]],
        })  # fmt: skip
    return rows


def _verdict(row: dict[Any, Any]) -> Verdict:
    if not row["q"] < SURE:
        return Verdict.NONE
    return Verdict.CHANGED if _size(row) >= 1 else Verdict.SMALL


def _size(row: dict[Any, Any]) -> float:
    """How large a change is against what matters, so that ratios and points can be ranked together."""
    if row["unit"] == "points":
        return abs(float(row["effect"])) / POINTS_THAT_MATTER
    effect = float(row["effect"])
    if not math.isfinite(effect) or effect <= 0:
        return 10.0 if row["before"] != row["now"] else 0.0
    return abs(math.log(effect)) / math.log(RATIO_THAT_MATTERS)


def _in_words(row: dict[Any, Any]) -> str:
    where = f", in {row['where']}" if row["where"] else ""
    n = f"; n {row['n_before']:,} and {row['n_now']:,}"
    if row["unit"] == "ratio":
        ends = "" if math.isnan(row["low"]) else f", {row['low']:.2g} to {row['high']:.2g}"
        times = f" (x {row['effect']:.2g}{ends})" if math.isfinite(row["effect"]) else ""
        return (
            f"{row['step']}: median {row['metric']} {row['before']:.4g} before, {row['now']:.4g} now{times}{where}{n}"
        )
    said = f'"{row["value"]}"' if row["metric"] == "words" else row["value"]
    ends = f" ({100 * row['low']:+.1f} to {100 * row['high']:+.1f} points)"
    return f"{row['step']}: {row['metric']} {said} {row['before']:.1%} before, {row['now']:.1%} now{ends}{where}{n}"
