"""The home's secret key: made on first use, mode 600, read by everything that hashes.

It makes hashes useless to who does not hold it. Losing it costs only linkability: the same user gets another hash.
"""

import os
import secrets
from pathlib import Path

from errors import StoreFailed
from storage.synced import sync

KEY_BYTES = 32


def home_key(path: Path) -> bytes:
    """The key at `path`, made if it is not there. Two processes that start at once get the same one.

    Raises `StoreFailed` when it cannot be made or read.
    """
    try:
        if not path.exists():
            _make(path)
        key = path.read_bytes()
    except OSError as error:
        raise StoreFailed("key", "being opened", f"{error.strerror or type(error).__name__} at {path}") from error
    if len(key) != KEY_BYTES:
        raise StoreFailed("key", "being read", f"{path} is damaged; restore it from a backup")
    return key


def _make(path: Path) -> None:
    # no process id: in a container each start has the same one, and a start that was killed here leaves its file
    mine = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(mine, path)  # fails if another process was first: then its key stands
    except FileExistsError:
        pass
    finally:
        os.unlink(mine)
        sync(path.parent)
