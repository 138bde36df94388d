"""The server: the pages, the OTLP endpoint and the loader in one process.

Streamlit runs this file as a script for each page view; a server (`benchbook serve`, `uvicorn app:app`) imports it.
"""

import gc
import importlib
import pkgutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware

import pages
from ingest.receive import access, endpoint, running
from pages import menu
from pages.parts import opened
from settings import read_settings

_WARMED = ("pandas", "plotly.graph_objects", "plotly.io", "pyarrow", "pyarrow.parquet")
"""Loaded before the first visitor, who would otherwise wait 6 seconds for them."""


def warm() -> None:
    """Load what pages need, then take it out of the garbage collector's sight (a rerun costs 10 ms, not 50)."""
    for name in _WARMED:
        importlib.import_module(name)
    for module in pkgutil.iter_modules(pages.parts.__path__, "pages.parts."):
        importlib.import_module(module.name)
    gc.collect()
    gc.freeze()


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[dict[str, Any]]:
    """Open the home and start loading; at the end answer what was accepted and close."""
    now = running.start(read_settings())
    try:
        opened.use(pages_view(now))
        warm()
        yield {}
    finally:
        now.close()


def pages_view(now: running.Running) -> opened.Opened:
    """What the pages may look at."""
    return opened.Opened(
        warehouse=now.warehouse,
        home=str(now.settings.home),
        loader=lambda: asdict(now.loader.state()),
    )


def allowed_hosts() -> list[str]:
    """Names that the app answers to."""
    return running.running().settings.server.allowed_hosts


if __name__ == "__main__":
    st.navigation(menu.sections()).run()
else:
    app = st.App(
        Path(__file__),
        lifespan=lifespan,
        routes=endpoint.routes(),
        middleware=[
            Middleware(access.AllowedHosts, allowed=allowed_hosts),
            Middleware(access.SecurityHeaders),
            Middleware(access.CompressedStatic),
        ],
    )
