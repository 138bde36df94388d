"""How precise a sample will be, before it is drawn: the half-width to expect for each criterion, and by size."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from errors import UsageError
from review.rubric.criteria import Criterion, Scale
from review.rubric.rubric import Rubric
from review.sampling.allocation import allocate
from review.sampling.earlier_labels import Earlier
from review.sampling.frames import Frame
from review.sampling.proposals import Proposal, sizes_of
from review.sampling.spreads import Basis, Spreads, spreads_of

_NORMAL = 1.959963984540054
_SIZES = 24
LARGEST = 3_000
"""Items of the largest sample that precision is worked out for."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """`half_width` of the 95 % interval: in points of the scale, or as a share (0-1) where `is_share`.

    `mean` is that of earlier labels; None when there are none, and then the half-width is that of the worst case.
    """

    criterion: str
    is_share: bool
    half_width: float
    spreads: Spreads
    mean: float | None


def expectations(proposal: Proposal, rubric: Rubric, earlier: Mapping[str, Earlier]) -> list[Expectation]:
    """One for each criterion of the rubric that is a number or yes or no, and is asked of every item."""
    return [
        Expectation(
            criterion=one.name,
            is_share=one.scale is Scale.YES_NO,
            half_width=half_width(proposal.frame, proposal.items, spreads),
            spreads=spreads,
            mean=earlier[one.name].mean(proposal.frame) if one.name in earlier else None,
        )
        for one, spreads in _estimated(proposal, rubric, earlier)
    ]


def half_width(frame: Frame, items: Mapping[str, int], spreads: Spreads) -> float:
    """Half of the 95 % interval of the mean of all units: 1.96 sqrt(sum W_h^2 S_h^2 (1 - n_h/N_h) / n_h).

    Source: Cochran 1977, Sampling Techniques, theorem 5.3.
    """
    variance = sum(
        (one.size / frame.size * spreads.of[one.name]) ** 2 * (1 - items[one.name] / one.size) / items[one.name]
        for one in frame.strata
    )
    return _NORMAL * math.sqrt(variance)


def by_size(proposal: Proposal, rubric: Rubric, earlier: Mapping[str, Earlier]) -> pd.DataFrame:
    """Which size buys which precision, allocated by the plan's rule: criterion, is_share, items, half_width."""
    frame, plan = proposal.frame, proposal.plan
    rows = []
    for size in _sizes(proposal):
        try:
            items = allocate(sizes_of(frame, proposal.spreads), size=size, rule=plan.allocation, floor=plan.floor)
        except UsageError:  # too small for the floors
            continue
        rows += [
            {"criterion": one.name, "is_share": one.scale is Scale.YES_NO, "items": sum(items.values()),
             "half_width": half_width(frame, items, spreads)}
            for one, spreads in _estimated(proposal, rubric, earlier)
        ]  # fmt: skip
    return pd.DataFrame(rows, columns=["criterion", "is_share", "items", "half_width"]).drop_duplicates()


def _sizes(proposal: Proposal) -> Sequence[int]:
    largest = min(proposal.frame.size, max(LARGEST, 2 * proposal.size))
    smallest = min(20, largest)
    steps = [smallest * (largest / smallest) ** (step / (_SIZES - 1)) for step in range(_SIZES)]
    return sorted({round(step) for step in steps} | {proposal.size})


def _estimated(proposal: Proposal, rubric: Rubric, earlier: Mapping[str, Earlier]) -> list[tuple[Criterion, Spreads]]:
    asked = [one for one in rubric.criteria if one.scale in (Scale.YES_NO, Scale.INTEGER) and one.shown_if is None]
    return [(one, _spreads(one, proposal, earlier.get(one.name))) for one in asked]


def _spreads(criterion: Criterion, proposal: Proposal, earlier: Earlier | None) -> Spreads:
    """From earlier labels, else from judge scores of the criterion that was planned for, else the worst case."""
    frame = proposal.frame
    known = spreads_of(earlier.by_stratum, frame, basis=Basis.LABELS) if earlier else None
    if known is None and criterion.name == proposal.plan.criterion and criterion.scale is Scale.INTEGER:
        known = spreads_of({one.name: one.judged for one in frame.strata}, frame, basis=Basis.JUDGE)
    return known or Spreads({one.name: _worst(criterion) for one in frame.strata}, Basis.NOTHING)


def _worst(criterion: Criterion) -> float:
    """Half of the items say yes; every step of the scale is equally frequent."""
    if criterion.scale is Scale.YES_NO:
        return 0.5
    steps = (criterion.high or 0) - (criterion.low or 0) + 1
    return math.sqrt((steps**2 - 1) / 12)
