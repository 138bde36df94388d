"""The menu: which pages there are, in which section, under which address, and who may see them.

A page that somebody may not see is registered under its address all the same, hidden, as a refusal that says what to
do: a cold link then shows that, and the page's own code is never run.
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import streamlit as st

from pages.parts import who
from pages.parts.opened import opened
from review.people import Person, Right

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Entry:
    """A page of the menu. Hidden ones are reached by links: one trace, one session, a comparison."""

    script: str
    title: str
    icon: str
    right: Right = Right.SEE_TRAFFIC
    hidden: bool = False


FIRST = "traffic/overview"
MENU = {
    "Traffic": (
        Entry("traffic/overview", "Overview", "monitoring"),
        Entry("traffic/outcomes", "Outcomes", "flag_circle"),
        Entry("traffic/alerts", "Alerts", "notifications"),
        Entry("traffic/changes", "Changes", "difference"),
        Entry("traffic/versions", "Versions", "deployed_code_history"),
        Entry("traffic/latency", "Latency", "timer"),
        Entry("traffic/cost", "Cost", "payments"),
        Entry("traffic/errors", "Errors", "error"),
        Entry("traffic/tokens", "Tokens", "token"),
        Entry("traffic/volume", "Volume", "bar_chart"),
    ),
    "Traces": (
        Entry("traces/traces", "Traces", "account_tree"),
        Entry("traces/trace", "Trace", "account_tree", hidden=True),
        Entry("traces/session", "Session", "forum", hidden=True),
        Entry("traces/compare", "Compare", "compare_arrows", hidden=True),
    ),
    "Review": (
        Entry("review/label", "Label", "rate_review", Right.LABEL),
        Entry("review/record", "My record", "history", Right.LABEL),
        Entry("review/samples", "Samples", "casino", Right.SEE_RESULTS),
        Entry("review/reviewers", "Reviewers", "groups", Right.SEE_RESULTS),
        Entry("review/adjudicate", "Adjudicate", "gavel", Right.ADJUDICATE),
        Entry("review/labels", "Labels", "label", Right.SEE_RESULTS),
        Entry("review/rubrics", "Rubrics", "checklist", Right.SEE_RESULTS),
        Entry("review/audit", "Audit log", "fact_check", Right.SEE_AUDIT),
        Entry("review/people", "People", "badge", Right.MANAGE_PEOPLE),
    ),
    "Judges": (
        Entry("judges/judges", "Judges", "balance", Right.SEE_RESULTS),
        Entry("judges/judge", "Judge", "balance", Right.SEE_RESULTS, hidden=True),
        Entry("judges/gate", "Release gate", "flag", Right.SEE_RESULTS),
    ),
    "Data": (
        Entry("data/data", "Data", "database"),
        Entry("data/scrub", "Scrub", "ink_eraser"),
        Entry("data/erasures", "Erasures", "delete_forever", Right.ERASE),
    ),
}


def sections() -> dict[str, list[st.Page]]:
    """Pages by section for `st.navigation`, and the wide layout that all of them are made for."""
    st.set_page_config(page_title="Benchbook", page_icon="⚖️", layout="wide", initial_sidebar_state=220)
    here = who.person()
    labels_only = here is not None and not here.may(Right.SEE_TRAFFIC)
    shown = {
        section: [
            _page(entry, here, default=entry.script == FIRST and not labels_only) for entry in entries if _exists(entry)
        ]
        for section, entries in MENU.items()
    }
    if labels_only:  # a default page has no address of its own: so the queue is the start beside its page
        shown[""] = [
            st.Page(_HERE / "review" / "label.py", title="Label", url_path="start", default=True, visibility="hidden")
        ]
    return shown


def is_live(page: st.Page) -> bool:
    """Whether the page shows traffic as it comes: drawn again when new data was loaded. One trace is read in peace."""
    live = {entry.title for entries in MENU.values() for entry in entries if entry.right is Right.SEE_TRAFFIC}
    return page.title in live and page.visibility == "visible"


def _page(entry: Entry, here: Person | None, *, default: bool) -> st.Page:
    shown = who.allowed(here, entry.right)
    asks = here is None and opened().access.mode == "local"  # the page is in the menu, and asks for a name first
    return st.Page(
        _HERE / f"{entry.script}.py" if shown else partial(who.turn_away, entry.right),
        title=entry.title,
        icon=f":material/{entry.icon}:",
        url_path=entry.script.split("/")[1],
        default=default,
        visibility="visible" if (shown or asks) and not entry.hidden else "hidden",
    )


def _exists(entry: Entry) -> bool:
    return (_HERE / f"{entry.script}.py").exists()
