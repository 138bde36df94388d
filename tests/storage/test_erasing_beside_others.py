"""Erasing while others write, ask and compact: nothing comes back, nothing else is lost, nobody stands still."""

import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from errors import Busy, StoreFailed
from storage import rewriting
from storage.desk import At
from storage.erasing import intents, run
from storage.erasing.everywhere import take_out
from storage.erasing.run import erase_pending
from storage.erasing.wanted import Victims, Wanted
from storage.turns import alone
from tests.storage.every_byte import found_in
from tests.storage.homes import NOW, Open, canary_of, fill, opened, turn
from tests.storage.writers import ROOT

WORD = canary_of(5)


def test_what_arrives_between_the_question_and_the_erasure_goes_as_well(there: Open) -> None:
    there.ask("user", Wanted(users=("u_1",)))
    there.append(turn(80, user_id="u_1"))
    assert erase_pending(there.stores) == 1

    assert there.warehouse.rows("SELECT count(*) FROM traces WHERE user_id = 'u_1'") == [(0,)]
    there.warehouse.rebuild()
    assert there.warehouse.rows("SELECT count(*) FROM traces WHERE user_id = 'u_1'") == [(0,)]


def test_one_that_fails_keeps_neither_later_ones_nor_what_was_rewritten_from_being_done(
    there: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails_once(stores: run.Stores, going: Victims, **said: Any) -> None:
        if "trace-5" in going.traces:
            raise StoreFailed("lake", "being erased from", "a file is damaged")
        take_out(stores, going, **said)

    ledger = there.home.ledger.database
    for number in (5, 6, 7):
        there.ask("trace", Wanted(traces=(f"trace-{number}",)))
    rewriting.begin(ledger, version="1", asked={}, now=NOW)
    monkeypatch.setattr(run, "take_out", fails_once)
    with pytest.raises(StoreFailed, match="a file is damaged"):
        At(there.settings, there.warehouse, there.home.lake, database=ledger).erase()

    assert [one.id for one in intents.pending(ledger)] == [1]
    left = "SELECT trace_id FROM traces WHERE trace_id IN ('trace-5', 'trace-6', 'trace-7')"
    assert there.warehouse.rows(left) == [("trace-5",)]
    assert [one["state"] for one in rewriting.record(ledger)] == ["done"]


def test_a_failure_is_told_although_something_else_has_to_wait() -> None:
    def waits() -> int:
        raise Busy(60)

    def fails() -> int:
        raise StoreFailed("lake", "being erased from", "a file is damaged")

    with pytest.raises(StoreFailed, match="a file is damaged"):
        run.every([waits, fails, waits])
    with pytest.raises(Busy):
        run.every([waits, lambda: 1])


def test_a_compaction_that_runs_is_waited_for(there: Open) -> None:
    folder = Path(there.settings.lake_location) / "spans"
    ended: list[float] = []

    def compacting() -> None:
        with alone(folder.with_suffix(".compaction.lock")):
            started.set()
            time.sleep(1.0)
            ended.append(time.monotonic())

    started = threading.Event()
    other = threading.Thread(target=compacting)
    other.start()
    started.wait()
    there.erase("trace", Wanted(traces=("trace-5",)))
    erased_at = time.monotonic()
    other.join()

    assert ended[0] < erased_at


def test_questions_go_on_while_the_warehouse_is_written_anew(there: Open) -> None:
    stop, failed, answers = threading.Event(), [], []

    def ask() -> None:
        while not stop.is_set():
            try:
                answers.append(there.warehouse.rows("SELECT count(*) FROM traces")[0][0])
            except Exception as error:  # noqa: BLE001 - whatever it is, the test fails
                failed.append(error)

    asking = [threading.Thread(target=ask) for _ in range(4)]
    for one in asking:
        one.start()
    try:
        for number in range(4):
            there.erase("trace", Wanted(traces=(f"trace-{number}",)))
    finally:
        stop.set()
        for one in asking:
            one.join()

    assert failed == []
    assert answers
    assert set(answers) <= {24, 23, 22, 21, 20}
    assert there.warehouse.rows("SELECT count(*) FROM traces") == [(20,)]


_STREAM = """
import select, sys
from pathlib import Path
from storage.home import open_home
from tests.storage.arrivals import table
from tests.storage.homes import NOW, settings_of, turn
home, who = Path(sys.argv[1]), int(sys.argv[2])
lake = open_home(settings_of(home), now=NOW).lake
print("begin", flush=True)
number = 0
while not select.select([sys.stdin], [], [], 0)[0]:  # until it is closed
    name = f"other-{who}-{number}"
    rows = [*turn(5, content_hash=f"{who}-{number}"), *turn(number, trace=name, canary="plain")]
    lake.append("spans", table(rows))
    print(name, flush=True)
    number += 1
"""


def test_processes_that_send_the_trace_again_and_again_neither_bring_it_back_nor_lose_theirs(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with opened(home) as there:
        fill(there, 12)
        sending = [
            subprocess.Popen([sys.executable, "-c", _STREAM, str(home), str(who)], cwd=ROOT, stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, text=True)
            for who in range(2)
        ]  # fmt: skip
        acknowledged = set()
        for one in sending:
            assert one.stdout is not None
            assert one.stdout.readline() == "begin\n"
            acknowledged |= {one.stdout.readline().strip() for _ in range(5)}
        there.erase("trace", Wanted(traces=("trace-5",)))
        commits = len(there.home.lake.files("spans"))
        while len(there.home.lake.files("spans")) < commits + 10:  # they go on after it
            time.sleep(0.02)
        for one in sending:
            assert one.stdin is not None
            assert one.stdout is not None
            one.stdin.close()
            with one.stdout as rest:  # communicate() loses what readline() read ahead
                acknowledged |= set(rest.read().split())
            assert one.wait(timeout=60) == 0
        there.warehouse.load()
        traces = {trace for (trace,) in there.warehouse.rows("SELECT trace_id FROM traces")}

    assert traces == acknowledged | {f"trace-{n}" for n in range(12) if n != 5}
    assert found_in(home, WORD, "trace-5") == {}
