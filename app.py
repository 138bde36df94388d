"""The server: the pages, the OTLP endpoint and the loader in one process.

Streamlit runs this file as a script for each page view; a server (`benchbook serve`, `uvicorn app:app`) imports it.
"""

import gc
import hmac
import importlib
import pkgutil
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st
from sqlalchemy import make_url
from starlette.middleware import Middleware
from streamlit.runtime.pages_manager import PagesManager

import pages
from errors import BenchbookError
from ingest.receive import access, boundary, endpoint, running
from ingest.receive.watcher import Watcher
from metrics.alerts.beside import backtest_beside
from metrics.alerts.deliveries import deliver
from metrics.alerts.rules import rules_of as alert_rules_of
from metrics.alerts.watching import arrived_until, newest_closed
from metrics.budgets.limits import human_cost_of, limits_of
from metrics.drift.sentence_model import space_of
from metrics.outcomes.rules import rules_by_app
from pages import menu
from pages.parts import downloads, fresh, opened, who
from review import words
from review.calibration import mapping
from review.calibration.gate_checks import gate_rules_of
from review.labelling import items
from review.rights.asking import Rights
from review.rubric import rubrics
from scrub import Policy
from settings import Settings, read_settings
from storage import found, rewriting, texts
from storage.key import home_key

_VERIFY_SECONDS = 3_600.0
"""Whether this week was measured is asked this often."""
_CLI = Path(__file__).with_name("cli.py")
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
    boundary.log_places_only()
    boundary.leave_no_dump()
    now = running.start(read_settings())
    watching, verifying = watcher(now), verifier(now)
    try:
        rubrics.ensure_builtin(now.ledger.database, datetime.now(UTC))
        opened.use(pages_view(now, watching))
        warm()
        now.pool.wait_ready()
        watching.start()
        verifying.start()
        yield {}
    finally:
        verifying.close()
        watching.close()
        now.close()


def watcher(now: running.Running) -> Watcher:
    """Has alerts looked at in the background, as the settings say."""
    said, database = now.settings.alerts, now.ledger.database

    def closed() -> object | None:
        at = newest_closed(now.warehouse, now=datetime.now(UTC), each=said.step)
        return None if at is None else (at, arrived_until(now.warehouse, at))

    return Watcher(
        [sys.executable, str(_CLI), "watch", "--if-new", "--json", "--home", str(now.settings.home)],
        closed=closed,
        send=lambda: deliver(database, said, clock=lambda: datetime.now(UTC)),
        every_seconds=60.0 * said.every_minutes,
    )


def verifier(now: running.Running) -> Watcher:
    """Has a sample of what is kept looked at again, once a week."""
    return Watcher(
        [sys.executable, str(_CLI), "rescrub", "--weekly", "--json", "--home", str(now.settings.home)],
        closed=lambda: rewriting.week_to_measure(now.ledger.database, now=datetime.now(UTC)),
        send=lambda: None,
        every_seconds=_VERIFY_SECONDS if now.settings.verify.weekly_sample else 0,
        first_seconds=_VERIFY_SECONDS / 4,
        what="kept texts",
    )


def pages_view(now: running.Running, watching: Watcher) -> opened.Opened:
    """What the pages may look at."""
    return opened.Opened(
        warehouse=now.warehouse,
        home=str(now.settings.home),
        texts=partial(texts.trace_texts, now.warehouse),
        documents=partial(texts.trace_documents, now.warehouse),
        search=partial(found.traces_with, now.warehouse),
        ingests=now.ledger.ingests,
        arrivals=now.ledger.ingested_by_day,
        rejects=now.ledger.rejects,
        loader=lambda: loader_facts(now, watching),
        database=now.ledger.database,
        words=words.Words(Policy.from_settings(now.settings.scrub), home_key(now.settings.key_path)),
        item=partial(items.shown_item, now.warehouse),
        access=now.settings.access,
        judges=mapping.rules_of(now.settings),
        gate=gate_rules_of(now.settings),
        stale_days=now.settings.drift.stale_days,
        space=partial(space_of, now.settings),
        outcomes=rules_by_app(now.settings),
        budgets=limits_of(now.settings),
        human_cost=human_cost_of(now.settings),
        webhook=now.settings.alerts.webhook_url is not None,
        rules=alert_rules_of(now.settings),
        backtest=partial(_backtest, now.settings.home),
        rights=Rights(now.settings, now.lake, now.ledger.database),
        erase=now.loader.erase_soon,
        places=places(now.settings),
    )


def _backtest(home: Path, rule: str, changed: Mapping[str, float], since: datetime, until: datetime) -> dict[str, Any]:
    return backtest_beside(_CLI, home, rule, changed, since=since, until=until)


def places(settings: Settings) -> dict[str, str]:
    """Where things are kept, for people to read: without passwords."""
    return {
        "Lake": settings.lake_location,
        "Warehouse": str(settings.warehouse_path),
        "Text index": str(settings.text_index_path),
        "Ledger": make_url(settings.ledger_url).render_as_string(hide_password=True),
        "Settings": str(settings.toml_path),
    }


def loader_facts(now: running.Running, watching: Watcher) -> dict[str, Any]:
    """How fresh the pages are, and what is wrong with loading, indexing, tidying or looking at alerts."""
    loader, upkeep = now.loader.state(), now.upkeep.state()
    failure = loader.failure or now.indexer.failure or upkeep.failure or watching.state().failure
    return {**asdict(loader), "tidied_at": upkeep.tidied_at, "failure": failure}


def allowed_hosts() -> list[str]:
    """Names that the app answers to."""
    return running.running().settings.server.allowed_hosts


def this_machine_only() -> bool:
    """Whether pages are for this machine alone, since nothing proves who somebody is."""
    said = running.running().settings.access
    return said.mode != "oidc" and not said.trust_network


def sign_in_secrets(settings: Settings) -> dict[str, Any]:
    """What Streamlit's sign-in needs; its cookie is signed by the home's own key."""
    said = settings.access
    if said.mode != "oidc":
        return {}
    cookie_secret = hmac.digest(home_key(settings.key_path), b"streamlit cookie", "sha256").hex()
    names = ("redirect_uri", "client_id", "client_secret", "server_metadata_url")
    return {"auth": {"cookie_secret": cookie_secret, **{name: getattr(said, name) for name in names}}}


def say(error: Exception) -> bool:
    """Show an error of our own on the page; of any other only that there was one."""
    known = isinstance(error, BenchbookError)
    st.error(str(error) if known else "This page could not be drawn. The app's log says where in the code it failed.")
    return True  # Streamlit shows nothing of its own


if __name__ == "__main__":
    page = st.navigation(menu.sections(), expanded=True)
    who.badge()
    with fresh.kept_fresh(is_live=menu.is_live(page)):
        page.run()
else:
    # A folder `pages` beside the script means something to old Streamlit: its files would be pages without a menu
    PagesManager.uses_pages_directory = False
    app = st.App(
        Path(__file__),
        secrets=sign_in_secrets(read_settings()),
        lifespan=lifespan,
        on_script_error=say,
        routes=[*endpoint.routes(), *downloads.routes()],
        middleware=[
            Middleware(access.AllowedHosts, allowed=allowed_hosts),
            Middleware(access.LoopbackOnly, wanted=this_machine_only),
            Middleware(access.SecurityHeaders),
            Middleware(access.CompressedStatic),
        ],
    )
