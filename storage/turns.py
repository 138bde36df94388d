"""Turns between the processes that share a folder; a process that dies gives its turn back."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from errors import Busy

_LOOK_AGAIN_SECONDS = 0.002


@contextmanager
def turn(path: Path, *, wait_seconds: float) -> Iterator[None]:
    """Hold the turn that `path` stands for, alone. Raises `Busy` when it does not come within `wait_seconds`.

    Who wants the turn waits for it at a second file, the door: so who gives it back finds somebody before him.
    With one file a busy writer took the turn again at once, and another waited two seconds.
    """
    deadline = time.monotonic() + wait_seconds
    with ExitStack() as held:
        with ExitStack() as door:
            _wait(door, path.with_suffix(".door"), deadline)
            _wait(held, path, deadline)
        yield


@contextmanager
def alone(path: Path) -> Iterator[bool]:
    """Whether nobody else holds `path`; if so it is held within the block."""
    with ExitStack() as held:
        yield _taken(_opened(held, path))


def _wait(held: ExitStack, path: Path, deadline: float) -> None:
    descriptor = _opened(held, path)
    while not _taken(descriptor):
        if time.monotonic() > deadline:
            raise Busy(retry_after_seconds=5)
        time.sleep(_LOOK_AGAIN_SECONDS)


def _opened(held: ExitStack, path: Path) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    held.callback(os.close, descriptor)  # gives the lock back
    return descriptor


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
