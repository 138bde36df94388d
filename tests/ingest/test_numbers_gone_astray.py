"""A number where a count, a score or a reference is due may be somebody's card: it is not kept as it came."""

import json
from typing import Any

import pytest

from ingest.formats import langfuse_scores, otlp_json
from ingest.formats.said_scores import said
from ingest.values import MAX_TEXT, Bounded, whole_number
from tests.ingest.built import SPAN, START_NS, TRACE, prepared, preparer

CARD = 4_111_111_111_111_111
SCRUBS = preparer()


def kept(attributes: dict[str, Any], **fields: Any) -> str:
    """Everything that is kept of a span with these attributes."""
    one = {"traceId": TRACE, "spanId": SPAN, "startTimeUnixNano": START_NS, "attributes": attributes, **fields}
    body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [one]}]}]}).encode()
    return everything(otlp_json.read_request(body))


def everything(raws: Any) -> str:
    done = prepared(raws, SCRUBS)
    return json.dumps([done.spans.to_pylist(), done.scores.to_pylist()], default=str)


@pytest.mark.parametrize("sent", [CARD, float(CARD), str(CARD)])
@pytest.mark.parametrize(
    "name",
    ["llm.token_count.prompt", "gen_ai.usage.output_tokens", "gen_ai.response.time_to_first_chunk", "own.number",
     "annotations.0.annotation.score", "gen_ai.evaluation.score.value", "gen_ai.response.id", "tool_call.id"],
)  # fmt: skip
def test_a_card_is_no_count_and_no_score(name: str, sent: object) -> None:
    named = {"annotations.0.annotation.name": "n", "gen_ai.evaluation.name": "n"}
    assert str(CARD) not in kept(named | {name: sent})


def test_a_card_is_no_similarity_no_count_of_dropped_attributes_and_no_id() -> None:
    document = {"id": CARD, "content": "x", "score": CARD, "metadata": {"n": CARD, "f": float(CARD)}}
    assert str(CARD) not in kept({"openinference.span.kind": "RETRIEVER", "retrieval.documents": [document]})
    assert str(CARD) not in kept({}, droppedAttributesCount=CARD)
    assert str(CARD) not in kept({}, spanId=f"card-{CARD}", parentSpanId=f"card-{CARD}")
    assert str(CARD) not in kept({}, links=[{"traceId": str(CARD), "spanId": str(CARD)}])


def test_an_id_of_the_right_length_stays_as_it_was_drawn() -> None:
    assert f'"span_id": "{CARD}"' in kept({}, spanId=str(CARD))


@pytest.mark.parametrize("field", ["value", "id", "queueId", "configId"])
def test_a_card_in_a_score_is_replaced(field: str) -> None:
    score = {"traceId": TRACE, "name": "n", "value": 1, field: CARD if field == "value" else str(CARD)}
    assert str(CARD) not in everything(langfuse_scores.read_request(json.dumps(score).encode()))


def test_the_reference_of_a_message_part_cannot_carry_a_text() -> None:
    part = {"type": "text", "ref": "my card is 4111 1111 1111 1111"}
    message = [{"role": "user", "parts": [part, {"ref": str(CARD)}]}]
    out = kept({"openinference.span.kind": "LLM", "gen_ai.input.messages": json.dumps(message)})
    assert "4111" not in out


@pytest.mark.parametrize("digits", ["1e999999999", "9" * 4000, "-1", "NaN", "1e13"])
def test_a_count_beyond_all_counts_is_unknown_at_once(digits: str) -> None:
    assert whole_number(digits) is None


def test_a_score_beyond_all_numbers_is_a_word() -> None:
    assert said(10**400) == {"text": str(10**400), "data_type": "text"}
    assert said(CARD) == {"label": str(CARD), "data_type": "categorical"}
    assert said(0.5) == {"value": 0.5, "data_type": "numeric"}


@pytest.mark.parametrize(
    "value", ["wren00412377@example-mail.com", "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00", "+1 415 234 5678"]
)
def test_our_own_cut_leaves_no_half_of_a_value(value: str) -> None:
    for beyond in range(1, len(value)):
        text = "x " * (MAX_TEXT // 2 - 50)
        text += "y" * (MAX_TEXT - len(text) - len(value) + beyond - 1) + " " + value + " and more"
        cut = Bounded().text(text)
        assert len(cut) <= MAX_TEXT + 1
        assert set(cut[-20:]) <= {"y", "x", " ", "…", *("DE89" if value.startswith("DE") else "")}
