"""A button that asks the app for a download, and fetches it from the address that the app answers with."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

_HERE = Path(__file__).parent


def download_button(label: str, *, href: str, file_name: str, key: str, on_click: Callable[[], None]) -> None:
    """Draws the button; `on_click` runs when it is pressed, and the next run brings the `href` that is then fetched."""
    data = {"label": label, "href": href, "file": file_name}
    _renderer()(key=key, data=data, on_asked_change=on_click)


def _renderer() -> Any:  # Streamlit's own type of it is not public
    return st.components.v2.component(
        "benchbook_download",
        html='<button type="button"></button>',
        css=(_HERE / "download_button.css").read_text(),
        js=(_HERE / "download_button.js").read_text(),
    )
