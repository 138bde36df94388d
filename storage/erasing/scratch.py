"""A folder in the home for what an erasure works out beforehand; whoever dies leaves it, and the next one clears it."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from storage.turns import alone, turn

_WAIT_SECONDS = 600.0
_PREFIX = "erasing-"
_IN_USE = "in-use.lock"


@contextmanager
def scratch_folder(home: Path) -> Iterator[Path]:
    """An empty folder, gone afterwards; one at a time in a home. Raises `Busy`."""
    with turn(_lock(home), wait_seconds=_WAIT_SECONDS):
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=home))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def spill_folder(home: Path) -> Iterator[Path]:
    """A folder for what a question cannot keep in memory, gone afterwards; any number at a time."""
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=home))
    try:
        with alone(folder / _IN_USE):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def clear(home: Path) -> None:
    """Delete folders that nobody works in."""
    left = list(home.glob(f"{_PREFIX}*/"))
    if left:
        with alone(_lock(home)) as nobody_works:
            for folder in left if nobody_works else ():
                _remove_unused(folder)


def _remove_unused(folder: Path) -> None:
    try:
        with alone(folder / _IN_USE) as is_left:
            if is_left:
                shutil.rmtree(folder, ignore_errors=True)
    except FileNotFoundError:
        return  # whoever worked in it has just ended


def _lock(home: Path) -> Path:
    return home / "erasing.lock"
