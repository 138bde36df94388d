"""What people said of earlier weeks: the rates and spreads that a new sample is planned with."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
import sqlalchemy as sa

from review.sampling import weeks
from review.sampling.frames import Frame, Moments, Warehouse, cells, places_in
from review.sampling.plans import Plan
from storage.ledger_database import Database, our_errors
from storage.review_tables import labels, sample_items, samples, submissions, withdrawals

WEEKS = 8
"""How far back labels are looked for."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """Values of one criterion, one per unit: by stratum of the present frame, and where they were drawn from."""

    by_stratum: Mapping[str, Moments]

    @property
    def units(self) -> int:
        return sum(moments.count for moments in self.by_stratum.values())

    def mean(self, frame: Frame) -> float | None:
        """The mean that the present frame would have, stratum by stratum; None when nothing is known."""
        known = [(one.size, self.by_stratum[one.name]) for one in frame.strata if one.name in self.by_stratum]
        size = sum(units for units, _ in known)
        return sum(units * moments.total / moments.count for units, moments in known) / size if size else None


def earlier_values(database: Database, plan: Plan, *, week: str) -> pd.DataFrame:
    """Labels of the same rubric and unit of the eight weeks before: target, criterion, value (yes is 1, no is 0).

    One row per unit and criterion, the mean of each person's last answer; hand-picked items, second looks, labels that
    were not blind and answers that cannot be told are left out, as are answers in words.
    """
    first = weeks.week_of(weeks.monday_of(week) - WEEKS * weeks.WEEK)
    asked = (
        sa.select(
            sample_items.c.sample, sample_items.c.target, submissions.c.reviewer, labels.c.criterion, labels.c.value
        )
        .join_from(labels, submissions, submissions.c.id == labels.c.submission)
        .join(sample_items, sample_items.c.id == submissions.c.item)
        .join(samples, samples.c.id == sample_items.c.sample)
        .where(samples.c.rubric == plan.rubric, samples.c.unit == plan.unit.value)
        .where(samples.c.week >= first, samples.c.week < week)
        .where(sample_items.c.hand_picked.is_(False), submissions.c.again.is_(False), submissions.c.blind.is_(True))
        .where(~sa.exists().where(withdrawals.c.submission == submissions.c.id))
        .order_by(sample_items.c.sample, sample_items.c.target, submissions.c.at, submissions.c.id)
    )
    of_answer = ["sample", "target", "reviewer", "criterion"]
    with our_errors("being read"), database.reading() as connection:
        found = pd.DataFrame(connection.execute(asked).mappings().all(), columns=[*of_answer, "value"])
    found = found.drop_duplicates(of_answer, keep="last")
    number = pd.to_numeric(found["value"].replace({"yes": "1", "no": "0"}), errors="coerce")
    known = found.assign(value=number.astype(float)).dropna(subset=["value"])
    return known.groupby(["target", "criterion"], as_index=False).agg(value=("value", "mean"))


def earlier_labels(
    database: Database, warehouse: Warehouse, plan: Plan, frame: Frame, *, week: str
) -> dict[str, Earlier]:
    """By criterion, earlier values in the strata that the plan makes now, whatever theirs were when they were drawn."""
    values = earlier_values(database, plan, week=week)
    if values.empty:
        return {}
    before = weeks.week_of(weeks.monday_of(week) - weeks.WEEK)
    whole = plan.model_copy(update={"weeks": WEEKS})
    place = places_in(frame, cells(warehouse, whole, week=before, only=sorted(set(values["target"]))), plan)
    placed = values.assign(stratum=values["target"].map(place)).dropna(subset=["stratum"])
    return {
        str(criterion): Earlier({str(name): _moments(rows["value"]) for name, rows in own.groupby("stratum")})
        for criterion, own in placed.groupby("criterion")
    }


def _moments(values: "pd.Series[float]") -> Moments:
    return Moments(len(values), float(values.sum()), float((values**2).sum()))
