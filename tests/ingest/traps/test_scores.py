"""What a score says and what it is of."""

import orjson

from ingest.formats import otlp_logs, otlp_protobuf
from tests.ingest.built import SPAN, START_NS, TRACE, prepared, request, span


def test_trap_20_scores_keep_number_word_and_yes_or_no_as_said() -> None:
    def score(**fields: object) -> dict[str, object]:
        said = {f"annotations.0.annotation.{key}": value for key, value in {"name": "q", **fields}.items()}
        found: dict[str, object] = prepared(otlp_protobuf.read_request(request(span(said)))).scores.to_pylist()[0]
        return found

    assert score(score=True)["value"] == 1.0
    assert score(score=True)["bool"] is True
    assert (score(label="yes")["value"], score(label="yes")["label"]) == (None, "yes")
    assert score(score=-2)["value"] == -2.0
    assert score(score=0.5, annotator_kind="HUMAN")["source"] == "human"


def test_trap_20_a_score_of_the_trace_is_one_score_not_one_per_span() -> None:
    attributes = {"trace.annotations.0.annotation.name": "helpful", "trace.annotations.0.annotation.score": 1}
    done = prepared(otlp_protobuf.read_request(request(span(attributes), span(span_id=b"12345678"))))
    (score,) = done.scores.to_pylist()

    assert (score["target_level"], score["trace_id"], score["span_id"]) == ("trace", TRACE, None)


def test_trap_20_an_evaluators_score_belongs_to_what_its_one_link_names() -> None:
    made = span(
        {
            "openinference.span.kind": "EVALUATOR",
            "evaluations.0.evaluation.name": "faithful",
            "evaluations.0.evaluation.score": 0.9,
        }
    )
    made.links.add(trace_id=b"\1" * 16, span_id=b"\2" * 8)
    (score,) = prepared(otlp_protobuf.read_request(request(made))).scores.to_pylist()

    assert (score["trace_id"], score["span_id"], score["judge_trace_id"]) == ("01" * 16, "02" * 8, TRACE)
    assert score["source"] == "judge"


def test_trap_20_an_evaluation_event_of_the_logs_is_a_score_of_its_span() -> None:
    record = {
        "eventName": "gen_ai.evaluation.result",
        "traceId": TRACE,
        "spanId": SPAN,
        "timeUnixNano": str(START_NS),
        "attributes": [
            {"key": "gen_ai.evaluation.name", "value": {"stringValue": "relevance"}},
            {"key": "gen_ai.evaluation.score.value", "value": {"doubleValue": 0.25}},
            {"key": "gen_ai.evaluation.explanation", "value": {"stringValue": "off topic"}},
        ],
    }
    body = orjson.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]})
    (score,) = prepared(otlp_logs.read_json(body)).scores.to_pylist()

    assert (score["name"], score["value"], score["explanation"]) == ("relevance", 0.25, "off topic")
    assert (score["target_level"], score["span_id"], score["source"]) == ("span", SPAN, "judge")
