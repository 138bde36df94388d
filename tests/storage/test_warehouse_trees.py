"""Each call is counted once however many spans tell of it, and no shape of a trace stops the loader."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from storage.loading import tree
from tests.storage.arrivals import Bench, call, span


def _rollups(bench: Bench) -> set[str]:
    return {row["span_id"] for row in bench.all("FROM span_rows WHERE usage_is_rollup")}


def test_an_agent_that_sums_up_its_calls_is_left_out_of_totals(bench: Bench) -> None:
    """smolagents: the run says 680 tokens, the sum of its four calls."""
    run = span("run", kind="agent", tok_in=600, tok_out=80, lasts=9)
    calls = [call(f"call{n}", f"step{n}", tok=(150, 20), at=n) for n in range(4)]
    bench.take(run, *(span(f"step{n}", "run", at=n) for n in range(4)), *calls)

    trace = bench.trace()
    assert _rollups(bench) == {"run"}
    assert (trace["tok_in"], trace["tok_out"], trace["llm_calls"]) == (600, 80, 4)
    assert (float(trace["cost_total"]), trace["priced_spans"], trace["unpriced_spans"]) == (0.04, 4, 0)


def test_an_outer_model_call_with_the_usage_of_its_inner_one_is_counted_once(bench: Bench) -> None:
    """Vercel AI SDK: ai.generateText around ai.generateText.doGenerate, both with all tokens."""
    bench.take(call("generateText"), call("doGenerate", "generateText", at=0.1))

    assert _rollups(bench) == {"generateText"}
    assert (bench.trace()["tok_in"], bench.trace()["llm_calls"]) == (100, 1)


def test_one_call_told_by_three_nested_spans_is_counted_once(bench: Bench) -> None:
    """kagent: call_llm > generate_content > openai.chat with identical tokens; the innermost names no kind."""
    bench.take(
        call("call_llm"), call("generate_content", "call_llm"), call("openai.chat", "generate_content", kind="span")
    )

    assert (bench.trace()["tok_in"], bench.trace()["llm_calls"]) == (100, 1)


def test_an_outer_call_without_tokens_is_not_an_unpriced_call(bench: Bench) -> None:
    """LlamaIndex: an outer and an inner llm span of which only the inner has tokens."""
    bench.take(call("outer", tok=(0, 0), cost=None), call("inner", "outer"))

    trace = bench.trace()
    assert (trace["llm_calls"], trace["priced_spans"], trace["unpriced_spans"]) == (1, 1, 0)


def test_calls_beside_each_other_are_all_counted(bench: Bench) -> None:
    bench.take(span("root"), call("a", "root"), call("b", "root"), call("unpriced", "root", cost=None))

    trace = bench.trace()
    assert _rollups(bench) == set()
    assert (trace["tok_in"], trace["llm_calls"], trace["priced_spans"], trace["unpriced_spans"]) == (300, 3, 2, 1)


def test_a_call_becomes_a_rollup_when_its_inner_call_arrives_later(bench: Bench) -> None:
    bench.take(call("outer"))
    assert bench.trace()["tok_in"] == 100

    bench.take(call("inner", "outer", at=0.1))
    assert (_rollups(bench), bench.trace()["tok_in"]) == ({"outer"}, 100)


def test_cost_is_unknown_not_nothing_when_no_call_has_a_price(bench: Bench) -> None:
    bench.take(call("a", cost=None))

    assert (bench.trace()["cost_total"], bench.trace()["unpriced_spans"]) == (None, 1)


def test_a_span_that_is_its_own_parent_is_a_root_with_a_flag(bench: Bench) -> None:
    bench.take(call("self", "self"), span("child", "self", at=0.1))

    trace = bench.trace()
    assert (trace["root_span_id"], trace["problems"], trace["tok_in"], trace["spans"]) == ("self", ["cycle"], 100, 2)


def test_a_cycle_is_cut_above_its_earliest_span_and_counted_once(bench: Bench) -> None:
    bench.take(call("a", "c", at=0), call("b", "a", at=1), call("c", "b", at=2), span("leaf", "c", at=3))

    trace = bench.trace()
    assert (trace["root_span_id"], trace["problems"], trace["llm_calls"]) == ("a", ["late_child", "cycle"][::-1], 1)


def test_tokens_beyond_all_measure_do_not_stop_the_loader(bench: Bench) -> None:
    bench.take(call("a", tok=(2**63 - 1, 1)), call("b", tok=(2**63 - 1, 1)))

    assert (bench.trace()["tok_in"], bench.trace()["tok_out"]) == (None, 2)


def test_ids_that_are_sql_are_only_ids(bench: Bench) -> None:
    evil = "'; DROP TABLE traces; --"
    bench.take(span(evil, trace=evil), span("child", evil, trace=evil))
    bench.take(span("more", evil, trace=evil))

    assert bench.one("FROM traces")["spans"] == 3


def _spans(parents: list[int], uses: list[bool] | None = None) -> tree.Spans:
    number = len(parents)
    return tree.Spans(
        parents=np.array(parents, dtype=np.int64),
        starts_ns=np.arange(number, dtype=np.int64),
        calls=np.ones(number, dtype=bool),
        uses=np.array(uses if uses is not None else [True] * number, dtype=bool),
        same_use=np.zeros(number, dtype=np.int64),
    )


@given(st.integers(1, 12).flatmap(lambda n: st.lists(st.integers(-1, n - 1), min_size=n, max_size=n)))
def test_cutting_leaves_no_cycle_and_a_call_counts_once_on_each_path(parents: list[int]) -> None:
    spans = _spans(parents)
    cyclic = tree.on_a_cycle(spans.parents)
    without = tree.without_cycles(spans, cyclic)
    repeated = tree.rollups(spans, without)

    assert not tree.on_a_cycle(without).any()
    assert [place for place in range(len(parents)) if _returns(parents, place)] == np.flatnonzero(cyclic).tolist()
    parents_of_any = set(without[without >= 0].tolist())
    assert set(np.flatnonzero(repeated).tolist()) == parents_of_any  # all use: only leaves are counted


def _returns(parents: list[int], place: int) -> bool:
    at = parents[place]
    for _ in parents:
        if at in (-1, place):
            break
        at = parents[at]
    return at == place


def test_a_chain_of_a_hundred_thousand_spans_is_walked_within_the_time_limit_of_a_test() -> None:
    spans = _spans(list(range(-1, 99_999)))
    cyclic = tree.on_a_cycle(spans.parents)
    repeated = tree.rollups(spans, tree.without_cycles(spans, cyclic))

    assert (int(cyclic.sum()), int(repeated.sum())) == (0, 99_999)  # anew for each span it would take hours
