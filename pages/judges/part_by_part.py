"""Part by part of the traffic: where not to trust the judge, and where next week's labels tell most (T4)."""

import pandas as pd
import streamlit as st

from charts.intervals import intervals
from metrics import words
from pages.judges.seen import Seen, items_behind
from pages.parts import tables
from pages.parts.figures import FEW, FEW_ITEMS, with_interval
from review.calibration.parts import by_part, heterogeneity

_FEWEST_DRAWN = 3
"""Labelled items that a part needs to be drawn: an interval of two reaches far beyond the scale."""


def draw(seen: Seen) -> None:
    """The bias by part as a picture and a table; a row leads to its items."""
    if not seen.is_ordered:
        st.text("Categories have no bias: no more and no less.")
        return
    judged = seen.row.judged
    weight = judged.corrected.weight if judged.corrected else 0.0
    by = by_part(seen.row.reviewed.study, judged.pairs, weight=weight)
    by = by.assign(
        name=by["part"].replace("", "all traffic"), few=(by["items"] < FEW_ITEMS).map({True: FEW}).fillna("")
    )
    drawn = by[by["items"] >= _FEWEST_DRAWN]
    marks = pd.DataFrame({
        "name": drawn["name"] + drawn["few"].map(lambda few: f" ({few})" if few else ""),
        "series": "bias", "value": drawn["bias"], "low": drawn["low"], "high": drawn["high"],
        "text": [f"{items} items, {with_interval(bias)} points"
                 for items, bias in zip(drawn["items"], drawn["bias"], strict=True)],
    })  # fmt: skip
    if len(marks):
        st.plotly_chart(
            intervals(
                marks, axis="judge minus people in points, 95 % interval; right is lenient", lines=((0.0, "fair"),)
            ),
            key="parts",
            alt="Bias of the judge by part of the traffic",
        )
    p = heterogeneity(drawn)
    said = [] if p is None else ["The bias differs between the parts." if p < 0.05 else
                                 "The parts do not differ beyond chance."]  # fmt: skip
    if len(drawn) < len(by):
        said.append(f"{words.counted(len(by) - len(drawn), 'part')} with one or two labelled items in the table alone.")
    if said:
        st.text(" ".join(said))
    tables.table(
        by.assign(share=[words.share(one) for one in by["share"]]).round(3),
        {
            "name": "part", "share": "of the traffic", "units": "units", "items": "labelled", "few": "mark",
            "human": "people", "judge": "judge", "bias": "bias", "low": "from", "high": "to",
            "shrunken": "drawn to the common bias", "p": "p (Holm)", "next_items": "of the next 120 labels",
        },
        key="t4", alt="Bias by part, and where next week's labels tell most",
    )  # fmt: skip
    names = {row["name"]: row["part"] for row in by.to_dict("records")}
    which = st.selectbox("Items of", list(names), index=None, key="items_of", placeholder="a part")
    if which is not None:
        items_behind(seen, what=which, key="part_items", part=names[which])
