"""The menu: which pages there are, in which section, under which address."""

from pathlib import Path

import streamlit as st

_HERE = Path(__file__).parent


def sections() -> dict[str, list[st.Page]]:
    """Pages by section for `st.navigation`, and the wide layout that all of them are made for.

    Hidden ones are reached by links: one trace, one session, a comparison.
    """
    st.set_page_config(page_title="Benchbook", page_icon="⚖️", layout="wide", initial_sidebar_state=220)
    return {
        "Traffic": [
            _page("traffic/overview", "Overview", icon="monitoring", default=True),
            _page("traffic/latency", "Latency", icon="timer"),
            _page("traffic/cost", "Cost", icon="payments"),
            _page("traffic/errors", "Errors", icon="error"),
            _page("traffic/tokens", "Tokens", icon="token"),
        ],
        "Traces": [
            _page("traces/traces", "Traces", icon="account_tree"),
            _page("traces/trace", "Trace", icon="account_tree", hidden=True),
            _page("traces/session", "Session", icon="forum", hidden=True),
            _page("traces/compare", "Compare", icon="compare_arrows", hidden=True),
        ],
        "Data": [_page("data/data", "Data", icon="database")],
    }


def _page(script: str, title: str, *, icon: str, hidden: bool = False, default: bool = False) -> st.Page:
    return st.Page(
        _HERE / f"{script}.py",
        title=title,
        icon=f":material/{icon}:",
        url_path=script.split("/")[1],
        default=default,
        visibility="hidden" if hidden else "visible",
    )
