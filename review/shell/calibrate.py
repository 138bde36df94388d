"""`benchbook calibrate`: can this judge be trusted, and what is the true score; from files alone, without a home."""

from pathlib import Path
from typing import Annotated, Any

import typer

from printing import show


def calibrate(  # noqa: PLR0913, PLR0917 - options of a command
    labels: Annotated[
        Path,
        typer.Option(
            help="CSV: item_id, reviewer, value; maybe stratum, probability, cluster, corrected_at, criterion."
        ),
    ],
    scores: Annotated[Path | None, typer.Option(help="CSV: item_id, judge, value; maybe probability.")] = None,
    frame: Annotated[
        Path | None, typer.Option(help="CSV: stratum, size: the traffic that items were drawn from.")
    ] = None,
    criterion: Annotated[str | None, typer.Option(help="Name; picks rows where the files hold several.")] = None,
    scale: Annotated[str, typer.Option(help="ordinal, binary or nominal.")] = "ordinal",
    low: Annotated[
        float | None, typer.Option(help="Lowest level of an ordinal scale [the lowest that people used].")
    ] = None,
    high: Annotated[float | None, typer.Option(help="Its highest level; bias is judged where both are given.")] = None,
    epsilon: Annotated[float, typer.Option(min=0, max=1, help="Of the alternative annotator test.")] = 0.15,
    weight: Annotated[
        float | None, typer.Option("--lambda", min=0, max=1, help="Weight of the judge, from past weeks.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON value and nothing else.")] = False,  # noqa: FBT002
) -> int:
    """How far judges agree with people, where they err, and the corrected score: every figure with its interval."""
    from errors import UsageError
    from review.calibration.assessment import Options, assess, people
    from review.calibration.files import read_study
    from review.calibration.report import as_json
    from review.calibration.scale import Kind

    if scale not in list(Kind):
        raise UsageError(f"--scale is not one of {', '.join(Kind)}")
    study = read_study(
        labels, scores=scores, frame=frame, kind=Kind(scale), ends=_ends(low, high, scale), criterion=criterion
    )
    among, options = people(study), Options(epsilon=epsilon, weight=weight)
    found = as_json(study, among, [assess(study, judged, among, options) for judged in study.judges])
    show(found, [] if json else in_words(found), json=json)
    return 0


def _ends(low: float | None, high: float | None, scale: str) -> tuple[float, float] | None:
    from errors import UsageError
    from review.calibration.scale import LARGEST_NUMBER, Kind

    if low is None and high is None:
        return None
    if scale != Kind.ORDINAL:
        raise UsageError("--low and --high belong to --scale ordinal")
    if low is None or high is None or not -LARGEST_NUMBER <= low < high <= LARGEST_NUMBER:
        raise UsageError("--low and --high are given together, the lower one first: --low 1 --high 5")
    return low, high


def in_words(found: dict[str, Any]) -> list[str]:
    """The same as text: people first, then a paragraph per judge."""
    from review.calibration.gate_rules import Verdict
    from review.calibration.scorecard import IN_WORDS

    human = found["human_human"]
    lines = [
        (
            f"people: {human['reviewers']} reviewers, {human['items']} items labelled by two or more, "
            f"alpha ({human['level']}) {_interval({**human, 'value': human['alpha']})}"
        ),
        f"people's mean: {_interval(found['human_mean'])}",
    ]
    for name, judge in found["judges"].items():
        lines += [
            "",
            f"{name}: {IN_WORDS[Verdict(judge['verdict'])]}",
            *(f"  because {reason}" for reason in judge["reasons"]),
            *(f"  not asked: {one['said']}" for one in judge["checks"] if _is_open(one, judge["notes"])),
            *([f"  about {judge['labels_needed']} more labelled items would tell"] if judge["labels_needed"] else []),
            (
                f"  {judge['n_labels']} labels of {judge['n_items']} items, worth {judge['n_eff']:.0f}; "
                f"{judge['unparsable']} answers unparsable"
            ),
            f"  kappa ({judge['kappa']['weights']}) {_interval(judge['kappa'])}, AC {_interval(judge['ac'])}",
            f"  bias {_interval(judge['bias'])}, absolute error {_interval(judge['mae'])}",
            f"  corrected mean {_interval(judge['corrected_mean'])}, judge's own mean {_number(judge['judge_mean'])}",
            *(f"  {field}: {why}" for field, why in judge["notes"].items()),
        ]
    return [*lines, *(f"{field}: {why}" for field, why in found["notes"].items())]


def _is_open(check: dict[str, Any], notes: dict[str, str]) -> bool:
    """Whether the bias could have been judged and was not."""
    return check["name"] == "bias" and check["state"] == "not_asked" and "bias" not in notes


def _interval(one: dict[str, Any] | None) -> str:
    if one is None or one["value"] is None:
        return "unknown"
    if one["low"] is None:
        return f"{_number(one['value'])} (no interval)"
    return f"{_number(one['value'])} ({_number(one['low'])} to {_number(one['high'])})"


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3f}"
