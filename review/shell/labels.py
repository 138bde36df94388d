"""`benchbook labels import | export`: labels and the gold set as files."""

import datetime as dt
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from printing import HomeOption, JsonOption, printable, show
from settings import read_settings

if TYPE_CHECKING:
    import pandas as pd

    from review.exchange.imports import Imported
    from settings import Settings

app = typer.Typer(help="Labels and the gold set, in and out.", no_args_is_help=True, rich_markup_mode=None)
REJECTED = 3
_SHOWN_REJECTS = 20
_HERE = """SELECT count(*) AS items FROM (SELECT unnest($items::VARCHAR[]) AS item)
WHERE item IN (SELECT trace_id FROM traces UNION ALL SELECT session_id FROM traces)"""

SampleOption = Annotated[str | None, typer.Option("--sample", help="Of this sample only.")]
ByOption = Annotated[str | None, typer.Option("--by", help="Who does it, for the audit log and their rights.")]


@app.command("import")
def import_(
    paths: Annotated[list[Path], typer.Argument(help="CSV or JSON lines of labels, or folders of them; .gz too.")],
    rubric: Annotated[str | None, typer.Option(help="The rubric of rows that name none.")] = None,
    by: ByOption = None,
    home: HomeOption = None,
    json: JsonOption = False,  # noqa: FBT002
) -> int:
    """Take in labels that were given elsewhere: once, comments scrubbed, bad rows refused by line and reason."""
    from review.exchange.files import label_files
    from review.exchange.imports import Import
    from review.people import SHELL
    from review.rights.subjects import erased_items
    from review.words import Words
    from scrub import Policy
    from storage.home import open_home
    from storage.key import home_key

    settings, now = read_settings(home), dt.datetime.now(dt.UTC)
    opened = open_home(settings, now=now)
    try:
        key = home_key(settings.key_path)
        words = Words(Policy.from_settings(settings.scrub), key)
        is_erased = erased_items(opened.ledger.database, settings, key)
        done = Import(opened.ledger.database, words, key, by or SHELL, now, rubric, is_erased).take(label_files(paths))
    finally:
        opened.close()
    missing = _without_trace(settings, done.items)
    show(done.as_json() | {"items_without_trace": missing}, _import_lines(done, missing), json=json)
    return REJECTED if done.refused else 0


def _without_trace(settings: "Settings", items: Iterable[str]) -> int | None:
    """How many of the items are, or are of, no trace or session that is here; None where it cannot be asked now."""
    from errors import BenchbookError
    from storage.desk import DeskWarehouse

    named = sorted({one.rsplit("/", 2)[0] for one in items})  # of a document its trace
    if not named:
        return 0
    try:
        here = DeskWarehouse(settings).frame(_HERE, items=named)["items"].iloc[0]
    except BenchbookError:
        return None
    return len(named) - int(here)


def _import_lines(done: "Imported", missing: int | None) -> Iterable[str]:
    yield f"{done.labels:,} labels taken, {done.already:,} were here already"
    yield f"samples: {', '.join(sorted(done.samples)) or 'none'}"
    if missing:
        yield f"of {len(done.items):,} new items {missing:,} are no trace or session that is here"
    if done.uncertain:
        yield (
            f"of {len(done.items):,} new items {done.uncertain:,} have no probability of inclusion (nor the sizes of "
            "their stratum): they count in no estimate and in no agreement"
        )
    if done.replaced:
        counts = ", ".join(f"{count} {entity}" for entity, count in sorted(done.replaced.items()))
        yield f"replaced in comments: {counts}"
    for one in done.refused[:_SHOWN_REJECTS]:
        yield f"refused {one.file}, {one.position}: {one.reason}"
    if len(done.refused) > _SHOWN_REJECTS:
        yield f"and {len(done.refused) - _SHOWN_REJECTS:,} more; --json lists them"


@app.command()
def export(
    sample: SampleOption = None,
    format: Annotated[str | None, typer.Option("--format", help="csv, or jsonl (gold always).")] = None,  # noqa: A002
    gold: Annotated[bool, typer.Option("--gold", help="The gold set: one line per item, with its texts.")] = False,  # noqa: FBT002
    by: ByOption = None,
    home: HomeOption = None,
    json: JsonOption = False,  # noqa: FBT002
) -> int:
    """Print labels (raw, as people gave them), or with --gold the answers that stand, with question and documents.

    With --by, what others said of items that this person may still be given is left out.
    """
    from errors import UsageError
    from review.exchange.exports import FORMATS, as_csv, as_json_lines, records, take_out
    from review.label_frame import label_frame, unseen_by
    from review.people import SHELL
    from storage.home import open_home

    if format not in (None, *FORMATS):
        raise UsageError(f"--format is one of: {', '.join(FORMATS)}")
    if gold and format == "csv":
        raise UsageError("the gold set has messages and documents, which no CSV holds; leave --format out, or jsonl")
    settings, now = read_settings(home), dt.datetime.now(dt.UTC)
    opened = open_home(settings, now=now)
    try:
        database = opened.ledger.database
        if gold:
            from review.exchange.gold import gold_lines
            from storage.desk import DeskWarehouse

            ask = DeskWarehouse(settings).frame
            rows = take_out(database, lambda: gold_lines(database, ask, sample=sample, hidden_from=by), what="gold",
                            sample=sample, by=by or SHELL, now=now)  # fmt: skip
        else:

            def labels() -> "pd.DataFrame":
                found = label_frame(database, sample=sample)
                return found if by is None else unseen_by(database, found, by)

            frame = take_out(database, labels, what="labels", sample=sample, by=by or SHELL, now=now)
    finally:
        opened.close()
    if not gold and not json and format != "jsonl":
        _write(as_csv(frame))
        return 0
    if not gold:
        rows = records(frame)
    if json:
        show(rows, (), json=True)
    else:
        _write(as_json_lines(rows))
    return 0


def _write(exported: str) -> None:
    """A file gets it as it is; a terminal without the control codes in it, which would steer it."""
    if sys.stdout.isatty():
        sys.stdout.writelines(f"{printable(line)}\n" for line in exported.splitlines())
    else:
        sys.stdout.write(exported)
