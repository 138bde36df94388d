"""Which names calls carry, before and now: models, finish reasons, tools, versions, languages; all values at once.

What it cannot tell: how each value moved; that is said, value by value, by `changes`.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from metrics.drift import chi_square, psi
from metrics.drift.changes import POINTS_THAT_MATTER, SURE, Verdict
from metrics.drift.compared import FEWEST, Codes, Flags, many_of
from metrics.drift.windows import Traffic, Windows, read
from metrics.outcomes.language import language
from metrics.questions import Warehouse

_OF_STEPS = {"model": "model", "finish_reason": "finish reason", "prompt_version": "prompt version",
             "retrieval_config": "retrieval configuration"}  # fmt: skip
_OF_TRACES = {"app_version": "app version", "tenant": "tenant"}
ALL_TOOLS, ALL_TRACES, QUESTIONS = "(all tools)", "(all traces)", "(question)"
RARE_BELOW = 5
"""Calls in both windows together below which values are taken together in the test, in each with the same weight."""
_MOST_TEXTS = 5_000
"""Questions whose language is looked at, those of a random part of the conversations."""
COLUMNS = (
    "step", "name", "values", "chi_square", "degrees", "design_effect", "psi", "psi_by_chance", "effect", "new", "lost",
    "n_before", "n_now", "conversations_before", "conversations_now", "q", "verdict", "traces",
)  # fmt: skip


def categories(warehouse: Warehouse, windows: Windows) -> pd.DataFrame:
    """A row per step and name that has several values (`COLUMNS`), the surest and largest change first.

    effect: the share of calls that would have to carry another value for both windows to be the same (0-1; half of the
    absolute differences of the shares). new, lost: values that only one window has, with calls, and `p` that none of
    their conversations would lie in the other window by chance. q: false discovery rate over the table.
    """
    return categories_of(read(warehouse, windows))


def categories_of(traffic: Traffic) -> pd.DataFrame:
    """As `categories`, of traffic that was read."""
    found = [_row(step, name, rows, rows[column]) for step, name, column, rows in _named(traffic)]
    rows = [row for row in found if row is not None]
    if not rows:
        return pd.DataFrame(columns=list(COLUMNS))
    table = pd.DataFrame(rows)
    table["q"] = stats.false_discovery_control(table["p"].to_numpy(float), method="bh")
    is_sure, is_large = table["q"] < SURE, table["effect"] >= POINTS_THAT_MATTER
    table["verdict"] = np.where(is_sure, np.where(is_large, Verdict.CHANGED, Verdict.SMALL), Verdict.NONE)
    rank = table["verdict"].map({Verdict.CHANGED: 0, Verdict.SMALL: 1, Verdict.NONE: 2})
    ordered = table.assign(rank=rank).sort_values(
        ["rank", "effect", "step", "name"], ascending=[True, False, True, True]
    )
    return ordered[list(COLUMNS)].reset_index(drop=True)


def _named(traffic: Traffic) -> Iterator[tuple[str, str, str, pd.DataFrame]]:
    """Step, name in words, column, and the rows that have it."""
    spans = traffic.spans
    if len(spans):
        for column, words in _OF_STEPS.items():
            for step, rows in spans[spans[column].notna()].groupby("step", sort=True):
                yield str(step), words, column, rows
        yield ALL_TOOLS, "tool", "tool_name", spans[spans["tool_name"].notna()]
        traces = spans.drop_duplicates("trace_id")
        for column, words in _OF_TRACES.items():
            yield ALL_TRACES, words, column, traces[traces[column].notna()]
    asked = traffic.questions
    if len(asked):
        if len(asked) > _MOST_TEXTS:
            codes = np.random.default_rng(0).permutation(asked["code"].nunique())
            asked = asked[codes[asked["code"].to_numpy(np.intp)] < len(codes) * _MOST_TEXTS / len(asked)]
        yield QUESTIONS, "language", "language", asked.assign(language=asked["preview"].map(language))


def _row(step: str, name: str, rows: pd.DataFrame, values: pd.Series) -> dict[str, Any] | None:
    """None with one value only, or too few conversations in a window."""
    codes, is_new = rows["code"].to_numpy(np.intp), rows["is_new"].to_numpy(bool)
    many = [many_of(codes[side]) for side in (~is_new, is_new)]
    places, names = pd.factorize(values, sort=True)
    if min(many) < FEWEST or len(names) < 2:
        return None
    counts = [np.bincount(places[side], minlength=len(names)) for side in (~is_new, is_new)]
    grouped = _rare_together(places, counts[0] + counts[1])
    tested = chi_square.chi_square(grouped, codes, is_new)
    if tested is None:
        return None
    shares = [count / count.sum() for count in counts]
    grouped_counts = (np.bincount(grouped[side], minlength=int(grouped.max()) + 1) for side in (~is_new, is_new))
    return {
        "step": step, "name": name, "values": len(names), "chi_square": tested.statistic, "degrees": tested.degrees,
        "design_effect": tested.design_effect, "effect": float(np.abs(shares[1] - shares[0]).sum() / 2),
        "psi": psi.psi_of_counts(*grouped_counts), "psi_by_chance": psi.by_chance(grouped, codes, is_new),
        "new": _only(places, names, codes, is_new), "lost": _only(places, names, codes, ~is_new),
        "n_before": int(counts[0].sum()), "n_now": int(counts[1].sum()), "conversations_before": many[0],
        "conversations_now": many[1], "p": tested.p, "traces": _examples(rows, places, shares),
    }  # fmt: skip


def _rare_together(places: Codes, counts: Codes) -> Codes:
    """Values with their own number, rare ones with a common one."""
    common = np.flatnonzero(counts >= RARE_BELOW)
    number = np.full(len(counts), len(common))
    number[common] = np.arange(len(common))
    grouped: Codes = number[places]
    return grouped


def _only(places: Codes, names: pd.Index, codes: Codes, is_here: Flags) -> list[dict[str, Any]]:
    """Values that only the windows' part `is_here` has, most frequent first."""
    here, elsewhere = many_of(codes[is_here]), many_of(codes[~is_here])
    found = []
    for place in np.setdiff1d(places[is_here], places[~is_here]):
        own = is_here & (places == place)
        with_it = many_of(codes[own])
        p = float(stats.hypergeom.pmf(0, here + elsewhere, with_it, elsewhere))
        found.append((int(own.sum()), str(names[place]), with_it, p))
    ordered = sorted(found, key=lambda one: (-one[0], one[1]))[:20]
    return [dict(zip(("calls", "value", "conversations", "p"), one, strict=True)) for one in ordered]


def _examples(rows: pd.DataFrame, places: Codes, shares: list[np.ndarray[Any, np.dtype[np.float64]]]) -> list[str]:
    """Traces of the newer window with the value that grew most."""
    grown = int(np.argmax(shares[1] - shares[0]))
    shown = rows["trace_id"].to_numpy()[rows["is_new"].to_numpy(bool) & (places == grown)]
    return [str(trace) for trace in dict.fromkeys(shown.tolist())][:10]
