"""The Overview's parts: which week of which traffic, and the tiles, each with the way to what is behind it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from metrics.filters import TrafficFilter
from metrics.week import weeks
from metrics.week.summary import Sources
from metrics.week.tiles import Mood, Tile, Told, place_of
from metrics.week.weeks import Week
from pages.parts import controls, downloads, links, states, who
from pages.parts.opened import opened
from review.people import Right

_PAGES = Path(__file__).parents[1]
SCRIPTS = {
    "outcomes": _PAGES / "traffic" / "outcomes.py",
    "cost": _PAGES / "traffic" / "cost.py",
    "latency": _PAGES / "traffic" / "latency.py",
    "alerts": _PAGES / "traffic" / "alerts.py",
    "changes": _PAGES / "traffic" / "changes.py",
    "versions": _PAGES / "traffic" / "versions.py",
    "samples": _PAGES / "review" / "samples.py",
    "judges": links.SCORECARD,
    "judge": links.JUDGE,
}
"""Page that a tile leads to, by its address."""
_OF_RESULTS = ("samples", "judges", "judge")
_COLOURS: dict[Mood, Literal["green", "red", "gray"]] = {Mood.GOOD: "green", Mood.BAD: "red", Mood.NEUTRAL: "gray"}
_ICONS = {Mood.GOOD: ":material/thumb_up:", Mood.BAD: ":material/warning:", Mood.NEUTRAL: ":material/drag_handle:"}
_AWAY = ":material/arrow_forward:"
IN_A_ROW = 4
_BUTTON_PX = 118
WEEK = "week"
Query = dict[str, str | list[str]]


def asked(first: datetime, newest: datetime) -> tuple[str, TrafficFilter]:
    """Draws the controls: the week, and filters of whole traces. The filter's window is all there is."""
    controls.restore()
    names = weeks.weeks_between(first, newest)
    names += [said for said in st.query_params.get_all(WEEK) if said and said not in names]
    if WEEK not in st.session_state and WEEK not in st.query_params:
        st.session_state[WEEK] = weeks.shown_unasked(first, newest)
        controls.say_in_link(WEEK)  # next week the link still shows this one
    chosen = st.selectbox("Week", names, None, key=WEEK, bind="query-params", width=160)
    said = controls.whole_traces()
    controls.run_again()
    wanted = TrafficFilter(first, newest, said["app"], said["environment"], said["tenant"])
    return chosen or weeks.shown_unasked(first, newest), wanted


def query(week: Week, wanted: TrafficFilter) -> Query:
    """What a link to a traffic page says so that it shows the week with the same filters."""
    moments = {name: f"{at:%Y-%m-%dT%H:%M}" for name, at in (("from", week.since), ("to", week.until))}
    filters = {"app": wanted.apps, "environment": wanted.environments, "tenant": wanted.tenants}
    return {"window": controls.CUSTOM, **moments, **{key: list(values) for key, values in filters.items() if values}}


def places(keys: Sequence[str]) -> dict[str, DeltaGenerator]:
    """A place for each tile by its key, in rows of four."""
    rows = [st.columns(IN_A_ROW, gap="small") for _ in range(-(-len(keys) // IN_A_ROW))]
    return dict(zip(keys, (place for row in rows for place in row), strict=False))  # the last row may have room left


def say_nothing_began(week: Week, wanted: TrafficFilter) -> None:
    """The week without a conversation: says so, offers to drop the filters, and ends the page."""
    inside = replace(wanted, since=week.since, until=week.until)
    if wanted.is_narrowed:
        states.nothing_matches(inside, what="conversations")
    st.info(f"No conversation began in {week.name}. Choose another week above.", icon=":material/inbox:")
    st.stop()


def draw(places: Mapping[str, DeltaGenerator], tiles: Sequence[Tile], shared: Query) -> None:
    """Some of the tiles, each in its place; `shared` is the `query` of the page."""
    for tile in tiles:
        with places[place_of(tile)].container(border=True, gap="xxsmall", height="stretch"):
            _tile(tile, shared)


def draw_below(told: Told, shared: Query) -> None:
    """What went live, the ways to more, and how to read it."""
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        lines = "; ".join(told.went_live) if told.went_live else "nothing new"
        st.text(f"Went live in these two weeks: {lines}.", width="stretch")
        of_weeks: Query = {"reference": "a week before"}  # as the tiles compare, also while the week still runs
        for name, label, more in (("changes", "What changed, step by step", of_weeks), ("versions", "Versions", {})):
            st.page_link(SCRIPTS[name], label=label, icon=_AWAY, query_params=shared | more, width="content")
    st.text("Likely: a 95 % interval. Better or worse: sure among all figures of the week (false discovery rate 5 %).")


def report_buttons(week: Week, wanted: TrafficFilter) -> None:
    """Downloads of the weekly report: made when they are fetched, from what is known then."""
    now = opened()
    sources = Sources(now.warehouse, now.database, now.outcomes, now.judges, now.budgets, now.human_cost)

    def made(suffix: str) -> bytes:
        from metrics.week.html import as_html
        from metrics.week.pdf import as_pdf  # the makers of pictures and paper are loaded when somebody asks
        from metrics.week.report import report

        at = datetime.now(UTC)
        one = report(sources, week, wanted, now=at)
        return as_pdf(one, now=at) if suffix == "pdf" else as_html(one).encode()

    for suffix, label, kind in (("pdf", "Report (PDF)", "application/pdf"), ("html", "Report (page)", "text/html")):
        file = downloads.File(weeks.report_name(week, suffix), kind, partial(made, suffix))
        with st.container(width=_BUTTON_PX):
            downloads.button(label, file, right=Right.SEE_TRAFFIC, key=f"report_{suffix}")


def _tile(tile: Tile, shared: Query) -> None:
    """The title is the way to what is behind it, for whoever may see that."""
    evidence = tile.evidence
    if evidence.page in _OF_RESULTS and not who.may(Right.SEE_RESULTS):
        st.text(tile.title)
    else:
        st.page_link(SCRIPTS[evidence.page], label=tile.title, icon=_AWAY,
                     query_params=shared | dict(evidence.query), help=evidence.words)  # fmt: skip
    st.metric(tile.title, tile.value, label_visibility="collapsed")
    st.badge(tile.verdict, color=_COLOURS[tile.mood], icon=_ICONS[tile.mood])  # our own words
    for note in tile.notes:
        st.text(note)
