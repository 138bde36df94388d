"""The thread that keeps the warehouse fresh: new commits of any process are on the pages within seconds."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from errors import Busy, StoreFailed
from ingest.receive.boundary import log, report
from storage.ledger import Ledger
from storage.warehouse import Warehouse

POLL_SECONDS = 1.0
"""Commits of other processes are looked for this often."""
PAUSE_SECONDS = 0.25
"""Between two loads: without it 200 small commits are 200 loads instead of 20."""
PAUSE_SHARE = 4.0
LONGEST_PAUSE_SECONDS = 1.5
"""While requests stream in, a pause is `PAUSE_SHARE` times as long as the load before it, up to this: most of a load's
cost does not depend on its rows, so under pressure loads become fewer."""
LULL_SECONDS = 0.15
"""When nothing more has come for this long, what came is loaded at once."""
FIRST_BACKOFF_SECONDS = 1.0
LONGEST_BACKOFF_SECONDS = 30.0
FLUSH_SECONDS = 5.0
"""Counts of requests are written to the ledger this often."""
ERASE_SECONDS = 60.0
"""Erasures that were asked for and broken off are looked for this often; a shell's own does not wait for that."""
RETAIN_FIRST_SECONDS = 300.0
RETAIN_SECONDS = 3_600.0
"""What is too old is looked for this often (and deleted once a day at most, see `At.retain_daily`)."""
RETAIN_QUIET_SECONDS = 30.0
LONGEST_CHORE_BACKOFF_SECONDS = 3_600.0
"""An erasure or a deletion by age that fails is tried again after a minute, then after twice as long each time."""
SPANS_REPAIRED_AT_ONCE = 200_000
REPAIR_PAUSE_SHARE = 20.0
"""After hourly figures were made anew, they rest this many times as long as it took: the hour that fills up is touched
by every load, and until it is made its spans are counted."""


@dataclass(frozen=True, slots=True)
class LoaderState:
    """How fresh the pages are. Times are UTC; `failure` and `undone`, what fails beside loading, are safe to show."""

    loaded_at: datetime | None = None
    changed_at: datetime | None = None
    loads: int = 0
    failure: str = ""
    failures_in_a_row: int = 0
    undone: str = ""

    @property
    def is_failing(self) -> bool:
        return self.failures_in_a_row > 0


@dataclass(slots=True)
class _Chore:
    """What is done now and then beside loading: `at` is when next (monotonic seconds), or `soon` where asked."""

    doing: str
    at: float
    soon: bool = False
    failures_in_a_row: int = 0
    failure: str = ""

    def begins(self, *, next_seconds: float) -> None:
        """It is done now: what is asked for from here on is done soon again."""
        self.soon = False
        self.at = time.monotonic() + next_seconds

    def is_done(self) -> None:
        """It did not fail."""
        self.failures_in_a_row, self.failure = 0, ""

    def put_off(self, failure: str) -> None:
        """It failed: the next time is later and later, unless somebody asks for it."""
        doubled = ERASE_SECONDS * 2.0 ** min(self.failures_in_a_row, 10)
        self.failures_in_a_row += 1
        self.failure = f"{self.doing}: {failure}"
        self.at = time.monotonic() + min(LONGEST_CHORE_BACKOFF_SECONDS, doubled)


class Loader:
    """Loads rows when it is poked and every second; a failure is shown, retried later, and ends nothing.

    Loading does not wait for an erasure or a deletion by age that fails: that is shown, and tried again by itself.
    """

    def __init__(
        self, warehouse: Warehouse, *, ledger: Ledger, after_change: Callable[[], None],
        erase: Callable[[], int] = lambda: 0, retain: Callable[[], bool] = lambda: False,
    ) -> None:  # fmt: skip
        """`erase` does the erasures that wait; how many. `retain` deletes what is too old; whether it did anything."""
        self._warehouse = warehouse
        self._ledger = ledger
        self._after_change = after_change
        self._erase = erase
        self._retain = retain
        self._erasing = _Chore("erasing what was asked for", time.monotonic())
        self._retaining = _Chore("deleting what is too old", time.monotonic() + RETAIN_FIRST_SECONDS)
        self._state = LoaderState()
        self._new = threading.Event()
        self._closing = threading.Event()
        self._changed_at = time.monotonic()
        self._poked_at = time.monotonic()
        self._flushed_at = time.monotonic()
        self._repair_from = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="loader", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def poke(self) -> None:
        """Say that there is something new."""
        self._poked_at = time.monotonic()
        self._new.set()

    def erase_soon(self) -> None:
        """Say that an erasure was asked for."""
        self._erasing.soon = True
        self._new.set()

    def state(self) -> LoaderState:
        """How fresh the pages are, now."""
        return self._state

    def quiet_seconds(self) -> float:
        """How long nothing new has come."""
        return time.monotonic() - self._changed_at

    def close(self) -> None:
        """End after the load that is running."""
        self._closing.set()
        self._new.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._closing.is_set():
            self._new.wait(POLL_SECONDS)
            self._new.clear()
            if self._closing.is_set():
                return
            began = time.monotonic()
            if self._step():
                self._pause(time.monotonic() - began)
            else:
                self._closing.wait(self._backoff())

    def _pause(self, load_seconds: float) -> None:
        """Let requests gather; at least `PAUSE_SECONDS`, then until a lull."""
        until = time.monotonic() + min(PAUSE_SHARE * load_seconds, LONGEST_PAUSE_SECONDS)
        self._closing.wait(PAUSE_SECONDS)
        while self._new.is_set() and (now := time.monotonic()) < until and now - self._poked_at < LULL_SECONDS:
            self._closing.wait(LULL_SECONDS / 3)

    def _step(self) -> bool:
        """One load, and now and then the counts; False when it failed."""
        try:
            self._load()
            self._repair_hours()
            self._do(self._erasing, self._end_what_was_broken_off)
            self._do(self._retaining, self._delete_what_is_too_old)
            self._state = replace(self._state, failure="", failures_in_a_row=0)
            if time.monotonic() - self._flushed_at > FLUSH_SECONDS:
                self._flushed_at = time.monotonic()
                self._ledger.flush()
        except StoreFailed as failed:
            self._failed(str(failed))
            log.error("%s", failed)
            return False
        except Exception as error:  # noqa: BLE001  # the thread must live: the pages would stand still
            self._failed("an unforeseen error; see the log")
            report("loading the warehouse", error)
            return False
        return True

    def _load(self) -> None:
        found_new = self._warehouse.load(with_index=False).changed
        now = datetime.now(UTC)
        if found_new:
            self._changed_at = time.monotonic()
            self._after_change()
        self._state = replace(
            self._state,
            loaded_at=now,
            changed_at=now if found_new else self._state.changed_at,
            loads=self._state.loads + 1,
        )

    def _repair_hours(self) -> None:
        began = time.monotonic()
        if began >= self._repair_from:
            self._warehouse.repair_hours(most_spans=SPANS_REPAIRED_AT_ONCE)
            ended = time.monotonic()
            self._repair_from = ended + REPAIR_PAUSE_SHARE * (ended - began)

    def _do(self, chore: _Chore, work: Callable[[], None]) -> None:
        """Work that may fail without an end of loading."""
        try:
            work()
        except Busy:  # a compaction, or questions without a pause: next time
            pass
        except StoreFailed as failed:
            log.error("%s: %s", chore.doing, failed)
            chore.put_off(str(failed))
        except Exception as error:  # noqa: BLE001  # the thread must live: the pages would stand still
            report(chore.doing, error)
            chore.put_off("an unforeseen error; see the log")
        undone = "; ".join(one.failure for one in (self._erasing, self._retaining) if one.failure)
        self._state = replace(self._state, undone=undone)

    def _end_what_was_broken_off(self) -> None:
        """Erasures that somebody asked for and nobody did: at the start, and now and then."""
        if not self._erasing.soon and time.monotonic() < self._erasing.at:
            return
        self._erasing.begins(next_seconds=ERASE_SECONDS)
        done = self._erase()
        self._erasing.is_done()
        if done:
            self._changed_at = time.monotonic()
            self._after_change()

    def _delete_what_is_too_old(self) -> None:
        """In a pause of the stream, or when it has waited too long for one."""
        late = time.monotonic() - self._retaining.at
        if late < 0 or (self.quiet_seconds() < RETAIN_QUIET_SECONDS and late < RETAIN_SECONDS):
            return
        self._retaining.begins(next_seconds=RETAIN_SECONDS)
        done = self._retain()
        self._retaining.is_done()
        if done:
            self._after_change()

    def _failed(self, why: str) -> None:
        self._state = replace(self._state, failure=why, failures_in_a_row=self._state.failures_in_a_row + 1)

    def _backoff(self) -> float:
        doubled = FIRST_BACKOFF_SECONDS * 2.0 ** min(self._state.failures_in_a_row - 1, 10)
        return float(min(LONGEST_BACKOFF_SECONDS, doubled))
