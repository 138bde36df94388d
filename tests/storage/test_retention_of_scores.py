"""Words of scores go at the age of what they are about, also of sessions, and of what is no longer here."""

import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from settings.privacy import Retention, RetentionOfApp
from storage import holds
from storage.erasing import intents, single_scores
from storage.erasing.everywhere import Stores
from storage.retention import Deleted, retain
from tests.storage.arrivals import START_NS
from tests.storage.every_byte import found_in
from tests.storage.homes import NOW, Open, fill, judged, opened, turn

START = dt.datetime.fromtimestamp(START_NS / 1e9, dt.UTC)
"""Turn n is n hours later; two turns are a session."""


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Open]:
    with opened(tmp_path / "home") as home:
        fill(home, 12)
        yield home


def _retained(there: Open, *, at_hours: float, dry_run: bool = False, **rules: Any) -> list[Deleted]:
    settings = there.settings.model_copy(update={"retention": Retention(**rules)})
    stores = Stores(settings, there.home.lake, there.warehouse, there.home.ledger.database)
    return retain(stores, now=START + dt.timedelta(hours=at_hours), dry_run=dry_run)


def _went(done: list[Deleted]) -> list[tuple[int, int]]:
    return [(one.traces, one.scores) for one in done]


def _score(there: Open, name: str, *, at_hours: float = 0, **about: Any) -> None:
    """A score of what is named, given then."""
    at = START + dt.timedelta(hours=at_hours)
    said = {"trace_id": None, "target_level": "session", "explanation": f"zqwords{name}", "created_at": at} | about
    there.append([judged(0, id=name, **said)], "scores")
    there.warehouse.load()


def _words(there: Open, name: str) -> str | None:
    [(words,)] = there.warehouse.rows("SELECT explanation FROM scores WHERE id = $id", id=name)
    return None if words is None else str(words)


def test_words_about_a_session_go_when_its_last_turn_is_too_old(there: Open) -> None:
    _score(there, "talk", session_id="s_1", at_hours=100)
    sooner = _retained(there, at_hours=24 + 2.5, texts_days=1)
    assert _words(there, "talk") == "zqwordstalk"
    dry = _retained(there, at_hours=24 + 3.5, texts_days=1, dry_run=True)
    done = _retained(there, at_hours=24 + 3.5, texts_days=1)
    again = _retained(there, at_hours=24 + 3.5, texts_days=1)
    there.warehouse.rebuild()

    assert _went([*sooner, *dry, *done, *again]) == [(3, 0), (1, 1), (1, 1), (0, 0)]
    assert there.warehouse.rows("SELECT value, explanation FROM scores WHERE id = 'talk'") == [(1.0, None)]


def test_words_about_what_is_not_here_go_at_their_own_age(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with opened(home) as there:
        fill(there, 12)
        _retained(there, at_hours=24 + 5.5, spans_days=1)
        _score(there, "late", trace_id="trace-1", at_hours=5)
        _score(there, "early", trace_id="comes-tomorrow", at_hours=29)
        done = _retained(there, at_hours=24 + 5.7, texts_days=1)
        words = [_words(there, "late"), _words(there, "early")]
        record = intents.record(there.home.ledger.database)

    assert _went(done) == [(0, 1)]
    assert words == [None, "zqwordsearly"]
    assert record["counts"][0]["scores"] == 1
    assert found_in(home, "zqwordslate") == {}


def test_a_score_of_what_is_not_here_goes_whole_at_the_age_of_whole_traces(there: Open) -> None:
    _retained(there, at_hours=24 + 5.5, spans_days=1)
    _score(there, "late", trace_id="trace-1", at_hours=5)
    _score(there, "talk", session_id="s_0", at_hours=5)
    _score(there, "young", session_id="s_5", at_hours=5)
    done = _retained(there, at_hours=24 + 5.7, spans_days=1, texts_days=0.5)

    assert _went(done) == [(0, 2), (6, 1)]
    assert there.warehouse.rows("SELECT id FROM scores WHERE id IN ('late', 'talk', 'young')") == [("young",)]


def test_words_about_the_session_of_an_app_go_by_its_rule(there: Open) -> None:
    there.append(turn(0, trace="shop-1", app="shop", session_id="s_shop"))
    _score(there, "shop", session_id="s_shop")
    _retained(there, at_hours=24 + 5.5, texts_days=1, apps={"shop": RetentionOfApp(texts_days=0)})
    assert _words(there, "shop") == "zqwordsshop"
    _retained(there, at_hours=24 + 5.5, texts_days=0, apps={"shop": RetentionOfApp(texts_days=1)})

    assert _words(there, "shop") is None


@pytest.mark.parametrize(("kind", "name"), [("session", "s_1"), ("trace", "trace-3"), ("user", "u_0"), ("app", "bank")])
def test_words_about_a_held_session_stay(there: Open, kind: str, name: str) -> None:
    _score(there, "talk", session_id="s_1")
    with there.home.ledger.database.writing() as connection:
        holds.add(connection, kind, name, [name], reason="a case", by="shell", now=START)
    [done] = _retained(there, at_hours=24 + 20, texts_days=1)

    assert done.scores == 0
    assert _words(there, "talk") == "zqwordstalk"


def test_words_about_a_held_trace_that_is_not_here_stay(there: Open) -> None:
    _score(there, "late", trace_id="gone")
    with there.home.ledger.database.writing() as connection:
        holds.add(connection, "trace", "gone", ["gone"], reason="a case", by="shell", now=START)
    [done] = _retained(there, at_hours=24 + 20, texts_days=1)

    assert (done.scores, done.held) == (0, 1)
    assert _words(there, "late") == "zqwordslate"


def test_a_turn_that_has_just_arrived_keeps_the_words_about_its_session(
    there: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    _score(there, "talk", session_id="s_1")
    young = turn(20, trace="young", session_id="s_1")
    really = single_scores.old

    def old(*said: Any) -> Any:
        found = really(*said)
        there.append(young)
        return found

    monkeypatch.setattr(single_scores, "old", old)
    [done] = _retained(there, at_hours=24 + 5.5, texts_days=1)

    assert done.scores == 0
    assert _words(there, "talk") == "zqwordstalk"


@pytest.mark.parametrize("about", [{"session_id": "s_late"}, {"span_id": "late-b", "target_level": "span"}])
def test_what_a_score_is_about_may_arrive_while_it_is_looked_at_and_is_of_its_own_app(
    there: Open, monkeypatch: pytest.MonkeyPatch, about: dict[str, Any]
) -> None:
    _score(there, "early", **about)
    really = single_scores.old

    def old(*said: Any) -> Any:
        found = really(*said)
        there.append(turn(0, trace="late", session_id="s_late", app="shop"))
        return found

    with monkeypatch.context() as patched:
        patched.setattr(single_scores, "old", old)
        [done] = _retained(there, at_hours=24 + 5.5, texts_days=1, apps={"shop": RetentionOfApp(texts_days=0)})
    there.warehouse.load()

    assert done.scores == 0
    assert _words(there, "early") == "zqwordsearly"


def test_words_that_a_later_state_of_the_score_no_longer_has_go_too(tmp_path: Path) -> None:
    """The warehouse knows the newest state alone, the lake has both."""
    home = tmp_path / "home"
    with opened(home) as there:
        fill(there, 6)
        _retained(there, at_hours=24 + 5.5, texts_days=1)
        _score(there, "once", trace_id="trace-1")
        _score(there, "once", trace_id="trace-1", explanation=None, updated_at=NOW)
        assert _words(there, "once") is None
        _retained(there, at_hours=24 + 5.6, texts_days=1)

    assert found_in(home, "zqwordsonce") == {}


def test_texts_that_came_back_with_a_backup_of_the_lake_go_again(tmp_path: Path) -> None:
    """What the ledger remembers of a look says nothing about a lake that is an older one now."""
    home, backup = tmp_path / "home", tmp_path / "backup"
    with opened(home) as there:
        fill(there, 12)
    shutil.copytree(home / "lake", backup)
    with opened(home) as there:
        _retained(there, at_hours=24 + 5.5, texts_days=1)
    shutil.rmtree(home / "lake")
    shutil.copytree(backup, home / "lake")
    with opened(home) as there:
        there.warehouse.rebuild()
        done = _retained(there, at_hours=24 + 5.5, texts_days=1)
        left = there.warehouse.rows("SELECT count(preview) FROM traces")

    assert _went(done) == [(6, 0)]
    assert left == [(6,)]
