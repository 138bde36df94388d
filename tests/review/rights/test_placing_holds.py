"""Placing a hold from a shell: what it says of what is held, what is refused, and what is kept of a name."""

import json
from pathlib import Path
from typing import Any

import pytest

from errors import NotAllowed, StoreFailed, UsageError
from review import people
from review.audit import audit_log
from review.people import SHELL, Role
from review.rights.asking import Rights
from review.rights.subjects import Kind
from review.shell.erase import erase
from review.shell.hold import add, release
from scrub.pseudonyms import identifier
from storage import holds
from storage.erasing import intents
from tests.storage.every_byte import found_in
from tests.storage.homes import NOW, Open, fill, judged, opened, turn

PERSONAL = "call with maria.lopez@example.com"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    with opened(home) as there:
        fill(there, 6)
    return home


def _held(home: Path) -> list[holds.Hold]:
    with opened(home) as there:
        return holds.in_force(there.home.ledger.database)


def _found(there: Open, trace: str) -> list[int]:
    rights = Rights(there.settings, there.home.lake, there.home.ledger.database)
    return [one.id for one in rights.find(Kind.TRACE, [trace]).held]


def test_it_says_how_much_is_here_and_that_what_comes_is_held(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add("case 7", app_="bank", home=home)
    assert capsys.readouterr().out == "Hold 1 is in force: it covers 6 traces and 6 scores, and what comes\n"
    add("case 7", trace="trace-1", home=home, json=True)
    assert json.loads(capsys.readouterr().out) == {"hold": 2, "kind": "trace", "traces": 1, "scores": 1}


def test_what_is_not_here_is_held_all_the_same_and_that_is_said(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add("case 7", trace="t-of-tomorrow", home=home)
    assert "nothing of it is here (yet); what comes is held" in capsys.readouterr().out
    with opened(home) as there:
        there.append(turn(9, trace="t-of-tomorrow"))
        assert _found(there, "t-of-tomorrow") == [1]


def test_a_score_of_a_held_session_is_here_too(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with opened(home) as there:
        session = identifier(there.home.key, "talk", "session_id")
        there.append([judged(0, id="talk", trace_id=None, session_id=session)], "scores")
    add("case 7", session="talk", home=home)
    assert "it covers 1 score, and what comes" in capsys.readouterr().out


def test_a_hold_is_told_although_what_it_covers_cannot_be_counted(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(*_: Any) -> dict[str, int]:
        raise StoreFailed("lake", "being searched", "disk full")

    monkeypatch.setattr(holds, "covered", fails)
    add("case 7", app_="bank", home=home)
    assert "Hold 1 is placed; how much it covers is unknown" in capsys.readouterr().out
    monkeypatch.setattr(holds, "in_force", lambda _: [])
    add("case 8", app_="bank", home=home, json=True)
    assert json.loads(capsys.readouterr().out) == {"hold": 2, "kind": "app", "traces": None, "scores": None}


def test_the_same_hold_twice_is_refused_and_another_case_is_another_hold(home: Path) -> None:
    add("case 7", user="alice", home=home)
    with pytest.raises(UsageError, match=r"hold 1 on the user u_\w+ \(case 7\) is in force already"):
        add(" case 7 ", user=" alice ", home=home)
    add("case 8", user="alice", home=home)
    release(1, "closed", home=home)
    add("case 7", user="alice", home=home)

    assert [(one.id, one.reason) for one in _held(home)] == [(2, "case 8"), (3, "case 7")]


def test_of_an_id_with_personal_data_only_hashes_are_kept(home: Path) -> None:
    with opened(home) as there:
        kept = identifier(there.home.key, PERSONAL, "key")
        there.append(turn(9, trace=kept))
    add("case 7", trace=PERSONAL, home=home)

    [held] = _held(home)
    assert (held.subject, held.covers) == (kept, (kept,))
    assert found_in(home, "maria.lopez") == {}
    with opened(home) as there:
        assert _found(there, PERSONAL) == [1]
        assert _found(there, kept) == [1]


def test_what_older_rules_took_with_personal_data_in_its_id_is_held_and_shown_as_a_hash(home: Path) -> None:
    app = "bot of maria.lopez@example.com"
    with opened(home) as there:
        there.append([*turn(8, trace=PERSONAL), *turn(9, app=app)])
        shown = [identifier(there.home.key, one, "key") for one in (PERSONAL, app)]
    add("case 7", trace=PERSONAL, home=home)
    add("case 8", app_=app, home=home)

    assert [one.subject for one in _held(home)] == shown
    with opened(home) as there:
        assert _found(there, PERSONAL) == [1]
        assert _found(there, "trace-9") == [2]


def test_an_id_of_hex_digits_is_kept_as_it_is_whatever_they_look_like(home: Path) -> None:
    card = "41111111111111110000000000000000"
    add("case 7", trace=card, home=home)
    assert _held(home)[0].subject == card


def test_an_application_with_a_persons_name_has_to_be_named_as_it_is_shown(home: Path) -> None:
    with pytest.raises(UsageError, match="as the app shows it"):
        add("case 7", app_="bot of maria.lopez@example.com", home=home)
    add("case 7", app_="bot of <EMAIL_ADDRESS_1>", home=home)

    assert [one.covers for one in _held(home)] == [("bot of <EMAIL_ADDRESS_1>",)]
    assert found_in(home, "maria.lopez") == {}


def test_who_does_it_is_noted_and_has_to_have_the_right(home: Path) -> None:
    with opened(home) as there:
        database = there.home.ledger.database
        people.add_person(database, "Ana", Role.ADMIN, by=SHELL, now=NOW)
        people.add_person(database, "Eve", Role.ENGINEER, by=SHELL, now=NOW)
    asked: dict[str, Any] = {"trace": ["trace-3"], "reason": "asked for", "yes": True, "home": home}
    for nobody in ("Eve", "somebody else"):
        with pytest.raises(NotAllowed):
            add("case 7", app_="bank", by=nobody, home=home)
        with pytest.raises(NotAllowed):
            erase(by=nobody, **asked)
    add("case 7", trace="trace-1", by="Ana", home=home)
    with pytest.raises(NotAllowed):
        release(1, "closed", by="Eve", home=home)
    release(1, "closed", by="Ana", home=home)
    erase(by="Ana", **asked)

    with opened(home) as there:
        database = there.home.ledger.database
        assert list(intents.record(database)["by"]) == ["Ana"]
        assert list(audit_log(database)["actor"])[:3] == ["Ana"] * 3
