"""Budgets on the pages of latency and cost: which were kept, which were not, and the traces that broke them."""

from collections.abc import Hashable
from datetime import timedelta
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from charts.breaches import with_breaches
from metrics import words
from metrics.buckets import DAY_NS, bucket_words
from metrics.budgets.against import Verdict
from metrics.budgets.limits import Figure, What
from metrics.questions import Group
from pages.parts import board, controls, links, reads
from pages.parts.opened import opened

ICONS = {
    Verdict.BREACHED: ":red[:material/error:]",
    Verdict.OVER: ":orange[:material/warning:]",
    Verdict.WITHIN: ":green[:material/check_circle:]",
    Verdict.FEW: ":gray[:material/help:]",
}
_MOST = 12
SHORT = timedelta(days=2)
_WORST_FIRST = list(ICONS)


def mark(figure: go.Figure, asked: controls.Asked, cut: board.Cut, *, of: Figure) -> None:
    """Marks on the chart where a budget was surely not kept."""
    found = _over_time(asked, cut, of)
    broken = found[found["verdict"] == Verdict.BREACHED]
    series = broken["step"] if asked.group is Group.STEP else ""
    with_breaches(figure, broken.assign(series=series, words=[in_words(row) for row in broken.to_dict("records")]))


def _over_time(asked: controls.Asked, cut: board.Cut, of: Figure) -> pd.DataFrame:
    """Budgets by day, in a short window by hour; those of which most days have too little traffic, by week.

    With `width_ns`; never narrower than the chart's points.
    """
    is_short = asked.wanted.until - asked.wanted.since <= SHORT
    narrow, wide = (max(cut.width_ns, each) for each in ((DAY_NS // 24, DAY_NS) if is_short else (DAY_NS, 7 * DAY_NS)))
    by = ["budget", "step"]
    found = reads.budgets_over_time(asked.wanted, of, bucket_ns=narrow).assign(width_ns=narrow)
    few = (found["verdict"] == Verdict.FEW).groupby([found[name] for name in by]).transform("mean") > 0.5
    if not few.any() or narrow == wide:
        return found
    wider = reads.budgets_over_time(asked.wanted, of, bucket_ns=wide).assign(width_ns=wide)
    are_few = pd.MultiIndex.from_frame(found.loc[few, by].drop_duplicates())
    return pd.concat([found[~few], wider[pd.MultiIndex.from_frame(wider[by]).isin(are_few)]], ignore_index=True)


def show(asked: controls.Asked, cut: board.Cut, *, of: Figure) -> None:
    """Each budget against the whole window, the worst first, how often it was broken, and by which traces."""
    mine = [one for one in opened().budgets if one.figure is of]
    st.header("Budgets", anchor=False)
    if not mine:
        st.text("None is set. [budgets] in benchbook.toml says how long something may take and what it may cost.")
        return
    whole, over_time = reads.budgets_whole(asked.wanted, of), _over_time(asked, cut, of)
    if whole.empty:
        st.text("No turn, conversation or step in this selection has a budget.")
    order = whole["verdict"].map(_WORST_FIRST.index)
    for row in whole.assign(order=order).sort_values(["order", "budget", "step"]).head(_MOST).to_dict("records"):
        own = over_time[(over_time["budget"] == row["budget"]) & (over_time["step"] == row["step"])]
        _line(row, own, asked)
    if len(whole) > _MOST:
        st.text(f"{len(whole) - _MOST} more are not shown; choose steps above.")


def _line(row: dict[Hashable, Any], own: pd.DataFrame, asked: controls.Asked) -> None:
    limit = next(one for one in opened().budgets if one.key == row["budget"])
    broken = int((own["verdict"] == Verdict.BREACHED).sum())
    with st.container(gap="xxsmall"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(ICONS[row["verdict"]], width="content")
            st.text(f"{limit.words[0].upper()}{limit.words[1:]}", width="stretch")
        st.text(in_words(row))
        if broken:
            st.text(f"Breached in {broken} of {len(own)} times {bucket_words(int(own['width_ns'].iloc[0]))}.")
        if row["verdict"] in (Verdict.BREACHED, Verdict.OVER):
            with st.container(horizontal=True):
                for place, trace in enumerate(reads.over_budget(asked.wanted, limit)[:5]):
                    st.page_link(links.TRACE, label=f"Trace {place + 1}", icon=":material/account_tree:",
                                 query_params={"trace": trace})  # fmt: skip


def in_words(row: dict[Hashable, Any]) -> str:
    """`search: 72.0 % of 120 calls within 3 s (63.1 % to 79.9 %), asked for 95.0 %; p95 4.10 s`."""
    noun = {What.STEP: "call", What.TURN: "turn", What.CONVERSATION: "conversation"}[row["what"]]
    name = f"{row['step']}: " if row["step"] else ""
    counted = words.counted(row["n"], noun)
    left_out = f"; {words.count(row['left_out'])} left out" if row["left_out"] else ""
    if row["verdict"] == Verdict.FEW:
        return f"{name}{row['verdict']}, {counted}{left_out}"
    if row["figure"] == Figure.LATENCY:
        ends = f"{words.share(row['low'])} to {words.share(row['high'])}"
        share = f"{words.share(row['value'])} of {counted} within {row['limit']:g} s ({ends})"
        return f"{name}{share}, p{100 * row['asked']:g} {words.duration(1000 * row['at_share'])}{left_out}"
    ends = f"{words.usd(row['low'])} to {words.usd(row['high'])}"
    mean = f"{words.usd(row['value'])} on average of {counted} ({ends})"
    return f"{name}{mean}, limit {words.usd(row['limit'])}{left_out}"


def beside_human(asked: controls.Asked) -> None:
    """What a conversation that needs nobody costs, and what it costs when a person has it."""
    human = opened().human_cost
    if human is None:
        return
    said = reads.beside_human(asked.wanted)
    with st.container(horizontal=True, vertical_alignment="center"):
        if said.per_contained is None:
            st.text(f"Beside a person ({words.usd(human)}): not enough data, "
                    f"{words.counted(said.conversations, 'conversation')} with a known cost.")  # fmt: skip
            return
        st.markdown(ICONS[Verdict.BREACHED if said.is_dearer else Verdict.WITHIN], width="content")
        ends = f"{words.usd(said.low)} to {words.usd(said.high)}"
        left_out = f"; {words.count(said.left_out)} without a known cost are left out" if said.left_out else ""
        of = f"{words.count(said.contained)} of {words.counted(said.conversations, 'conversation')}"
        st.text(f"A contained conversation costs {words.usd(said.per_contained)} ({ends}), with a person "
                f"{words.usd(human)}: {of} needed nobody{left_out}.", width="stretch")  # fmt: skip
