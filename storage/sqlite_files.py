"""SQLite's files as they lie: made for their owner alone, and a write-ahead log that is cut to nothing."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from storage.synced import sync

_LOOK_AGAIN_SECONDS = 0.05


def make_private_file(path: Path) -> None:
    """Make an empty file (mode 600) where there is none: else the umask would decide who may read it.

    One that is there is never opened here: whoever closes a file gives back all locks that its process holds on it,
    those of SQLite too. Then another process takes itself for the last one, and deletes the log that is still written.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return
    sync(path.parent)


def emptied_log(execute: Callable[[str], Any], *, wait_seconds: float = 30.0) -> bool:
    """Whether the log is back in the file and empty; readers who still need it are waited for.

    Until then it holds pages as they were before they were changed.
    """
    deadline = time.monotonic() + wait_seconds
    while execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
        if time.monotonic() > deadline:
            return False
        time.sleep(_LOOK_AGAIN_SECONDS)
    return True
