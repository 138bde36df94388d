"""The worker processes of an `ingest`: parts go out, prepared rows come back in the same order.

A worker that dies (out of memory, killed, too slow) takes only its own part with it and is replaced; the part is tried
again piece by piece, and one that kills its worker twice is refused.
"""

import os
import queue
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Self

from ingest.part import Part, Reader
from ingest.prepared import Prepared
from settings import Settings

AHEAD = 2
"""Jobs under way per worker: enough to keep it busy, few enough to bound memory."""
JOB_SECONDS = 600.0
"""A job that takes longer ends its worker; one of 32 MiB of text takes a minute or two."""
_ROOT = Path(__file__).parents[1]
_DIED = "could not be read (the process that tried it ended)"

Job = list[Part]
Answer = list[list[Prepared]]


class _Died(Exception):
    """The worker ended in the middle of a job."""


class _Worker:
    """One process and the connection to it."""

    def __init__(self, settings: Settings) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-m", "ingest.part_worker", str(theirs.fileno()), str(os.getpid())]
            paths = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")]))
            self._process = subprocess.Popen(
                command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": paths}
            )
        self._connection = Connection(ours.detach())
        self._is_ready = False
        self._ask(settings)

    def answer(self, job: Job) -> Answer:
        """The prepared rows of each part; raises `_Died`."""
        if not self._is_ready:
            self._told()
            self._is_ready = True
        self._ask(job)
        return [[Prepared.from_ipc(one) for one in part] for part in self._told()]

    def _ask(self, what: Settings | Job) -> None:
        try:
            self._connection.send(what)
        except OSError as error:
            raise _Died from error

    def _told(self) -> list[list[bytes]]:
        try:
            if not self._connection.poll(JOB_SECONDS):
                raise _Died
            told: list[list[bytes]] = self._connection.recv()
        except (EOFError, OSError) as error:
            raise _Died from error
        return told

    def end(self) -> None:
        self._connection.close()
        self._process.kill()
        self._process.wait()


class Workers(AbstractContextManager["Workers"]):
    """Processes that prepare parts; with none, they are prepared here."""

    def __init__(self, settings: Settings, *, processes: int) -> None:
        self._settings = settings
        self._processes = processes
        self._idle: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        self._all: list[_Worker] = []
        self._closing = False
        self._threads: ThreadPoolExecutor | None = None

    def __enter__(self) -> Self:
        if self._processes:
            for _ in range(self._processes):
                self._idle.put(self._new())
            self._threads = ThreadPoolExecutor(self._processes, thread_name_prefix="ingest")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing = True
        if kind is not None:
            for worker in self._all:
                worker.end()  # a job under way ends with its worker
        if self._threads is not None:
            self._threads.shutdown(cancel_futures=True)
        for worker in self._all:
            worker.end()

    def prepared(self, jobs: Iterable[Job]) -> Iterator[tuple[Job, Answer]]:
        """Each job with its answer, in the order given. A job is only taken when a worker can soon have it."""
        if self._threads is None:
            reader = Reader(self._settings)
            for job in jobs:
                yield job, [reader.prepared(part) for part in job]
            return
        under_way: deque[tuple[Job, Future[Answer]]] = deque()
        for job in jobs:
            under_way.append((job, self._threads.submit(self._answer, job)))
            if len(under_way) >= self._processes * AHEAD:
                done, future = under_way.popleft()
                yield done, future.result()
        for done, future in under_way:
            yield done, future.result()

    def _answer(self, job: Job) -> Answer:
        try:
            return self._once(job)
        except _Died:
            return [self._alone(part) for part in job]

    def _alone(self, part: Part) -> list[Prepared]:
        try:
            return self._once([part])[0]
        except _Died:
            return self._once([replace(part, piece=replace(part.piece, content=b"", fault=_DIED))])[0]

    def _new(self) -> _Worker:
        worker = _Worker(self._settings)
        self._all.append(worker)
        return worker

    def _once(self, job: Job) -> Answer:
        worker = self._idle.get()
        try:
            answer = worker.answer(job)
        except _Died:
            worker.end()
            if not self._closing:
                self._idle.put(self._new())
            raise
        self._idle.put(worker)
        return answer
