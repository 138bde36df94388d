"""What is too old goes, at its age and no sooner; figures stay where texts go; holds are respected; no byte is left."""

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from errors import Busy
from review.label_frame import label_frame
from review.labelling.labels import submit
from review.labelling.queue import claim
from settings.privacy import Retention, RetentionOfApp
from storage import holds, retention
from storage.desk import At
from storage.erasing import everywhere, intents, scratch
from storage.erasing.everywhere import Stores
from storage.erasing.lake_reading import reading
from storage.retention import Deleted, retain
from storage.review_tables import sample_items
from storage.texts import trace_documents, trace_texts
from tests.review.queues import ANSWERS, after, drawn, reviewers
from tests.storage.arrivals import START_NS
from tests.storage.every_byte import found_in
from tests.storage.homes import Open, canary_of, fill, judged, opened, turn

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


@pytest.mark.parametrize(
    ("item", "hold"),
    [
        ({"target": "s_1"}, ("trace", "trace-3")),
        ({"target": "s_1"}, ("session", "s_1")),
        ({"target": "s_early"}, ("session", "s_early")),
        ({"target": "trace-2", "session": "s_1"}, ("user", "u_0")),
        ({"target": "trace-3/trace-3-a/1"}, ("trace", "trace-3")),
    ],
)
def test_words_of_reviewers_stay_where_their_item_is_held(
    there: Open, item: dict[str, str], hold: tuple[str, str]
) -> None:
    database = there.home.ledger.database
    drawn(database, items=2)
    reviewers(database, "Ana")
    for _ in range(2):
        mine = claim(database, reviewer="Ana", sample="weekly-2026-W46", now=after())
        assert mine is not None
        submit(database, mine.id, reviewer="Ana", answers=ANSWERS, comment="zqcomment", now=after())
    with database.writing() as connection:
        first = sa.select(sa.func.min(sample_items.c.id)).scalar_subquery()
        connection.execute(sa.update(sample_items).where(sample_items.c.id == first).values(**item))
        kind, name = hold
        holds.add(connection, kind, name, [name], reason="a case", by="shell", now=START)
    hours = (after(1) - START).total_seconds() / 3600
    [done] = _retained(there, at_hours=hours + 24, words_days=1)

    assert (done.texts_of_reviewers, done.held) == (1, 1)
    assert set(label_frame(database)["comment"]) == {None, "zqcomment"}


def test_texts_of_an_app_that_loses_its_own_rule_go_by_the_common_one(there: Open) -> None:
    there.append(turn(1, trace="shop-1", app="shop"))
    there.warehouse.load()
    kept = _retained(there, at_hours=24 + 5.5, texts_days=1, apps={"shop": RetentionOfApp(texts_days=0)})
    assert trace_texts(there.warehouse, "shop-1")["input_text"].notna().any()
    _retained(there, at_hours=24 + 5.6, texts_days=1)

    assert [one.traces for one in kept] == [6]
    assert trace_texts(there.warehouse, "shop-1")["input_text"].isna().all()


def test_words_of_a_late_score_of_an_old_trace_go_too(there: Open) -> None:
    _retained(there, at_hours=24 + 5.5, texts_days=1)
    there.append([judged(1, id="late")], "scores")
    there.warehouse.load()
    done = _retained(there, at_hours=24 + 5.6, texts_days=1)
    again = _retained(there, at_hours=24 + 5.7, texts_days=1)
    there.warehouse.rebuild()

    assert [one.traces for one in [*done, *again]] == [1, 0]
    assert there.warehouse.rows("SELECT explanation FROM scores WHERE id = 'late'") == [(None,)]


def test_beside_a_held_trace_texts_go_once(there: Open) -> None:
    database = there.home.ledger.database
    with database.writing() as connection:
        number = holds.add(connection, "trace", "trace-1", ["trace-1"], reason="a case", by="shell", now=START)
    done = [*_retained(there, at_hours=24 + 5.5, texts_days=1), *_retained(there, at_hours=24 + 5.6, texts_days=1)]
    with database.writing() as connection:
        holds.release(connection, number, reason="closed", by="shell", now=START)
    _retained(there, at_hours=24 + 5.7, texts_days=1)

    assert [one.traces for one in done] == [5, 0]
    assert trace_texts(there.warehouse, "trace-1")["input_text"].isna().all()


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

    assert [(one.what, one.counts) for one in done] == [("words", {"texts_of_reviewers": 1})]
    frame = label_frame(database)
    assert len(frame) == 6
    assert set(frame["comment"]) == {None, "zqcomment1"}


def _before_each_batch(monkeypatch: pytest.MonkeyPatch, happening: Callable[[], None]) -> None:
    """Something that happens once, after the old traces were listed and before the first of them go."""
    waiting = [happening]
    really = retention._delete

    def delete(*said: Any) -> int:
        while waiting:
            waiting.pop()()
        return really(*said)

    monkeypatch.setattr(retention, "_delete", delete)


@pytest.mark.parametrize("rules", [{"spans_days": 1}, {"texts_days": 1}], ids=["spans", "texts"])
def test_a_span_of_today_that_has_just_arrived_keeps_its_trace(
    there: Open, monkeypatch: pytest.MonkeyPatch, rules: dict[str, Any]
) -> None:
    young = turn(20, trace="trace-1")
    young[0]["span_id"], young[1]["span_id"], young[1]["parent_span_id"] = "young-a", "young-b", "young-a"
    _before_each_batch(monkeypatch, lambda: there.append(young))
    done = _retained(there, at_hours=24 + 5.5, **rules)
    there.warehouse.load()

    assert [one.traces for one in done] == [5]
    assert there.warehouse.rows("SELECT spans FROM traces WHERE trace_id = 'trace-1'") == [(4,)]
    assert list(trace_texts(there.warehouse, "trace-1")["input_text"].notna()).count(True) == 2
    assert there.warehouse.rows("SELECT explanation IS NULL FROM scores WHERE trace_id = 'trace-1'") == [(False,)]


def test_a_span_of_today_that_arrives_while_its_trace_goes_stays(there: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    young = turn(20, trace="trace-1")[:1]
    young[0]["span_id"] = "young"
    really = everywhere.forget_words

    def forget(*said: Any) -> None:
        really(*said)
        if young:
            there.append([young.pop()])

    monkeypatch.setattr(everywhere, "forget_words", forget)
    _retained(there, at_hours=24 + 5.5, spans_days=1)
    there.warehouse.rebuild()

    assert there.warehouse.rows("SELECT count(*) FROM span_rows WHERE span_id = 'young'") == [(1,)]
    assert "trace-1" in _traces(there)
    assert len(_traces(there)) == 19


def test_a_hold_that_is_placed_meanwhile_keeps_its_trace(there: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    def hold() -> None:
        with there.home.ledger.database.writing() as connection:
            holds.add(connection, "trace", "trace-1", ["trace-1"], reason="a case", by="shell", now=START)

    _before_each_batch(monkeypatch, hold)
    done = _retained(there, at_hours=24 + 5.5, spans_days=1)

    assert [one.traces for one in done] == [5]
    assert _traces(there)[:2] == ["trace-1", "trace-6"]


def test_nothing_goes_while_the_warehouse_is_half_loaded(there: Open) -> None:
    with there.warehouse.changing() as cursor:
        cursor.execute("INSERT INTO meta VALUES ('partial', 'yes')")
    with pytest.raises(Busy):
        _retained(there, at_hours=24 + 5.5, spans_days=1)
    there.warehouse.load()

    assert len(_traces(there)) == 24
    assert [one.traces for one in _retained(there, at_hours=24 + 5.5, spans_days=1)] == [6]


def test_what_does_not_fit_in_memory_is_in_the_home_and_goes_with_the_reader(there: Open) -> None:
    home = there.settings.home
    with reading(there.home.lake, home=home) as lake:
        [(folder,)] = lake.rows("SELECT current_setting('temp_directory')")
        scratch.clear(home)
        assert Path(folder).is_dir()  # somebody works in it
        assert Path(folder).parent == home
    assert not Path(folder).exists()
    left = home / "erasing-left"
    left.mkdir()
    (left / "duckdb_temp_storage-0.tmp").write_bytes(b"words of somebody")
    scratch.clear(home)
    assert not left.exists()


def test_a_rule_that_cannot_work_is_skipped_with_its_reason_and_keeps_no_other_from_working(tmp_path: Path) -> None:
    """A file:// URL is an object store to the lake's library."""
    (tmp_path / "elsewhere").mkdir()
    with opened(tmp_path / "home", lake=f"file://{tmp_path / 'elsewhere'}") as there:
        fill(there, 2)
        there.append(turn(1, trace="shop-1", app="shop"))
        there.warehouse.load()
        rules: dict[str, Any] = {
            "apps": {"bank": RetentionOfApp(texts_days=0.5, spans_days=2)},
            "spans_days": 1,
            "texts_days": 0.5,
        }
        done = _retained(there, at_hours=24 + 5.5, **rules)

        assert [(one.what, one.traces, bool(one.skipped)) for one in done] == [
            ("spans", 0, False), ("texts", 0, True), ("spans", 1, False), ("texts", 0, True),
        ]  # fmt: skip
        assert "texts alone cannot be deleted" in done[1].skipped
        assert _traces(there) == ["trace-0", "trace-1"]
