"""Alerts are looked at beside the app: when traffic closed, by another process, and never in a reviewer's way."""

import os
import sys
import threading
from pathlib import Path

import pytest

from errors import UsageError
from ingest.receive.watcher import NICENESS, Watcher
from metrics.alerts.states import last_look
from storage.ledger_database import Database
from tests.command_line.test_commands import SPAN, Shell
from tests.receive.served import Served, until


def runs(script: str, *, closed: list[object], sent: list[int] | None = None, every_seconds: float = 60.0) -> Watcher:
    """A watcher whose command is a script; `closed` is what traffic is over, the last again and again."""
    told = sent if sent is not None else []
    return Watcher(
        [sys.executable, "-c", script], closed=lambda: closed.pop(0) if len(closed) > 1 else closed[0],
        send=lambda: told.append(1), every_seconds=every_seconds, first_seconds=0.01,
    )  # fmt: skip


def test_a_look_is_had_once_for_what_closed_and_messages_are_sent_at_every_round() -> None:
    sent: list[int] = []
    watcher = runs("raise SystemExit(6)", closed=[None, 1, 1, 2, 2], sent=sent)

    assert [watcher.look() for _ in range(5)] == [False, True, False, True, False]
    assert (watcher.state().looks, len(sent)) == (2, 5)
    assert watcher.state().looked_at is not None


def test_it_runs_behind_everybody_else(tmp_path: Path) -> None:
    path = tmp_path / "niceness"
    until_set = f"for _ in range(6000):\n  if os.nice(0) >= {NICENESS}: break\n  time.sleep(0.01)"
    script = f"import os, time\n{until_set}\nopen({str(path)!r}, 'w').write(str(os.nice(0)))"
    runs(script, closed=[1]).look()

    assert int(path.read_text()) == min(19, os.nice(0) + NICENESS) or int(path.read_text()) == NICENESS


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("""print('{"error": "the ledger is full"}'); raise SystemExit(5)""", "the ledger is full"),
        ("raise ValueError('what a user said')", "run it in a shell"),
    ],
)
def test_a_look_that_failed_is_said_without_foreign_words_and_had_again(script: str, said: str) -> None:
    watcher = runs(script, closed=[1], every_seconds=0.05)
    watcher.start()
    assert until(lambda: watcher.state().failure != "", seconds=60)
    watcher.close()

    assert said in watcher.state().failure
    assert "user said" not in watcher.state().failure
    assert watcher.state().looks == 0


def test_what_cannot_be_sent_is_said() -> None:
    def refused() -> None:
        raise UsageError("no secret to sign with")

    watcher = Watcher(["true"], closed=lambda: None, send=refused, every_seconds=60.0, first_seconds=0.01)
    watcher.start()
    assert until(lambda: watcher.state().failure != "", seconds=60)
    watcher.close()

    assert watcher.state().failure == "no secret to sign with"


def test_the_end_of_the_app_ends_the_look_too() -> None:
    watcher = runs("import time; time.sleep(600)", closed=[1])
    watcher.start()
    assert until(lambda: watcher._child is not None, seconds=60)

    closing = threading.Thread(target=watcher.close)
    closing.start()
    closing.join(timeout=60)
    assert not closing.is_alive()
    assert watcher.state().failure == ""


def test_switched_off_it_does_nothing() -> None:
    watcher = runs("", closed=[1], every_seconds=0.0)
    watcher.start()

    assert not watcher._thread.is_alive()
    watcher.close()


def test_the_running_app_has_closed_traffic_looked_at(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    shell.json("ingest", shell.write("own.jsonl", SPAN))
    served = Served(shell.home)
    served.start()
    try:
        database = Database(f"sqlite:///{shell.home / 'ledger.db'}")
        until(lambda: last_look(database) is not None, seconds=150)
        look = last_look(database)
        database.close()
    finally:
        served.stop()
    assert look is not None
    assert f"{look.at:%Y-%m-%d %H:%M}" == "2026-11-10 00:00", "the end of the span's day"
    assert look.spans_until > 0
