"""The anatomy of a trace, and two traces side by side."""

import pandas as pd

from metrics.anatomy import anatomy
from metrics.comparison import matched_steps
from metrics.traces import one_trace, spans_of_trace
from tests.metrics.built import BuiltWarehouse, llm, span


def built(*rows: dict[str, object], trace: str = "t", texts: pd.DataFrame | None = None) -> pd.DataFrame:
    warehouse = BuiltWarehouse().load(rows)
    found = one_trace(warehouse, trace).iloc[0]
    return anatomy(spans_of_trace(warehouse, trace, first_ns=found["first_ns"], last_ns=found["last_ns"]), texts)


def test_each_span_knows_its_own_time_and_its_share_of_the_path() -> None:
    # the root lasts 10 s, of which its child takes 4 s
    spans = built(span("t", span_id="r", lasts_s=10), span("t", parent_span_id="r", at_s=2, lasts_s=4))

    assert list(spans["self_ms"]) == [6_000, 4_000]
    assert list(spans["critical_ms"]) == [6_000, 4_000]


def test_identical_tool_calls_are_numbered() -> None:
    rows = [span("t", span_id=name, at_s=at, kind="tool", tool_name="balance") for at, name in enumerate("abc")]
    texts = pd.DataFrame(
        {"span_id": ["a", "b", "c"], "input_text": ['{"n": 1}', '{"n": 2}', '{"n":1}'], "tool_args": None}
    )

    spans = built(*rows, texts=texts).set_index("span_id")

    assert list(spans.loc[["a", "b", "c"], "repeat_nth"]) == [1, 0, 2]
    assert list(spans.loc[["a", "b", "c"], "repeat_times"]) == [2, 0, 2]


def test_steps_match_by_place_kind_and_order() -> None:
    left = built(
        span("t", span_id="r", step="chat", lasts_s=9),
        span("t", at_s=1, parent_span_id="r", step="search", lasts_s=1),
        span("t", at_s=2, parent_span_id="r", step="search", lasts_s=2),
        llm("t", at_s=4, parent_span_id="r", cost=0.1),
    )
    right = built(
        span("t", span_id="r", step="chat", lasts_s=9),
        span("t", at_s=1, parent_span_id="r", step="search", lasts_s=3),
        span("t", at_s=2, parent_span_id="r", step="rerank"),
        llm("t", at_s=4, parent_span_id="r", cost=0.25),
    )

    steps = matched_steps(left, right)

    assert list(steps["step"]) == ["chat", "search", "rerank", "search", "synthesis"]
    assert list(zip(steps["left_row"], steps["right_row"], strict=True)) == [(0, 0), (1, 1), (-1, 2), (2, -1), (3, 3)]
    assert steps["more_ms"].iloc[1] == 2_000
    assert pd.isna(steps["more_ms"].iloc[2])
    assert round(steps["more_usd"].iloc[4], 6) == 0.15
    assert steps["more_tokens"].iloc[4] == 0


def test_a_trace_compared_with_itself_does_not_differ() -> None:
    spans = built(span("t", span_id="r"), *[llm("t", parent_span_id="r", at_s=at) for at in range(5)])

    steps = matched_steps(spans, spans)

    assert len(steps) == 6
    assert set(steps["more_ms"]) == {0}
