"""What a shell command prints: one JSON value, or lines for people."""

import io
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

HomeOption = Annotated[Path | None, typer.Option("--home", help="The folder everything is kept in [BENCHBOOK_HOME].")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON value and nothing else.")]


class _MayGoUnread(io.FileIO):
    """A stream that takes what nobody reads any more."""

    def write(self, text: Any, /) -> int:
        try:
            return super().write(text)
        except BrokenPipeError:
            return memoryview(text).nbytes


def outlive_readers() -> None:
    """From now on a reader that stops reading (`| head`) stops nothing: the command ends with the exit code it has."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        with suppress(AttributeError, io.UnsupportedOperation):  # closed from the start, or no file
            raw = _MayGoUnread(stream.fileno(), "w", closefd=False)
            kept = io.TextIOWrapper(
                raw if stream.write_through else io.BufferedWriter(raw), encoding=stream.encoding, errors=stream.errors,
                line_buffering=stream.line_buffering, write_through=stream.write_through,
            )  # fmt: skip
            setattr(sys, name, kept)


def show(value: Any, lines: Iterable[str], *, json: bool) -> None:
    """Print the value as JSON, or the lines; control codes in them would steer the terminal."""
    if json:
        sys.stdout.write(orjson.dumps(value, default=str, option=orjson.OPT_SERIALIZE_NUMPY).decode() + "\n")
        return
    sys.stdout.writelines(f"{printable(line)}\n" for line in lines)


def printable(text: str) -> str:
    """The text with a blank for each letter that a terminal would act on."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def counted(number: int, noun: str) -> str:
    """`1 trace`, `12,345 traces`."""
    return f"{number:,} {noun if number == 1 else noun + 's'}"


def columns(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Lines of a table whose columns are as wide as they need."""
    cells = [[str(cell) for cell in row] for row in (head, *rows)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(head))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
