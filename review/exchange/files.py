"""Files of labels: which ones a path holds, and their rows. CSV, JSON lines, or MT-RAG's evaluations; .gz too."""

import codecs
import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from errors import UsageError
from review.exchange import mt_rag
from review.exchange.cells import as_meant
from review.exchange.rows import SPELLINGS, LabelRow, NotTaken, Refused, Stratum, checked_stratum, label_row
from review.rubric.rubric import Rubric

LARGEST = 512 * 2**20
"""Bytes of a file, unpacked."""
_WEEK = re.compile(r"\d{4}-W\d{2}")
_NAMES = re.compile(r"\.(?:csv|tsv|jsonl|ndjson|json)(?:\.gz)?$", re.IGNORECASE)
_NOT_IN_ID = re.compile(r"[^A-Za-z0-9_.-]+")
_NEEDED = ("target", "reviewer", "criterion")


@dataclass(slots=True)
class LabelFile:
    """A file's rows, and what it or a file beside it says of the sample. `rubric` is set where the file defines one.

    `stem`: what the file is called, which may name people; the sample of rows that name none is made of it.
    """

    name: str
    stem: str
    week: str | None = None
    rows: list[LabelRow] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    strata: dict[str, Stratum] = field(default_factory=dict)
    rubric: Rubric | None = None


def label_files(paths: Iterable[Path]) -> Iterator[LabelFile]:
    """The label files at `paths`, one at a time; in a folder, what holds no labels is left alone.

    Raises `UsageError` for a path that is not there, and when no path holds labels.
    """
    found = False
    for path in paths:
        if not path.exists():
            raise UsageError(f"{path} is not there")
        listed = [path] if path.is_file() else sorted(one for one in path.rglob("*") if one.is_file())
        for each in listed:
            if path.is_dir() and (not _NAMES.search(each.name) or any(part.startswith(".") for part in each.parts)):
                continue
            read = _read(each)
            if read is None and path.is_file():
                read = LabelFile(each.name, "", refused=[Refused(each.name, "file", "no labels that we know")])
            if read is not None:
                found = True
                yield read
    if not found:
        raise UsageError("no labels there: CSV or JSON lines with item, reviewer, criterion and value are read")


def _read(path: Path) -> LabelFile | None:
    """The rows of a file; None when it is something else."""
    named = LabelFile(path.name, _stem(path), week=(_WEEK.search(path.name) or [None])[0])
    try:
        text = _content(path)
        if text is None:
            return None
        if text.lstrip()[:1] in ("{", "["):
            return _json(text, named)
        return _csv(text, path, named)
    except (UnicodeDecodeError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        reason = "not UTF-8" if isinstance(error, UnicodeDecodeError) else "a damaged gzip file"
        return LabelFile(path.name, "", refused=[Refused(path.name, "file", reason)]) if _looks_named(path) else None


def _looks_named(path: Path) -> bool:
    return "label" in path.name.lower()


def _stem(path: Path) -> str:
    return path.name.removesuffix(".gz").rpartition(".")[0] or path.name


def sample_id(text: str, *, ending: str = "") -> str:
    """A sample's id made of words, 80 characters at most."""
    words = _NOT_IN_ID.sub("-", text).strip("-._")[: 80 - len(ending)] or "imported"
    return f"{words}{ending}"


def _content(path: Path) -> str | None:
    """The text of a file whose beginning could be labels, else None: traces may be large."""
    opened = gzip.open if path.name.lower().endswith(".gz") else open
    with opened(path, "rb") as file:
        head = file.read(65_536)
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise UnicodeDecodeError("utf-8", b"", 0, 1, "UTF-16")
        if not _could_be_labels(head):
            return None
        content = head + file.read(LARGEST)
    if len(content) > LARGEST:
        raise UsageError(f"{path.name} is larger than {LARGEST // 2**20} MiB; split it")
    return content.decode("utf-8-sig")


def _could_be_labels(head: bytes) -> bool:
    if head.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] in (b"{", b"["):
        is_labels = b'"criterion"' in head and any(b'"%s"' % one.encode() in head for one in SPELLINGS["reviewer"])
        return is_labels or mt_rag.recognises(head)
    return b"criterion" in head.partition(b"\n")[0]


def _csv(text: str, path: Path, into: LabelFile) -> LabelFile | None:
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    lines = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        columns = [name.strip().lower() for name in lines.fieldnames or []]
    except csv.Error:
        into.refused.append(Refused(into.name, "line 1", "not a CSV line"))
        return into
    if not all(any(one in columns for one in SPELLINGS.get(name, (name,))) for name in _NEEDED):
        return None
    lines.fieldnames = columns
    into.strata = _strata_beside(path, into)
    while True:
        begins = lines.line_num + 1
        try:
            cells = next(lines, None)
        except csv.Error as error:
            is_open = "end of data" in str(error)
            reason = "a quote that is never closed: all from here on is lost" if is_open else "not a CSV line"
            into.refused.append(Refused(into.name, f"line {begins}", reason))
            continue
        if cells is None:
            return into
        said = {key: as_meant(cell) for key, cell in cells.items() if isinstance(key, str) and isinstance(cell, str)}
        _add(said, f"line {lines.line_num}", into)


def _strata_beside(path: Path, into: LabelFile) -> dict[str, Stratum]:
    """Sizes from `strata-2026-W40.csv` beside `labels-2026-W40.csv`: stratum, size, sampled."""
    named = path.name.replace("labels", "strata", 1)
    beside = next((one for name in (named, named.removesuffix(".gz")) if (one := path.with_name(name)).exists()), path)
    if beside == path:
        return {}
    sizes: dict[str, Stratum] = {}
    lines = csv.DictReader(io.StringIO((_text_of(beside)), newline=""))
    while True:
        try:
            cells = next(lines, None)
            if cells is None:
                return sizes
            size = checked_stratum(int(cells.get("size") or ""), int(cells.get("sampled") or ""))
        except (NotTaken, ValueError, csv.Error):
            into.refused.append(Refused(beside.name, f"line {lines.line_num}", "not a stratum with its sizes"))
            continue
        sizes[str(cells.get("stratum") or "")] = size


def _text_of(path: Path) -> str:
    opened = gzip.open if path.name.lower().endswith(".gz") else open
    with opened(path, "rb") as file:
        return file.read(LARGEST).decode("utf-8-sig", errors="replace")


def _json(text: str, into: LabelFile) -> LabelFile | None:
    if mt_rag.recognises(text[:65_536].encode()):
        return _mt_rag(text, into)
    for position, said in _json_rows(text):
        if isinstance(said, Mapping):
            _add({str(key).lower(): value for key, value in said.items()}, position, into)
        else:
            into.refused.append(Refused(into.name, position, "not a JSON object"))
    return into


def _json_rows(text: str) -> Iterator[tuple[str, object]]:
    """A list of rows, or a row per line."""
    if text.lstrip().startswith("["):
        try:
            listed = orjson.loads(text)
        except orjson.JSONDecodeError:
            listed = [None]
        yield from ((f"item {number}", one) for number, one in enumerate(listed, 1))
        return
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                yield f"line {number}", orjson.loads(line)
            except orjson.JSONDecodeError:
                yield f"line {number}", None


def _mt_rag(text: str, into: LabelFile) -> LabelFile:
    try:
        said = orjson.loads(text)
    except orjson.JSONDecodeError:
        into.refused.append(Refused(into.name, "file", "not JSON"))
        return into
    try:
        into.stem, into.rubric = mt_rag.NAME, mt_rag.rubric(said if isinstance(said, dict) else {})
    except UsageError as error:
        into.refused.append(Refused(into.name, "file", f"like MT-RAG's evaluations, but {error}"))
        return into
    into.strata = {mt_rag.STRATUM: mt_rag.whole_file(said)}
    for position, row in mt_rag.rows(said):
        _add(row, position, into)
    return into


def _add(said: Mapping[str, object], position: str, into: LabelFile) -> None:
    try:
        into.rows.append(label_row(said, position))
    except NotTaken as reason:
        into.refused.append(Refused(into.name, position, str(reason)))
