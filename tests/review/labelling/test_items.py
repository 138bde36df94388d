"""What a reviewer may see of an item, over a real lake and warehouse."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from review.labelling.items import ShownItem, shown_item
from review.labelling.spoken import readable
from tests.storage.arrivals import Bench, span

VERDICT = "0.937421"
CHANGED = datetime(2026, 8, 30, tzinfo=UTC)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "home")
    yield made
    made.close()


def turn(
    trace: str, question: str, answer: str, *, at: float = 0, session: str | None = "s_1"
) -> list[dict[str, object]]:
    """A turn with a retrieval, a tool call, a model call, and a judge that called a model of its own."""
    documents = [
        {
            "rank": rank,
            "role": "retrieved",
            "title": f"Fees {rank}",
            "content": f"Section {rank}",
            "last_updated": CHANGED,
        }
        for rank in (1, 2)
    ]
    best = {**documents[1], "rank": 1, "role": "reranked_out"}
    under: dict[str, Any] = {"trace": trace, "session_id": session}
    return [
        span("root", at=at, input_text=question, output_text=answer, model="model-x", **under),
        span("find", "root", at=at + 0.1, kind="retriever", documents=documents, **under),
        span("sort", "root", at=at + 0.2, kind="reranker", documents=[best], **under),
        span("tool", "root", at=at + 0.3, kind="tool", tool_name="get_fee", input_text='{"account": "classic"}',
             output_text='{"fee": 6.9}', status="error", **under),
        span("write", "root", at=at + 0.4, kind="llm", input_text=question, output_text=answer, **under),
        span("judge", "root", at=at + 0.5, kind="evaluator", input_text=answer, output_text=VERDICT, **under),
        span("judge call", "judge", at=at + 0.6, kind="llm", output_text=f"verdict {VERDICT}", **under),
        span("judge tool", "judge call", at=at + 0.7, kind="tool", output_text=VERDICT, **under),
    ]  # fmt: skip


def shown(bench: Bench, target: str, unit: str = "trace") -> ShownItem:
    item = shown_item(bench.warehouse, target, unit)
    assert item is not None
    return item


def test_a_trace_is_shown_with_the_turns_before_it_and_none_after(bench: Bench) -> None:
    bench.take(*turn("a", "What is the fee?", "6.90", at=0), *turn("b", "And abroad?", "2 %", at=60),
               *turn("c", "Thanks", "Bye", at=120))  # fmt: skip

    item = shown(bench, "b")

    assert [(one.role, one.text) for one in item.before] == [("user", "What is the fee?"), ("assistant", "6.90")]
    assert (item.question, item.answer, item.turn) == ("And abroad?", "2 %", 2)


def test_documents_are_shown_once_as_the_reranker_left_them_and_with_their_day(bench: Bench) -> None:
    bench.take(*turn("a", "What is the fee?", "6.90"))

    documents = shown(bench, "a").documents

    assert [(one.title, one.content, one.updated) for one in documents] == [
        ("Fees 2", "Section 2", "2026-08-30"),
        ("Fees 1", "Section 1", "2026-08-30"),
    ]


def test_tool_calls_are_shown_with_what_they_were_given_and_gave(bench: Bench) -> None:
    bench.take(*turn("a", "What is the fee?", "6.90"))

    (call,) = shown(bench, "a").tool_calls

    assert (call.name, call.given, call.failed) == ("get_fee", "classic", True)
    assert json.loads(call.result) == {"fee": 6.9}


@pytest.mark.parametrize(("target", "unit"), [("a", "trace"), ("s_1", "session"), ("a/find/1", "document")])
def test_nothing_of_a_judge_nor_of_the_strata_is_in_an_item(bench: Bench, target: str, unit: str) -> None:
    bench.append({"id": "j", "target_level": "trace", "trace_id": "a", "session_id": "s_1", "name": "helpfulness",
                  "value": float(VERDICT), "explanation": f"verdict {VERDICT}", "source": "judge",
                  "judge_name": "house-judge"}, table_name="scores")  # fmt: skip
    bench.take(*turn("a", "What is the fee?", "6.90"))

    said = json.dumps(shown(bench, target, unit).as_json())

    assert bench.one("SELECT count(*) AS n FROM scores")["n"] == 1, "the control: the verdict is there to be found"
    assert bench.one(f"SELECT count(*) AS n FROM spans WHERE output_text LIKE '%{VERDICT}%'")["n"] == 3
    for secret in (VERDICT, "judge", "model-x", "helpfulness"):
        assert secret not in said


def test_a_trace_that_a_judge_made_is_no_turn_of_the_conversation(bench: Bench) -> None:
    bench.append({"id": "j", "target_level": "trace", "trace_id": "a", "name": "x", "value": 1.0, "source": "judge",
                  "judge_trace_id": "j1"}, table_name="scores")  # fmt: skip
    own: dict[str, Any] = {"session_id": "s_1"}
    bench.take(*turn("a", "What is the fee?", "6.90"),
               span("r", trace="j1", at=20, input_text="Rate this", output_text=VERDICT, **own),
               span("r", trace="j2", at=30, kind="evaluator", input_text="Rate this", output_text=VERDICT, **own),
               *turn("b", "And abroad?", "2 %", at=60))  # fmt: skip

    item = shown(bench, "b")

    assert [one.text for one in item.before] == ["What is the fee?", "6.90"]
    assert item.turn == 2
    assert VERDICT not in json.dumps(shown(bench, "s_1", "session").as_json())


def test_without_a_session_the_conversation_is_what_the_model_was_sent(bench: Bench) -> None:
    messages = [
        {"role": "system", "parts": [{"type": "text", "text": "You are a clerk."}]},
        {"role": "user", "parts": [{"type": "text", "text": "Hello"}]},
        {"role": "assistant", "parts": [{"type": "tool_call", "name": "x"}, {"type": "text", "text": "Hi"}]},
        {"role": "user", "parts": [{"type": "text", "ref": "input_text"}]},
    ]
    bench.take(
        span("r", trace="a", kind="llm", input_text="The fee?", output_text="6.90", messages_in=json.dumps(messages))
    )

    item = shown(bench, "a")

    assert [(one.role, one.text) for one in item.before] == [("user", "Hello"), ("assistant", "Hi")]
    assert (item.question, item.answer) == ("The fee?", "6.90")


def test_a_root_without_text_takes_question_and_answer_from_its_model_calls(bench: Bench) -> None:
    bench.take(span("r", trace="a"),
               span("p", "r", trace="a", at=0.1, kind="llm", input_text="The fee?", output_text="{}"),
               span("w", "r", trace="a", at=0.2, kind="llm", output_text="6.90"))  # fmt: skip

    item = shown(bench, "a")

    assert (item.question, item.answer) == ("The fee?", "6.90")


def test_a_session_is_shown_whole_with_the_turn_of_each_document(bench: Bench) -> None:
    bench.take(*turn("a", "What is the fee?", "6.90"), *turn("b", "And abroad?", "2 %", at=60))

    item = shown(bench, "s_1", "session")

    assert [one.text for one in item.before] == ["What is the fee?", "6.90", "And abroad?", "2 %"]
    assert (item.question, item.answer) == ("", "")
    assert [one.turn for one in item.documents] == [1, 1, 2, 2]


def test_the_document_under_review_is_marked_and_comes_first(bench: Bench) -> None:
    bench.take(*turn("a", "What is the fee?", "6.90"))

    item = shown(bench, "a/find/1", "document")

    assert [(one.title, one.under_review) for one in item.documents] == [("Fees 1", True), ("Fees 2", False)]
    assert item.question == "What is the fee?"


@pytest.mark.parametrize(
    ("target", "unit"),
    [("gone", "trace"), ("s_gone", "session"), ("a/find/9", "document"), ("a/find/x", "document"), ("a", "document")],
)
def test_what_is_not_there_is_none(bench: Bench, target: str, unit: str) -> None:
    bench.take(*turn("a", "What is the fee?", "6.90"))

    assert shown_item(bench.warehouse, target, unit) is None


def test_a_very_long_document_is_cut_and_says_so(bench: Bench) -> None:
    long = {"rank": 1, "role": "retrieved", "title": "Long", "content": "x" * 30_000}
    bench.take(span("r", trace="a", input_text="q", output_text="a"),
               span("f", "r", trace="a", kind="retriever", documents=[long]))  # fmt: skip

    (document,) = shown(bench, "a").documents

    assert len(document.content) < 20_100
    assert document.content.endswith("the first 20,000 of 30,000 characters")


@pytest.mark.parametrize(
    ("kept", "read"),
    [('{"question": "How?"}', "How?"), ('{"a": 1}', '{\n  "a": 1\n}'), ("{not json", "{not json"), ("plain", "plain")],
)
def test_json_is_shown_as_a_person_reads_it(kept: str, read: str) -> None:
    assert readable(kept) == read


@pytest.mark.parametrize("depth", [250, 260, 1_000, 100_000])
def test_json_that_is_nested_without_end_is_read_as_it_is(depth: int) -> None:
    assert readable("[" * depth + "]" * depth).replace(" ", "").replace("\n", "") == "[" * depth + "]" * depth


def test_a_trace_of_tens_of_megabytes_is_shown_in_part_and_says_so(bench: Bench) -> None:
    said = [{"role": role, "parts": [{"type": "text", "text": f"{role} {n} " + "x" * 3_000}]}
            for n in range(10_000) for role in ("user", "assistant")]  # fmt: skip
    said.append({"role": "user", "parts": [{"type": "text", "text": "And now?"}]})
    documents = [{"rank": n, "role": "retrieved", "title": f"D{n}", "content": f"{n} " + "y" * 30_000}
                 for n in range(500)]  # fmt: skip
    calls = [span(f"tool {n}", "root", kind="tool", input_text="z" * 30_000, output_text="z") for n in range(500)]
    root = span("root", kind="llm", messages_in=json.dumps(said), output_text="w" * 10_000_000, documents=documents)
    bench.take(root, *calls)

    item = shown(bench, "t")

    assert item.question == "And now?"
    assert len(json.dumps(item.as_json())) < 2_500_000
    assert item.before[-1].text.startswith("assistant 9999")
    assert item.earlier_left_out + sum(one.role == "user" for one in item.before) == 10_000
    assert item.documents[0].content.startswith("0 ")
    assert item.documents[-1].title == f"{500 - len(item.documents) + 1} more documents, too much to show"
    assert item.tool_calls[-1].name == f"{500 - len(item.tool_calls) + 1} more tool calls, too much to show"


def test_the_document_under_review_is_shown_however_many_others_there_are(bench: Bench) -> None:
    documents = [{"rank": n, "role": "retrieved", "title": f"D{n}", "content": f"{n} " + "y" * 30_000}
                 for n in range(100)]  # fmt: skip
    bench.take(span("find", kind="retriever", input_text="Q", documents=documents))

    item = shown(bench, "t/find/99", "document")

    assert (item.documents[0].title, item.documents[0].under_review) == ("D99", True)
    assert "more documents" in item.documents[-1].title
