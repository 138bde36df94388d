"""How far judge and people agree: the table of levels, and what each level of the judge is worth (T3, T6)."""

import pandas as pd
import streamlit as st

from charts import calibration as pictures
from metrics import words
from pages.judges.seen import Seen, items_behind
from pages.parts import tables
from pages.parts.figures import FEW, with_interval
from review.calibration.levels import by_level, split


def draw(seen: Seen) -> None:
    """Both pictures beside each other, the items of a cell, and both tables."""
    left, right = st.columns(2, gap="large")
    with left:
        cell = _where_they_part(seen)
    with right:
        if seen.is_ordered:
            _what_it_is_worth(seen)
    if cell is not None:
        people, judge = cell
        items_behind(seen, what=f"A person said {people}, the judge {judge}", key="cell", human=people, judge=judge)
    st.header("As tables", anchor=False)
    table = seen.row.judged.confusion
    rows = pd.DataFrame([
        {"people": people, "judge": judge, "labels": int(table.counts[at][beside]),
         "share": words.share(float(table.shares[at][beside])),
         "of row": words.share(float(table.shares[at][beside] / total) if (total := table.shares[at].sum()) else None)}
        for at, people in enumerate(table.levels) for beside, judge in enumerate(table.levels)
        if table.counts[at][beside]
    ], columns=["people", "judge", "labels", "share", "of row"])  # fmt: skip
    tables.table(
        rows, {"people": "people said", "judge": "the judge said", "labels": "labels", "share": "of the traffic",
               "of row": "of what people said so"},
        key="t3", alt="Labels by what people said and what the judge said",
    )  # fmt: skip
    if seen.is_ordered:
        levels = by_level(seen.row.judged.pairs, seen.scale)
        tables.table(
            levels.assign(
                share=[words.share(one) for one in levels["share"]],
                few=levels["few"].map({True: FEW}).fillna(""),
                passes=[words.share(one) for one in levels["passes"]],
            ).round(3),
            {"level": "the judge said", "labels": "labels", "share": "of the traffic",
             "human": "people's expected label", "low": "from", "high": "to", "passes": "people pass", "few": "mark"},
            key="t6", alt="What each level of the judge is worth",
        )  # fmt: skip


def _where_they_part(seen: Seen) -> tuple[str, str] | None:
    """The table of levels as a picture; the cell that was selected."""
    judged = seen.row.judged
    st.header("Where they part", anchor=False)
    table = judged.confusion
    answer = st.plotly_chart(
        pictures.confusion(list(table.levels), table.shares.tolist(), table.counts.tolist()),
        key="confusion", on_select="rerun", selection_mode="points", config={"displayModeBar": False},
        alt="Share of the traffic by people's level and the judge's, with the number of labels",
    )  # fmt: skip
    passing = "" if judged.tpr.value is None else (
        f" Of answers that people pass, the judge passes {with_interval(judged.tpr)}; of those that they refuse, it "
        f"refuses {with_interval(judged.tnr)}."
    )  # fmt: skip
    st.text(f"Share of the traffic, and labels. Select a cell to see its items.{passing}")
    points = answer["selection"]["points"]
    said = points[0].get("customdata") if points else None
    places = {name: str(said[name]) for name in ("people", "judge")} if isinstance(said, dict) else {}
    return (places["people"], places["judge"]) if set(places.values()) <= set(table.levels) and places else None


def _what_it_is_worth(seen: Seen) -> None:
    st.header("What its score is worth", anchor=False)
    levels = by_level(seen.row.judged.pairs, seen.scale)
    numbers = [seen.scale.levels[seen.scale.names.index(level)] for level in levels["level"]]
    st.plotly_chart(
        pictures.levels(levels, axis="people's expected label", across=seen.across, numbers=numbers),
        key="levels",
        alt="People's expected label for each level of the judge, with interval",
    )
    parts = split(seen.row.judged.pairs, seen.scale)
    if parts is not None:
        st.text(
            f"As a forecast of people's pass: error {parts.score:.3f} = miscalibration {parts.miscalibration:.3f} "
            f"- discrimination {parts.discrimination:.3f} + uncertainty {parts.uncertainty:.3f}."
        )
    if levels["few"].any():
        few = ", ".join(str(level) for level in levels.loc[levels["few"].astype(bool), "level"])
        st.text(f"Hollow: few labels (below 20) where the judge said {few}; read them with their neighbours.")
