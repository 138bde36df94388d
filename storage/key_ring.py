"""Keys of the home that were replaced: kept to find what they hashed, for erasing it, until they are forgotten."""

import hashlib
import os
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from errors import StoreFailed, UsageError
from storage.key import KEY_BYTES, home_key
from storage.synced import make_folder, sync, write_synced

_FOLDER = "retired-keys"
_ID = re.compile("[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Retired:
    """A replaced key. `id` tells it from others and says nothing of it."""

    id: str
    retired_at: datetime
    key: bytes


def key_id(key: bytes) -> str:
    """12 hex digits by which people name a key."""
    return hashlib.blake2b(key, digest_size=6, person=b"key id").hexdigest()


def retired_keys(home: Path) -> list[Retired]:
    """Replaced keys that are not forgotten, the newest first. Raises `StoreFailed` for a damaged file."""
    found = []
    for path in (home / _FOLDER).glob("*.key"):
        if _ID.fullmatch(path.stem):
            key = path.read_bytes()
            if key_id(key) != path.stem:
                raise StoreFailed("key", "being read", f"{path} is damaged; restore it from a backup")
            found.append(Retired(path.stem, datetime.fromtimestamp(path.stat().st_mtime, UTC), key))
    return sorted(found, key=lambda one: (one.retired_at, one.id), reverse=True)


def all_keys(home: Path, key_path: Path) -> list[bytes]:
    """The key in use, then every replaced one that is not forgotten."""
    current = home_key(key_path)
    return [current, *(one.key for one in retired_keys(home) if one.key != current)]


def rotate(home: Path, key_path: Path) -> tuple[str, str]:
    """Put a new key in the place of the one in use, which is kept as replaced; ids of the old and of the new one.

    Whoever has read the old one goes on with it, so nothing may run meanwhile. Broken off, either key is in use.
    """
    old = home_key(key_path)
    make_folder(home / _FOLDER)
    kept = home / _FOLDER / f"{key_id(old)}.key"
    if not kept.exists():
        _write(kept, old)
    new = secrets.token_bytes(KEY_BYTES)
    _write(key_path, new)
    return key_id(old), key_id(new)


def forget(home: Path, wanted: str) -> None:
    """Delete a replaced key, its bytes overwritten: from then on nobody finds what it hashed. Raises `UsageError`."""
    path = home / _FOLDER / f"{wanted}.key"
    if not _ID.fullmatch(wanted) or not path.exists():
        raise UsageError("there is no replaced key of that id; `benchbook key list` shows all")
    with path.open("r+b") as file:
        file.write(bytes(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()
    sync(path.parent)


def _write(path: Path, key: bytes) -> None:
    mine = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    mine.unlink(missing_ok=True)
    write_synced(mine, key)
    os.replace(mine, path)
    sync(path.parent)
