"""What traffic pages have in common: opening, the chart whose points lead to traces, and the table one click away."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from charts.marks import Mark, marked
from charts.palette import MOST_SERIES
from metrics import words
from metrics.buckets import WANTED_POINTS, bucket_width_ns, bucket_words
from metrics.filters import TrafficFilter, nanoseconds
from metrics.versions.flags import Flag
from pages.parts import controls, links, reads, states

CARD_PX = 168
"""Two fit beside each other on a phone of 390 pixels."""
_CONFIG = {"displayModeBar": False, "scrollZoom": False}


@dataclass(frozen=True, slots=True)
class Cut:
    """How time is cut into points."""

    width_ns: int

    @property
    def words(self) -> str:
        return bucket_words(self.width_ns)


@dataclass(frozen=True, slots=True)
class Order:
    """How the traces behind a point are listed: words of `metrics.traces.Sort` and `Only`."""

    sort: str = "newest"
    only: str = "all"


NEWEST = Order()


def open_page(title: str, *, grouped: bool = True, is_compared: bool = False) -> controls.Asked:
    """Title and controls (with what to group by, if `grouped`); ends the page when nothing is loaded.

    A page that `is_compared` with the time before does not open on all of time.
    """
    links.go_on()
    st.title(title, anchor=False)
    at = controls.now()
    loaded = reads.loaded(at)
    states.stop_if_nothing_loaded(int(loaded["traces"]))
    return controls.traffic(loaded, at=at, grouped=grouped, is_compared=is_compared)


def cut(wanted: TrafficFilter, *, most_points: int = WANTED_POINTS) -> Cut:
    return Cut(bucket_width_ns(wanted, most_points=most_points))


def drawn_series(by_group: pd.DataFrame) -> tuple[str, ...]:
    """The series that a chart draws: the first eight of a frame that is in order of importance."""
    return tuple(dict.fromkeys(str(name) for name in by_group["series"]))[:MOST_SERIES]


def say_what_is_drawn(by_group: pd.DataFrame, *, ordered_by: str) -> None:
    """When a chart leaves series out, say how many and where they are."""
    every = by_group["series"].nunique()
    if every > MOST_SERIES:
        st.text(f"Drawn: the {MOST_SERIES} with the most {ordered_by}, of {every}. The table below has all of them.")


def chart(figure: go.Figure, asked: controls.Asked, cut: Cut, *, key: str, alt: str, order: Order = NEWEST) -> None:
    """The chart; a selected point offers the traces behind it, in `order`."""
    figure.update_xaxes(range=_shown_time(asked.wanted, cut))
    marked(figure, went_live(asked.wanted))
    answer = st.plotly_chart(figure, key=key, on_select="rerun", selection_mode="points", config=_CONFIG, alt=alt)
    picked = answer["selection"]["points"]
    point = links.point_of(picked[0].get("customdata"), width_ns=cut.width_ns) if picked else None
    with st.container(horizontal=True, vertical_alignment="center"):
        if point is None:
            st.text("Select a point to open the traces behind it.")
            return
        st.text(f"{point.series}, {words.window(point.since, point.until)}")
        st.button(
            "Open the traces behind this point",
            icon=":material/arrow_forward:",
            type="primary",
            on_click=links.ask_for,
            args=(point,),
            kwargs={"group": asked.group, "sort": order.sort, "only": order.only},
        )


def went_live(wanted: TrafficFilter) -> list[Mark]:
    """What was deployed within the window, and what traffic shows that nobody registered."""
    marks = [
        Mark(one.deployment.at, one.words)
        for one in reads.deployments()
        if wanted.since <= one.deployment.at < wanted.until and (not wanted.apps or any(map(one.is_of, wanted.apps)))
    ]
    odd = reads.version_flags(wanted)
    new = odd[odd["flag"] != Flag.UNPINNED].to_dict("records")
    return marks + [Mark(row["first_seen"], f"{kind_words(row['what'])} {row['value']}", is_guess=True) for row in new]


def kind_words(kind: str) -> str:
    """A kind of version in words: `app version`."""
    return kind.replace("_", " ")


def _shown_time(wanted: TrafficFilter, cut: Cut) -> list[str]:
    """The whole window, also where nothing happened in it, from the start of its first bucket."""
    since_ns = nanoseconds(wanted.since) // cut.width_ns * cut.width_ns - cut.width_ns // 2  # room for the mark
    first = datetime.fromtimestamp(since_ns // 10**9, tz=UTC)
    return [f"{moment:%Y-%m-%d %H:%M}" for moment in (first, wanted.until)]


def wants_table(label: str = "Show the table") -> bool:
    """The switch before a table, bound to the link."""
    return st.toggle(label, key="table", bind="query-params")


def places(many: int) -> list[DeltaGenerator]:
    """Places for cards, side by side; on a phone two in a row, where columns would put each in a row of its own."""
    row = st.container(horizontal=True, gap="small")
    return [row.container(width=CARD_PX) for _ in range(many)]


def card(place: DeltaGenerator, label: str, value: str, *notes: str) -> None:
    """One figure with what it counts and how. All three are ours: no text of a trace."""
    with place.container(border=True, gap="xxsmall", height="stretch"):
        st.metric(label, value)
        for note in notes:
            st.text(note)
