"""One sample on the page: how far it is, what its labels say so far, its strata, and items that somebody adds."""

from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from errors import BenchbookError
from metrics import words
from pages.parts import board, tables, who
from pages.parts.opened import opened
from pages.parts.sampling import DRAWN, SAMPLE, how_taken
from review.people import Right
from review.rubric.rubric import Unit
from review.sampling import frames, samples
from review.sampling.findings import findings
from storage.ledger_database import Database

_SAID = "what became of the picked item"


def drawn_section(database: Database, listed: pd.DataFrame, *, label_page: str | None) -> None:
    """The sample that is chosen, of those that are `listed` (`review.sampling.samples.samples`)."""
    ids = [str(each) for each in listed["id"]]
    chosen = st.selectbox("Sample", ids, key=SAMPLE, bind="query-params", width=320)
    row = listed[listed["id"] == chosen].iloc[0]
    if st.session_state.pop(DRAWN, None) == chosen:
        st.success(f"Drawn: {words.counted(row['items'], 'item')} wait in the queue.", icon=":material/check:")
    _cards(row)
    if label_page and row["source"] == "drawn" and who.may(Right.LABEL):
        is_new = not row["labelled"]
        if st.button("Label its items", icon=":material/rate_review:", type="primary" if is_new else "secondary"):
            st.switch_page(label_page, query_params={"sample": str(row["id"])})
    st.header("What its labels say of all that could be drawn", anchor=False)
    _findings(database, row)
    st.header("Strata", anchor=False)
    _strata(database, row)
    if row["source"] == "drawn":
        _replay_and_pick(row)
    st.header("All samples", anchor=False)
    _all(listed)


def _all(listed: pd.DataFrame) -> None:
    shown = listed.assign(
        on=[words.moment(at) for at in listed["drawn_at"]],
        done=[f"{words.count(done)} of {words.count(of)}" for done, of in zip(listed["labelled"], listed["labels"],
                                                                             strict=True)],
    )  # fmt: skip
    names = {"id": "sample", "week": "week", "unit": "unit", "items": "items", "frame": "of units", "done": "labelled",
             "on": "drawn or imported (UTC)", "drawn_by": "by"}  # fmt: skip
    tables.table(shown, names, key="samples", alt="All samples, the newest first")


def _cards(row: pd.Series) -> None:
    one, two, three, four = st.columns(4)
    picked = f", {words.count(row['picked'])} of them picked by hand" if row["picked"] else ""
    picked += f", {words.count(row['erased'])} erased since" if row["erased"] else ""
    board.card(one, "Items", words.count(row["items"]),
               "of an unknown number" if pd.isna(row["frame"]) else f"of {words.counted(row['frame'], row['unit'])}"
               + picked)  # fmt: skip
    board.card(two, "Labelled", f"{words.count(row['labelled'])} of {words.count(row['labels'])}",
               words.share(row["labelled"] / row["labels"]) if row["labels"] else "")  # fmt: skip
    board.card(three, "Week", str(row["week"]) if row["week"] else words.UNKNOWN,
               f"rubric {row['rubric']}, version {row['rubric_version']}")  # fmt: skip
    day, time = words.moment(row["drawn_at"]).rsplit(" ", 1)
    board.card(four, "Drawn" if row["source"] == "drawn" else "Imported", day, f"{time} UTC, by {row['drawn_by']}")


def _findings(database: Database, row: pd.Series) -> None:
    found = findings(database, str(row["id"]), rubric=str(row["rubric"]), version=int(row["rubric_version"]))
    if found.empty or not found["items"].any():
        st.info("Nothing is labelled yet. The figures appear with the first labels, and get narrower with each.",
                icon=":material/hourglass_empty:")  # fmt: skip
        return
    shown = found.assign(
        figure=[_figure(*each) for each in zip(found["value"], found["is_share"], strict=True)],
        interval=[
            f"{_figure(low, is_share)} to {_figure(high, is_share)}" if low is not None and pd.notna(low) else lacks
            for low, high, is_share, lacks in zip(
                found["low"], found["high"], found["is_share"], found["lacks"], strict=True)
        ],
    )  # fmt: skip
    names = {"criterion": "criterion", "figure": "estimate", "interval": "95 % interval", "items": "labelled items"}
    tables.table(shown, names, key="findings", alt="Estimates by criterion with their intervals")
    st.text("Each item counts for as many units as its probability says; items picked by hand are in no estimate.")
    if (covered := found["covered"].where(found["items"] > 0).min()) < 1:
        st.text(f"Strata without a label are not in these figures: they are of {words.share(covered)} of the units.")
    if row["erased"]:
        st.text(f"{words.counted(row['erased'], 'item')} erased since: the others of their strata stand for them.")


def _figure(value: float | None, is_share: bool) -> str:  # noqa: FBT001 - a cell of a row
    if value is None or pd.isna(value):
        return words.UNKNOWN
    return words.share(value) if is_share else f"{value:.2f}"


def _strata(database: Database, row: pd.Series) -> None:
    strata = samples.strata_of(database, str(row["id"]))
    if strata.empty:
        st.text("Nobody said which strata these items came from.")
        return
    shown = strata.assign(
        probability=(strata["drawn"] / strata["population"]).round(3),
        taken=[
            how_taken(certain=bool(certain), is_whole=drawn == size)
            for certain, drawn, size in zip(strata["certainty"], strata["drawn"], strata["population"], strict=True)
        ],
    )
    names = {"stratum": "stratum", "population": "units (N)", "drawn": "items (n)", "probability": "probability",
             "labelled": "labelled items", "taken": "taken"}  # fmt: skip
    tables.table(shown, names, key="drawn_strata", alt="Strata of the sample")


def _replay_and_pick(row: pd.Series) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        st.header("Draw it again", anchor=False)
        st.text("From what had arrived then, with the same seed, come the same items. Anybody can check it:")
        own_seed = str(row["id"]).removeprefix(f"{row['plan']}-{row['week']}")
        seed = own_seed.replace("-s", " --seed ")
        st.code(f"benchbook sample {row['plan']} --week {row['week']}{seed} --replay", language=None)
    with right:
        st.header("Add an item by hand", anchor=False)
        if not who.may(Right.PICK):
            st.text(f"That is for people who may {Right.PICK}.")
            return
        st.text("It is labelled like the others, marked, and never in an estimate.")
        with st.form("pick", border=False, clear_on_submit=True):
            st.text_input(f"Id of the {row['unit']}", key="picked")
            st.form_submit_button("Add it", on_click=_pick, args=(str(row["id"]), str(row["unit"])))
        if said := st.session_state.pop(_SAID, None):
            st.text(said)


def _pick(sample: str, unit: str) -> None:
    """Callback: add what was typed to the sample that was shown."""
    target = str(st.session_state.get("picked") or "").strip()
    try:
        here = who.required(Right.PICK)
        session = frames.session_of(opened().warehouse, Unit(unit), target)
        samples.pick(who.database(), sample, target, session=session, by=here.name, now=datetime.now(UTC))
    except BenchbookError as error:
        st.session_state[_SAID] = f"Not added: {error}."
        return
    st.session_state[_SAID] = "Added; it waits in the queue."
