"""What travels to the browser for a waterfall. How it behaves there is in tests/pages/test_waterfall_browser.py."""

import json
import re
from pathlib import Path

from components.waterfall import payload
from metrics.anatomy import anatomy
from metrics.traces import one_trace, spans_of_trace
from tests.metrics.built import BuiltWarehouse, span

HERE = Path(__file__).parents[2] / "components"


def tree(*rows: dict[str, object]) -> dict[str, object]:
    built = BuiltWarehouse().load(rows)
    trace = one_trace(built, "t").iloc[0]
    spans = anatomy(spans_of_trace(built, "t", first_ns=trace["first_ns"], last_ns=trace["last_ns"]))
    return payload(spans, trace="t", selected=None)


def test_rows_travel_in_reading_order_with_their_place_in_time() -> None:
    sent = tree(
        span("t", span_id="b", parent_span_id="a", at_s=2, lasts_s=1), span("t", span_id="a", at_s=1, lasts_s=4)
    )

    assert sent["span_id"] == ["a", "b"]
    assert (sent["parent"], sent["depth"]) == ([-1, 0], [0, 1])
    assert (sent["start"], sent["duration"]) == ([0.0, 1000.0], [4000.0, 1000.0])


def test_an_unknown_duration_travels_as_null() -> None:
    sent = tree(span("t", span_id="a", lasts_s=4), span("t", span_id="b", parent_span_id="a", at_s=1, lasts_s=None))

    assert sent["duration"] == [4000.0, None]
    assert sent["timed"] is True


def test_receipts_are_an_order_and_not_times() -> None:
    sent = tree(span("t", time_source="receipt"), span("t", at_s=1, time_source="receipt"))

    assert sent["timed"] is False
    assert sent["duration"] == [None, None]


def test_a_flagged_span_is_marked_and_one_that_was_not_judged_is_not() -> None:
    sent = tree(
        span("t", span_id="a", injection_flag=True), span("t", span_id="b", at_s=1, injection_flag=None),
        span("t", span_id="c", at_s=2),
    )  # fmt: skip

    assert sent["flag"] == [True, False, False]
    script = (HERE / "waterfall.js").read_text()
    assert script.count("data.flag[row]") == 2  # drawn, and said to who hears it


def test_all_of_it_is_json() -> None:
    sent = tree(span("t"), span("t", lasts_s=None))

    assert json.loads(json.dumps(sent, allow_nan=False)) == sent


def test_the_script_writes_no_html() -> None:
    script = (HERE / "waterfall.js").read_text()

    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", script)


def test_the_style_takes_its_colours_from_the_theme() -> None:
    style = (HERE / "waterfall.css").read_text()

    assert "var(--st-text-color)" in style
    assert "var(--st-background-color)" in style
    assert not re.search(r"url\(|@import", style)
