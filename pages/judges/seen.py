"""What the parts of a judge's page are drawn from, and the items behind a figure."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from metrics import words
from pages.parts import downloads, links, tables
from review.calibration.examples import compared, not_to_read
from review.calibration.scale import Kind, Scale
from review.calibration.scorecard import Row
from review.people import Person, Right
from storage.ledger_database import Database

_MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Seen:
    """One judge on one criterion, for the person who looks."""

    database: Database
    me: Person
    row: Row

    @property
    def scale(self) -> Scale:
        return self.row.reviewed.study.scale

    @property
    def is_ordered(self) -> bool:
        """Whether its values are numbers: categories have no mean and no more or less."""
        return self.scale.kind is not Kind.NOMINAL

    @property
    def across(self) -> tuple[float, float]:
        """The lowest and the highest level."""
        return self.scale.levels[0], self.scale.levels[-1]


def items_behind(seen: Seen, *, what: str, key: str, **chosen: str) -> None:
    """Draw the labels behind a figure, worst first; a row leads to its trace. `chosen`: columns of `compared` to
    their value. Held-out items, and those that who looks may still have to label, are counted and not shown."""
    found = compared(seen.row)
    for column, value in chosen.items():
        found = found[found[column] == value]
    hidden = found["item"].isin(list(not_to_read(seen.database, seen.row, reader=seen.me.name)))
    kept = found[~hidden]
    left_out = (
        f" {words.counted(int(hidden.sum()), 'label')} kept back (held out, or yours to give)." if hidden.any() else ""
    )
    st.text(f"{what}: {words.counted(len(kept), 'label')}.{left_out} Select a row to open its trace.")
    if kept.empty:
        return
    shown = pd.DataFrame({
        "trace": kept["item"], "week": kept["week"], "part": kept["part"].replace("", "all traffic"),
        "a person said": kept["human"], "the judge said": kept["judge"],
        **({"judge minus people": kept["apart"].round(2)} if seen.is_ordered else {}),
    })  # fmt: skip
    answer = st.dataframe(
        tables.defused(shown.head(_MOST_SHOWN)), hide_index=True, key=key, on_select="rerun",
        selection_mode="single-row", height=300, alt=f"{what}; select a row to open its trace",
    )  # fmt: skip
    csv = downloads.File(f"{key}.csv", "text/csv", lambda: tables.as_csv(shown))
    downloads.button("Download as CSV", csv, right=Right.SEE_RESULTS, key=f"{key}_csv")
    picked = tables.selected_row(answer)
    if picked is not None:
        st.switch_page(links.TRACE, query_params={"trace": str(kept["item"].iloc[picked])})
