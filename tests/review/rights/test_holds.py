"""Legal holds beside erasures and keys: what they stop, and what is refused since it could not be promised."""

import datetime as dt
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from errors import UsageError
from review.people import SHELL
from review.rights.asking import Rights, place_hold, release_hold
from review.rights.subjects import Kind
from scrub.pseudonyms import identifier
from settings.privacy import Retention
from storage import holds, retention
from storage.erasing import intents
from storage.erasing.everywhere import take_out
from storage.erasing.run import Stores, erase_pending
from storage.erasing.wanted import Wanted
from tests.storage.databases import KINDS, database
from tests.storage.homes import NOW, Open, fill, judged, opened, turn
from tests.storage.writers import ROOT


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Open]:
    with opened(tmp_path / "home") as home:
        fill(home, 12)
        yield home


@pytest.fixture(params=KINDS)
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    for url in database(request.param, tmp_path):
        with opened(tmp_path / "home", url) as home:
            fill(home, 12)
            yield home


def _rights(there: Open) -> Rights:
    return Rights(there.settings, there.home.lake, there.home.ledger.database)


def _traces(there: Open, where: str) -> list[str]:
    return [trace for (trace,) in there.warehouse.rows(f"SELECT trace_id FROM traces WHERE {where} ORDER BY 1")]


def _feedback(there: Open, **said: Any) -> None:
    author = identifier(there.home.key, "alice", "author")
    there.append([judged(5, id="thumb", source="user", author=author, judge_name=None) | said], "scores")
    there.warehouse.load()


@pytest.mark.parametrize("said", [
    {},
    {"trace_id": None, "span_id": "trace-5-b", "target_level": "span"},
    {"trace_id": None, "session_id": "s_2", "target_level": "session"},
])  # fmt: skip
@pytest.mark.parametrize(("kind", "held"), [("trace", "trace-5"), ("app", "bank")])
def test_feedback_on_a_held_trace_cannot_be_erased_with_its_giver(
    there: Open, said: dict[str, Any], kind: str, held: str
) -> None:
    _feedback(there, **said)
    rights = _rights(there)
    assert rights.find(Kind.USER, ["alice"]).victims.scores == ("thumb",)
    assert rights.find(Kind.USER, ["alice"]).held == ()
    number = place_hold(rights, kind, held, reason="a case", by=SHELL, now=NOW)

    found = rights.find(Kind.USER, ["alice"])

    assert [one.id for one in found.held] == [number]
    with pytest.raises(UsageError, match=f"hold {number}"):
        rights.ask(found, ["alice"], reason="asked for", by=SHELL, now=NOW)


def test_a_hold_on_something_else_does_not_stop_feedback_from_going(there: Open) -> None:
    _feedback(there)
    place_hold(_rights(there), "trace", "trace-6", reason="a case", by=SHELL, now=NOW)
    assert _rights(there).find(Kind.USER, ["alice"]).held == ()


@pytest.mark.parametrize(("kind", "value"), [("trace", "trace-5"), ("app", "bank"), ("user", "alice")])
def test_what_is_being_erased_can_no_longer_be_held(there: Open, kind: str, value: str) -> None:
    rights, ledger = _rights(there), there.home.ledger.database
    alice = identifier(there.home.key, "alice", "user_id")
    there.ask("trace", Wanted(traces=("trace-5",), users=(alice,)))
    with pytest.raises(UsageError, match="erasure 1 of it was asked for before and is under way"):
        place_hold(rights, kind, value, reason="a case", by=SHELL, now=NOW)
    assert holds.listed(ledger).empty
    place_hold(rights, "trace", "trace-6", reason="a case", by=SHELL, now=NOW)

    assert erase_pending(there.stores) == 1
    number = place_hold(rights, kind, value, reason="a case", by=SHELL, now=NOW)
    assert [one.id for one in holds.in_force(ledger)] == [1, number]


def test_an_erasure_waits_when_what_arrived_meanwhile_is_held(either: Open) -> None:
    ledger = either.home.ledger.database
    either.ask("user", Wanted(users=("u_1",)))
    number = place_hold(_rights(either), "app", "shop", reason="a case", by=SHELL, now=NOW)
    either.append(turn(80, user_id="u_1", app="shop"))
    either.ask("trace", Wanted(traces=("trace-1",)))

    assert erase_pending(either.stores) == 1
    assert _traces(either, "user_id = 'u_1' OR trace_id = 'trace-1'") == [f"trace-{n}" for n in (4, 5, 6, 7, 80)]
    assert [one.id for one in intents.pending(ledger)] == [1]

    release_hold(ledger, number, reason="closed", by=SHELL, now=NOW)
    assert erase_pending(either.stores) == 1
    assert _traces(either, "user_id = 'u_1'") == []
    assert intents.pending(ledger) == []


def test_an_erasure_that_grows_takes_turns_with_who_asks_and_who_holds(
    either: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    locks: list[int] = []
    widen = intents.widen

    def spied(connection: sa.Connection, *said: Any, **named: Any) -> None:
        if connection.dialect.name == "postgresql":
            asked = "select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()"
            locks.append(int(connection.execute(sa.text(asked)).scalar_one()))
        else:
            locks.append(1)  # one writer at a time, always
        widen(connection, *said, **named)

    monkeypatch.setattr(intents, "widen", spied)
    either.ask("user", Wanted(users=("u_1",)))
    either.append(turn(80, user_id="u_1"))
    assert erase_pending(either.stores) == 1
    assert locks == [1]


def test_only_a_released_hold_loses_the_ids_that_are_erased(either: Open) -> None:
    ledger = either.home.ledger.database
    with ledger.writing() as connection:
        for _ in range(2):
            holds.add(connection, "trace", "trace-5", ["trace-5"], reason="a case", by=SHELL, now=NOW)
        holds.release(connection, 1, reason="closed", by=SHELL, now=NOW)
        holds.forget_subjects(connection, frozenset({"trace-5"}), written="erased")

    assert holds.listed(ledger).set_index("id")["subject"].to_dict() == {1: "erased", 2: "trace-5"}
    assert [one.covers for one in holds.in_force(ledger)] == [("trace-5",)]


def _shell(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cli", *words, "--home", str(home)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def test_the_key_stays_while_a_person_is_held(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with opened(home) as there:
        number = place_hold(_rights(there), "user", "alice", reason="case 7", by=SHELL, now=NOW)
        place_hold(_rights(there), "app", "bank", reason="case 8", by=SHELL, now=NOW)
        ledger, key = there.home.ledger.database, there.settings.key_path.read_bytes()
        subject = holds.in_force(ledger)[0].subject

    refused = _shell(home, "key", "rotate")
    assert refused.returncode == 2
    assert f"hold {number} on the user {subject} (case 7)" in refused.stderr
    assert "case 8" not in refused.stderr
    assert "Release them, rotate, and place them again" in refused.stderr
    assert (home / "key").read_bytes() == key
    assert len(json.loads(_shell(home, "key", "list", "--json").stdout)) == 1

    with opened(home) as there:
        at = NOW + dt.timedelta(hours=1)
        release_hold(there.home.ledger.database, number, reason="rotating", by=SHELL, now=at)
    assert _shell(home, "key", "rotate").returncode == 0


def test_a_hold_waits_for_what_is_being_deleted_by_age_and_then_holds_all_that_is_here(
    there: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    rights, placed = _rights(there), list[int]()
    person = threading.Thread(
        target=lambda: placed.append(place_hold(rights, "app", "bank", reason="a case", by=SHELL, now=NOW))
    )

    def taken_out(*said: Any, **more: Any) -> None:
        person.start()
        person.join(0.5)
        assert placed == []
        take_out(*said, **more)

    monkeypatch.setattr("storage.retention.take_out", taken_out)
    settings = there.settings.model_copy(update={"retention": Retention(spans_days=1)})
    stores = Stores(settings, there.home.lake, there.warehouse, there.home.ledger.database)
    now = dt.datetime.fromtimestamp(turn(6)[-1]["end_ns"] / 1e9, dt.UTC) + dt.timedelta(days=1)
    [done] = retention.retain(stores, now=now)
    person.join()
    again = retention.retain(stores, now=now + dt.timedelta(days=9))

    left = _traces(there, "true")
    assert done.traces + len(left) == 12
    assert (done.traces, len(left)) not in {(0, 12), (12, 0)}
    assert rights.covered(placed[0]) == {"traces": len(left), "scores": len(left)}
    assert [(one.traces, one.held) for one in again] == [(0, len(left))]
