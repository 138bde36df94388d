"""The thread that tidies the lake: many small files into few large ones, when nobody waits for anything."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from errors import StoreFailed
from ingest.receive.boundary import log, report
from storage.lake import Lake

LOOK_SECONDS = 15.0
QUIET_SECONDS = 30.0
"""A lake to which nothing has come for this long is quiet."""
SMALL_BYTES = 16 * 2**20
SMALL_FILES_QUIET = 100
SMALL_FILES_BUSY = 1_000
"""With so many small files it is tidied although it is not quiet: reading them would cost more."""
VACUUM_SECONDS = 900.0
TABLES = ("spans", "scores")


@dataclass(frozen=True, slots=True)
class UpkeepState:
    """When the lake was tidied last, and what went wrong; `failure` is safe to show."""

    tidied_at: datetime | None = None
    files_before: int = 0
    failure: str = ""


class Upkeep:
    """Looks at the lake now and then. A failure is shown, and tried again at the next look."""

    def __init__(self, lake: Lake, *, quiet_seconds: Callable[[], float]) -> None:
        self._lake = lake
        self._quiet_seconds = quiet_seconds
        self._state = UpkeepState()
        self._closing = threading.Event()
        self._vacuumed_at = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="upkeep", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def state(self) -> UpkeepState:
        """What it did last."""
        return self._state

    def close(self) -> None:
        """End after the file that it is rewriting: one of a thousand small ones takes about 20 s."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join()

    def look(self) -> None:
        """Tidy what needs it now; raises `StoreFailed`."""
        limit = SMALL_FILES_QUIET if self._quiet_seconds() > QUIET_SECONDS else SMALL_FILES_BUSY
        for table in TABLES:
            small = sum(file.size_bytes < SMALL_BYTES for file in self._lake.files(table))
            if small > limit and not self._closing.is_set():
                self._lake.compact(table, may_go_on=self._may_go_on)
                if not self._may_go_on():
                    return
                self._lake.checkpoint(table)
                self._state = replace(self._state, tidied_at=datetime.now(UTC), files_before=small)
        if time.monotonic() - self._vacuumed_at > VACUUM_SECONDS and self._state.tidied_at is not None:
            self._vacuumed_at = time.monotonic()
            for table in TABLES:
                self._lake.vacuum(table, may_go_on=self._may_go_on)
        self._state = replace(self._state, failure="")

    def _may_go_on(self) -> bool:
        return not self._closing.is_set()

    def _run(self) -> None:
        while not self._closing.wait(LOOK_SECONDS):
            try:
                self.look()
            except StoreFailed as failed:
                self._state = replace(self._state, failure=str(failed))
                log.error("%s", failed)
            except Exception as error:  # noqa: BLE001  # the thread must live: files would pile up
                self._state = replace(self._state, failure="an unforeseen error; see the log")
                report("tidying the lake", error)
