"""`benchbook scrub` shows what would be replaced, at its places in the input, and keeps nothing."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
POLICY = '[scrub]\nallow = ["Maria Lopez"]\npatterns = { POLICY_NUMBER = "PN-[0-9]{8}" }\n'


def run(folder: Path, *words: str, given: str = "", expect: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, str(ROOT / "cli.py"), "scrub", *words],
        cwd=folder, input=given.encode(), capture_output=True, check=False, timeout=120,
        env={name: value for name, value in os.environ.items() if not name.startswith("BENCHBOOK_")},
    )  # fmt: skip
    assert done.returncode == expect, done.stderr
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def test_lines_come_out_in_order_with_places_in_code_points_of_the_input(tmp_path: Path) -> None:
    texts = ["😀 I am Maria Lopez", "nothing", "", "Zürich: ann@example.com, ann@example.com", "\ud800 bob@example.com"]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps({"text": text, "id": 7}) + "\n" for text in texts))
    out = [json.loads(line) for line in run(tmp_path, "in.jsonl", "--jsonl").stdout.splitlines()]
    assert [line["text"] for line in out] == [
        "😀 I am <PERSON_1>", "nothing", "", "Zürich: <EMAIL_1>, <EMAIL_1>", "\ud800 <EMAIL_1>",
    ]  # fmt: skip
    found = [[(e["type"], text[e["start"] : e["end"]]) for e in line["entities"]] for text, line in zip(texts, out)]  # noqa: B905
    email = ("EMAIL_ADDRESS", "ann@example.com")
    assert found == [[("PERSON", "Maria Lopez")], [], [], [email, email], [("EMAIL_ADDRESS", "bob@example.com")]]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl"]  # no home was made


def test_a_blank_line_is_an_empty_text_and_with_json_all_lines_are_one_value(tmp_path: Path) -> None:
    given = '{"text": "one"}\n\n  \r\n{"text": "ann@example.com"}\n\n'
    lines = [json.loads(line) for line in run(tmp_path, "--jsonl", given=given).stdout.splitlines()]
    assert [line["text"] for line in lines] == ["one", "", "", "<EMAIL_1>", ""]
    assert all(line["entities"] == [] for line in (*lines[:3], lines[4]))
    assert json.loads(run(tmp_path, "--jsonl", "--json", given=given).stdout) == lines
    failed = run(tmp_path, "--jsonl", "--json", given=given + "no object\n", expect=2)
    assert json.loads(failed.stdout) == {"error": 'line 6 is no JSON object with a "text"'}


def test_standard_input_comes_out_as_it_would_be_kept(tmp_path: Path) -> None:
    done = run(tmp_path, given="My name is Maria Lopez,\r\nMaria.\tOK")
    assert done.stdout == "My name is <PERSON_1>,\r\n<PERSON_1>.\tOK\n"
    assert done.stderr.startswith("replaced: 2 PERSON (rules ")


def test_the_surface_decides_how_strictly_names_are_searched(tmp_path: Path) -> None:
    text = "Zorblax is back in stock."
    assert "<PERSON_1>" in run(tmp_path, given=text).stdout
    for surface in ("tool", "document", "json"):
        assert run(tmp_path, "-", "--surface", surface, given=text).stdout == f"{text}\n"
    found = json.loads(run(tmp_path, "--surface", "json", "--json", given='{"first_name": "Zorblax", "n": 1}').stdout)
    assert found["text"] == '{"first_name": "<PERSON_1>", "n": 1}'
    assert found["entities"] == [{"type": "PERSON", "start": 16, "end": 23}]


def test_a_policy_comes_from_a_file_or_from_the_home(tmp_path: Path) -> None:
    text = "Maria Lopez has PN-12345678"
    (tmp_path / "policy.toml").write_text(POLICY)
    with_file = json.loads(run(tmp_path, "--policy", "policy.toml", "--json", given=text).stdout)
    assert with_file["text"] == "Maria Lopez has <POLICY_NUMBER_1>"
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "benchbook.toml").write_text(POLICY)
    assert json.loads(run(tmp_path, "--json", given=text).stdout) == with_file


def test_the_policy_of_an_application_is_tried_and_one_without_a_section_is_said(tmp_path: Path) -> None:
    text = "Ann@example.com"
    (tmp_path / "policy.toml").write_text(
        '[scrub.entities]\nEMAIL_ADDRESS = "keep_domain"\n[scrub.apps.bank.entities]\nEMAIL_ADDRESS = "drop"\n'
    )
    words = ("--policy", "policy.toml", "--json")
    of_all = json.loads(run(tmp_path, *words, given=text).stdout)
    bank, shop = (run(tmp_path, *words, "--app", app, given=text) for app in ("bank", "bnak"))
    assert (of_all["text"], of_all["of_app"]) == ("<EMAIL_1>@example.com", None)
    assert json.loads(bank.stdout) == {**of_all, "text": "", "of_app": "bank"}
    assert "no section" not in bank.stderr
    assert json.loads(shop.stdout) == of_all
    assert "bnak has no section [scrub.apps] of its own, so the policy of all counts; with one: bank" in shop.stderr
    line = run(tmp_path, *words[:2], "--jsonl", "--app", "bank", given=json.dumps({"text": text})).stdout
    assert json.loads(line)["text"] == ""


@pytest.mark.parametrize(
    ("words", "given", "said"),
    [
        (("nowhere.txt",), "", "nowhere.txt cannot be read"),
        (("--jsonl",), '{"text": "ann@example.com"}\n{"words": "bob@example.com"}\n', "line 2 is no JSON object"),
        (("--jsonl",), '{"text": "ann@exam', "line 1 is no JSON object"),
        (("--policy", "no_section.toml"), "x", "has no section [scrub]"),
        (("--policy", "unknown.toml"), "x", "scrub.alow is no key; allow is one"),
        (("--surface", "poetry"), "x", "poetry"),
    ],
)
def test_wrong_usage_is_told_without_the_text(tmp_path: Path, words: tuple[str, ...], given: str, said: str) -> None:
    (tmp_path / "no_section.toml").write_text('names = ["Zyxwara"]\n')
    (tmp_path / "unknown.toml").write_text('[scrub]\nalow = ["Zyxwara"]\n')
    done = run(tmp_path, *words, given=given, expect=2)
    assert said in done.stderr
    assert "bob@" not in done.stderr
    assert "ann@" not in done.stderr
