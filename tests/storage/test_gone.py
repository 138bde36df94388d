"""What was erased is known for certain, or nothing is taken: an old list would let it in again."""

from pathlib import Path

import pytest

from errors import StoreFailed
from storage.erasing import gone
from storage.erasing.wanted import Wanted
from storage.ledger_database import Database
from tests.storage.homes import Open, opened, turn


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
