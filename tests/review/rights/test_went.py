"""What went is said in words that fit its number and its kind, by the commands, the record and the page alike."""

import datetime as dt
import re
from pathlib import Path

import pytest

from review.rights.asking import not_found_by_name
from review.rights.went import in_words
from review.shell.erase import erase
from review.shell.retain import retain
from storage.erasing import intents
from tests.storage.homes import NOW, fill, judged, opened

RULES = "[retention]\nspans_days = 1\ntexts_days = 0.5\nwords_days = 1\n"


@pytest.mark.parametrize(("counts", "said"), [
    ({}, "nothing"),
    ({"traces": 0, "before_s": 12}, "nothing"),
    ({"traces": 1, "spans": 1_200, "labels": 2}, "1 trace, 1,200 spans, 2 labels of reviewers"),
    ({"items": 1}, "1 item of a sample"),
    ({"texts_of_reviewers": 1}, "1 comment or corrected answer"),
    ({"submissions": 3, "before_s": 12}, "3 comments and corrected answers"),
])  # fmt: skip
def test_counts_are_said_in_words(counts: dict[str, int], said: str) -> None:
    assert in_words(counts) == said


def test_keys_that_were_forgotten_are_said_in_words_that_fit() -> None:
    assert not_found_by_name(1).startswith("1 replaced key was forgotten: what was hashed with it is not found")
    assert not_found_by_name(2).startswith("2 replaced keys were forgotten: what was hashed with them is not found")


def test_texts_that_went_are_said_as_texts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = tmp_path / "home"
    with opened(home) as there:
        fill(there, 3)
    (home / "benchbook.toml").write_text("[retention]\ntexts_days = 0.001\n")
    retain(dry_run=True, home=home)
    assert " UTC: texts of 3 traces would go\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("more", "whose"), [("", "all apps"), ("[retention.apps.shop]\ntexts_days = 1\n", "other apps")]
)
def test_a_rule_says_whose_traces_it_deletes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: str, whose: str
) -> None:
    home = tmp_path / "home"
    with opened(home) as there:
        fill(there, 1)
        long_ago = NOW - dt.timedelta(days=30)
        there.append([judged(0, id="late", trace_id="never-here", created_at=long_ago)], "scores")
        there.warehouse.load()
        words = {"texts_of_reviewers": 2, "before_s": 1}
        with there.home.ledger.database.writing() as connection:
            intents.note_done(connection, "words of reviewers before", counts=words, now=NOW)
    (home / "benchbook.toml").write_text(RULES + more)
    retain(dry_run=True, home=home)
    dry = capsys.readouterr().out
    retain(home=home)
    done = capsys.readouterr().out
    erase(record=True, home=home)
    record = capsys.readouterr().out

    assert f"spans of {whose} before" in dry
    assert " UTC: 1 trace, 1 score would go\n" in dry
    assert "UTC: nothing would go\n" in dry
    assert " UTC: 1 trace, 1 score deleted\n" in done
    assert re.search(f"1 trace, 1 score +older than is kept: spans of {whose} before", record)
    assert "2 comments and corrected answers  older than is kept: words of reviewers before" in record
