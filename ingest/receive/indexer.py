"""The thread that feeds the word index, in large steps: words are found seconds after the figures count their spans.

A step of 20,000 spans costs half as much a span as one of 1,000, and while traces stream in the processor is needed for
them. So it waits for a pause in the stream, but never longer than `BEHIND_SECONDS`.
"""

import os
import sys
import threading
import time
from collections.abc import Callable

from errors import StoreFailed
from ingest.receive.boundary import log, report
from storage.warehouse import Warehouse

LOOK_SECONDS = 0.25
PAUSE_SECONDS = 0.75
"""Without anything new for this long the stream pauses."""
BEHIND_SECONDS = 5.0
"""The oldest span that is not in the index waits no longer than this before the index is fed."""
ROWS_AT_ONCE = 20_000
"""Of one step; between two the thread can end."""
RETRY_SECONDS = 30.0
NICENESS = 10


class Indexer:
    """Feeds the index when there is something new; a failure is shown, retried later, and ends nothing."""

    def __init__(self, warehouse: Warehouse, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._warehouse = warehouse
        self._clock = clock
        self._behind_since: float | None = clock()  # what an earlier process left is not known yet
        self._changed_at = clock()
        self._not_before = clock()
        self._failure = ""
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="indexer", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def poke(self) -> None:
        """Say that rows came, or were loaded."""
        self._changed_at = self._clock()
        if self._behind_since is None:
            self._behind_since = self._changed_at

    @property
    def failure(self) -> str:
        """What went wrong last, safe to show; empty when nothing did."""
        return self._failure

    def close(self) -> None:
        """End after the step that is running; the rest is fed at the next start."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join()

    def look(self) -> bool:
        """Feed the index if it is time to; whether it was. Raises `StoreFailed`."""
        now = self._clock()
        if self._behind_since is None or now < self._not_before:
            return False
        if now - self._changed_at < PAUSE_SECONDS and now - self._behind_since < BEHIND_SECONDS:
            return False
        self._behind_since = None
        try:
            while self._warehouse.feed_index(most_rows=ROWS_AT_ONCE) and not self._closing.is_set():
                pass
        except BaseException:
            self._behind_since = now
            self._not_before = self._clock() + RETRY_SECONDS
            raise
        self._failure = ""
        return True

    def _run(self) -> None:
        if sys.platform == "linux":  # a thread's own there: requests, loads and pages come first
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
        while not self._closing.wait(LOOK_SECONDS):
            try:
                self.look()
            except StoreFailed as failed:
                self._failure = str(failed)
                log.error("%s", failed)
            except Exception as error:  # noqa: BLE001  # the thread must live: nothing new would be found
                self._failure = "an unforeseen error; see the log"
                report("feeding the word index", error)
