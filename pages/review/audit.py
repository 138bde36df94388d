"""Audit log: who drew, labelled, decided, exported or changed a role, newest first; nothing in it is ever changed."""

from datetime import UTC, datetime, time, timedelta

import orjson
import streamlit as st

from metrics import words
from pages.parts import tables, who
from review.audit import Asked, audit_choices, audit_count, audit_log
from review.people import Right

ROWS = 50

who.required(Right.SEE_AUDIT)
database = who.database()
st.title("Audit log", anchor=False)

actors, actions = audit_choices(database)
if not actors:
    st.info("Nothing was done yet: draws, labels, decisions, exports and changes of roles are listed here.")
    st.stop()

with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    by = st.multiselect("By", actors, key="by", bind="query-params", placeholder="Everybody", width=190)
    did = st.multiselect("What", actions, key="did", bind="query-params", placeholder="Everything", width=230)
    about = st.text_input("About", key="about", bind="query-params", type="search", max_chars=200, width=190)
    since = st.date_input("From (UTC)", None, key="from_day", width=140)
    until = st.date_input("Until (UTC)", None, key="to_day", width=140)
asked = Asked(
    actors=tuple(by),
    actions=tuple(did),
    subject=about or None,
    since=datetime.combine(since, time(), UTC) if since else None,
    until=datetime.combine(until, time(), UTC) + timedelta(days=1) if until else None,
)
lines = audit_count(database, asked)
if not lines:
    st.warning("Nothing in the log matches. Drop a filter to see more.", icon=":material/filter_alt_off:")
    st.stop()

pages = -(-lines // ROWS)
with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
    st.text(words.counted(lines, "line"))
    page = st.pagination(pages, key="page", bind="query-params") if pages > 1 else 1
listed = audit_log(database, asked, first=(min(page, pages) - 1) * ROWS, rows=ROWS)
shown = listed.assign(
    on=[f"{at:%Y-%m-%d %H:%M:%S}" for at in listed["at"]],
    detail=[orjson.dumps(detail).decode() if detail else "" for detail in listed["detail"]],
)
tables.table(
    shown,
    {"on": "at (UTC)", "actor": "by", "action": "what", "subject": "about", "detail": "detail"},
    key="audit",
    alt="Lines of the audit log, newest first",
)
