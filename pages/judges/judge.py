"""One judge on one criterion: how far it agrees, where it errs, how much, since when, and the answers to read."""

from collections.abc import Callable

import streamlit as st

from metrics import words
from pages.judges import agreement, disagreements, known_faults, over_time, part_by_part, parts, raters
from pages.judges.seen import Seen
from pages.parts import fresh, judge_reads, links, who
from pages.parts.figures import with_interval
from review.people import Right

DRAWN: dict[str, Callable[[Seen], None]] = {
    parts.AGREEMENT: agreement.draw,
    parts.OVER_TIME: over_time.draw,
    parts.PARTS: part_by_part.draw,
    parts.FAULTS: known_faults.draw,
    parts.REVIEWERS: raters.draw,
    parts.DISAGREEMENTS: disagreements.draw,
}

me = who.required(Right.SEE_RESULTS)
database = who.database()
fresh.follow_labels(database)
st.page_link(links.SCORECARD, label="All judges", icon=":material/arrow_back:")
st.title("Judge", anchor=False)
rows = judge_reads.rows(database)
if not rows:
    st.info("No judge's scores meet people's labels yet.", icon=":material/inbox:")
    st.stop()
with st.container(horizontal=True):
    name = st.selectbox(
        "Judge", list(dict.fromkeys(row.judged.judge for row in rows)), key="judge", bind="query-params"
    )
    criteria = [row.reviewed.criterion.name for row in rows if row.judged.judge == name]
    criterion = st.selectbox("Criterion", list(dict.fromkeys(criteria)), key="criterion", bind="query-params")
row = max(
    (row for row in rows if row.judged.judge == name and row.reviewed.criterion.name == criterion),
    key=lambda row: row.reviewed.rubric_version,
)
judged = row.judged

st.header(row.verdict.capitalize(), anchor=False)
for reason in judged.decision.reasons:
    st.text(f"· {reason}")
for note in row.reviewed.study.notes:
    if judged.judge in note:
        st.text(f"{note[0].upper()}{note[1:]}.")
st.text(
    f"{words.counted(len(judged.pairs.judge), 'label')} of {words.counted(judged.pairs.n_items, 'item')}, worth "
    f"{judged.pairs.entries.effective_items:.0f}; {words.counted(parts.scored(row), 'trace')} scored. Kappa "
    f"{with_interval(judged.kappa)}, people among themselves {with_interval(row.people.kappa)}. Bias "
    f"{with_interval(judged.bias)} points."
)
part = st.segmented_control(
    "Part", parts.EVERY, default=parts.AGREEMENT, key="part", bind="query-params", label_visibility="collapsed",
    required=True,
)  # fmt: skip
DRAWN[part or parts.AGREEMENT](Seen(database, me, row))
