"""SQLite's write-ahead log, cut to nothing: until then it holds pages as they were before they were changed."""

import time
from collections.abc import Callable
from typing import Any

_LOOK_AGAIN_SECONDS = 0.05


def emptied_log(execute: Callable[[str], Any], *, wait_seconds: float = 30.0) -> bool:
    """Whether the log is back in the file and empty; readers who still need it are waited for."""
    deadline = time.monotonic() + wait_seconds
    while execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
        if time.monotonic() > deadline:
            return False
        time.sleep(_LOOK_AGAIN_SECONDS)
    return True
