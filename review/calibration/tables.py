"""CSV files as tables of text, read strictly: what does not add up is named by file, row and rule, never quoted."""

import codecs
import csv
import io
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from errors import UsageError
from review.calibration.scale import Kind, number

LARGEST = 512 * 2**20
"""Bytes of a file."""


def read_table(path: Path, needed: Iterable[str], *, maybe: Iterable[str] = ()) -> pd.DataFrame:
    """The columns `needed` and those of `maybe` that there are, without blanks at the ends of a cell, and `row`.

    Other columns are left alone. Raises `UsageError`.
    """
    records = _records(_text(path), path.name)
    head = [name.strip() for name in next((cells for _, cells in records), [])]
    if not any(head):
        raise UsageError(f"{path.name} cannot be read as CSV: it has no header")
    needed, wanted = list(needed), [*needed, *maybe]
    if twice := [name for name in wanted if head.count(name) > 1]:
        raise UsageError(f"{path.name} has the column {' and '.join(twice)} twice")
    missing = [name for name in needed if name not in head]
    if missing:
        raise UsageError(f"{path.name} lacks {' and '.join(missing)}; it needs {', '.join(needed)}")
    for row, cells in records[1:]:
        if len(cells) != len(head):
            raise UsageError(f"{path.name} row {row}: it has {len(cells)} cells, the header has {len(head)}")
    columns = list(zip(*(cells for _, cells in records[1:]), strict=True)) or [()] * len(head)
    table = pd.DataFrame(
        {name: pd.Series(columns[head.index(name)], dtype=object).map(str.strip) for name in wanted if name in head}
    )
    return table.assign(row=np.array([row for row, _ in records[1:]], dtype=np.intp))


def columns_of(path: Path) -> list[str]:
    """The names in the first row; none of a file without one. Raises `UsageError`."""
    return [name.strip() for name in next((cells for _, cells in _records(_text(path), path.name)), [])]


def decimal(written: str) -> float | None:
    """A decimal number as people write it; None for anything else, for what is not finite, and for 1_000."""
    return number(written, Kind.ORDINAL)


def refuse(table: pd.DataFrame, is_wrong: pd.Series, name: str, rule: str) -> None:
    """Raise `UsageError` with the first row that is wrong, if one is."""
    rows = table["row"][is_wrong.to_numpy(bool)]
    if len(rows):
        raise UsageError(f"{name} row {rows.iloc[0]}: {rule}")


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST:
            raise UsageError(f"{path.name} is larger than {LARGEST // 2**20} MiB")
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise UsageError(f"there is no file {path.name}") from error
    except OSError as error:
        raise UsageError(f"{path.name} cannot be read ({type(error).__name__})") from error
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise UsageError(f"{path.name} is UTF-16; save it as UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path.name} is not UTF-8; save it as UTF-8") from error


def _records(text: str, name: str) -> list[tuple[int, list[str]]]:
    """Row number and cells of each record that is not empty."""
    found = []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    row = 0
    try:
        for row, cells in enumerate(reader, start=1):
            if cells:
                found.append((row, cells))
    except csv.Error as error:
        raise UsageError(f"{name} row {row + 1}: it cannot be read as CSV; is a quote left open?") from error
    return found
