"""What is too old goes, at its age and no sooner; figures stay where texts go; holds are respected; no byte is left."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from review.label_frame import label_frame
from review.labelling.labels import submit
from review.labelling.queue import claim
from settings import Retention, RetentionOfApp
from storage import holds
from storage.desk import At
from storage.erasing import intents
from storage.erasing.everywhere import Stores
from storage.retention import Deleted, retain
from storage.texts import trace_documents, trace_texts
from tests.review.queues import ANSWERS, after, drawn, reviewers
from tests.storage.arrivals import START_NS
from tests.storage.every_byte import found_in
from tests.storage.homes import Open, canary_of, fill, opened, turn

START = dt.datetime.fromtimestamp(START_NS / 1e9, dt.UTC)
"""Turn n is n hours later."""


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Open]:
    with opened(tmp_path / "home") as home:
        fill(home)
        yield home


def _retained(there: Open, *, at_hours: float, dry_run: bool = False, **rules: Any) -> list[Deleted]:
    settings = there.settings.model_copy(update={"retention": Retention(**rules)})
    stores = Stores(settings, there.home.lake, there.warehouse, there.home.ledger.database)
    return retain(stores, now=START + dt.timedelta(hours=at_hours), dry_run=dry_run)


def _traces(there: Open) -> list[str]:
    return [str(trace) for (trace,) in there.warehouse.rows("SELECT trace_id FROM traces ORDER BY start_ts")]


def test_without_rules_nothing_goes(there: Open) -> None:
    assert _retained(there, at_hours=10**6) == []
    assert len(_traces(there)) == 24


def test_traces_go_at_their_age_and_are_noted_without_content(there: Open) -> None:
    done = _retained(there, at_hours=24 + 5.5, spans_days=1)

    assert [one.traces for one in done] == [6]
    assert _traces(there)[0] == "trace-6"
    assert len(_traces(there)) == 18
    assert there.warehouse.rows("SELECT count(*) FROM scores") == [(18,)]
    noted = intents.record(there.home.ledger.database)
    assert list(noted["kind"]) == ["retention"]
    assert noted["counts"][0]["traces"] == 6


def test_a_dry_run_says_the_same_and_leaves_all(there: Open) -> None:
    done = _retained(there, at_hours=24 + 5.5, spans_days=1, dry_run=True)

    assert [one.traces for one in done] == [6]
    assert len(_traces(there)) == 24
    assert intents.record(there.home.ledger.database).empty


def test_a_dry_run_of_both_rules_counts_a_trace_once(there: Open) -> None:
    rules: dict[str, Any] = {"spans_days": 1, "texts_days": 0.5}
    dry = _retained(there, at_hours=24 + 5.5, dry_run=True, **rules)
    done = _retained(there, at_hours=24 + 5.5, **rules)

    assert [one.traces for one in dry] == [one.traces for one in done] == [6, 12]


def test_texts_go_sooner_than_figures_and_no_byte_of_them_is_left(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with opened(home) as there:
        fill(there)
        before = there.warehouse.rows("SELECT sum(spans), sum(cost_total) FROM step_hours WHERE dimension = 'none'")
        _retained(there, at_hours=24 + 5.5, texts_days=1)
        after = there.warehouse.rows("SELECT sum(spans), sum(cost_total) FROM step_hours WHERE dimension = 'none'")
        texts = trace_texts(there.warehouse, "trace-5")
        kept = trace_texts(there.warehouse, "trace-6")
        documents = trace_documents(there.warehouse, "trace-5")
        previews = there.warehouse.rows("SELECT trace_id FROM traces WHERE preview IS NULL")
        there.warehouse.rebuild()
        rebuilt = there.warehouse.rows("SELECT trace_id FROM traces WHERE preview IS NULL")

    assert before == after
    assert texts["input_text"].isna().all()
    assert kept["input_text"].notna().any()
    assert documents["content"].isna().all()
    assert list(documents["doc_id"]) == ["d5"]
    assert {trace for (trace,) in previews} == {f"trace-{n}" for n in range(6)} == {trace for (trace,) in rebuilt}
    found = found_in(home, canary_of(5), canary_of(6))
    assert "text.idx" not in found[canary_of(5)]  # its name and its document's title are labels, and stay
    assert "text.idx" in found[canary_of(6)]


def test_texts_are_not_taken_out_twice_and_late_ones_are(there: Open) -> None:
    _retained(there, at_hours=24 + 5.5, texts_days=1)
    again = _retained(there, at_hours=24 + 5.6, texts_days=1)
    there.append(turn(2, trace="late"))
    there.warehouse.load()
    late = _retained(there, at_hours=24 + 5.7, texts_days=1)

    assert [one.traces for one in again] == [0]
    assert [one.traces for one in late] == [1]
    assert trace_texts(there.warehouse, "late")["input_text"].isna().all()


def test_an_app_may_keep_longer_or_for_ever(there: Open) -> None:
    there.append([*turn(1, trace="shop-1", app="shop"), *turn(1, trace="desk-1", app="desk")])
    there.warehouse.load()
    done = _retained(there, at_hours=24 + 5.5, spans_days=1,
                     apps={"shop": RetentionOfApp(spans_days=0), "desk": RetentionOfApp(spans_days=0.5)})  # fmt: skip

    assert {one.rule.split(" before")[0]: one.traces for one in done} == {
        "spans of desk": 1, "spans of other apps": 6}  # fmt: skip
    assert "shop-1" in _traces(there)


def test_what_is_held_stays_until_it_is_released(there: Open) -> None:
    database = there.home.ledger.database
    with database.writing() as connection:
        number = holds.add(connection, "user", "u_1", ["u_1"], reason="a case", by="shell", now=START)
    done = _retained(there, at_hours=24 + 7.5, spans_days=1)
    held = _traces(there)
    with database.writing() as connection:
        holds.release(connection, number, reason="closed", by="shell", now=START)
    _retained(there, at_hours=24 + 7.5, spans_days=1)

    assert [(one.traces, one.held) for one in done] == [(4, 4)]
    assert held[:4] == ["trace-4", "trace-5", "trace-6", "trace-7"]
    assert _traces(there)[0] == "trace-8"


def test_no_byte_of_a_trace_that_grew_too_old_is_left(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with opened(home) as there:
        fill(there)
        _retained(there, at_hours=24 + 5.5, spans_days=1)

    assert found_in(home, canary_of(5), "trace-5") == {}


def test_the_app_deletes_once_a_day_and_only_by_rules(there: Open) -> None:
    def at(**rules: Any) -> At:
        settings = there.settings.model_copy(update={"retention": Retention(**rules)})
        return At(settings, there.warehouse, there.home.lake, database=there.home.ledger.database)

    assert at().retain_daily() is False
    assert at(texts_days=0).retain_daily() is False
    assert at(spans_days=1).retain_daily() is True
    assert _traces(there) == []
    there.append(turn(3, trace="again"))
    there.warehouse.load()
    assert at(spans_days=1).retain_daily() is False
    assert _traces(there) == ["again"]
    assert at(spans_days=1).retain() != []
    assert _traces(there) == []


def test_words_of_reviewers_go_and_what_they_answered_stays(there: Open) -> None:
    database = there.home.ledger.database
    drawn(database, items=2)
    reviewers(database, "Ana")
    for number in range(2):
        mine = claim(database, reviewer="Ana", sample="weekly-2026-W46", now=after(number))
        assert mine is not None
        submit(database, mine.id, reviewer="Ana", answers=ANSWERS, comment=f"zqcomment{number}", now=after(number))
    hours = (after(0.5) - START).total_seconds() / 3600
    done = _retained(there, at_hours=hours + 24, words_days=1)

    assert [(one.what, one.traces) for one in done] == [("words", 1)]
    frame = label_frame(database)
    assert len(frame) == 6
    assert set(frame["comment"]) == {None, "zqcomment1"}
