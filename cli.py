"""The same jobs as the pages, from a shell: `benchbook ingest | load | serve | status | sql | compact | rebuild`.

Results go to standard output, everything else to standard error. With --json, standard output is one JSON value.
Exit codes: 0 done; 2 wrong usage; 3 something was rejected and the rest is kept; 5 failed.
"""

import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path
from typing import Annotated, Any, NoReturn

import click
import orjson
import typer

from errors import BenchbookError, UsageError
from settings import Settings, read_settings

app = typer.Typer(
    name="benchbook",
    help="Is the LLM application getting worse, and can the judge that says so be trusted?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


class Exit(IntEnum):
    """What a caller can tell from the exit code."""

    DONE = 0
    USAGE = 2
    REJECTED = 3
    FAILED = 5


HomeOption = Annotated[Path | None, typer.Option("--home", help="The folder everything is kept in [BENCHBOOK_HOME].")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON value and nothing else.")]


@app.command()
def ingest(
    paths: Annotated[list[Path], typer.Argument(help="Files, or folders of files; .gz too.")],
    format: Annotated[str | None, typer.Option("--format", help="Read as this format, whatever it looks like.")] = None,  # noqa: A002
    home: HomeOption = None,
    json: JsonOption = False,  # noqa: FBT002
) -> Exit:
    """Take in traces from files: scrubbed, kept once, and shown by the app."""
    from ingest.taking import take_in  # noqa: PLC0415 - a command loads what it needs, so --help is quick

    with _progress("Taking in", "bytes") as advance:
        taken = take_in(paths, settings=read_settings(home), format_name=format, progress=advance)
    _print(taken.as_json(), json=json, lines=taken.in_words())
    return Exit.REJECTED if taken.rejected else Exit.DONE


@app.command()
def load(home: HomeOption = None, json: JsonOption = False) -> Exit:  # noqa: FBT002
    """Bring the warehouse up to what the lake holds (the running app does this by itself)."""
    from storage import desk  # noqa: PLC0415

    with _progress("Loading", "rows") as advance:
        report = desk.load(read_settings(home), advance)
    _print(report, json=json)
    return Exit.DONE


@app.command()
def rebuild(home: HomeOption = None, json: JsonOption = False) -> Exit:  # noqa: FBT002
    """Make the warehouse and the text index anew from the lake. The figures stay the same."""
    from storage import desk  # noqa: PLC0415

    with _progress("Rebuilding", "rows") as advance:
        report = desk.rebuild(read_settings(home), advance)
    _print(report, json=json)
    return Exit.DONE


@app.command()
def compact(home: HomeOption = None, json: JsonOption = False) -> Exit:  # noqa: FBT002
    """Turn many small files of the lake into few large ones, and let go of old ones."""
    from storage.home import open_home  # noqa: PLC0415

    opened = open_home(read_settings(home), now=datetime.now(UTC))
    try:
        said = opened.lake.tidy()
    finally:
        opened.close()
    _print(said, json=json)
    return Exit.DONE


@app.command()
def status(home: HomeOption = None, json: JsonOption = False) -> Exit:  # noqa: FBT002
    """What is kept, how fresh the pages are, and whether the app runs."""
    from storage import desk  # noqa: PLC0415

    _print(desk.status(read_settings(home)), json=json)
    return Exit.DONE


@app.command()
def sql(
    query: Annotated[str, typer.Argument(help="One SELECT over spans, documents, scores, traces, sessions.")],
    home: HomeOption = None,
    json: JsonOption = False,  # noqa: FBT002
) -> Exit:
    """Ask the warehouse, read-only; also while the app runs."""
    from storage import desk  # noqa: PLC0415

    rows = desk.sql(read_settings(home), query)
    if json:
        _print(rows, json=True)
    else:
        _print_table(rows)
    return Exit.DONE


@app.command()
def serve(
    home: HomeOption = None,
    host: Annotated[str, typer.Option(help="Address to listen on; this machine alone unless told otherwise.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on.")] = 8501,
    next_free_port: Annotated[bool, typer.Option(help="Take the next free port when this one is taken.")] = False,  # noqa: FBT002
) -> Exit:
    """Serve the pages and the OTLP endpoint until ctrl-C."""
    from ingest.receive.serve import serve as serve_app  # noqa: PLC0415

    return Exit(serve_app(read_settings(home), host=host, port=port, next_free=next_free_port))


def main() -> NoReturn:
    """Entry of the `benchbook` command."""
    wants_json = "--json" in sys.argv[1:]
    try:
        code = app(standalone_mode=False)
    except click.exceptions.Exit as ended:  # --help and the like
        code = ended.exit_code
    except click.ClickException as error:
        code = _failed(error.format_message(), Exit.USAGE, json=wants_json)
    except UsageError as error:
        code = _failed(str(error), Exit.USAGE, json=wants_json)
    except BenchbookError as error:
        code = _failed(str(error), Exit.FAILED, json=wants_json)
    except (click.Abort, KeyboardInterrupt):
        code = _failed("stopped; what was committed is kept, running it again takes the rest", Exit.FAILED, json=wants_json)
    except BrokenPipeError:
        code = Exit.DONE
    except Exception as error:  # noqa: BLE001 - its message could quote a trace; its type and place cannot
        from ingest.receive.boundary import place_of  # noqa: PLC0415

        code = _failed(f"unforeseen error: {place_of(error)}", Exit.FAILED, json=wants_json)
    _leave(int(code or 0))


def _leave(code: int) -> NoReturn:
    """End at once: DuckDB prints forty lines about its own memory when the interpreter takes itself apart."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def _failed(message: str, code: Exit, *, json: bool) -> Exit:
    if json:
        _print({"error": message}, json=True)
    else:
        print(f"benchbook: {message}", file=sys.stderr)
    return code


def _print(value: Any, *, json: bool, lines: list[str] | None = None) -> None:
    if json:
        sys.stdout.write(orjson.dumps(value, default=str).decode() + "\n")
        return
    for line in lines if lines is not None else [f"{name}: {shown}" for name, shown in value.items()]:
        print(line)


def _print_table(rows: list[dict[str, Any]]) -> None:
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    if not rows:
        print("no rows", file=sys.stderr)
        return
    table = Table(*rows[0])
    for row in rows:
        table.add_row(*(Text("" if value is None else str(value)) for value in row.values()))
    Console(soft_wrap=not sys.stdout.isatty()).print(table)


class _progress:  # noqa: N801 - used like a function
    """A progress bar on a terminal, nothing otherwise: `with _progress("Loading", "rows") as advance`."""

    def __init__(self, what: str, unit: str) -> None:
        self._what, self._unit = what, unit

    def __enter__(self) -> Callable[[int, int], None]:
        if not sys.stderr.isatty():
            self._bar = None
            return lambda _done, _total: None
        from rich.console import Console  # noqa: PLC0415
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"), TimeRemainingColumn(),
            console=Console(stderr=True),
        )  # fmt: skip
        self._bar.start()
        task = self._bar.add_task(self._what, total=None)
        return lambda done, total: self._bar.update(task, completed=done, total=max(total, 1)) if self._bar else None

    def __exit__(self, *_: object) -> None:
        if self._bar:
            self._bar.stop()


if __name__ == "__main__":
    main()
