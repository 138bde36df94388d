"""The same jobs as the pages, from a shell: `benchbook ingest | load | serve | status | sql | compact | rebuild`.

Results go to standard output, everything else to standard error. With --json, standard output is one JSON value.
Exit codes: 0 done; 2 wrong usage; 3 something was rejected and the rest is kept; 5 failed.
"""

import os
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, Self

import typer
from typer._click.exceptions import ClickException  # what typer raises; it shows no public name for it

from errors import BenchbookError, NotAllowed, UnknownFormat, UsageError
from ingest.rescrub.shell import rescrub
from metrics.shell import changes, outcomes, report, trends, versions, watch
from printing import HomeOption, JsonOption, outlive_readers, printable, show
from review.shell import calibrate, erase, gate, hold, judge, key, labels, queue, retain, rubric, sample, user
from scrub.shell import scrub
from settings import read_settings

if TYPE_CHECKING:
    from storage.lake import Lake

LAKE_TABLES = ("spans", "scores")

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


TrustOption = Annotated[
    bool, typer.Option("--trust-network", help="Listen on other addresses although nothing proves who people are.")
]


@app.command()
def ingest(
    paths: Annotated[list[Path], typer.Argument(help="Files, or folders of files; .gz too.")],
    format: Annotated[str | None, typer.Option("--format", help="Read as this format, whatever it looks like.")] = None,  # noqa: A002
    home: HomeOption = None,
    json: JsonOption = False,  # noqa: FBT002
) -> Exit:
    """Take in traces from files: scrubbed, kept once, and shown by the app."""
    from ingest.files import ingest_paths
    from scrub import Policy
    from scrub.model_cost import tell_cost
    from storage import desk
    from storage.home import open_home

    settings, began = read_settings(home), time.monotonic()
    tell_cost(Policy.from_settings(settings.scrub))
    opened = open_home(settings, now=datetime.now(UTC))
    try:
        with _Progress("Taking in") as bar:
            report = ingest_paths(paths, settings=settings, lake=opened.lake, ledger=opened.ledger, format=format,
                                  progress=lambda done: bar.advance(done.bytes_done, done.bytes))  # fmt: skip
        with _Progress("Loading") as bar:
            report = report.counted(desk.counted(settings, report.batches, bar.advance))
    finally:
        opened.close()
    report = replace(report, seconds=round(time.monotonic() - began, 3))
    _print(report.as_json(), json=json, lines=report.in_words())
    return Exit.REJECTED if report.rejected else Exit.DONE


@app.command()
def load(
    new_ledger: Annotated[bool, typer.Option("--new-ledger", help="Begin anew beside traces that are here.")] = False,  # noqa: FBT002
    home: HomeOption = None,
    json: JsonOption = False,  # noqa: FBT002
) -> Exit:
    """Bring the warehouse up to what the lake holds (the running app does this by itself)."""
    from storage import desk
    from storage.home import open_home

    settings = read_settings(home)
    if new_ledger:
        open_home(settings, now=datetime.now(UTC), new_ledger=True).close()
    with _Progress("Loading") as bar:
        report = desk.load(settings, bar.advance)
    _print(report, json=json)
    return Exit.DONE


@app.command()
def rebuild(home: HomeOption = None, json: JsonOption = False) -> Exit:  # noqa: FBT002
    """Make the warehouse and the text index anew from the lake. The figures stay the same."""
    from storage import desk

    with _Progress("Rebuilding") as bar:
        report = desk.rebuild(read_settings(home), bar.advance)
    _print(report, json=json)
    return Exit.DONE


@app.command()
def compact(home: HomeOption = None, json: JsonOption = False) -> Exit:  # noqa: FBT002
    """Turn many small files of the lake into few large ones, and let go of the old ones.

    While the app runs they are kept for some minutes, since a page may be reading them.
    """
    from storage import desk
    from storage.home import open_home
    from storage.lake_upkeep import GRACE_SECONDS
    from storage.search import TextIndex

    settings = read_settings(home)
    opened = open_home(settings, now=datetime.now(UTC))
    try:
        before, after, deleted = _files(opened.lake), 0, 0
        for table in LAKE_TABLES:
            opened.lake.compact(table)
        runs = bool(desk.status(settings)["app"])
        desk.load(settings)  # readers follow before the old files go
        for table in LAKE_TABLES:
            deleted += opened.lake.vacuum(table, grace_seconds=GRACE_SECONDS if runs else 0)
            opened.lake.checkpoint(table)
        if not runs:
            TextIndex(settings.text_index_path).tidy()
        after = _files(opened.lake)
    finally:
        opened.close()
    _print({"files_before": before, "files_after": after, "deleted": deleted}, json=json)
    return Exit.DONE


def _files(lake: "Lake") -> int:
    return sum(len(lake.files(table)) for table in LAKE_TABLES)


@app.command()
def status(home: HomeOption = None, json: JsonOption = False) -> Exit:  # noqa: FBT002
    """What is kept, how fresh the pages are, and whether the app runs."""
    from storage import desk

    said = desk.status(read_settings(home))
    _print(said, json=json, lines=_status_lines(said))
    return Exit.DONE


def _status_lines(said: dict[str, Any]) -> list[str]:
    kept = [f"{said[name]:,} {name}" for name in ("spans", "traces", "sessions", "documents", "scores")]
    files = "1 file" if said["lake_files"] == 1 else f"{said['lake_files']:,} files"
    traffic = "none yet; benchbook ingest PATH takes in an export"
    if said["spans"]:
        first, last, received = (_moment(said[name]) for name in ("first_span_at", "last_span_at", "received_at"))
        traffic = f"{first} to {last}; last received {received}"
    lake, warehouse, index = (_size(said[f"{name}_bytes"]) for name in ("lake", "warehouse", "text_index"))
    return [
        f"The app {'runs' if said['app'] else 'does not run'} on {said['home']}",
        f"Kept: {', '.join(kept)}",
        f"Traffic: {traffic}",
        f"On disk: lake {lake} in {files}, warehouse {warehouse}, text index {index}",
    ]


def _moment(at: object) -> str:
    if at is None:
        return "unknown"
    when = at if isinstance(at, datetime) else datetime.fromisoformat(str(at))
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _size(size_bytes: int) -> str:
    for unit, one in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size_bytes >= one:
            return f"{size_bytes / one:.1f} {unit}"
    return f"{size_bytes} bytes"


@app.command()
def sql(
    query: Annotated[str, typer.Argument(help="One SELECT over spans, documents, scores, traces, sessions.")],
    home: HomeOption = None,
    json: JsonOption = False,  # noqa: FBT002
) -> Exit:
    """Ask the warehouse, read-only; also while the app runs."""
    from storage import desk

    rows = desk.sql(read_settings(home), query)
    if json:
        _print(rows, json=True)
    else:
        _print_table(rows)
    return Exit.DONE


@app.command()
def serve(
    home: HomeOption = None,
    host: Annotated[
        str, typer.Option(help="Address to listen on; this machine alone unless told otherwise.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on.")] = 8501,
    next_free_port: Annotated[bool, typer.Option(help="Take the next free port when this one is taken.")] = False,  # noqa: FBT002
    trust_network: TrustOption = False,  # noqa: FBT002
) -> Exit:
    """Serve the pages and the OTLP endpoint until ctrl-C."""
    from ingest.receive.serve import serve as serve_app

    settings = read_settings(home)
    if trust_network:
        settings = settings.model_copy(update={"access": settings.access.model_copy(update={"trust_network": True})})
    return Exit(serve_app(settings, host=host, port=port, next_free=next_free_port))


app.command()(sample.sample)
app.command()(calibrate.calibrate)
app.command()(gate.gate)
app.command()(trends.trends)
app.command()(outcomes.outcomes)
app.command()(changes.changes)
app.command()(watch.watch)
app.command()(versions.deploy)
app.command()(report.report)
app.command()(scrub)
app.command()(rescrub)
app.command()(erase.erase)
app.command()(retain.retain)


app.add_typer(versions.app, name="versions")
app.add_typer(user.app, name="user")
app.add_typer(rubric.app, name="rubric")
app.add_typer(labels.app, name="labels")
app.add_typer(queue.app, name="queue")
app.add_typer(watch.app, name="alert")
app.add_typer(judge.app, name="judge")
app.add_typer(hold.app, name="hold")
app.add_typer(key.app, name="key")


def main() -> NoReturn:
    """Entry of the `benchbook` command."""
    from ingest.receive.boundary import leave_no_dump

    leave_no_dump()
    outlive_readers()
    wants_json = "--json" in sys.argv[1:]
    try:
        code = app(standalone_mode=False)
    except typer.Exit as ended:  # --help and the like
        code = ended.exit_code
    except ClickException as error:
        code = _failed(error.format_message(), Exit.USAGE, json=wants_json)
    except (UsageError, NotAllowed, UnknownFormat) as error:  # a file that nobody knows is rejected; this is --format
        code = _failed(str(error), Exit.USAGE, json=wants_json)
    except BenchbookError as error:
        code = _failed(str(error), Exit.FAILED, json=wants_json)
    except (typer.Abort, KeyboardInterrupt):
        code = _failed(
            "stopped; what was committed is kept, running it again takes the rest", Exit.FAILED, json=wants_json
        )
    except (BrokenPipeError, SystemExit):  # typer makes the one into the other, with 1: for a gate that is a decision
        code = _failed("stopped: a program that it spoke with is gone; run it again", Exit.FAILED, json=wants_json)
    except Exception as error:  # noqa: BLE001 - its message could quote a trace; its type and place cannot
        from ingest.receive.boundary import place_of

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
        sys.stderr.write(f"benchbook: {message}\n")
    return code


def _print(value: Any, *, json: bool, lines: list[str] | None = None) -> None:
    spelt = [] if json else lines if lines is not None else [f"{name}: {shown}" for name, shown in value.items()]
    show(value, spelt, json=json)


def _print_table(rows: list[dict[str, Any]]) -> None:
    """A table on a terminal; in a pipe, tab-separated lines that nothing is cut from."""
    if not rows:
        sys.stderr.write("no rows\n")
        return
    lines = [[_shown(name) for name in rows[0]], *([_shown(value) for value in row.values()] for row in rows)]
    if not sys.stdout.isatty():
        sys.stdout.writelines("\t".join(line) + "\n" for line in lines)
        return
    from rich.console import Console
    from rich.table import Column, Table
    from rich.text import Text

    table = Table(*(Column(Text(name)) for name in lines[0]))
    for line in lines[1:]:
        table.add_row(*(Text(cell) for cell in line))
    Console().print(table)


def _shown(value: Any) -> str:
    return "" if value is None else printable(str(value))


class _Progress:
    """A progress bar on a terminal, nothing otherwise."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._stack = ExitStack()
        self._show: Callable[[int, int], None] | None = None

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            self._show = self._shown()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def advance(self, done: int, in_all: int) -> None:
        """Show how far it is."""
        if self._show:
            self._show(done, in_all)

    def _shown(self) -> Callable[[int, int], None]:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%")
        bar = self._stack.enter_context(Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)))
        task = bar.add_task(self._what, total=None)
        return lambda done, in_all: bar.update(task, completed=done, total=max(in_all, 1))


if __name__ == "__main__":
    main()
