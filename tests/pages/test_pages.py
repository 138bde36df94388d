"""Every page in its three states, its filters, and what it says about what is missing."""

from decimal import Decimal

import pytest
from streamlit.testing.v1 import AppTest

from pages.parts.opened import Opened
from tests.metrics.built import BuiltWarehouse, llm, span
from tests.pages.bank import Bank
from tests.pages.conftest import PAGES, OpenPage

TRAFFIC = ["traffic/volume", "traffic/latency", "traffic/cost", "traffic/errors", "traffic/tokens"]
TITLES = {"traces/compare": "Compare two traces"}
ONE = {
    "traces/trace": {"trace": f"{3:032x}"},
    "traces/session": {"session": "s_1"},
    "traces/compare": {"left": f"{3:032x}", "right": f"{5:032x}"},
}
SAYS_WHAT_IT_LACKS = ("traffic/alerts", "traffic/changes")
"""Without a ledger, and without a time before the window."""
EVERY = [
    str(path.relative_to(PAGES).with_suffix(""))
    for path in PAGES.glob("*/*.py")
    if path.parent.name not in ("parts", "review", "judges") and path.stem not in ("__init__", "scrub", "erasures")
]


def words_of(app: AppTest) -> str:
    kinds = (app.text, app.info, app.warning, app.success, app.header, app.title, app.code, app.error)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def figures_of(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


@pytest.mark.parametrize("page", EVERY)
def test_every_page_opens_on_a_cold_link(page: str, open_page: OpenPage) -> None:
    app = open_page(page, **ONE.get(page, {}))

    assert not app.exception
    assert [title.value for title in app.title] == [TITLES.get(page, page.split("/")[1].capitalize())]
    assert app.metric or len(app.dataframe) or len(app.get("plotly_chart")) or page in SAYS_WHAT_IT_LACKS


@pytest.mark.parametrize("page", EVERY)
def test_a_page_without_traces_says_how_to_get_some(page: str, empty: Opened, open_page: OpenPage) -> None:
    app = open_page(page, empty, **ONE.get(page, {}))

    assert not app.exception
    assert "No traces yet" in words_of(app)
    assert "/v1/traces" in words_of(app)
    assert "benchbook ingest" in words_of(app)


@pytest.mark.parametrize("page", [*TRAFFIC, "traces/traces"])
def test_a_page_that_nothing_matches_says_which_filters_and_drops_them(page: str, open_page: OpenPage) -> None:
    app = open_page(page, tenant="nobody")

    assert "tenant nobody" in words_of(app)
    assert not app.exception

    app.button(key="clear_here").click().run()

    assert "no " not in "".join(warning.value for warning in app.warning)
    assert app.metric or len(app.dataframe)
    assert "tenant nobody" not in words_of(app)


@pytest.mark.parametrize("page", TRAFFIC)
@pytest.mark.parametrize("group", ["step", "model", "prompt version"])
def test_traffic_can_be_grouped_and_shown_as_a_table(page: str, group: str, open_page: OpenPage) -> None:
    app = open_page(page, group=group, table="true")

    assert not app.exception
    assert any(f"by {group}" in header.value for header in app.header)
    assert any(group in frame.value.columns for frame in app.dataframe)


def test_a_filter_in_the_link_is_the_filter_of_the_page(bank: Bank, open_page: OpenPage) -> None:
    north = {row["trace_id"] for row in bank.spans if row.get("tenant") == "north"}

    app = open_page("traffic/volume", tenant="north")

    assert figures_of(app)["Traces"] == str(len(north))
    assert "tenant north" in words_of(app)


def test_several_values_of_a_filter_are_alternatives(bank: Bank, open_page: OpenPage) -> None:
    some = {row["trace_id"] for row in bank.spans if row.get("tenant") in ("north", "south")}

    assert figures_of(open_page("traffic/volume", tenant=["north", "south"]))["Traces"] == str(len(some))


def test_a_custom_window_comes_from_the_link(open_page: OpenPage) -> None:
    app = open_page("traffic/volume", window="custom", **{"from": "2026-03-02T09:00", "to": "2026-03-09T09:00"})

    assert "2 Mar 2026 09:00 to 9 Mar 2026 09:00 UTC" in words_of(app)
    assert 0 < int(figures_of(app)["Traces"]) < 60


@pytest.mark.parametrize(
    "query",
    [
        {"window": "nonsense"},
        {"group": "x"},
        {"from": "yesterday", "window": "custom"},
        {"window": "custom", "from": "2027-01-01T00:00", "to": "2026-01-01T00:00"},
    ],
)
def test_nonsense_in_a_link_breaks_nothing(query: dict[str, str], open_page: OpenPage) -> None:
    assert not open_page("traffic/volume", **query).exception


def test_an_old_demo_is_not_empty_on_first_sight(open_page: OpenPage) -> None:
    assert figures_of(open_page("traffic/volume"))["Traces"] == "60"


def test_unknown_costs_are_said_and_never_zero(open_page: OpenPage) -> None:
    unknown = Opened(warehouse=BuiltWarehouse().load([llm("a", cost=None), llm("b", cost=None)]), home="unpriced")

    app = open_page("traffic/cost", unknown)

    assert figures_of(app)["Spend of the app"] == "–"  # noqa: RUF001
    assert "priced 0 of 2 model calls" in words_of(app)
    assert "2 model calls without a known cost" in words_of(app)


def test_judging_is_shown_apart(open_page: OpenPage) -> None:
    rows = [
        span("a", span_id="r"),
        llm("a", parent_span_id="r", cost=1),
        span("a", span_id="j", parent_span_id="r", kind="evaluator"),
        llm("a", parent_span_id="j", cost=2),
    ]

    judged = Opened(warehouse=BuiltWarehouse().load(rows), home="judged")
    shown = figures_of(open_page("traffic/cost", judged))

    assert (shown["Spend of the app"], shown["Spend on judging"]) == ("$1.00", "$2.00")
    trace = open_page("traces/trace", judged, trace="a")
    assert figures_of(trace)["Cost"] == "$1.00"
    assert {"known for 1 of 1 span that cost", "+ judging $2.00"} <= {one.value for one in trace.text}


def test_a_session_tells_the_cost_of_judging_apart(open_page: OpenPage) -> None:
    rows = [
        row
        for turn in ("t1", "t2")
        for row in (
            span(turn, span_id="r", session_id="s"),
            llm(turn, parent_span_id="r", session_id="s", cost=1),
            span(turn, span_id="j", parent_span_id="r", kind="evaluator", session_id="s"),
            llm(turn, parent_span_id="j", session_id="s", cost=2),
        )
    ]
    rows.append(span("late", at_s=3600))
    judged = Opened(warehouse=BuiltWarehouse().load(rows), home="judged session")

    app = open_page("traces/session", judged, session="s")

    assert figures_of(app)["Cost"] == "$2.00"
    assert "+ judging $4.00" in words_of(app)
    assert "$1.00 + judging $2.00" in words_of(app)
    listed = open_page("traffic/outcomes", judged, outcome="contained").dataframe[0].value
    assert listed["cost (US$)"].dropna().tolist() == [2.0]


def test_a_model_at_home_is_named_and_no_unknown_cost(open_page: OpenPage) -> None:
    rows = [llm("a", cost=1), span("a", kind="reranker", step="rerank", model="bge", cost_missing="no tokens")]

    app = open_page("traffic/cost", Opened(warehouse=BuiltWarehouse().load(rows), home="at home"))

    assert not app.warning
    assert "priced 1 of 1 model call" in words_of(app)
    assert "1 call of models that report no tokens to price are not counted here: bge." in words_of(app)


def test_times_of_receipt_are_said_and_not_drawn(open_page: OpenPage) -> None:
    rows = [span("a", time_source="receipt", duration_ns=None, end_ts=None, status="ok")]

    app = open_page("traffic/latency", Opened(warehouse=BuiltWarehouse().load(rows), home="receipts"))

    assert "No span in this selection has a duration" in words_of(app)
    assert not app.exception


def test_a_rate_names_its_counts_and_interval(open_page: OpenPage) -> None:
    rows = [span("a", status="error"), span("a"), span("b"), span("b")]

    app = open_page("traffic/errors", Opened(warehouse=BuiltWarehouse().load(rows), home="rates"))

    assert figures_of(app)["Spans that failed"] == "25.0 %"
    assert figures_of(app)["95 % interval"] == "4.6 % to 69.9 %"
    assert "1 of 4 ended spans" in words_of(app)


def test_a_trace_shows_what_the_selected_span_said(bank: Bank, open_page: OpenPage) -> None:
    trace = f"{3:032x}"
    synthesis = next(row for row in bank.spans if row["trace_id"] == trace and row["step"] == "synthesis")

    app = open_page("traces/trace", trace=trace, span=synthesis["span_id"])

    assert "Your balance is 12 euros." in words_of(app)
    assert "1,800 tokens in, 160 out" in words_of(app)


def test_an_unknown_trace_leads_back_to_the_list(open_page: OpenPage) -> None:
    app = open_page("traces/trace", trace="nobody")

    assert "no such trace" in words_of(app)
    assert not app.exception


def test_a_trace_without_its_text_still_shows_its_tree(bank: Bank, open_page: OpenPage) -> None:
    bare = Opened(warehouse=bank.opened().warehouse, home="no lake")

    app = open_page("traces/trace", bare, trace=f"{3:032x}")

    assert not app.exception
    assert "No text is kept of this span" in words_of(app)


def test_a_session_is_a_conversation_in_order(open_page: OpenPage) -> None:
    app = open_page("traces/session", session="s_1")

    turns = [header.value for header in app.header]
    assert turns == [f"Turn {number}" for number in range(1, len(turns) + 1)]
    assert figures_of(app)["Turns"] == str(len(turns))


def test_a_comparison_counts_what_both_have(open_page: OpenPage) -> None:
    app = open_page("traces/compare", left=f"{3:032x}", right=f"{3:032x}")

    assert "0 only in the first, 0 only in the second" in words_of(app)
    assert set(app.dataframe[0].value["the second is"]) == {"same"}


def test_the_list_is_paged_fifty_at_a_time(open_page: OpenPage) -> None:
    first, second = open_page("traces/traces"), open_page("traces/traces", page="2")

    assert len(first.dataframe[0].value) == 50
    assert 0 < len(second.dataframe[0].value) < 50


def test_a_page_beyond_the_last_shows_the_last(open_page: OpenPage) -> None:
    app = open_page("traces/traces", page="900")

    assert not app.exception
    assert len(app.dataframe[0].value) > 0


def test_words_narrow_the_list(bank: Bank, open_page: OpenPage) -> None:
    found = bank.search("charged twice")

    app = open_page("traces/traces", q="charged twice")

    assert set(app.dataframe[0].value["question"]) == {"Why was I charged twice for my card?"}
    assert len(app.dataframe[0].value) == len(found)


def test_words_that_nobody_said_match_nothing_and_say_so(open_page: OpenPage) -> None:
    app = open_page("traces/traces", q="xylophone")

    assert "text xylophone" in words_of(app)
    app.button(key="everything_here").click().run()
    assert len(app.dataframe[0].value) == 50


def test_what_was_replaced_is_counted_by_type(open_page: OpenPage) -> None:
    app = open_page("data/data", section="replaced")

    assert set(app.dataframe[0].value["type"]) == {"PERSON", "ACCOUNT"}


def test_refusals_are_listed_without_their_content(bank: Bank, open_page: OpenPage) -> None:
    import pandas as pd

    rejects = pd.DataFrame(
        [
            {
                "at": pd.Timestamp("2026-03-02"),
                "source": "a.jsonl",
                "batch": "b",
                "position": "line 12",
                "reason": "no trace id",
                "digest": "k_1",
                "spans": 3,
            }
        ]
    )

    app = open_page("data/data", bank.opened(rejects=lambda: rejects), section="refused")

    assert figures_of(app)["Refused"] == "3"
    assert app.dataframe[0].value["position"].tolist() == ["line 12"]


def test_a_loader_that_fails_is_shown(bank: Bank, open_page: OpenPage) -> None:
    state = {"loaded_at": None, "failure": "the lake failed while being read: disk full", "failures_in_a_row": 2}

    app = open_page("data/data", bank.opened(loader=lambda: state))

    assert "disk full (2 times in a row)" in words_of(app)


def test_an_erasure_that_fails_is_shown(bank: Bank, open_page: OpenPage) -> None:
    state = {"loaded_at": None, "failure": "", "undone": "erasing what was asked for: the disk is full"}

    said = words_of(open_page("data/data", bank.opened(loader=lambda: state)))

    assert "erasing what was asked for: the disk is full" in said
    assert "Loading fails" not in said


def test_new_data_is_on_the_page_without_clearing_anything(open_page: OpenPage) -> None:
    built = BuiltWarehouse().load([span("a", cost_total=Decimal(1))])
    now = Opened(warehouse=built, home="growing")

    before = figures_of(open_page("traffic/volume", now))["Traces"]
    built.load([span("b")])
    after = figures_of(open_page("traffic/volume", now))["Traces"]

    assert (before, after) == ("1", "2")
