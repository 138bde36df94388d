"""Erasing from a shell: what it says when it is done, and when it is not."""

import json
from pathlib import Path
from typing import Any

import pytest

from review.people import SHELL
from review.rights.asking import Rights, place_hold, release_hold
from review.shell.erase import NOT_DONE, erase
from scrub.pseudonyms import identifier
from settings import Settings
from storage import desk
from tests.storage.homes import NOW, opened, turn


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One in which alice comes again, to an application that is held, right after her erasure was asked for."""
    home, really = tmp_path / "home", desk.erase
    with opened(home) as there:
        alice = identifier(there.home.key, "alice", "user_id")
        there.append(turn(1, user_id=alice))
        rights = Rights(there.settings, there.home.lake, there.home.ledger.database)
        place_hold(rights, "app", "shop", reason="case 7", by=SHELL, now=NOW)

    def erase_late(settings: Settings) -> int:
        with opened(home) as there:
            there.append(turn(2, user_id=alice, app="shop"))
        return really(settings)

    monkeypatch.setattr(desk, "erase", erase_late)
    return home


def _asked(home: Path, **said: Any) -> int:
    return erase(user=["alice"], reason="asked for", yes=True, home=home, **said)


def test_an_erasure_that_waits_for_a_hold_says_so_and_is_not_called_done(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _asked(home) == NOT_DONE
    said = capsys.readouterr().out
    assert "Gone" not in said
    assert "Erasure 1 is not done: it waits for hold 1 on the app shop (case 7)" in said
    assert "benchbook hold release 1" in said

    monkeypatch.undo()
    with opened(home) as there:
        release_hold(there.home.ledger.database, 1, reason="closed", by=SHELL, now=NOW)
    assert desk.erase(Settings(home=home)) == 1
    with opened(home) as there:
        assert there.warehouse.rows("SELECT count(*) FROM traces") == [(0,)]


def test_what_waits_is_told_in_json_too(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _asked(home, json=True) == NOT_DONE
    told = json.loads(capsys.readouterr().out)
    held = [{"hold": 1, "kind": "app", "reason": "case 7"}]
    assert (told["erasure"], told["done"], told["held"]) == (1, False, held)


def test_an_erasure_that_is_not_done_although_nothing_holds_it_says_so(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(desk, "erase", lambda _settings: 0)
    assert _asked(home) == NOT_DONE
    assert "Erasure 1 is not done yet" in capsys.readouterr().out
