"""A limit on the time that somebody else's code may take: it is broken off by a signal, where a signal can."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

AGAIN_SECONDS = 1.0
"""Code that catches the interruption is interrupted again."""


class TookTooLong(BaseException):
    """Raised into code that is broken off; no `Exception`, which such code may well catch."""


@contextmanager
def broken_off_after(seconds: float) -> Iterator[None]:
    """Code within it that takes longer, by the clock, gets `TookTooLong` raised into it: loops, waits, expressions.

    Only in the main thread, where workers take in traces and commands run: other threads get no signals, and nothing
    is broken off there. Neither is native code that does not return to Python. Code that swallows the interruption, or
    makes an error of its own of it, ends in `TookTooLong` all the same, as soon as it is done.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    rang = False

    def break_off(_number: int, _frame: FrameType | None) -> None:
        nonlocal rang
        rang = True
        raise TookTooLong

    before = signal.signal(signal.SIGALRM, break_off)
    left, every = signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN_SECONDS)
    try:
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except Exception:
        if not rang:
            raise
    finally:  # again, for it may have rung while it was being stopped
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        signal.setitimer(signal.ITIMER_REAL, left, every)
    if rang:
        raise TookTooLong
