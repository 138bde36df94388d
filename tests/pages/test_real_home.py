"""The pages over a real home: a week of the sample data, ingested as anybody would."""

import datetime as dt
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from pages.parts.opened import Opened
from settings import read_settings
from storage.found import traces_with
from storage.home import open_home
from storage.texts import trace_documents, trace_texts
from storage.warehouse import Warehouse
from tests.pages.conftest import OpenPage
from tests.pages.test_pages import EVERY, SAYS_WHAT_IT_LACKS, figures_of, words_of
from tests.storage.homes import with_known_key

ROOT = Path(__file__).parents[2]
WEEK = ROOT / "sample_data" / "traces-2026-W45.jsonl.gz"

pytestmark = pytest.mark.skipif(not WEEK.exists(), reason="the sample data has not been made")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    where = with_known_key(tmp_path_factory.mktemp("home"))
    ingest = [sys.executable, "-c", "import cli; cli.main()", "ingest", str(WEEK), "--home", str(where), "--json"]
    subprocess.run(ingest, cwd=ROOT, check=True, capture_output=True)
    settings = read_settings(where)
    stores = open_home(settings, now=dt.datetime.now(dt.UTC))
    warehouse = Warehouse.open(settings, stores.lake)
    warehouse.load()
    yield Opened(
        warehouse=warehouse,
        home=str(where),
        texts=partial(trace_texts, warehouse),
        documents=partial(trace_documents, warehouse),
        search=partial(traces_with, warehouse),
        ingests=stores.ledger.ingests,
        arrivals=stores.ledger.ingested_by_day,
        rejects=stores.ledger.rejects,
    )
    warehouse.close()
    stores.close()


def trace_with_step(home: Opened, step: str) -> tuple[str, str]:
    found = home.warehouse.frame(
        "SELECT trace_id, span_id FROM span_rows WHERE step = $step ORDER BY start_ts LIMIT 1", step=step
    )
    return str(found["trace_id"].iloc[0]), str(found["span_id"].iloc[0])


@pytest.mark.parametrize("page", [page for page in EVERY if page not in ("traces/session", "traces/compare")])
def test_every_page_opens(page: str, home: Opened, open_page: OpenPage) -> None:
    trace, _ = trace_with_step(home, "retrieve_policies")

    app = open_page(page, home, trace=trace, table="true")

    assert not app.exception
    assert app.metric or len(app.dataframe) or page in SAYS_WHAT_IT_LACKS


def test_a_session_and_a_comparison_open(home: Opened, open_page: OpenPage) -> None:
    several = home.warehouse.frame(
        "SELECT session_id, min(trace_id) AS a, max(trace_id) AS b FROM traces "
        "WHERE session_id IS NOT NULL GROUP BY ALL HAVING count(*) > 2 LIMIT 1"
    ).iloc[0]

    session = open_page("traces/session", home, session=several["session_id"])
    both = open_page("traces/compare", home, left=several["a"], right=several["b"])

    assert not session.exception
    assert len(session.header) > 2
    assert not both.exception
    assert "only in the first" in words_of(both)


def test_a_retrieval_shows_its_documents(home: Opened, open_page: OpenPage) -> None:
    trace, span = trace_with_step(home, "retrieve_policies")

    app = open_page("traces/trace", home, trace=trace, span=span)
    app.session_state["part"] = "Documents"
    app.run()

    assert not app.exception
    assert "last changed" in words_of(app)


def test_a_word_of_a_document_finds_its_traces(home: Opened, open_page: OpenPage) -> None:
    app = open_page("traces/traces", home, q="card", window="all")

    assert not app.exception
    assert 0 < len(app.dataframe[0].value) <= 50


def test_figures_agree_with_the_warehouse(home: Opened, open_page: OpenPage) -> None:
    traces = home.warehouse.frame("SELECT count(*) AS traces FROM traces")["traces"].iloc[0]

    assert figures_of(open_page("traffic/volume", home, window="all"))["Traces"] == f"{traces:,}"
