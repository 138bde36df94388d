"""What people's labels make of two versions: the corrected difference that the release gate decides on."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from errors import UsageError
from metrics.filters import TrafficFilter
from review.calibration.corrected_difference import Spelt, spelled, version
from review.calibration.release_evidence import Question, released
from review.calibration.reviewed import Reviewed
from review.calibration.scale import Kind

COLUMNS = ("criterion", "judge", "weeks", "a_labelled", "b_labelled", "a_mean", "b_mean", "a_judge_mean",
           "b_judge_mean", "difference", "low", "high", "weight", "lacks")  # fmt: skip
ALONE = "people alone"


_INSIDE = {"window": "asked"}
"""Part of each side's version: so the labels of the window count, and the judge's weight is from weeks before it."""


def corrected(
    reviews: Iterable[Reviewed], wanted: TrafficFilter, *, versions: tuple[Spelt, Spelt]
) -> pd.DataFrame:  # fmt: skip
    """A row per criterion that people labelled (`COLUMNS`): b less a in points of its scale, with its 95 % interval.

    Of the labelled weeks as far as they lie in the window (and of the apps asked for; other filters do not count), and
    of their traffic as it came. The judge is the one that scored most; where the gate would not use it, people's labels
    stand alone. `lacks` says why there is no figure.

    Source: `review.calibration.corrected_difference`, with the weight that `benchbook gate` takes.
    """
    rows = [_of_criterion(one, wanted, versions) for one in reviews if one.study.scale.kind is not Kind.NOMINAL]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _of_criterion(one: Reviewed, wanted: TrafficFilter, versions: tuple[Spelt, Spelt]) -> dict[str, Any]:
    sizes = {judged.name: len(judged.scores) for judged in one.study.judges}
    judge = max(sizes, key=lambda name: (sizes[name], name)) if sizes else None
    is_inside = _inside(one.units, wanted)
    weeks = sorted(str(week) for week in one.units.loc[is_inside, "week"].unique())
    said = {"criterion": one.criterion.name, "judge": judge or ALONE,
            "weeks": " to ".join(dict.fromkeys([*weeks[:1], *weeks[-1:]]))}  # fmt: skip
    of = replace(one, units=one.units.assign(window=np.where(is_inside, "asked", "")))
    try:
        sides = [{**version(side), **_INSIDE} for side in versions]
        release = released(of, judge, Question(candidate=sides[1], baseline=sides[0]))
    except UsageError as error:
        return {**said, "lacks": _plain(str(error).partition(";")[0])}
    found = release.evidence
    if release.weight_from == ALONE:
        said["judge"] = ALONE
    return {
        **said, "a_labelled": found.baseline.labelled, "b_labelled": found.candidate.labelled,
        "a_mean": found.baseline.corrected, "b_mean": found.candidate.corrected,
        "a_judge_mean": found.baseline.judge_mean, "b_judge_mean": found.candidate.judge_mean,
        "difference": found.value, "low": found.low, "high": found.high, "weight": found.weight,
        "lacks": _plain(found.lacks),
    }  # fmt: skip


def _inside(units: pd.DataFrame, wanted: TrafficFilter) -> pd.Series:
    """Which traces the filter asks for."""
    began = pd.to_datetime(units["start_ts"], utc=True)
    inside = (began >= wanted.since) & (began < wanted.until)
    return inside & units["app"].isin(wanted.apps) if wanted.apps else inside


def _plain(said: str) -> str:
    """Without the part of a version that only we know of."""
    return said.replace(f",{spelled(_INSIDE)}", "")
