"""What a calibration is made from: people's labels, judges' scores, and how the labelled items were drawn."""

from dataclasses import dataclass

import pandas as pd

from review.calibration.scale import Scale


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """One judge's scores: `item, value` and maybe `probability`; what could not be read is counted apart."""

    name: str
    scores: pd.DataFrame
    unparsable: int

    @property
    def answers(self) -> int:
        return len(self.scores) + self.unparsable

    @property
    def unparsable_share(self) -> float:
        return self.unparsable / self.answers if self.answers else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """One criterion. `labels`: `item, reviewer, value, weight, stratum, cluster`, one row per item and reviewer.

    Of several weeks' samples, `stratum` is that of its week, and `part` the part of the traffic that it is each week.
    `weight` is one over the probability of inclusion. `sizes`: units of the traffic by stratum, None when nothing is
    known of how items were drawn: then they count as a simple random sample of endless traffic. `notes`: what was left
    out, in words.
    """

    labels: pd.DataFrame
    judges: tuple[Judged, ...]
    scale: Scale
    sizes: dict[str, float] | None
    notes: tuple[str, ...] = ()

    @property
    def part(self) -> str:
        """The column of `labels` that names parts of the traffic."""
        return "part" if "part" in self.labels else "stratum"

    def per_item(self) -> pd.DataFrame:
        """One row per labelled item: `value` is the mean over its reviewers; with weight, stratum and cluster."""
        return self.labels.groupby("item", sort=True).agg(
            value=("value", "mean"), weight=("weight", "first"), stratum=("stratum", "first"),
            part=(self.part, "first"), cluster=("cluster", "first"), reviewers=("reviewer", "nunique"),
        )  # fmt: skip
