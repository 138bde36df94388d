"""Planning a sample on the page: the plan and its changes, what drawing would do, and how precise it would be."""

from dataclasses import dataclass
from datetime import UTC, datetime

import orjson
import pandas as pd
import streamlit as st

from charts.precision import precision
from errors import BenchbookError, UsageError
from metrics import words
from pages.parts import board, states, tables, who
from pages.parts.opened import opened
from review.people import Right
from review.rubric import rubrics
from review.rubric.rubric import Rubric
from review.sampling import draws, expectations, frames, samples, stored_plans
from review.sampling.planning import Planned, planned
from review.sampling.plans import COLUMNS, Allocation, Plan, plan_of
from review.sampling.spreads import Basis
from review.sampling.weeks import WEEK, monday_of
from storage.ledger_database import Database

SECTION, SAMPLE = "section", "drawn"
"""Keys in the link. `sample` is the label page's: a key that is bound here could not be handed on to it."""
DRAWN = "sample that was just drawn"
_FAILED = "why drawing failed"
_CERTAIN = {"escalated": {"escalated": ("yes",)}, "failed": {"error": ("yes",)}}
_RULES = {
    Allocation.PROPORTIONAL: "as strata are large",
    Allocation.EQUAL: "as many of each stratum",
    Allocation.NEYMAN: "most where answers differ most",
}
_CELLS_GO_BY = {"unit", "weeks", "handover", "length_cuts", "judge_score", "criterion"}


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the controls say."""

    plan: Plan
    week: str
    is_changed: bool


def draw_section(database: Database, at: datetime) -> None:
    """Controls, what drawing would do, and the button that draws."""
    try:
        chosen = _controls(database, at)
        found = _cells(_key(chosen), chosen.plan, chosen.week)
        frame = frames.frame_of(found, chosen.plan, week=chosen.week)
        known = planned(database, opened().warehouse, chosen.plan, frame, week=chosen.week)
        rubrics.ensure_builtin(database, at)
        rubric = rubrics.rubric(database, chosen.plan.rubric)
    except UsageError as error:
        st.warning("This cannot be drawn.", icon=":material/rule:")
        st.text(str(error))
        return
    _cards(known, rubric)
    _button(database, chosen, known)
    st.header("Which size buys which precision", anchor=False)
    _precision(known, rubric)
    st.header("Strata", anchor=False)
    _strata(known)


def _controls(database: Database, at: datetime) -> Chosen:
    weeks = list(_weeks(_version())["week"])
    states.stop_if_nothing_loaded(len(weeks))
    names = stored_plans.plan_names(database)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        name = st.selectbox("Plan", names, index=names.index("weekly"), key="plan", bind="query-params", width=190)
        last = next((each for each in weeks if monday_of(each) + WEEK <= at), weeks[0])
        week = st.selectbox("Week (Monday to Sunday, UTC)", weeks, index=weeks.index(last), key="week",
                            bind="query-params", width=190)  # fmt: skip
        stored = stored_plans.plan(database, name or "weekly")
        said = _changes(stored)
    plan = plan_of(stored.definition() | said)
    return Chosen(plan, week or last, is_changed=plan != stored)


def _changes(stored: Plan) -> dict[str, object]:
    """What the controls make of a plan's fields; each plan has controls of its own."""

    def key(field: str) -> str:
        return f"{field} of {stored.name}"

    size = st.number_input("Items", 2, 20_000, stored.size, step=10, key=key("size"), width=130)
    rule = st.segmented_control("Shared out", list(Allocation), default=stored.allocation, key=key("allocation"),
                                required=True, help=_rules_in_words())  # fmt: skip
    with st.popover("More", icon=":material/tune:"):
        columns = [column for column in COLUMNS if column != "judge_score" or stored.judge_score]
        strata = st.multiselect("Cut into strata by", columns, list(stored.strata), key=key("strata"),
                                format_func=lambda column: column.replace("_", " "))  # fmt: skip
        taken = [label for label, condition in _CERTAIN.items() if condition in stored.certainty]
        certain = st.multiselect("Take all that are", list(_CERTAIN), taken, key=key("certainty"))
        floor = st.number_input("At least, of each stratum", 2, 1_000, stored.floor, key=key("floor"))
        overlap = st.slider("Labelled by two people (%)", 0, 100, round(stored.overlap_share * 100), 5,
                            key=key("overlap"))  # fmt: skip
        again = st.slider("Shown to the same person again (%)", 0, 100, round(stored.again_share * 100), 5,
                          key=key("again"), help=f"After {stored.again_weeks} weeks.")  # fmt: skip
        name = st.text_input("Keep the changed plan as", stored.name, key=key("name"), max_chars=60)
    others = [condition for condition in stored.certainty if condition not in _CERTAIN.values()]
    return {"name": name, "size": size, "allocation": rule, "strata": strata, "floor": floor,
            "overlap_share": overlap / 100, "again_share": again / 100,
            "certainty": [*(_CERTAIN[label] for label in certain), *others]}  # fmt: skip


def _rules_in_words() -> str:
    return "; ".join(f"{rule}: {said}" for rule, said in _RULES.items())


def _cards(known: Planned, rubric: Rubric) -> None:
    proposal = known.proposal
    plan, size = proposal.plan, proposal.size
    expected = expectations.expectations(proposal, rubric, known.earlier)
    places = st.columns(2 + min(len(expected), 4))
    board.card(places[0], "Could be drawn", words.counted(proposal.frame.size, plan.unit.value),
               words.window(proposal.frame.since, proposal.frame.until))  # fmt: skip
    labels = size + round(plan.overlap_share * size)
    board.card(places[1], "Would be drawn", words.counted(size, "item"),
               f"in {words.counted(len(proposal.items), 'stratum').replace('stratums', 'strata')}, "
               f"{words.counted(labels, 'label')} with the overlap")  # fmt: skip
    for place, one in zip(places[2:], expected, strict=False):
        board.card(place, one.criterion, _half_width(one), "half of the 95 % interval to expect", _known_from(one))


def _half_width(one: expectations.Expectation) -> str:
    return f"± {one.half_width * 100:.1f} pp" if one.is_share else f"± {one.half_width:.2f}"


def _known_from(one: expectations.Expectation) -> str:
    """What the half-width rests on."""
    values = words.count(one.spreads.values)
    if one.spreads.basis is Basis.NOTHING:
        return (
            "at 50 %, the least sure: nothing is labelled yet" if one.is_share else "nothing is labelled yet: at worst"
        )
    if one.spreads.basis is Basis.JUDGE:
        return f"from the spread of {values} judge scores, uncalibrated"
    return f"at {words.share(one.mean) if one.is_share else f'{one.mean:.2f}'}, from {values} labelled items"


def _button(database: Database, chosen: Chosen, known: Planned) -> None:
    plan, week = chosen.plan, chosen.week
    seed = draws.default_seed(plan.name, week)
    wanted = samples.Wanted(plan, week, known.proposal.frame, known.proposal.items, seed)
    if why := st.session_state.pop(_FAILED, None):
        st.error(str(why))
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        if samples.is_drawn(database, wanted.sample):
            if samples.sample(database, wanted.sample).plan == plan:
                st.success(f"{wanted.sample} is drawn already; drawing it again would give the same items.",
                           icon=":material/check:", width="stretch")  # fmt: skip
            else:
                st.warning(f"{wanted.sample} was drawn before the plan was changed, and stays as it is. Keep the "
                           "changed plan under another name to draw it.", icon=":material/history:",
                           width="stretch")  # fmt: skip
            st.button("Show it", on_click=_show, args=(wanted.sample,), key="show_it")
            return
        may = who.may(Right.DRAW)
        st.button(f"Draw {words.counted(known.proposal.size, 'item')}", on_click=_draw, key="draw", type="primary",
                  args=(wanted, chosen.is_changed), disabled=not may, icon=":material/casino:")  # fmt: skip
        keeps = f" The changed plan is kept as {plan.name}." if chosen.is_changed else ""
        st.text(f"They go into the queue as {wanted.sample}. Chance draws them; nobody chooses.{keeps}"
                if may else f"Drawing is for people who may {Right.DRAW}.")  # fmt: skip


def _draw(wanted: samples.Wanted, is_changed: bool) -> None:  # noqa: FBT001 - Streamlit hands arguments on by place
    """Callback: draw what the page showed, as the frame was then."""
    try:
        here, database, now = who.required(Right.DRAW), who.database(), datetime.now(UTC)
        if is_changed:
            if scrubber := opened().words:
                stored_plans.check_not_personal(wanted.plan, scrubber)
            stored_plans.save_plan(database, wanted.plan, by=here.name, now=now)
        drawn = samples.draw(database, wanted, by=here.name, now=now)
    except BenchbookError as error:
        st.session_state[_FAILED] = str(error)
        return
    st.session_state[DRAWN] = drawn.id
    _show(drawn.id)


def _show(sample: str) -> None:
    st.session_state[SECTION], st.session_state[SAMPLE] = "drawn", sample


def how_taken(*, certain: bool, is_whole: bool) -> str:
    """Whether chance decided about the units of a stratum."""
    return "all, by plan" if certain else "all" if is_whole else "by chance"


def _strata(known: Planned) -> None:
    proposal = known.proposal
    rows = [
        {"stratum": one.name, "units": one.size, "share": words.share(one.size / proposal.frame.size),
         "items": proposal.items[one.name], "probability": round(proposal.items[one.name] / one.size, 3),
         "each": round(one.size / proposal.items[one.name], 1),
         "taken": how_taken(certain=one.certainty, is_whole=proposal.items[one.name] == one.size)}
        for one in proposal.frame.strata
    ]  # fmt: skip
    names = {"stratum": "stratum", "units": "units (N)", "share": "of all", "items": "items (n)",
             "probability": "probability", "each": "each stands for", "taken": "taken"}  # fmt: skip
    tables.table(pd.DataFrame(rows), names, key="strata", alt="Strata with their sizes and their items")
    if proposal.plan.allocation is Allocation.NEYMAN:
        basis = proposal.spreads.basis
        counted = f" ({words.count(proposal.spreads.values)})" if proposal.spreads.values else ""
        st.text(f"How much answers differ within strata is known from {basis}{counted}.")


def _precision(known: Planned, rubric: Rubric) -> None:
    sizes = expectations.by_size(known.proposal, rubric, known.earlier)
    if sizes.empty:
        st.info("The rubric has no criterion with a number or yes and no.")
        return
    st.plotly_chart(precision(sizes, size=known.proposal.size), config={"displayModeBar": False},
                    alt="Half-width of the 95 % interval by number of items, one line per criterion")  # fmt: skip
    if st.toggle("Show the table", key="precision_table", bind="query-params"):
        shown = sizes.assign(half=[
            f"{half * 100:.1f} pp" if is_share else f"{half:.2f} points"
            for half, is_share in zip(sizes["half_width"], sizes["is_share"], strict=True)
        ])  # fmt: skip
        tables.table(shown, {"criterion": "criterion", "items": "items", "half": "half-width (95 %)"},
                     key="precision", alt="Half-width by size")  # fmt: skip


def _version() -> tuple[str, str]:
    now = opened()
    return now.home, repr(now.warehouse.data_version)


@st.cache_data(max_entries=8, show_spinner=False)
def _weeks(key: tuple[str, str]) -> pd.DataFrame:
    """Weeks with traces, by home and data version."""
    del key
    return frames.weeks_with_data(opened().warehouse)


def _key(chosen: Chosen) -> tuple[str, ...]:
    decisive = {name: value for name, value in chosen.plan.definition().items() if name in _CELLS_GO_BY}
    return (*_version(), chosen.week, orjson.dumps(decisive).decode())


@st.cache_resource(max_entries=6, show_spinner=False)
def _cells(key: tuple[str, ...], _plan: Plan, _week: str) -> pd.DataFrame:
    """The cells of a week, which many plans cut; shared between sessions and not copied: nobody changes them."""
    del key
    return frames.cells(opened().warehouse, _plan, week=_week)
