"""`benchbook gate`: may the candidate go live? On the corrected difference, stored with its evidence."""

import datetime as dt
from enum import IntEnum
from typing import TYPE_CHECKING, Annotated

import typer

from errors import UsageError
from review.printing import HomeOption, JsonOption, show
from settings import read_settings

if TYPE_CHECKING:
    from review.calibration.reviewed import Reviewed


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
    home: HomeOption = None,
    json: JsonOption = False,  # noqa: FBT002
) -> int:
    """Pass (exit 0), fail (1) or not enough evidence (4), from the corrected difference of two versions."""
    from review.calibration.corrected_difference import corrected_difference
    from review.calibration.decisions import Decided, keep
    from review.calibration.mapping import rules_of
    from review.calibration.release_gate import Outcome, decide, default_margin
    from review.calibration.reviewed import reviewed
    from review.shell_sample import DeskWarehouse
    from storage.home import open_home

    settings, now = read_settings(home), dt.datetime.now(dt.UTC)
    opened = open_home(settings, now=now)
    try:
        database = opened.ledger.database
        of = _of_criterion(reviewed(database, DeskWarehouse(settings), rules=rules_of(settings)), criterion)
        title = _judge(of, judge)
        judged = None if title is None else of.judged[of.judged["judge"] == title].set_index("item")["value"]
        found = corrected_difference(of.study, of.units, judged, versions=(candidate, baseline))
        release = decide(found, margin=default_margin(of.study.scale) if margin is None else margin)
        number = keep(database, Decided(of, title, release), by="shell", now=now)
    finally:
        opened.close()
    said = {"decision": number, "criterion": criterion, "rubric": of.rubric, "rubric_version": of.rubric_version,
            "judge": title, "weeks": list(of.weeks), **release.as_json()}  # fmt: skip
    lines = [f"{release.outcome.value.replace('_', ' ')}: {release.reason}"]
    if release.labels_needed:
        lines.append(f"about {release.labels_needed} more labelled items would settle it")
    lines.append(
        f"corrected with {title or 'no judge: people alone'}; weeks {of.weeks[0]} to {of.weeks[-1]}; decision {number}"
    )
    show(said, lines, json=json)
    codes = {Outcome.PASS: _Exit.PASSED, Outcome.FAIL: _Exit.FAILED, Outcome.NOT_ENOUGH_EVIDENCE: _Exit.UNDECIDED}
    return codes[release.outcome]


def _of_criterion(found: "tuple[Reviewed, ...]", criterion: str) -> "Reviewed":
    """The newest rubric version's labels of that criterion."""
    named = [one for one in found if one.criterion.name == criterion]
    if not named:
        there = ", ".join(dict.fromkeys(one.criterion.name for one in found)) or "none yet: label a sample first"
        raise UsageError(f"no labels of that criterion; criteria with labels: {there}")
    return max(named, key=lambda one: one.rubric_version)


def _judge(of: "Reviewed", asked: str | None) -> str | None:
    """The judge's full title; None for people alone."""
    if asked == "none" or (asked is None and not of.study.judges):
        return None
    sizes = {one.name: len(one.scores) for one in of.study.judges}
    fitting = [name for name in sizes if asked is None or name == asked or name.split(" · ")[0] == asked]
    if not fitting:
        raise UsageError(f"no judge of that name scores this criterion; there are: {', '.join(sizes) or 'none'}")
    return max(fitting, key=lambda name: (sizes[name], name))
