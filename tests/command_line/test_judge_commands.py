"""Examples and anchors from a shell: files that are new, what is refused, and the exit codes."""

import json
from pathlib import Path

import pytest

from tests.command_line.test_commands import Shell

HEADER = "item_id,reviewer,criterion,value,stratum,probability,labelled_at,seconds,comment\n"
TRACES = 90
"""So many that the share held out, drawn anew for each home, is never fewer than three."""


def trace(number: int) -> str:
    return f"{number + 1:032x}"


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A home with traces that a judge always gives 5, and people 2."""
    shell = Shell(tmp_path_factory.mktemp("judged"))
    spans = [
        {"trace_id": trace(n), "span_id": f"{n + 1:016x}", "start_ts": "2026-11-16T08:00:00Z", "kind": "llm",
         "end_ts": "2026-11-16T08:00:01Z", "name": "answer", "input_text": f"Question {n}?", "output_text": "At nine."}
        for n in range(TRACES)
    ]  # fmt: skip
    scores = [
        {"trace_id": trace(n), "name": "helpfulness", "value": 5, "source": "judge", "judge_name": "house",
         "judge_version": "1", "explanation": "Good.", "created_at": "2026-11-16T09:00:00Z"}
        for n in range(TRACES)
    ]  # fmt: skip
    shell.json("ingest", shell.write("own.jsonl", *spans, *scores))
    path = shell.folder / "labels-2026-W47.csv"
    path.write_text(
        HEADER + "".join(f"{trace(n)},{who},helpfulness,2,s,0.5,2026-11-17T09:00:00Z,30,\n"
                         for n in range(TRACES) for who in ("ana", "ben"))
    )  # fmt: skip
    shell.json("labels", "import", str(path))
    return shell


def test_examples_go_into_a_new_file_and_a_held_out_item_is_refused(judged: Shell) -> None:
    out = judged.folder / "examples.jsonl"
    asked = ("judge", "examples", "house", "--criterion", "helpfulness", "--out")
    said = judged.json(*asked, str(out), "--most", "500")
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert 0 < said["examples"] == len(lines) == said["chosen_from"] < TRACES
    assert (lines[0]["label"], lines[0]["judge_said"], lines[0]["judge_explanation"]) == (2, 5.0, "Good.")
    assert lines[0]["output"] == "At nine."
    held_out = next(iter({trace(n) for n in range(TRACES)} - {line["item"] for line in lines}))
    again = judged.run(*asked, str(out))
    refused = judged.run(*asked, str(judged.folder / "other.jsonl"), "--item", held_out)
    assert (again.returncode, refused.returncode) == (2, 2)
    assert "there already" in again.stderr
    assert "held out: they grade the next prompt" in refused.stderr
    assert not (judged.folder / "other.jsonl").exists()


def test_an_anchor_set_is_frozen_once_and_its_texts_leave_without_labels(judged: Shell) -> None:
    out = judged.folder / "anchors.jsonl"
    first = judged.json("judge", "anchor", "--criterion", "helpfulness", "--items", "3", "--out", str(out))
    second = judged.json("judge", "anchor", "--criterion", "helpfulness")
    assert (first["new"], second["new"], first["items"]) == (True, False, second["items"])
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert [line["item"] for line in lines] == first["items"]
    assert set(lines[0]) == {"item", "input", "messages", "output", "contexts"}


def test_a_judge_of_pairs_is_asked_whether_it_prefers_the_first_shown(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    path = shell.folder / "pairs.csv"
    path.write_text("item_id,judge,first,second,winner\n" + "".join(
        f"{n},j,a,b,a\n{n},j,b,a,b\n" for n in range(12)
    ))  # fmt: skip
    said = shell.json("judge", "position", str(path))["j"]
    assert (said["pairs"], said["flips"], said["first"], said["verdict"]) == (12, 12, 12, "outside the margin")
    assert "100.0% to the answer shown first" in shell.run("judge", "position", str(path)).stdout
    assert not shell.home.exists()


@pytest.mark.parametrize(
    ("words", "why"),
    [(("anchor", "--criterion", "kindness"), "criteria with labels: helpfulness"),
     (("examples", "nobody", "--criterion", "helpfulness", "--out", "x"), "no judge of that name"),
     (("examples", "house", "--criterion", "helpfulness", "--out", "no/x"), "folder of --out")],
    ids=["criterion", "judge", "folder"],
)  # fmt: skip
def test_what_is_not_there_is_wrong_usage(words: tuple[str, ...], why: str, judged: Shell) -> None:
    done = judged.run("judge", *words)
    assert done.returncode == 2
    assert why in done.stderr
