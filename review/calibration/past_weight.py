"""The weight of the judge (lambda) that earlier weeks ask for, so that no label corrects a mean that it also tuned."""

from collections.abc import Iterable
from dataclasses import dataclass

from review.calibration.corrected_mean import tuned_on
from review.calibration.reviewed import Reviewed
from review.calibration.study import Judged, Study

PAST_WEEKS = 4


@dataclass(frozen=True, slots=True)
class PastWeight:
    """`value` from 0 to 1 and the `weeks` that it is from; None, of no weeks, where the past has too few labels.

    Give `value` as the `weight` of a corrected mean or difference: None tunes it on the labels at hand.
    """

    value: float | None
    weeks: tuple[str, ...]


def weight_of_past(of: Reviewed, judge: str, before: str) -> PastWeight:
    """Lambda of one judge from the latest four weeks with its scores and labels before the week `before` (2026-W46).

    Of a window of several weeks, `before` is its first: a weight from inside of it would have seen its labels.

    Source: Mozer, Pashley & Miratrix (arXiv:2602.12992) for the weight; that it holds coverage where one tuned on the
    same 12 to 30 labels a stratum does not is measured in `benchmarks.coverage`.
    """
    scored = of.judged.loc[of.judged["judge"] == judge, "week"].unique()
    labelled = of.study.labels["week"].unique()
    past = tuple(sorted(str(week) for week in {*scored} & {*labelled} if str(week) < before)[-PAST_WEEKS:])
    value = tuned_on(part_of(of, judge, past)) if past else None
    return PastWeight(value, () if value is None else past)


def part_of(of: Reviewed, judge: str, weeks: Iterable[str]) -> Study:
    """The study of some of the weeks, with this judge alone and its scores of that traffic."""
    chosen = list(weeks)
    study = of.study.in_weeks(chosen)
    study.per_item()  # worked out once for all judges
    scores = of.judged.loc[(of.judged["judge"] == judge) & of.judged["week"].isin(chosen), ["item", "value"]]
    return study.judged_by(Judged(judge, scores.reset_index(drop=True), 0))
