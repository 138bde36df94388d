"""Two versions side by side on the page Versions: what people and judges say, and every step with intervals."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from charts.intervals import intervals
from errors import UsageError
from metrics import words
from metrics.filters import TrafficFilter
from metrics.versions.compare import MOST_CONVERSATIONS, Comparison, Seen
from pages.parts import links, tables, worded_reads
from pages.parts.opened import opened
from review.calibration.corrected_difference import spelled

_DRAWN = 14
_SURE = ("higher", "lower")
_IN_WORDS: dict[str, Callable[[float], str]] = {"(ms)": words.duration, "(US$)": words.usd}


def draw(wanted: TrafficFilter, seen: pd.DataFrame) -> None:
    """Controls, and the comparison once two versions are chosen. `seen` is `metrics.versions.sightings`."""
    choices = _choices(seen)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        before = st.selectbox("Before", choices, index=None, key="before", bind="query-params", placeholder="a version")
        after = st.selectbox("After", choices, index=None, key="after", bind="query-params", placeholder="another")
    if not before or not after:
        st.text("Choose two versions to see them side by side, by step. They should have been live together.")
        return
    try:
        found = worded_reads.comparison(wanted, before, after)
    except UsageError as error:
        st.warning("These two cannot be compared.", icon=":material/compare_arrows:")
        st.text(str(error))  # it names versions, which are text of traces
        return
    _heads(found)
    _quality(wanted, before, after)
    _steps(found)


def _choices(seen: pd.DataFrame) -> list[str]:
    """Versions as `benchbook gate` spells them, newest first."""
    newest = seen.sort_values("first_seen", ascending=False)
    return list(dict.fromkeys(spelled({row["what"]: row["value"]}) for row in newest.to_dict("records")))


def _heads(found: Comparison) -> None:
    for name, one in (("Before", found.a), ("After", found.b)):
        st.text(f"{name}: {_side(one)}")
    if found.mixed:
        st.text(f"{words.counted(found.mixed, 'conversation')} that both answered left out.")
    if MOST_CONVERSATIONS in found.compared:
        st.text(f"Compared: {words.count(found.compared[0])} and {words.count(found.compared[1])} conversations.")
    if found.matched:
        differ = " and ".join(f"{one.column} ({one.apart:.0%} of another kind)" for one in found.mix if one.is_sure)
        st.text(f"The two were asked different things: {differ}. So both are also weighted to one mix of "
                f"{' and '.join(found.matched)} (matched), {found.covered:.0%} of the conversations.")  # fmt: skip
    else:
        st.text(f"Not matched: {found.why_not}.")


def _side(one: Seen) -> str:
    per_day = "" if one.traces_per_day is None else f", {one.traces_per_day:,.1f} a day"
    live = f"{words.moment(one.first_seen)} to {words.moment(one.last_seen)} UTC"
    traffic = f"{words.counted(one.traces, 'trace')} in {words.counted(one.conversations, 'conversation')}"
    return f"{one.named}, {traffic}, {live}{per_day}."


def _quality(wanted: TrafficFilter, before: str, after: str) -> None:
    """The corrected difference of each criterion that people labelled."""
    st.subheader("Quality, corrected by people's labels", anchor=False)
    database = opened().database
    told = pd.DataFrame() if database is None else worded_reads.corrected_versions(database, wanted, before, after)
    if told.empty:
        st.info("Nobody labelled a sample of this traffic. What judges say is below, uncalibrated.")
        return
    shown = told.assign(
        a=[_number(value) for value in told["a_mean"]], b=[_number(value) for value in told["b_mean"]],
        apart=[tables.apart(row["difference"], row["low"], row["high"]) for row in told.to_dict("records")],
        labelled=[f"{words.count(one)} and {words.count(other)}"
                  for one, other in zip(told["a_labelled"], told["b_labelled"], strict=True)],
    )  # fmt: skip
    names = {"criterion": "criterion", "a": "before", "b": "after", "apart": "difference (95 %)",
             "labelled": "labelled", "weeks": "weeks", "judge": "with the judge", "lacks": "why no figure"}  # fmt: skip
    tables.table(shown, names, key="corrected_versions", alt="Corrected quality of two versions")


def _steps(found: Comparison) -> None:
    st.subheader("By step", anchor=False)
    if found.table.empty:
        st.info("Too few conversations of a version: no step can be compared.")
        return
    sure = found.table[found.table["verdict"].isin(_SURE)]
    st.text(f"{len(sure)} of {words.counted(len(found.table), 'figure')} differ for sure (false discovery rate 5 %).")
    ratios = sure[(sure["unit"] == "ratio") & sure["effect"].map(_is_drawn)]
    if len(ratios):
        _chart(
            ratios.loc[ratios["effect"].map(lambda one: -abs(math.log(one))).sort_values(kind="stable").index].head(
                _DRAWN
            )
        )
    every = st.toggle("Show also what does not differ for sure", key="every_step", bind="query-params")
    rows = (found.table if every else sure).reset_index(drop=True)
    if len(rows):
        _table(rows, is_matched=bool(found.matched))


def _chart(rows: pd.DataFrame) -> None:
    """Changes in per cent, as the traffic came and matched."""
    parts = []
    for series, prefix in (("as it came", ""), ("matched", "matched_")):
        one, low, high = (f"{prefix}{name}" for name in ("effect", "low", "high"))
        known = rows[rows[one].notna()]
        parts.append(pd.DataFrame({
            "name": known["step"] + ": " + known["metric"], "series": series, "value": 100 * (known[one] - 1),
            "low": 100 * (known[low] - 1), "high": 100 * (known[high] - 1),
            "text": [f"{row['step']}, {row['metric']}, {series}: x {row[one]:.2f} ({row[low]:.2f} to {row[high]:.2f})"
                     for row in known.to_dict("records")],
        }))  # fmt: skip
    st.plotly_chart(intervals(pd.concat(parts), axis="after against before (% more)", lines=[(0.0, "alike")]),
                    config={"displayModeBar": False}, key="two_versions",
                    alt="What differs between the two versions, in per cent, with intervals")  # fmt: skip


def _table(rows: pd.DataFrame, *, is_matched: bool) -> None:
    records = rows.to_dict("records")
    shown = pd.DataFrame({
        "step": rows["step"], "figure": rows["metric"], "before": [_figure(row, "a") for row in records],
        "after": [_figure(row, "b") for row in records],
        "after against before (95 %)": [_effect(row) for row in records],
        **({"matched (95 %)": [_effect(row, "matched_") for row in records]} if is_matched else {}),
        "verdict": rows["verdict"],
        "conversations": [f"{row['conversations_a']:,} and {row['conversations_b']:,}" for row in records],
    })  # fmt: skip
    answer = st.dataframe(tables.defused(shown), hide_index=True, key="steps", on_select="rerun",
                          selection_mode="single-row", alt="Two versions by step and figure")  # fmt: skip
    picked = answer["selection"]["rows"]
    if not picked or picked[0] >= len(rows):
        st.text("Select a row for traces that are typical of each side.")
        return
    row = records[picked[0]]
    for title, traces in (("before", row["traces_a"]), ("after", row["traces_b"])):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.text(f"Typical {title}:")
            for number, trace in enumerate(traces):
                st.page_link(links.TRACE, label=f"trace {number + 1}", query_params={"trace": trace})


def _is_drawn(effect: float) -> bool:
    return math.isfinite(effect) and effect > 0


def _figure(row: Mapping[Any, Any], side: str) -> str:
    """`1.24 s (1.19 s to 1.30 s)`, in the unit of the figure."""
    values = [row[name] for name in (side, f"{side}_low", f"{side}_high")]
    unit = next((words_of for end, words_of in _IN_WORDS.items() if row["metric"].endswith(end)), _number)
    unit = words.share if row["unit"] == "share" else unit
    one, low, high = (unit(value) for value in values)
    return f"{one} ({low} to {high})"


def _effect(row: Mapping[Any, Any], prefix: str = "") -> str:
    one, low, high = (row[f"{prefix}{name}"] for name in ("effect", "low", "high"))
    if pd.isna(one) and prefix:
        return ""
    if row["unit"] == "ratio":
        return f"x {one:.2f} ({low:.2f} to {high:.2f})" if _is_drawn(one) else "only one has it"
    if row["unit"] == "share":
        return f"{tables.apart(100 * one, 100 * low, 100 * high, digits=1)} points"
    return tables.apart(one, low, high)


def _number(value: float) -> str:
    if pd.isna(value):
        return words.UNKNOWN
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
