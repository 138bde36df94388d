"""`benchbook gate`: may the candidate go live? On the corrected difference, stored with its evidence."""

import datetime as dt
from enum import IntEnum
from typing import TYPE_CHECKING, Annotated

import typer

from errors import Undecided, UsageError
from printing import HomeOption, JsonOption, show
from settings import read_settings

if TYPE_CHECKING:
    from review.calibration.corrected_difference import Version
    from review.calibration.release_gate import Release
    from review.calibration.reviewed import Reviewed
    from storage.ledger_database import Database


class _Exit(IntEnum):
    PASSED = 0
    FAILED = 1
    UNDECIDED = 4


def gate(  # noqa: PLR0913, PLR0917 - options of a command
    criterion: Annotated[str, typer.Option(help="Of the rubric that reviewers answer.")],
    candidate: Annotated[str, typer.Option(help="The version to promote: prompt=v4; several parts with commas.")],
    baseline: Annotated[str, typer.Option(help="The version it is compared with: prompt=v3.")],
    judge: Annotated[
        str | None, typer.Option(help="A judge's name; the one that scored most traffic. none: people alone.")
    ] = None,
    margin: Annotated[
        float | None, typer.Option(min=0, help="Points it may be worse [.25 on 1-5; .05 on yes/no].")
    ] = None,
    protect: Annotated[
        list[str] | None,
        typer.Option(
            help="No worse in each of these either: strata (of the samples), or tenant, model, app, ...; repeatable."
        ),
    ] = None,
    home: HomeOption = None,
    json: JsonOption = False,  # noqa: FBT002
) -> int:
    """Pass (exit 0), fail (1), not enough evidence (4): from the corrected difference of two versions.

    An option that is missing or no number, or a wrong `benchbook.toml`, exits with 2. Everything else that goes wrong
    exits with 5, also a version or column that cannot be read, so that a pipeline takes it for no decision. Either
    keeps nothing.
    """
    from review.calibration.decisions import Decided, keep
    from review.calibration.gate_checks import gate_rules_of
    from review.calibration.mapping import rules_of
    from review.calibration.release_evidence import EARLIER_WEEKS, Question, released, same_in
    from review.calibration.release_gate import Outcome
    from review.calibration.reviewed import reviewed
    from storage.desk import DeskWarehouse
    from storage.home import open_home

    settings, now = read_settings(home), dt.datetime.now(dt.UTC)
    opened = open_home(settings, now=now)
    try:
        database = opened.ledger.database
        warehouse, rules = DeskWarehouse(settings), rules_of(settings)
        of = _of_criterion(reviewed(database, warehouse, rules=rules), criterion, database)

        def earlier() -> "Reviewed | None":
            return same_in(of, reviewed(database, warehouse, rules=rules, last_weeks=EARLIER_WEEKS))

        title = _judge(of, judge)
        question = Question(candidate, baseline, margin, tuple(protect or ()), gate_rules_of(settings))
        release = released(of, title, question, earlier=earlier)
        number = keep(database, Decided(of, title, release), by="shell", now=now)
    except UsageError as error:
        raise Undecided(str(error)) from error
    finally:
        opened.close()
    said = {"decision": number, "criterion": criterion, "rubric": of.rubric, "rubric_version": of.rubric_version,
            "judge": title, "weeks": list(of.weeks), **release.as_json()}  # fmt: skip
    show(said, _in_words(release, title, of.weeks, number), json=json)
    codes = {Outcome.PASS: _Exit.PASSED, Outcome.FAIL: _Exit.FAILED, Outcome.NOT_ENOUGH_EVIDENCE: _Exit.UNDECIDED}
    return codes[release.outcome]


def _in_words(release: "Release", judge: str | None, weeks: tuple[str, ...], number: int) -> list[str]:
    """The outcome and why, then each check in the order of the gate."""
    from review.calibration.release_gate import SPELT

    wide = max(len(SPELT[one.state]) for one in release.checks)
    found, needed = release.evidence, release.labels_needed
    return [
        f"{release.outcome.value.replace('_', ' ')}: {release.reason}",
        *([f"about {needed} more labelled item{'' if needed == 1 else 's'} would settle it"] if needed else []),
        *(f"  {SPELT[one.state].ljust(wide)}  {one.said}" for one in release.checks),
        *(f"note: {note}" for note in release.notes),
        *(f"{side}: {_version(one)}" for side, one in (("candidate", found.candidate), ("baseline", found.baseline))),
        f"judge: {judge or 'none'}; weight {found.weight:.2f}, from {release.weight_from}",
        f"weeks {weeks[0]} to {weeks[-1]}; decision {number}",
    ]


def _version(one: "Version") -> str:
    """`prompt=v4, 91 labelled of 440 traces, corrected mean 3.48 (judge's own 3.93)`."""
    means = [] if one.corrected is None else [f"corrected mean {one.corrected:.2f}"]
    own = "" if one.judge_mean is None else f" (judge's own {one.judge_mean:.2f})"
    return ", ".join([one.named, f"{one.labelled} labelled of {one.units} traces", *means]) + own


def _of_criterion(found: "tuple[Reviewed, ...]", criterion: str, database: "Database") -> "Reviewed":
    """The newest rubric version's labels of that criterion. Raises `UsageError` that names the criteria there are."""
    from review.calibration.drawn_from import units_labelled
    from review.rubric.rubrics import criteria_of_newest

    named = [one for one in found if one.criterion.name == criterion]
    if named:
        return max(named, key=lambda one: one.rubric_version)
    units = units_labelled(database, criterion)
    if units and "trace" not in units:
        raise UsageError(
            f"that criterion is labelled of {units[0]}s; the gate compares traces, so label a sample of those"
        )
    labelled = ", ".join(dict.fromkeys(one.criterion.name for one in found)) or "none yet: label a sample first"
    asked = "; ".join(f"{name}: {', '.join(criteria)}" for name, criteria in criteria_of_newest(database).items())
    raise UsageError(
        f"no labels of that criterion; criteria with labels: {labelled}; what the rubrics ask: {asked or 'nothing yet'}"
    )


def _judge(of: "Reviewed", asked: str | None) -> str | None:
    """The judge's full title; None for people alone."""
    if asked == "none" or (asked is None and not of.study.judges):
        return None
    sizes = {one.name: len(one.scores) for one in of.study.judges}
    fitting = [name for name in sizes if asked is None or name == asked or name.split(" · ")[0] == asked]
    if not fitting:
        raise UsageError(f"no judge of that name scores this criterion; there are: {', '.join(sizes) or 'none'}")
    return max(fitting, key=lambda name: (sizes[name], name))
