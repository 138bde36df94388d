"""A small file system of its own for a test: it can be full, or not be written at all."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.torture.attack import Skipped


@dataclass(frozen=True, slots=True)
class Mounted:
    """A tmpfs; sizes are MiB."""

    folder: Path

    def resize(self, size_mib: int) -> None:
        """Give it more room, or less."""
        _mount("-o", f"remount,size={size_mib}m", str(self.folder))

    def read_only(self) -> None:
        """From now on nobody writes, root neither."""
        _mount("-o", "remount,ro", str(self.folder))

    def fill(self, *, leave_bytes: int) -> Path:
        """A file that takes all the room but so much; delete it to give the room back."""
        ballast, free = self.folder / "ballast", os.statvfs(self.folder)
        left = free.f_bavail * free.f_frsize - leave_bytes
        with ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(left, 1))
        return ballast


@contextmanager
def mounted(folder: Path, *, size_mib: int) -> Iterator[Mounted]:
    """Mount it; raises `Skipped` where that is not possible."""
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() != 0:
        raise Skipped("only root can mount a small file system")
    try:
        _mount("-t", "tmpfs", "-o", f"size={size_mib}m", "none", str(folder))
    except (OSError, subprocess.CalledProcessError) as error:
        raise Skipped("a tmpfs cannot be mounted here") from error
    try:
        yield Mounted(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=False, capture_output=True)


def _mount(*words: str) -> None:
    subprocess.run(["mount", *words], check=True, capture_output=True)
