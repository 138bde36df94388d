"""MT-RAG's evaluations become traces with documents, and its metrics scores; what people rated is left to labels."""

from collections import Counter

import orjson

from ingest.formats import mt_rag
from ingest.recognise import recognise
from tests.ingest.built_files import FIXTURES, ReadFile, needs_fixtures, read_bytes, read_fixture

FILE = "exports/mt-rag-benchmark/mtrag-human/evaluations/reference_subset_with_human_evaluations.json"


def whole() -> ReadFile:
    return read_fixture(mt_rag, FILE)


@needs_fixtures
def test_the_file_is_known_by_its_content() -> None:
    found = recognise(FIXTURES / FILE)
    assert found is not None
    assert found.name == "mt-rag"


@needs_fixtures
def test_every_answer_is_a_trace_with_its_documents_and_metrics() -> None:
    read = whole()
    assert (len(read.traces), len(read.roots), len(read.spans)) == (477, 477, 3 * 477)
    assert sum(len(span.attributes.get("retrieval.documents", [])) for span in read.spans) == 1185
    assert read.sources() == Counter({"code": 5 * 477, "judge": 2 * 477})
    assert {score["trace_id"] for score in read.scores} == read.traces
    assert read.rejected == []


@needs_fixtures
def test_no_rating_of_a_person_becomes_a_score() -> None:
    people = {"naturalness", "appropriateness", "completeness", "faithfulness", "win-rate"}
    assert not people & {score["name"] for score in whole().scores}


@needs_fixtures
def test_the_conversation_before_is_in_the_messages_and_ends_with_the_question() -> None:
    for span in whole().spans:
        if span.name == "answer":
            messages = span.attributes["gen_ai.input.messages"]
            assert messages[-1]["role"] == "user"
            assert {message["role"] for message in messages} <= {"user", "assistant"}


@needs_fixtures
def test_reading_it_again_gives_the_same_ids() -> None:
    one, two = whole(), whole()
    assert [span.span_id for span in one.spans] == [span.span_id for span in two.spans]
    assert [score["id"] for score in one.scores] == [score["id"] for score in two.scores]


def test_an_evaluation_without_its_task_is_refused_without_its_text() -> None:
    content = orjson.dumps({
        "metrics": [{"name": "m", "aggregator": "average"}], "models": [], "filters": [], "documents": [],
        "tasks": [{"task_id": "t", "input": [{"speaker": "user", "text": "May I?"}],
                   "contexts": [{"document_id": "d"}]}],
        "evaluations": [{"task_id": "other", "model_id": "m", "model_response": "private"},
                        {"task_id": "t", "model_id": "m", "model_response": "Yes.",
                         "annotations": {"m": {"system": {"value": None}}}}],
    })  # fmt: skip
    read = read_bytes(mt_rag, content)
    assert [(one.position, one.reason) for one in read.rejected] == [
        ("evaluation 1", "an evaluation without its task or model")
    ]
    assert "private" not in repr(read.rejected)
    assert (len(read.spans), read.scores) == (3, [])
    assert read.spans[1].attributes["retrieval.documents"] == [{"document_id": "d"}]


def test_what_is_not_json_is_refused_as_a_whole() -> None:
    assert [one.reason for one in read_bytes(mt_rag, b'{"metrics": [').rejected] == ["not JSON"]
