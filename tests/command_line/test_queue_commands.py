"""Labelling from a shell: what the page would show, and refusals with a reason and exit code 2."""

import json
from typing import Any

import pytest

from tests.command_line.test_commands import Shell

ANSWERS = '{"helpfulness": 4, "groundedness": {"cannot_tell": true}, "resolved": "yes", "failure": "other"}'
SCALES = {"helpfulness": ["1", "2", "3", "4", "5"], "resolved": ["yes", "no"]}


def trace(number: int) -> dict[str, object]:
    return {"trace_id": f"t{number}", "span_id": f"s{number}", "start_ts": f"2026-11-{9 + number % 7:02}T10:00:00Z",
            "end_ts": f"2026-11-{9 + number % 7:02}T10:00:02Z", "kind": "llm", "name": "answer", "model": "m",
            "input_text": f"When are you open, number {number}?", "output_text": f"At {number}."}  # fmt: skip


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> tuple[Shell, dict[str, Any]]:
    """A home with a week of traces, judged, and its sample."""
    shell = Shell(tmp_path_factory.mktemp("drawn"))
    scores = [
        {"trace_id": f"t{number}", "name": "helpfulness", "value": 0.8125, "source": "judge"} for number in range(12)
    ]
    shell.json("ingest", shell.write("own.jsonl", *map(trace, range(12)), *scores))
    return shell, shell.json("sample", "weekly", "--week", "2026-W46")


def test_a_reviewer_is_registered_labels_and_sees_what_was_kept(drawn: tuple[Shell, dict[str, Any]]) -> None:
    shell, sample = drawn
    said = shell.json("queue", "next", "--reviewer", "Ana", "--sample", sample["sample"])

    assert said["item"]["id"] in sample["items"]
    number = said["item"]["id"].removeprefix("t")
    assert (said["item"]["question"], said["item"]["answer"]) == (
        f"When are you open, number {number}?",
        f"At {number}.",
    )
    assert {one["name"]: one["values"] for one in said["criteria"]}.items() >= SCALES.items()
    assert shell.json("queue", "next", "--reviewer", "Ana")["assignment"] == said["assignment"]
    kept = shell.json("queue", "submit", said["assignment"], "--reviewer", "Ana", "--answers", ANSWERS,
                      "--comment", "ask ana@example.org", "--corrected", "At nine.")  # fmt: skip
    assert kept["answers"] == {"helpfulness": "4", "groundedness": {"cannot_tell": True}, "resolved": "yes"}
    assert kept["ignored"] == ["failure"], "helpfulness 4 asks for no failure: ignored, and said so"
    assert (kept["comment"], kept["corrected"]) == ("ask <EMAIL>", "At nine.")
    assert [user["role"] for user in shell.json("user", "list")] == ["reviewer"]


def test_nothing_of_a_judge_is_shown_before_the_label(drawn: tuple[Shell, dict[str, Any]]) -> None:
    shell, _ = drawn

    said = shell.run("queue", "next", "--reviewer", "Ben", "--json").stdout

    assert "When are you open" in said
    for word in ("0.8125", "judge", "score", "stratum", "probability"):
        assert word not in said


def test_skip_return_and_undo(drawn: tuple[Shell, dict[str, Any]]) -> None:
    shell, _ = drawn
    first = shell.json("queue", "next", "--reviewer", "Cem")
    shell.json("queue", "skip", first["assignment"], "--reviewer", "Cem", "--reason", "I know them")
    second = shell.json("queue", "next", "--reviewer", "Cem")
    shell.json("queue", "return", second["assignment"], "--reviewer", "Cem")
    third = shell.json("queue", "next", "--reviewer", "Cem")
    shell.json("queue", "submit", third["assignment"], "--reviewer", "Cem", "--answers", ANSWERS)

    back = shell.json("queue", "undo", "--reviewer", "Cem")

    assert len({one["item"]["id"] for one in (first, second, third)}) == 3
    assert back["item"]["id"] == third["item"]["id"]
    assert back["assignment"] != third["assignment"]
    assert back["draft"]["answers"]["resolved"] == "yes"
    assert back["progress"]["mine"] == 0


def test_what_cannot_be_is_refused_with_a_reason(drawn: tuple[Shell, dict[str, Any]]) -> None:
    shell, _ = drawn
    mine = shell.json("queue", "next", "--reviewer", "Dan")["assignment"]
    shell.json("queue", "next", "--reviewer", "Eve")

    def refusal(*words: str) -> str:
        return str(shell.json("queue", *words, expect=2)["error"])

    assert "another person" in refusal("submit", mine, "--reviewer", "Eve", "--answers", ANSWERS)
    assert "from 1 to 5" in refusal("submit", mine, "--reviewer", "Dan", "--answers", json.dumps({"helpfulness": 9}))
    assert "not JSON" in refusal("submit", mine, "--reviewer", "Dan", "--answers", "good")
    assert "--reason" in refusal("skip", mine, "--reviewer", "Dan")
    assert "no label of yours" in refusal("undo", "--reviewer", "Dan")
    assert "no sample" in refusal("next", "--reviewer", "Zoe", "--sample", "nothing")
    shell.json("queue", "return", mine, "--reviewer", "Dan")
    assert "handed back" in refusal("submit", mine, "--reviewer", "Dan", "--answers", ANSWERS)


def test_an_empty_queue_is_null(tmp_path_factory: pytest.TempPathFactory) -> None:
    assert Shell(tmp_path_factory.mktemp("empty")).json("queue", "next", "--reviewer", "Ana") is None
