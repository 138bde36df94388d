"""The same, changed, halved, late and out of order: one span each, merged, at its own time (both peers fail here)."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from tests.receive import otlp
from tests.receive.otlp import NOW_NS, SECOND_NS, Spec
from tests.receive.served import Served

TRACES = "/v1/traces"
DAY_NS = 86_400 * SECOND_NS


def _spans(served: Served, spec: Spec, columns: str, expected: list[dict[str, object]]) -> None:
    served.eventually(f"SELECT {columns} FROM spans WHERE trace_id = '{spec.key[0]}' ORDER BY start_ts, name", expected)


def _trace(served: Served, spec: Spec, columns: str, expected: dict[str, object]) -> None:
    served.eventually(f"SELECT {columns} FROM traces WHERE trace_id = '{spec.key[0]}'", [expected])


def _send(served: Served, *specs: Spec) -> None:
    answer = served.post(TRACES, otlp.request(*specs))
    assert (answer.status_code, answer.content) == (200, b"")


def test_the_same_request_twice_is_one_row_each(served: Served) -> None:
    root = Spec("root")
    child = Spec("child", trace=root.trace, parent=root.id)
    _send(served, root, child)
    _send(served, root, child)
    last = Spec("last", trace=root.trace, parent=root.id, start_ns=NOW_NS + 1)
    _send(served, last)
    _spans(served, root, "name, revision", [{"name": name, "revision": 1} for name in ("child", "root", "last")])


def test_a_storm_of_retries_is_one_row_each(served: Served) -> None:
    root = Spec("root")
    children = [Spec(f"child {n}", trace=root.trace, parent=root.id) for n in range(7)]
    body = otlp.request(root, *children)
    with ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(lambda _: served.post(TRACES, body), range(16)))
    assert [answer.status_code for answer in answers] == [200] * 16
    served.eventually(
        f"SELECT count(*) AS rows, count(DISTINCT span_id) AS spans FROM spans WHERE trace_id = '{root.key[0]}'",
        [{"rows": 8, "spans": 8}],
    )


def test_new_content_of_a_span_replaces_the_old(served: Served) -> None:
    spec = Spec("old", attributes={"output.value": "first answer", "input.value": "question"})
    _send(served, spec)
    _send(served, replace(spec, name="new", attributes={"output.value": "second answer"}))
    _spans(
        served,
        spec,
        "name, input_text, output_text, revision",
        [{"name": "new", "input_text": "question", "output_text": "second answer", "revision": 2}],
    )


def test_one_span_id_in_two_traces_is_two_spans(served: Served) -> None:
    one = Spec("one")
    two = Spec("two", id=one.id)
    _send(served, one)
    _send(served, two)
    _spans(served, one, "name", [{"name": "one"}])
    _spans(served, two, "name", [{"name": "two"}])


def test_a_half_waits_for_its_end_and_is_never_negative(served: Served) -> None:
    spec = Spec("halved", end_ns=0, attributes={"input.value": "question"})
    _send(served, spec)
    _spans(served, spec, "status, duration_ns, end_ts", [{"status": "running", "duration_ns": None, "end_ts": None}])
    _trace(
        served,
        spec,
        "status, duration_ns, is_complete",
        {"status": "running", "duration_ns": None, "is_complete": False},
    )
    _send(served, replace(spec, end_ns=NOW_NS + 2 * SECOND_NS, attributes={"output.value": "answer"}))
    _spans(
        served,
        spec,
        "input_text, output_text, duration_ns",
        [{"input_text": "question", "output_text": "answer", "duration_ns": 2 * SECOND_NS}],
    )
    _trace(served, spec, "duration_ns, is_complete", {"duration_ns": 2 * SECOND_NS, "is_complete": True})


def test_children_may_come_before_their_root(served: Served) -> None:
    root = Spec("root", end_ns=NOW_NS + 9 * SECOND_NS)
    child = Spec("child", trace=root.trace, parent=root.id, start_ns=NOW_NS + SECOND_NS, end_ns=NOW_NS + 2 * SECOND_NS)
    _send(served, child)
    _trace(served, root, "name, is_complete", {"name": "child", "is_complete": False})
    _send(served, root)
    _trace(
        served,
        root,
        "name, is_complete, duration_ns",
        {"name": "root", "is_complete": True, "duration_ns": 9 * SECOND_NS},
    )


def test_a_trace_of_three_days_ago_is_kept_at_its_own_time(served: Served) -> None:
    spec = Spec("old", start_ns=NOW_NS - 3 * DAY_NS, end_ns=NOW_NS - 3 * DAY_NS + SECOND_NS)
    _send(served, spec)
    _trace(served, spec, "epoch_ns(start_ts) AS ns", {"ns": NOW_NS - 3 * DAY_NS})


def test_a_child_of_three_days_ago_does_not_stretch_its_trace(served: Served) -> None:
    root = Spec("root")
    late = Spec(
        "late", trace=root.trace, parent=root.id, start_ns=NOW_NS - 3 * DAY_NS, end_ns=NOW_NS - 3 * DAY_NS + SECOND_NS
    )
    _send(served, root)
    _send(served, late)
    _trace(served, root, "spans, duration_ns", {"spans": 2, "duration_ns": SECOND_NS})


def test_cost_is_not_doubled_by_sending_again(served: Served) -> None:
    spec = Spec(
        "call",
        attributes={
            "openinference.span.kind": "LLM",
            "llm.model_name": "gpt-4o-mini",
            "llm.token_count.prompt": 100,
            "llm.token_count.completion": 10,
            "llm.cost.total": 0.25,
        },
    )
    _send(served, spec)
    _send(served, spec)
    _trace(
        served,
        spec,
        "cost_total::DOUBLE AS usd, tok_in, priced_spans",
        {"usd": 0.25, "tok_in": 100, "priced_spans": 1},
    )
