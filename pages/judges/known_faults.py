"""Known faults of judges, each with its effect, interval and verdict (T5)."""

import pandas as pd
import streamlit as st

from pages.judges.seen import Seen
from pages.parts import judge_reads, tables
from pages.parts.figures import with_interval
from review.calibration.bias_checks import Verdict

_WORDS = {Verdict.OUTSIDE: "✕ outside", Verdict.INSIDE: "✓ inside"}


def draw(seen: Seen) -> None:
    """One row per fault."""
    if not seen.is_ordered:
        st.text("Categories have no more and no less, so none of the known faults can be asked for.")
        return
    table = pd.DataFrame([
        {
            "fault": one.name, "effect": with_interval(one.effect), "from": one.low, "to": one.high, "unit": one.unit,
            "margin": one.margin, "q": one.q, "verdict": one.reason or _WORDS.get(one.verdict, "unclear"),
            "items": one.items,
        }
        for one in judge_reads.found_faults(seen.database, seen.row)
    ])  # fmt: skip
    tables.table(
        table.round(3),
        {"fault": "fault", "effect": "effect", "from": "from (90 %)", "to": "to (90 %)", "unit": "unit",
         "margin": "margin", "verdict": "verdict", "q": "q", "items": "items"},
        key="t5", alt="Known faults of judges, with effect and verdict",
    )  # fmt: skip
    st.text(
        "A fault is named when its effect is beyond the margin and the false discoveries among all checks stay below "
        "5 %. Family and compression need items that two people labelled: one noisy label invents both. Position, of "
        "judges that compare two answers, is told from a file of pairs: benchbook judge position."
    )
