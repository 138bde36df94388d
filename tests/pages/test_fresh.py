"""An open page follows the data by itself; how often it looks, and which window it opens with."""

import secrets
import time
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import expect

from pages.parts.controls import ALL, default_window
from pages.parts.fresh import is_due
from tests.pages.browser import CHROMIUM, chromium
from tests.receive import otlp
from tests.receive.otlp import Spec
from tests.receive.served import Served


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Chromium")
def test_an_open_page_shows_a_new_trace_without_being_touched(tmp_path: Path) -> None:
    app = Served(tmp_path / "home").start()
    try:
        with chromium() as browser:
            page = browser.new_page()
            page.goto(f"{app.url}/volume")
            expect(page.get_by_text("No traces yet")).to_be_visible(timeout=30_000)
            for traces in ("1", "2"):
                spec = Spec(trace=secrets.token_bytes(16), start_ns=time.time_ns(), end_ns=time.time_ns() + 10**9)
                app.post("/v1/traces", otlp.request(spec))
                figure = page.get_by_test_id("stMetric").filter(has_text="Traces").first
                expect(figure).to_contain_text(traces, timeout=30_000)
    finally:
        app.stop()


@pytest.mark.parametrize(
    ("drawn", "version", "since", "took", "due"),
    [("1", "2", 5, 0.1, True), ("1", "1", 5, 0.1, False), ("1", "2", 5, 2, False), ("1", "2", 21, 2, True)],
    ids=["new data", "nothing new", "too soon for a slow page", "a slow page in its time"],
)
def test_a_page_is_drawn_again_when_there_is_something_new_and_it_is_not_too_dear(
    drawn: str, version: str, since: float, took: float, due: bool
) -> None:
    assert is_due(drawn=drawn, version=version, since_seconds=since, took_seconds=took) == due


@pytest.mark.parametrize(
    ("day", "week", "month", "window"),
    [
        (0, 90, 1_400, ALL),
        (1, 91, 1_401, ALL),
        (4, 94, 1_404, ALL),
        (60, 300, 1_500, "24 hours"),
        (20, 90, 600, "7 days"),
        (10, 40, 120, "30 days"),
        (3, 3, 3, ALL),
    ],
    ids=["stopped", "one to try it", "four to try it", "busy", "calm", "small", "a handful"],
)
def test_one_new_trace_does_not_change_the_window_that_a_page_opens_with(
    day: int, week: int, month: int, window: str
) -> None:
    assert default_window(pd.Series({"traces_day": day, "traces_week": week, "traces_month": month})) == window
