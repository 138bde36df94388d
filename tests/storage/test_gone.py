"""What was erased is known for certain, or nothing is taken: an old list would let it in again.

So are traces of judges that quote it, as soon as a score names them.
"""

from pathlib import Path

import pytest

from errors import StoreFailed
from review.people import SHELL
from review.rights.asking import Rights, place_hold
from review.shell.erase import erase
from storage.erasing import gone
from storage.erasing.wanted import Wanted
from storage.ledger_database import Database
from tests.storage.homes import NOW, Open, judged, opened, turn


def _lose_ledger(there: Open) -> Path:
    """No new connection to the ledger is possible until `_find_ledger`."""
    ledger = there.settings.home / "ledger.db"
    there.home.ledger.database.close()
    kept = ledger.rename(ledger.with_name("kept.db"))
    ledger.mkdir()
    return kept


def _find_ledger(there: Open, kept: Path) -> None:
    ledger = there.settings.home / "ledger.db"
    ledger.rmdir()
    kept.rename(ledger)


def test_what_another_process_erases_while_the_ledger_is_out_of_reach_does_not_get_in(tmp_path: Path) -> None:
    with opened(tmp_path / "home") as there:
        there.append([*turn(1), *turn(2)])
        there.warehouse.load()
        there.erase("trace", Wanted(traces=("trace-1",)))
        there.append(turn(3))

        kept = _lose_ledger(there)
        other = Database(f"sqlite:///{kept}")
        with other.writing() as connection:
            key = gone.erasure_key(there.settings.home)
            gone.add(connection, key, erasure=1, traces=["trace-4"], sessions=[])
        other.close()
        for arriving in (4, 5):
            with pytest.raises(StoreFailed, match="cannot be reached"):
                there.append(turn(arriving))
        _find_ledger(there, kept)

        there.append([*turn(4), *turn(5)])
        there.warehouse.load()
        assert there.warehouse.rows("SELECT trace_id, spans FROM traces ORDER BY 1") == [
            ("trace-2", 2), ("trace-3", 2), ("trace-5", 2),
        ]  # fmt: skip


@pytest.mark.parametrize("about", [{"trace_id": "trace-1"}, {"trace_id": None, "session_id": "s_9"}])
def test_a_judge_that_read_what_was_erased_meanwhile_does_not_bring_it_back(
    tmp_path: Path, about: dict[str, str | None]
) -> None:
    with opened(tmp_path / "home") as there:
        there.append([*turn(1), *turn(2)])
        there.erase("trace", Wanted(traces=("trace-1",)))
        there.erase("session", Wanted(sessions=("s_9",)))
        there.append([judged(1, judge_trace_id="judge-1", **about), judged(2, judge_trace_id="judge-2")], "scores")
        there.append([*turn(1, trace="judge-1"), *turn(2, trace="judge-2")])
        there.warehouse.load()

        assert there.warehouse.rows("SELECT trace_id FROM traces ORDER BY 1") == [("judge-2",), ("trace-2",)]
        assert there.warehouse.rows("SELECT id FROM scores") == [("score-2",)]


def test_a_judges_trace_that_came_before_its_score_is_found_by_looking_for_what_is_erased(tmp_path: Path) -> None:
    with opened(tmp_path / "home") as there:
        there.append(turn(1))
        there.erase("trace", Wanted(traces=("trace-1",)))
        there.append(turn(1, trace="judge-1"))
        rights = Rights(there.settings, there.home.lake, there.home.ledger.database)
        before = rights.came_back()
        there.append([judged(1, judge_trace_id="judge-1")], "scores")

        assert (before, rights.came_back()) == ([], ["judge-1"])


def test_a_judge_that_is_found_again_by_a_late_score_keeps_the_scores_that_it_gave_to_others(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with opened(home) as there:
        there.append([*turn(1), *turn(2), *turn(3, trace="judge-1")])
        there.append([judged(2, judge_trace_id="judge-1")], "scores")
        there.erase("trace", Wanted(traces=("trace-1",)))
        there.append([judged(1, judge_trace_id="judge-1")], "scores")
    erase(restored=True, yes=True, home=home)

    with opened(home) as there:
        there.warehouse.load()
        assert there.warehouse.rows("SELECT trace_id FROM traces") == [("trace-2",)]
        assert there.warehouse.rows("SELECT id FROM scores") == [("score-2",)]


def test_a_judges_trace_that_is_held_is_taken_whatever_it_quotes(tmp_path: Path) -> None:
    with opened(tmp_path / "home") as there:
        there.append(turn(1))
        there.erase("trace", Wanted(traces=("trace-1",)))
        rights = Rights(there.settings, there.home.lake, there.home.ledger.database)
        place_hold(rights, "trace", "judge-1", reason="a case", by=SHELL, now=NOW)
        there.append([judged(1, id=name, judge_trace_id=name) for name in ("judge-1", "judge-2")], "scores")
        there.append([*turn(1, trace="judge-1"), *turn(2, trace="judge-2")])
        there.warehouse.load()

        assert there.warehouse.rows("SELECT trace_id FROM traces") == [("judge-1",)]
        assert rights.came_back() == []
