"""A folder in the home for what an erasure works out beforehand; whoever dies leaves it, and the next one clears it."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from storage.turns import alone, turn

_WAIT_SECONDS = 600.0
_PREFIX = "erasing-"


@contextmanager
def scratch_folder(home: Path) -> Iterator[Path]:
    """An empty folder, gone afterwards; one at a time in a home. Raises `Busy`."""
    with turn(_lock(home), wait_seconds=_WAIT_SECONDS):
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=home))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def clear(home: Path) -> None:
    """Delete folders that nobody works in."""
    left = list(home.glob(f"{_PREFIX}*/"))
    if left:
        with alone(_lock(home)) as nobody_works:
            for folder in left if nobody_works else ():
                shutil.rmtree(folder, ignore_errors=True)


def _lock(home: Path) -> Path:
    return home / "erasing.lock"
