"""The processes that decode, map and scrub, so that neither the event loop nor the pages wait for it.

Each worker is a process of its own with a socket, tended by one thread here. A worker that dies (out of memory,
killed, too slow) takes only its own request with it and is replaced. With `ProcessPoolExecutor` it would take
everybody's, and the app's main module would be loaded in every worker.
"""

import os
import queue
import socket
import subprocess
import sys
import threading
from concurrent.futures import Future
from multiprocessing.connection import Connection
from pathlib import Path

from errors import BenchbookError, Busy
from ingest.receive.boundary import log
from ingest.receive.job import Failed, Job, Refusal

JOB_SECONDS = 300.0
"""A request that takes longer ends its worker; 64 MiB of text take a minute or two to scrub."""
READY_SECONDS = 60.0
RETRY_SECONDS = 2
_ROOT = Path(__file__).parents[2]


class WorkerDied(BenchbookError):
    """The process that prepared the request ended; nothing was kept, so it may be sent again."""

    def __init__(self) -> None:
        super().__init__("the request could not be prepared; send it again")


class Refused(BenchbookError):
    """A worker refused the request."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal
        super().__init__(refusal.message)


class _Worker:
    """One process and the connection to it."""

    def __init__(self, home: Path) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-m", "ingest.receive.worker", str(theirs.fileno()), str(os.getpid())]
            paths = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")]))
            self._process = subprocess.Popen(
                command,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env={**os.environ, "BENCHBOOK_HOME": str(home), "PYTHONPATH": paths},
            )
        self._connection = Connection(ours.detach())

    def is_ready(self, wait_seconds: float) -> bool:
        """Wait until it has loaded everything; False when it has not yet. Raises `WorkerDied`."""
        try:
            return self._connection.poll(wait_seconds) and self._connection.recv() is None
        except (EOFError, OSError) as error:
            raise WorkerDied from error

    def answer(self, job: Job) -> bytes | Refusal | Failed:
        """Its answer; raises `WorkerDied`."""
        try:
            self._connection.send(job)
            if self._connection.poll(JOB_SECONDS):
                given: bytes | Refusal | Failed = self._connection.recv()
                return given
        except (EOFError, OSError) as error:
            raise WorkerDied from error
        raise WorkerDied

    def end(self) -> None:
        self._connection.close()
        self._process.kill()
        self._process.wait()


class Pool:
    """A fixed number of workers behind one queue."""

    def __init__(self, home: Path, *, workers: int) -> None:
        self._home = home
        self._jobs: queue.SimpleQueue[tuple[Job, Future[bytes]] | None] = queue.SimpleQueue()
        self._closing = threading.Event()
        self._threads = [
            threading.Thread(target=self._tend, name=f"worker {number}", daemon=True)
            for number in range(1, workers + 1)
        ]
        self._ready = threading.Event()

    def start(self) -> None:
        """Start the workers; jobs may be given at once and wait until one is ready."""
        for thread in self._threads:
            thread.start()

    def wait_ready(self, seconds: float = READY_SECONDS) -> None:
        """Wait until a worker has started, but not for ever: pages are of use without any."""
        if not self._ready.wait(seconds):
            log.error("no worker process has started within %.0f s; requests wait for one", seconds)

    def prepare(self, job: Job) -> Future[bytes]:
        """Prepared rows as Arrow IPC; the future raises `Refused`, `WorkerDied`, or `Busy` when closing."""
        future: Future[bytes] = Future()
        if self._closing.is_set():
            future.set_exception(Busy(RETRY_SECONDS))
        else:
            self._jobs.put((job, future))
        return future

    def close(self) -> None:
        """End the workers once the jobs that were given are answered."""
        self._closing.set()
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

    def _tend(self) -> None:
        worker = self._started()
        while (given := self._jobs.get()) is not None:
            job, future = given
            if not future.set_running_or_notify_cancel():
                continue
            try:
                self._settle(future, worker.answer(job))
            except WorkerDied as died:
                log.warning("a worker process ended in the middle of a request; it is replaced")
                worker.end()
                future.set_exception(died)
                worker = self._started()
        worker.end()

    def _started(self) -> _Worker:
        """A worker that is ready; tries until there is one, or until closing."""
        while True:
            worker = _Worker(self._home)
            try:
                while not self._closing.is_set() and not worker.is_ready(0.5):
                    pass
            except WorkerDied:
                worker.end()
                log.error("a worker process cannot start; trying again in 2 s")
                self._closing.wait(2)
                continue
            self._ready.set()
            return worker

    def _settle(self, future: Future[bytes], given: bytes | Refusal | Failed) -> None:
        match given:
            case bytes():
                future.set_result(given)
            case Refusal():
                future.set_exception(Refused(given))
            case Failed():
                log.error("unforeseen error while preparing a request: %s", given.place)
                future.set_exception(WorkerDied())


_early: list[Pool] = []


def start_early(home: Path, *, workers: int) -> None:
    """Start the workers before the app is imported: both take seconds, and so they do it at the same time."""
    pool = Pool(home, workers=workers)
    pool.start()
    _early[:] = [pool]


def started_pool(home: Path, *, workers: int) -> Pool:
    """The pool that was started early, else one that starts now."""
    if not _early:
        start_early(home, workers=workers)
    return _early.pop()
