"""What leaves can be read back to the same, runs in no spreadsheet, and is in the audit log."""

import csv
import io
import re
from pathlib import Path

import orjson
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from errors import NotAllowed, UsageError
from review.audit import audit_log
from review.exchange.cells import as_meant, defused
from review.exchange.exports import as_csv, as_json_lines, records, take_out
from review.exchange.files import label_files
from review.exchange.imports import Import
from review.label_frame import label_frame
from review.people import SHELL, Role, add_person, change_role
from review.words import Words
from storage.ledger_database import Database
from tests.review.exchange.conftest import KEY, NOW, Take
from tests.review.exchange.test_imports import SAMPLE_DATA, line, written

FORMULAS = ("=", "+", "-", "@", "\t", "\r")
NUMBER = re.compile(r"[+-]?[0-9]+([.][0-9]+)?(e[+-]?[0-9]+)?", re.IGNORECASE)


def as_lines(frame: pd.DataFrame) -> str:
    return as_json_lines(records(frame))


FILES = {"csv": as_csv, "jsonl": as_lines}


@given(st.text())
def test_a_cell_comes_back_as_it_was(text: str) -> None:
    assert as_meant(defused(text)) == text


@given(st.text(min_size=1))
def test_no_cell_begins_like_a_formula(text: str) -> None:
    cell = defused(text)
    assert not cell.startswith(FORMULAS) or NUMBER.fullmatch(cell)


@pytest.mark.parametrize("kind", FILES)
def test_an_export_taken_into_another_home_gives_the_same_export(
    database: Database, take: Take, words: Words, tmp_path: Path, kind: str
) -> None:
    take(SAMPLE_DATA)
    exported = FILES[kind](label_frame(database))
    path = tmp_path / f"labels.{kind}"
    path.write_text(exported, newline="")
    other = Database(f"sqlite:///{tmp_path}/other.db")
    try:
        done = Import(other, words, KEY, SHELL, NOW).take(label_files([path]))
        assert (done.labels, done.refused) == (1440, [])
        assert FILES[kind](label_frame(other)) == exported
    finally:
        other.close()


@pytest.mark.parametrize("kind", FILES)
def test_an_export_taken_into_its_own_home_adds_nothing(
    database: Database, take: Take, tmp_path: Path, kind: str
) -> None:
    take(SAMPLE_DATA)
    path = tmp_path / f"labels.{kind}"
    path.write_text(FILES[kind](label_frame(database)), newline="")
    done = take(path)
    assert (done.labels, done.already, done.refused) == (0, 1440, [])


def test_a_comment_that_is_a_formula_leaves_as_text_and_comes_back(
    database: Database, take: Take, tmp_path: Path
) -> None:
    take(written(tmp_path, line(comment='"=HYPERLINK(""http://x.example"")"')))
    text = as_csv(label_frame(database))
    cells = next(iter(csv.DictReader(io.StringIO(text, newline=""))))
    assert cells["comment"].startswith("'=")
    assert as_meant(cells["comment"]) == label_frame(database)["comment"].iloc[0]


def test_who_may_not_export_has_nothing_read_for_them_and_who_may_is_logged(database: Database) -> None:
    add_person(database, "eve", Role.REVIEWER, by=SHELL, now=NOW)
    read: list[str] = []

    def rows() -> list[str]:
        read.append("once")
        return ["a", "b", "c"]

    with pytest.raises(NotAllowed):
        take_out(database, rows, what="labels", sample=None, by="eve", now=NOW)
    assert read == []
    assert take_out(database, rows, what="gold", sample="s", by=SHELL, now=NOW) == ["a", "b", "c"]
    logged = audit_log(database)
    assert [(row["actor"], row["subject"], row["detail"]) for row in logged.to_dict("records")][:1] == [
        (SHELL, "s", {"what": "gold", "rows": 3})
    ]


def test_who_loses_the_right_while_it_is_read_gets_nothing(database: Database) -> None:
    add_person(database, "adam", Role.ADMIN, by=SHELL, now=NOW)
    add_person(database, "eli", Role.ENGINEER, by=SHELL, now=NOW)

    def rows() -> list[str]:
        change_role(database, "eli", Role.REVIEWER, by=SHELL, now=NOW)
        return ["a"]

    with pytest.raises(NotAllowed):
        take_out(database, rows, what="labels", sample=None, by="eli", now=NOW)
    assert "labels.exported" not in set(audit_log(database)["action"])


def test_a_sample_that_is_not_there_is_wrong_usage(database: Database) -> None:
    with pytest.raises(UsageError):
        label_frame(database, sample="none")


def test_what_is_unknown_is_null_in_json_and_empty_in_csv() -> None:
    frame = pd.DataFrame({"a": [None, 1.5], "b": [True, False]}, dtype=object)
    assert [orjson.loads(one) for one in as_json_lines(records(frame)).splitlines()] == [
        {"a": None, "b": True}, {"a": 1.5, "b": False}
    ]  # fmt: skip
    assert as_csv(frame) == "a,b\r\n,true\r\n1.5,false\r\n"
