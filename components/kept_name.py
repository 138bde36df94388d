"""Keeps a chosen name in the browser: a cookie that other sites cannot send. It draws nothing."""

from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import streamlit as st

KEPT_SECONDS = 400 * 86_400
"""The longest that browsers keep a cookie."""
_HERE = Path(__file__).parent


def keep_name(cookie: str, name: str) -> None:
    """Has the browser keep `name` under `cookie`; an empty name is forgotten."""
    seconds = KEPT_SECONDS if name else 0
    _renderer()(key="kept_name", data={"cookie": f"{cookie}={quote(name, safe='')}", "seconds": seconds}, height=0)


def kept_name(cookie: str) -> str | None:
    """The name that the browser brought when this visit began."""
    said = st.context.cookies.get(cookie)
    return unquote(said) if isinstance(said, str) and said else None


def _renderer() -> Any:  # Streamlit's own type of it is not public
    return st.components.v2.component(
        "benchbook_kept_name", html="<span></span>", js=(_HERE / "kept_name.js").read_text()
    )
