"""The thread that has something looked at beside the app: by a process of its own, of low priority, when it is time.

A look takes seconds of processor time. In this process it would hold up reviewers, so a command does it, as from any
shell: `benchbook watch` for alerts, when a further day or hour of traffic is over or a late span came; `benchbook
rescrub` once a week.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import orjson

from errors import BenchbookError
from ingest.receive.boundary import log, report

FIRST_SECONDS = 60.0
"""After the start: the first visitors come first."""
NICENESS = 15
LONGEST_SECONDS = 1_800.0
_ACTING = 6
"""Exit code of `benchbook watch` while an alert acts."""


@dataclass(frozen=True, slots=True)
class WatcherState:
    """When a look ended last, and what went wrong; `failure` is safe to show."""

    looked_at: datetime | None = None
    looks: int = 0
    failure: str = ""


class Watcher:
    """Has `command` run when `closed` says another thing than after the last run; `send` is called at every round.

    `closed`: what traffic is over, as anything that can be compared; None for none. A failure is shown, and tried again
    at the next round.
    """

    def __init__(
        self, command: Sequence[str], *, closed: Callable[[], object | None], send: Callable[[], object],
        every_seconds: float, first_seconds: float = FIRST_SECONDS, what: str = "alerts",
    ) -> None:  # fmt: skip
        """`what` is looked at, in words for the log."""
        self._what = what
        self._command = list(command)
        self._closed = closed
        self._send = send
        self._every_seconds = every_seconds
        self._first_seconds = first_seconds
        self._state = WatcherState()
        self._seen: object | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)

    def start(self) -> None:
        """Start the thread; does nothing where it was switched off."""
        if self._every_seconds > 0:
            self._thread.start()

    def state(self) -> WatcherState:
        """What it did last."""
        return self._state

    def close(self) -> None:
        """End, with the look that is running: the next start begins it anew."""
        self._closing.set()
        if (child := self._child) is not None:
            child.terminate()
        if self._thread.is_alive():
            self._thread.join()

    def look(self) -> bool:
        """One round: a look where traffic closed, and what waits to be sent; whether there was a look."""
        closed = self._closed()
        is_due = closed is not None and closed != self._seen
        try:
            if is_due and not self._closing.is_set():
                self._have_looked()
                self._seen = closed
        finally:  # what waits to be sent does not wait for a look that fails
            self._send()
        self._state = replace(self._state, failure="")
        return is_due

    def _have_looked(self) -> None:
        with subprocess.Popen(self._command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
            self._child = child
            if self._closing.is_set():  # it began to close before there was a child to end
                child.terminate()
            if sys.platform == "linux":
                os.setpriority(os.PRIO_PROCESS, child.pid, NICENESS)
            try:
                said, _ = child.communicate(timeout=LONGEST_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()
                said = b""
            finally:
                self._child = None
        if child.returncode not in (0, _ACTING) and not self._closing.is_set():
            raise _NotLooked(_error_of(said, self._what))
        self._state = replace(self._state, looked_at=datetime.now(UTC), looks=self._state.looks + 1)

    def _run(self) -> None:
        wait = self._first_seconds
        while not self._closing.wait(wait):
            wait = self._every_seconds
            try:
                self.look()
            except BenchbookError as failed:
                self._failed(str(failed))
                log.error("%s", failed)
            except Exception as error:  # noqa: BLE001  # the thread must live: nobody would hear of alerts
                self._failed(f"looking at {self._what}: an unforeseen error; see the log")
                report(f"looking at {self._what}", error)

    def _failed(self, why: str) -> None:
        self._state = replace(self._state, failure=why)


class _NotLooked(BenchbookError):
    """The command ended without having looked."""


def _error_of(said: bytes, what: str) -> str:
    """What the command said went wrong: its words are ours, and safe."""
    try:
        return f"{what} were not looked at: {orjson.loads(said)['error']}"
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return f"{what} were not looked at: the command ended early; run it in a shell"
