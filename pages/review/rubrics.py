"""Rubrics: what reviewers are asked, in versions; seen as they see it, edited in rows, or moved as TOML."""

from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from errors import BenchbookError
from metrics import words
from pages.parts import downloads, rubric_preview, tables, who
from pages.parts.opened import opened
from review.people import Right
from review.rubric.personal import in_words, without_personal
from review.rubric.rows import COLUMNS, edited, rows_of, rubric_of_rows
from review.rubric.rubric import Rubric, Unit
from review.rubric.rubrics import Scale, ensure_builtin, parse_rubric, rubric, rubrics, save_rubric, toml_of

SAID, FILE = "how saving the rubric went", "rubric file"


def keep(wanted: Rubric) -> None:
    """Saves under the name of who is here, and says as which version."""
    here, scrubber = who.person(), opened().words
    if here is None or scrubber is None:
        return
    clean, replaced = without_personal(wanted, scrubber)
    kept = save_rubric(who.database(), clean, by=here.name, now=datetime.now(UTC))
    st.session_state[SAID] = (f"Kept as {kept.name} version {kept.version}. {in_words(replaced)}".strip(), True)
    st.session_state["rubric"], st.session_state["version"] = kept.name, kept.version


def save_rows(rows: list[dict[str, object]], form: str) -> None:
    """Callback: saves what the form says; `rows` are the criteria as they were drawn."""
    said = {name: st.session_state[f"{form} {name}"] for name in ("name", "unit", "instructions")}
    lists = {name: st.session_state[f"{form} {name}"].splitlines() for name in ("good", "bad")}
    try:
        keep(rubric_of_rows({**said, **lists}, edited(rows, st.session_state[f"{form} criteria"])))
    except BenchbookError as error:
        st.session_state[SAID] = (str(error), False)


def save_file() -> None:
    """Callback: saves the TOML file that was chosen."""
    file = st.session_state.get(FILE)
    if file is None:
        return
    try:
        keep(parse_rubric(file.getvalue().decode("utf-8")))
    except UnicodeDecodeError:
        st.session_state[SAID] = ("The file is not text in UTF-8.", False)
    except BenchbookError as error:
        st.session_state[SAID] = (str(error), False)


def edit_form(one: Rubric, *, frozen: bool) -> None:
    """The rubric as a form; a row per criterion."""
    form = f"edit {one.name} {one.version}"
    rows = rows_of(one)
    if frozen:
        st.info("This version is frozen: it has samples or labels.", icon=":material/lock:")
    st.text("What you save becomes the next version; no version is ever changed.")
    with st.form(form, border=False):
        left, right = st.columns(2, gap="large")
        left.text_input("Name", one.name, key=f"{form} name", help="Another name makes another rubric.")
        left.selectbox("Unit", [each.value for each in Unit], list(Unit).index(one.unit), key=f"{form} unit")
        right.text_area("Instructions", one.instructions, key=f"{form} instructions", height=120)
        left.text_area("Good examples, one a line", "\n".join(one.good), key=f"{form} good", height=100)
        right.text_area("Bad examples, one a line", "\n".join(one.bad), key=f"{form} bad", height=100)
        st.text("Criteria. Anchors: 1: none | 5: all. Categories: a | b. Shown if: helpfulness: 1 | 2.")
        st.data_editor(
            pd.DataFrame(rows, columns=list(COLUMNS)).astype({"low": "Int64", "high": "Int64"}),
            key=f"{form} criteria",
            num_rows="dynamic",
            hide_index=True,
            row_height=36,
            column_config={
                "name": st.column_config.TextColumn("name", width=110),
                "question": st.column_config.TextColumn("question", width=200),
                "scale": st.column_config.SelectboxColumn("scale", options=list(Scale), width=95),
                "low": st.column_config.NumberColumn("low", step=1, width=55),
                "high": st.column_config.NumberColumn("high", step=1, width=55),
                "anchors": st.column_config.TextColumn("anchors", width=170),
                "categories": st.column_config.TextColumn("categories", width=120),
                "required": st.column_config.CheckboxColumn("required", default=True, width=75),
                "shown_if": st.column_config.TextColumn("shown if", width=110),
            },
        )
        st.form_submit_button("Save", on_click=save_rows, args=(rows, form), type="primary")


def toml_part(one: Rubric) -> None:
    """The rubric as a file, out and in."""
    st.code(toml_of(one), language="toml", wrap_lines=True)
    file = downloads.File(f"{one.name}.toml", "application/toml", lambda: toml_of(one).encode())
    downloads.button("Download", file, right=Right.SEE_RESULTS, key="rubric_toml")
    if me.may(Right.EDIT_RUBRIC):
        st.file_uploader("A rubric from a file", type="toml", key=FILE)
        st.button("Keep the file's rubric", on_click=save_file, disabled=st.session_state.get(FILE) is None)


me = who.required(Right.SEE_RESULTS)
database = who.database()
st.title("Rubrics", anchor=False)
ensure_builtin(database, datetime.now(UTC))
kept = rubrics(database)
if said := st.session_state.pop(SAID, None):
    (st.success if said[1] else st.error)(said[0])

tables.table(
    kept.assign(
        state=["frozen" if frozen else "not used yet" for frozen in kept["frozen"]],
        on=[words.moment(at) for at in kept["created_at"]],
    ),
    {"name": "name", "version": "version", "state": "state", "unit": "unit", "criteria": "criteria",
     "samples": "samples", "submissions": "items labelled", "on": "kept (UTC)", "created_by": "by"},
    key="rubrics",
    alt="Versions of rubrics, and which are frozen because they are used",
)  # fmt: skip
with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    name = st.selectbox("Rubric", list(dict.fromkeys(str(one) for one in kept["name"])), key="rubric", width=260)
    versions = [int(version) for version in kept.loc[kept["name"] == name, "version"]]
    version = st.selectbox("Version", versions, key="version", width=110)
    views = ["as reviewers see it", *(["edit"] if me.may(Right.EDIT_RUBRIC) else []), "TOML"]
    view = st.segmented_control(
        "View", views, default=views[0], key="view", required=True, label_visibility="collapsed"
    )

chosen = rubric(database, name, version)
if view == "edit":
    edit_form(chosen, frozen=bool(kept.set_index(["name", "version"])["frozen"].loc[(name, version)]))
elif view == "TOML":
    toml_part(chosen)
else:
    rubric_preview.preview(chosen)
