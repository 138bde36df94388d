"""Texts that today's rules would not let in are rewritten everywhere, nothing else changes, a kill loses nothing."""

import datetime as dt
import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa
from deltalake import DeltaTable, write_deltalake

import ingest.rescrub.run as rescrub
from errors import UsageError
from ingest.rescrub import reading
from ingest.rescrub.run import Asked, run
from ingest.rescrub.tally import Tally
from settings.privacy import Retention, Scrub, ScrubOfApp
from storage import rewriting
from storage.delta_log import LakeFile
from storage.found import traces_with
from storage.rescrub_tables import rescrubs
from storage.retention import retain
from tests.storage.arrivals import table
from tests.storage.databases import KINDS, database
from tests.storage.every_byte import found_in, found_in_database
from tests.storage.homes import NOW, Open, judged, opened, turn

CARD = "4111 1111 1111 1111"
EMAIL = "wren.okafor77@example-mail.com"
SECOND = "second.leak88@example-mail.com"
LEAKS = (CARD, EMAIL, SECOND)


def fill(there: Open, *, turns: int = 12) -> None:
    """Clean traffic, and one trace with what an earlier scrubber overlooked, in four places."""
    for first in range(0, turns, 6):
        there.append(row for number in range(first, min(first + 6, turns)) for row in turn(number))
        there.append([judged(number) for number in range(first, min(first + 6, turns))], "scores")
    said: dict[str, Any] = {"scrub_version": "0-old", "entities": '{"PERSON": 1}'}
    leaking = turn(90, trace="leaking", **said)
    leaking[0]["input_text"] = f"I am <PERSON_1>, write to {EMAIL} or <EMAIL_3>"
    leaking[0]["attributes"] = json.dumps({"note": f"card {CARD}", "kept": [1, 2.5, None]})
    leaking[0]["documents"][0]["content"] = f"contact {EMAIL} for more"
    leaking[1]["messages_in"] = json.dumps([{"role": "user", "parts": [{"type": "text", "text": f"mail {SECOND}"}]}])
    there.append(leaking)
    there.append([judged(90, id="leaking-score", trace_id="leaking", explanation=f"wrote to {EMAIL}")], "scores")
    there.warehouse.load()


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Open]:
    with opened(tmp_path / "home") as home:
        fill(home)
        yield home


def rows(there: Open, table: str = "spans") -> list[dict[str, Any]]:
    files = [pq.read_table(file.path) for file in there.home.lake.files(table)]
    return sorted(pa.concat_tables(files).to_pylist(), key=lambda row: row["sequence"])


def again(there: Open, **said: Any) -> Any:
    report = run(there.home, Asked(**said), now=NOW)
    rewriting.follow_pending(there.stores)
    there.warehouse.load()
    return report


def test_what_is_found_is_in_no_byte_of_the_home_afterwards(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with opened(home) as there:
        fill(there)
    assert set(found_in(home, *LEAKS)) == set(LEAKS)

    with opened(home) as there:
        report = again(there)

    assert found_in(home, *LEAKS, "okafor77", "leak88") == {}
    assert report.tally.by_type == {"EMAIL_ADDRESS": 4, "CREDIT_CARD": 1}
    assert report.tally.scrubbed_by == {"unknown": 24, "0-old": 2}
    assert (report.tally.traces_found, report.tally.spans_found, report.tally.scores_found) == (1, 2, 1)


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_noted_and_ended_in_either_ledger(tmp_path: Path, kind: str) -> None:
    for url in database(kind, tmp_path):
        with opened(tmp_path / "home", url) as there:
            fill(there, turns=6)
            again(there)
            assert [one["state"] for one in rewriting.record(there.home.ledger.database)] == ["done"]
            assert again(there).tally.traces == 0
            assert rewriting.week_to_measure(there.home.ledger.database, now=NOW) == "2026-W47"
        assert found_in_database(url, *LEAKS, "leaking") == {}


def test_what_was_deleted_by_age_meanwhile_is_not_written_back(there: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = there.settings.model_copy(update={"retention": Retention(texts_days=1)})
    stores = replace(there.stores, settings=settings)
    write = rescrub._write

    def written(*said: Any) -> None:
        retain(stores, now=NOW + dt.timedelta(days=3_650))
        write(*said)

    monkeypatch.setattr(rescrub, "_write", written)
    again(there)

    for row in rows(there):
        assert [row[name] for name in ("input_text", "messages_in", "attributes")] == [None, None, None]
        assert [one["content"] for one in row["documents"] or []] in ([], [None])
    assert {row["explanation"] for row in rows(there, "scores")} == {None}
    assert there.warehouse.rows("SELECT count(*) FROM traces WHERE preview IS NOT NULL") == [(0,)]


def test_only_the_found_texts_change_and_numbers_go_on_after_the_highest(there: Open) -> None:
    before, scores_before = rows(there), rows(there, "scores")
    again(there)
    after, scores_after = rows(there), rows(there, "scores")

    assert [row["sequence"] for row in after] == [row["sequence"] for row in before]
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert [old["trace_id"] for old, _ in changed] == ["leaking", "leaking"]
    first, second = (new for _, new in changed)
    assert first["input_text"] == "I am <PERSON_1>, write to <EMAIL_4> or <EMAIL_3>"
    assert first["documents"][0]["content"] == "contact <EMAIL_4> for more"
    assert json.loads(first["attributes"]) == {"note": "card <CARD_1>", "kept": [1, 2.5, None]}
    assert json.loads(second["messages_in"])[0]["parts"][0]["text"] == "mail <EMAIL_5>"
    assert json.loads(first["entities"]) == {"PERSON": 1, "EMAIL_ADDRESS": 2, "CREDIT_CARD": 1}
    assert first["scrub_version"] == second["scrub_version"] != "0-old"
    left_alone = set(first) - {"input_text", "attributes", "documents", "entities", "scrub_version"}
    assert all(first[name] == changed[0][0][name] for name in left_alone)
    assert [row["explanation"] for row in scores_after if row["id"] == "leaking-score"] == ["wrote to <EMAIL_1>"]
    assert [row for row in scores_after if row["id"] != "leaking-score"] == [
        row for row in scores_before if row["id"] != "leaking-score"
    ]


def test_the_warehouse_tells_the_new_texts_and_the_same_figures(there: Open) -> None:
    figures = """SELECT (SELECT count(*) FROM span_rows), (SELECT count(*) FROM traces),
        (SELECT count(*) FROM sessions), (SELECT count(*) FROM scores), (SELECT count(*) FROM document_rows),
        (SELECT sum(tok_in) FROM span_rows),
        (SELECT sum(sequence) FROM span_rows), (SELECT sum(spans) FROM step_hours WHERE dimension = 'none')"""
    before = there.warehouse.rows(figures)
    again(there)
    assert there.warehouse.rows(figures) == before
    preview = there.warehouse.rows("SELECT preview FROM traces WHERE trace_id = 'leaking'")[0][0]
    assert preview == "I am <PERSON_1>, write to <EMAIL_4> or <EMAIL_3>"
    assert there.warehouse.rows("SELECT explanation FROM scores WHERE id = 'leaking-score'") == [
        ("wrote to <EMAIL_1>",)
    ]
    assert there.warehouse.whole is not None
    assert traces_with(there.warehouse, "okafor77") == ()
    assert traces_with(there.warehouse, "write") == ("leaking",)


def test_a_rebuild_answers_the_same(there: Open) -> None:
    again(there)
    asked = "SELECT * EXCLUDE (self_ns, critical_ns) FROM span_rows ORDER BY sequence"
    before = there.warehouse.rows(asked), there.warehouse.rows("SELECT * FROM traces ORDER BY trace_id")
    there.warehouse.rebuild()
    assert (there.warehouse.rows(asked), there.warehouse.rows("SELECT * FROM traces ORDER BY trace_id")) == before


def test_what_these_rules_have_read_is_not_read_again(there: Open) -> None:
    first = again(there)
    second = again(there)
    assert (first.tally.traces, first.tally.scores) == (13, 13)
    assert (second.tally.traces, second.tally.scores, second.skipped) == (0, 0, 13)
    there.append(turn(50, trace="new"))
    third = again(there)
    assert third.tally.traces == 1
    there.home.lake.compact("spans")
    assert again(there).tally.traces == 0


def test_a_dry_run_reports_the_same_and_changes_nothing(there: Open) -> None:
    before = rows(there), rows(there, "scores")
    looked = again(there, dry_run=True)
    assert (rows(there), rows(there, "scores")) == before
    assert not looked.rewritten
    assert looked.tally.as_json() == again(there).tally.as_json()


def test_an_application_and_a_time_narrow_it(there: Open) -> None:
    with pytest.raises(UsageError, match="no trace is of the app no such app; there are: bank"):
        again(there, app="no such app")
    assert rewriting.record(there.home.ledger.database) == []
    assert again(there, app="bank", since=dt.datetime(2100, 1, 1, tzinfo=dt.UTC)).tally.traces == 0
    assert again(there, app="bank").tally.traces_found == 1


def test_a_sample_measures_a_rate_with_an_interval_whoever_read_it_before(there: Open) -> None:
    there.append(row for number in range(100, 180) for row in turn(number, app="shop"))
    first = again(there, sample=40, seed=3, dry_run=True)
    same = again(there, sample=40, seed=3, dry_run=True)
    other = again(there, sample=40, seed=4, dry_run=True)
    assert first.rate == same.rate
    assert first.tally.looked == {"bank": 13, "shop": 34} == other.tally.looked
    assert first.tally.traces_found == 1
    assert first.rate["share"] == pytest.approx(1 / 93)  # 13 of 93 are the bank's, one of its 13
    assert first.rate["surfaces"]["input_text"]["traces"] == 47
    assert first.rate["surfaces"]["input_text"]["share"] == pytest.approx(1 / 47)
    assert first.rate["surfaces"]["name"]["share"] == 0
    assert 0 < first.rate["low"] < 1 / 93 < first.rate["high"] < 0.2
    (noted,) = [one for one in rewriting.record(there.home.ledger.database) if one["asked"]["seed"] == 4]
    assert noted["found"]["rate"]["traces"] == 47
    assert noted["found"]["frame"] == 93


def test_the_interval_covers_what_is_there() -> None:
    """200 samples of 60 from two apps, of which 5 % and 20 % have a finding: 95 % intervals hold 6.5 %."""
    traces = [reading.Trace(f"a{n}", "a", 1, n, n, 0, True) for n in range(900)]
    traces += [reading.Trace(f"b{n}", "b", 1, n, n, 0, True) for n in range(100)]
    bad = {f"a{n}" for n in range(45)} | {f"b{n}" for n in range(20)}
    within = 0
    for seed in range(200):
        tally = Tally()
        for one in (one for ones in reading.sample(traces, 60, seed=seed).values() for one in ones):
            tally.looked[one.app] = tally.looked.get(one.app, 0) + 1
            tally.hit[one.app] += one.id in bad
        rate = tally.rate({"a": 900, "b": 100})
        assert rate is not None
        within += rate["low"] <= 0.065 <= rate["high"]
    assert within >= 185


def comment(there: Open, text: str, corrected: str | None = None) -> None:
    """A reviewer's submission with these words."""
    row = ("s1", 1, "Ben", "r", 1, "2026-11-01 00:00:00", text, corrected, 1, 0)
    with closing(sqlite3.connect(there.settings.home / "ledger.db")) as connection:  # which looks at no foreign key
        connection.execute(
            "INSERT INTO submissions (id, item, reviewer, rubric, rubric_version, at, comment, corrected, blind, again)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row,
        )  # fmt: skip
        connection.commit()


def test_words_of_reviewers_are_looked_at_too(there: Open) -> None:
    comment(there, f"the user is {EMAIL}")
    report = again(there)
    assert report.tally.ledger_found == 1
    with there.home.ledger.database.reading() as connection:
        assert connection.execute(sa.text("SELECT comment FROM submissions")).scalar() == "the user is <EMAIL>"
    there.warehouse.close()
    assert found_in(there.settings.home, EMAIL) == {}


def test_a_score_says_nothing_but_known_words_in_its_columns_of_words(there: Open) -> None:
    there.append([judged(210, id="odd", target_level=EMAIL, data_type="numeric")], "scores")
    again(there)

    assert next((row["target_level"], row["data_type"]) for row in rows(there, "scores") if row["id"] == "odd") == (
        None, "numeric",
    )  # fmt: skip
    there.warehouse.close()
    assert found_in(there.settings.home, EMAIL) == {}


def test_scores_are_looked_at_by_the_policy_of_their_application(there: Open) -> None:
    said = {"explanation": "policy PN-12345678"}
    there.append([*turn(95, trace="of-shop", app="shop"), *turn(96, trace="of-bank")])
    there.append([judged(one, id=f"score of {trace}", trace_id=trace, **said)
                  for one, trace in enumerate(("of-shop", "of-bank", "elsewhere"), start=200)], "scores")  # fmt: skip
    comment(there, "who has PN-12345678")
    bank = ScrubOfApp(patterns={"POLICY_NUMBER": r"PN-\d{8}"})
    settings = there.settings.model_copy(update={"scrub": Scrub(apps={"bank": bank})})

    run(replace(there.home, settings=settings), Asked(), now=NOW)

    kept = {row["id"]: row["explanation"] for row in rows(there, "scores")}
    assert kept["score of of-shop"] == "policy PN-12345678"
    assert kept["score of of-bank"] == kept["score of elsewhere"] == "policy <POLICY_NUMBER_1>"
    with there.home.ledger.database.reading() as connection:
        assert connection.execute(sa.text("SELECT comment FROM submissions")).scalar() == "who has <POLICY_NUMBER>"


def test_words_that_are_erased_while_it_looks_stay_erased(there: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    comment(there, f"the user is {EMAIL}", corrected=f"tell {SECOND}")
    note = rewriting.Run.widen

    def erased_meanwhile(noted: rewriting.Run, more: rewriting.Touched) -> None:
        note(noted, more)
        if more.in_ledger:
            with noted.database.writing() as connection:
                connection.execute(sa.text("UPDATE submissions SET comment = NULL"))

    monkeypatch.setattr(rewriting.Run, "widen", erased_meanwhile)
    assert again(there).tally.ledger_found == 2
    with there.home.ledger.database.reading() as connection:
        assert connection.execute(sa.text("SELECT comment, corrected FROM submissions")).all() == [
            (None, "tell <EMAIL>")
        ]


def test_rows_without_a_number_are_counted_and_left(there: Open) -> None:
    spans = table([turn(91, trace="foreign", canary=EMAIL)[0] | {"sequence": None}])
    scores = table([judged(91, id="foreign-score", explanation=f"wrote to {EMAIL}") | {"sequence": None}], "scores")
    for name, foreign in (("spans", spans), ("scores", scores)):
        write_deltalake(there.settings.home / "lake" / name, foreign, mode="append")

    found = run(there.home, Asked(), now=NOW).tally
    assert (found.unread, found.traces_found, found.scores_found) == (2, 1, 1)
    files = [pq.read_table(file.path) for file in there.home.lake.files("scores")]
    said = {row["id"]: row["explanation"] for row in pa.concat_tables(files).to_pylist()}
    assert said["foreign-score"] == f"wrote to {EMAIL}"
    assert said["leaking-score"] == "wrote to <EMAIL_1>"


def test_appends_compactions_and_loads_go_on_meanwhile(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with opened(home) as there:
        fill(there)
        for number in range(200, 240):  # many small files, each with something to find
            leaking = turn(number, scrub_version="0-old")
            leaking[0]["input_text"] = f"write to {EMAIL}"
            there.append(leaking)
        stop, added = threading.Event(), []

        def busy() -> None:
            number = 1_000
            while not stop.is_set():
                there.append(turn(number))
                added.append(number)
                number += 1
                if number % 5 == 0:
                    there.home.lake.compact("spans")
                    there.warehouse.load()

        others = threading.Thread(target=busy)
        others.start()
        try:
            report = again(there)
        finally:
            stop.set()
            others.join()
        again(there)  # what a compaction carried over, had it done so
        there.warehouse.load()
        assert report.tally.traces_found == 41
        expected = 2 * (12 + 1 + 40 + len(added))
        numbers = [row["sequence"] for row in rows(there)]
        assert numbers == list(range(1, expected + 1))
        assert there.warehouse.rows("SELECT count(*), count(DISTINCT sequence) FROM span_rows") == [
            (expected, expected)
        ]
    assert len(added) > 3
    assert found_in(home, *LEAKS) == {}


def test_a_file_that_goes_while_it_is_read_is_looked_for_again(there: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when a compaction's old files are deleted between the list and the reading."""
    lake, listed = there.home.lake, there.home.lake.files
    asked: list[str] = []

    def files(table: str) -> list[LakeFile]:
        asked.append(table)
        there_now = listed(table)
        gone = [replace(one, path=one.path.replace("part-", "gone-")) for one in there_now]
        return gone if len(asked) in {3, 4} else there_now

    monkeypatch.setattr(lake, "files", files)
    traces = reading.traces(there.home, version="5", verified=[], app=None, since_ns=None)
    found = list(reading.rows_of(there.home, traces))
    assert len(asked) > 4
    assert sorted(one.id for one, rows in found if len(rows) == 2) == sorted(one.id for one, _ in found)


def test_a_table_with_features_of_other_writers_is_only_looked_at(there: Open) -> None:
    table = DeltaTable(there.settings.home / "lake" / "spans")
    table.alter.set_table_properties({"delta.enableChangeDataFeed": "true"})
    with pytest.raises(UsageError, match="--dry-run"):
        again(there)
    assert again(there, dry_run=True).tally.traces_found == 1


def test_one_run_at_a_time(there: Open) -> None:
    with rewriting.only_run(there.settings), pytest.raises(UsageError, match="another re-verification"):
        run(there.home, Asked(), now=NOW)


class Killed(BaseException):
    """Stands for SIGKILL: nothing of ours runs after it."""


STEPS = ["storage.lake_removal._replaced", "storage.rewriting._read_again", "storage.lake.Lake.purge",
         "storage.search.TextIndex.drop", "storage.warehouse.Warehouse.renew",
         "storage.ledger_database.Database.shrink"]  # fmt: skip


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("when", ["before", "after"])
def test_broken_off_anywhere_it_is_ended_by_the_next_who_looks(
    tmp_path: Path, step: str, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    where, _, name = step.rpartition(".")
    with opened(home) as there:
        fill(there)
        numbers = [row["sequence"] for row in rows(there)]
        owner = _owner(where)
        real = getattr(owner, name)

        def dies(*args: Any, **options: Any) -> Any:
            if when == "after":
                real(*args, **options)
            raise Killed

        with monkeypatch.context() as patched:
            patched.setattr(owner, name, dies)
            with pytest.raises(Killed):
                again(there)
        there.append(turn(60, trace="came meanwhile"))
        rewriting.follow_pending(there.stores)
        again(there)
        assert [row["sequence"] for row in rows(there)] == [*numbers, numbers[-1] + 1, numbers[-1] + 2]
        assert there.warehouse.rows("SELECT count(*), count(DISTINCT (trace_id, span_id)) FROM span_rows") == [(28, 28)]
        with there.home.ledger.database.reading() as connection:
            assert set(connection.execute(sa.select(rescrubs.c.state)).scalars()) == {"done"}
            assert set(connection.execute(sa.select(rescrubs.c.intent)).scalars()) == {None}
    assert found_in(home, *LEAKS) == {}


def _owner(where: str) -> Any:
    import importlib

    try:
        return importlib.import_module(where)
    except ModuleNotFoundError:
        module, _, kind = where.rpartition(".")
        return getattr(importlib.import_module(module), kind)
