"""One thread that commits: an idle request at once; those that wait while a commit runs, together."""

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

import pyarrow as pa

from errors import BenchbookError, Busy, StoreFailed
from ingest.numbering import numbered
from ingest.prepared import Prepared
from ingest.receive.boundary import log, report
from scrub import Numberer
from storage.lake import Lake

TOGETHER_BYTES = 64 * 2**20
"""Most that one commit takes: a commit that grows without end keeps its first request waiting."""
RETRY_SECONDS = 2


@dataclass(slots=True)
class _Waiting:
    prepared: Prepared
    kept: "Future[None]" = field(default_factory=Future)

    @property
    def size_bytes(self) -> int:
        return int(self.prepared.spans.nbytes + self.prepared.scores.nbytes)


class Committer:
    """Numbers placeholders and appends to the lake. What it was given before `close` is answered."""

    def __init__(self, lake: Lake, *, after_commit: Callable[[], None]) -> None:
        self._lake = lake
        self._after_commit = after_commit
        self._numberer = Numberer()
        self._numbering = threading.Lock()
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="committer", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def keep(self, prepared: Prepared) -> "Future[None]":
        """Done when the rows are in the lake and synced; raises `StoreFailed` or `Busy` when they are not."""
        waiting = _Waiting(prepared)
        with self._lock:
            if self._closed:
                waiting.kept.set_exception(Busy(RETRY_SECONDS))
            else:
                self._queue.put(waiting)
        return waiting.kept

    def forget(self, traces: Sequence[str]) -> None:
        """Drop what is remembered of these traces' persons."""
        with self._numbering:
            self._numberer.forget(traces)

    def close(self) -> None:
        """Commit what waits and end."""
        with self._lock:
            self._closed = True
            self._queue.put(None)
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        more = True
        while more:
            batch, more = self._gathered()
            if batch:
                self._commit(batch)
                self._after_commit()

    def _gathered(self) -> tuple[list[_Waiting], bool]:
        """What waits now, at least one; and whether more may come."""
        batch: list[_Waiting] = []
        size = 0
        while size < TOGETHER_BYTES:
            try:
                waiting = self._queue.get(block=not batch)
            except queue.Empty:
                break
            if waiting is None:
                return batch, False
            batch.append(waiting)
            size += waiting.size_bytes
        return batch, True

    def _commit(self, batch: list[_Waiting]) -> None:
        """Commit a batch; one request that cannot be committed does not fail the others."""
        try:
            self._append([waiting.prepared for waiting in batch])
        except StoreFailed as failed:
            log.error("%s", failed)
            _settle(batch, failed)
        except Exception as error:  # noqa: BLE001  # the thread must live: nobody else commits
            if len(batch) > 1:
                report("committing requests together", error)  # alone each may be kept: then nothing else tells it
                for waiting in batch:
                    self._commit([waiting])
                return
            report("committing a request", error)
            _settle(batch, StoreFailed("lake", "keeping a request", "see the log; the request may be sent again"))
        else:
            _settle(batch, None)

    def _append(self, batch: list[Prepared]) -> None:
        for table, parts in (("spans", [one.spans for one in batch]), ("scores", [one.scores for one in batch])):
            rows = pa.concat_tables([part for part in parts if part.num_rows] or parts[:1])
            if rows.num_rows:
                with self._numbering:
                    rows = numbered(rows, self._numberer)
                self._lake.append(table, rows)


def _settle(batch: list[_Waiting], failed: BenchbookError | None) -> None:
    for waiting in batch:
        if not waiting.kept.set_running_or_notify_cancel():
            continue  # the client has gone; its rows are kept all the same
        if failed is None:
            waiting.kept.set_result(None)
        else:
            waiting.kept.set_exception(failed)
