"""`benchbook judge examples | anchor | position`: material for prompts, the frozen set, and judges of pairs."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from errors import UsageError
from printing import HomeOption, JsonOption, show
from settings import Settings, read_settings

if TYPE_CHECKING:
    from review.calibration.position import PositionBias
    from review.calibration.reviewed import Reviewed
    from storage.desk import DeskWarehouse
    from storage.ledger_database import Database

app = typer.Typer(
    help="Judges: examples for prompts, anchors, order of pairs.", no_args_is_help=True, rich_markup_mode=None
)

CriterionOption = Annotated[str, typer.Option(help="Of the rubric that reviewers answer.")]
OutOption = Annotated[Path | None, typer.Option(help="A file that is not there yet; JSON lines.")]
ByOption = Annotated[str | None, typer.Option("--by", help="Who does it, for the audit log and their rights.")]


@app.command()
def examples(  # noqa: PLR0913, PLR0917 - options of a command
    judge: Annotated[str, typer.Argument(help="A judge's name, or its whole title.")],
    criterion: CriterionOption,
    out: Annotated[Path, typer.Option(help="A file that is not there yet; JSON lines.")],
    most: Annotated[int, typer.Option(min=1, help="So many of the worst disagreements.")] = 20,
    item: Annotated[list[str] | None, typer.Option("--item", help="These items instead, by trace id.")] = None,
    held_out: Annotated[
        float | None, typer.Option(help="Share of conversations kept back; asked once, .3 without.")
    ] = None,
    by: ByOption = None,
    home: HomeOption = None,
    json: JsonOption = False,  # noqa: FBT002
) -> int:
    """Write disagreements, worst first, as examples for the judge's next prompt. Held-out items are refused."""
    from review.calibration.examples import Wanted, export_examples
    from review.calibration.held_out import hold_out
    from review.calibration.scorecard import row_of
    from review.exchange.exports import as_json_lines
    from review.people import SHELL

    now, who = dt.datetime.now(dt.UTC), by or SHELL
    _check_is_new(out)
    with _opened(read_settings(home), now) as (database, warehouse, settings):
        of = _of_criterion(database, warehouse, settings, criterion)
        row = row_of(of, _title(of, judge))
        if held_out is not None:
            hold_out(database, of.rubric, criterion, by=who, now=now, share=held_out)
        found = export_examples(database, warehouse.frame, row, Wanted(most, tuple(item or ())), by=who, now=now)
    out.write_text(as_json_lines(found.lines))
    said = {"export": found.number, "judge": row.judged.judge, "criterion": criterion, "examples": len(found.lines),
            "chosen_from": found.chosen_from, "undecided": found.undecided, "out": str(out)}  # fmt: skip
    show(said, [
        f"{len(found.lines)} examples in {out}, chosen from {found.chosen_from} open items",
        f"{found.undecided} passed over: people differ and nobody decided",
        "the next version of this judge is graded without the items they were chosen from",
    ], json=json)  # fmt: skip
    return 0


@app.command()
def anchor(  # noqa: PLR0913, PLR0917 - options of a command
    criterion: CriterionOption,
    items: Annotated[int, typer.Option(min=2, help="Of a set that is frozen now.")] = 50,
    again: Annotated[bool, typer.Option("--again", help="Freeze another set, also where there is one.")] = False,  # noqa: FBT002
    out: OutOption = None,
    by: ByOption = None,
    home: HomeOption = None,
    json: JsonOption = False,  # noqa: FBT002
) -> int:
    """Freeze labelled items for judges to score again, and write their texts without any label."""
    import pandas as pd

    from review.calibration import anchor_set
    from review.exchange.exports import as_json_lines, take_out
    from review.exchange.gold import item_texts
    from review.people import SHELL

    now, who = dt.datetime.now(dt.UTC), by or SHELL
    if out is not None:
        _check_is_new(out)
    with _opened(read_settings(home), now) as (database, warehouse, settings):
        of = _of_criterion(database, warehouse, settings, criterion)
        found = None if again else anchor_set.newest(database, of.rubric, criterion)
        is_new = found is None
        found = found or anchor_set.freeze(database, of, by=who, now=now, items=items)
        ids = sorted(found.items)

        def texts() -> list[dict[str, object]]:
            listed = item_texts(pd.DataFrame({"item": ids, "unit": "trace"}), warehouse.frame)
            return [{"item": item, **text} for item, text in zip(ids, listed, strict=True)]

        if out is not None:
            out.write_text(as_json_lines(take_out(database, texts, what="anchors", sample=None, by=who, now=now)))
    said = {"set": found.number, "criterion": criterion, "items": ids, "frozen_at": found.at, "new": is_new}
    lines = [f"anchor set {found.number} of {criterion}: {len(ids)} items, frozen {found.at:%Y-%m-%d} by {found.by}"]
    lines += ids if out is None else [f"their texts are in {out}; score each anew, every score with an id of its own"]
    show(said, lines, json=json)
    return 0


@app.command()
def position(
    pairs: Annotated[Path, typer.Argument(help="CSV: item_id, judge, first, second, winner (an answer's id, or tie).")],
    json: JsonOption = False,  # noqa: FBT002
) -> int:
    """Does a judge of pairs prefer the answer shown first? From pairs judged in both orders; needs no home."""
    from review.calibration.position import position_bias, read_pairs

    found = position_bias(read_pairs(pairs))
    said = {
        one.judge: {
            "pairs": one.pairs, "single": one.single, "ties": one.ties, "flips": one.flips, "first": one.first,
            "second": one.second,
            "flip_rate": {"value": one.flip_rate.value, "low": one.flip_rate.low, "high": one.flip_rate.high},
            "effect": one.check.effect, "low": one.check.low, "high": one.check.high, "p": one.check.p,
            "margin": one.check.margin, "verdict": one.check.verdict.value, "reason": one.check.reason,
        }
        for one in found
    }  # fmt: skip
    show(said, (line for one in found for line in _position_lines(one)), json=json)
    return 0


def _position_lines(one: "PositionBias") -> Iterator[str]:
    yield f"{one.judge}: {one.pairs} pairs in both orders, {one.ties} with a tie, {one.single} in one order alone"
    rate, check = one.flip_rate, one.check
    if rate.value is None or rate.low is None or rate.high is None:
        yield f"  {rate.lacks}"
        return
    yield f"  another winner in the other order: {rate.value:.1%} ({rate.low:.1%} to {rate.high:.1%})"
    if check.effect is None or check.low is None or check.high is None:
        yield f"  {check.reason}"
        return
    yield (
        f"  of these {check.effect + 0.5:.1%} to the answer shown first ({check.low + 0.5:.1%} to "
        f"{check.high + 0.5:.1%} at 90%), p {check.p:.2g}: {check.verdict.value}"
    )


@contextmanager
def _opened(settings: Settings, now: dt.datetime) -> Iterator[tuple["Database", "DeskWarehouse", Settings]]:
    from storage.desk import DeskWarehouse
    from storage.home import open_home

    opened = open_home(settings, now=now)
    try:
        yield opened.ledger.database, DeskWarehouse(settings), settings
    finally:
        opened.close()


def _of_criterion(database: "Database", warehouse: Any, settings: Settings, criterion: str) -> "Reviewed":
    """The newest rubric version's labels of that criterion."""
    from review.calibration.mapping import rules_of
    from review.calibration.reviewed import reviewed

    found = reviewed(database, warehouse, rules=rules_of(settings))
    named = [one for one in found if one.criterion.name == criterion]
    if not named:
        there = ", ".join(dict.fromkeys(one.criterion.name for one in found)) or "none yet: label a sample first"
        raise UsageError(f"no labels of that criterion; criteria with labels: {there}")
    return max(named, key=lambda one: one.rubric_version)


def _title(of: "Reviewed", asked: str) -> str:
    """The whole title of the judge; of several versions the one that scored most."""
    from review.calibration.few_shot import name_of

    sizes = {one.name: len(one.scores) for one in of.study.judges}
    fitting = [title for title in sizes if asked in (title, name_of(title))]
    if not fitting:
        raise UsageError(f"no judge of that name scores this criterion; there are: {', '.join(sizes) or 'none'}")
    return max(fitting, key=lambda title: (sizes[title], title))


def _check_is_new(out: Path) -> None:
    if out.exists():
        raise UsageError(f"{out.name} is there already; name another file")
    if not out.parent.is_dir():
        raise UsageError("the folder of --out is not there")
