"""The files that an ingest looks at, and the names under which they are recorded."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from errors import UsageError
from scrub import Policy, Scrubber, TextKind, without_numbers
from scrub.strictest import strictest
from settings import Settings

_DATA_SUFFIXES = frozenset({".json", ".jsonl", ".ndjson", ".pb", ".binpb", ".bin", ".gz", ".parquet", ".otlp"})
_NEVER_TRACES = ("license", "licence", "readme", "notice", "copying", "changelog")


@dataclass(frozen=True, slots=True)
class Source:
    """One file. `label` is its name without personal data; `is_named` when somebody named the file itself."""

    path: Path
    label: str
    is_named: bool

    @property
    def is_promised(self) -> bool:
        """Whether it ought to hold traces: named by somebody, or called like data. READMEs and licences never."""
        if self.path.name.lower().startswith(_NEVER_TRACES):
            return False
        return self.is_named or self.path.suffix.lower() in _DATA_SUFFIXES


def sources(paths: Iterable[Path], *, settings: Settings, key: bytes) -> list[Source]:
    """The files at the paths, folders walked in order of name; hidden files and folders are left alone, as are pipes.

    Raises `UsageError` for a path that is not there, or neither file nor folder.
    """
    scrubber = Scrubber(strictest(Policy.from_settings(settings.scrub)), key)
    found: list[Source] = []
    for path in paths:
        if not path.exists():
            raise UsageError(f"{path} is not there")
        if not (path.is_file() or path.is_dir()):  # a pipe or a device has no end, or can be read only once
            raise UsageError(f"{path} is no file and no folder; save what it gives to a file first")
        for file in _files(path):
            label = f"{path.name}/{file.relative_to(path)}" if file != path else path.name
            found.append(Source(file, _scrubbed(label, scrubber), is_named=file == path))
    return found


def _scrubbed(label: str, scrubber: Scrubber) -> str:
    plain = label.encode("utf-8", "replace").decode()  # file names are bytes
    return without_numbers(scrubber.text(plain, TextKind.LABEL).text)


def _files(path: Path, above: frozenset[Path] = frozenset()) -> Iterator[Path]:
    if path.is_file():
        yield path
    if not path.is_dir() or path.resolve() in above:  # a link to a folder that it is in
        return
    for inside in sorted(path.iterdir()):
        if not inside.name.startswith((".", "__pycache__")):
            yield from _files(inside, above | {path.resolve()})
