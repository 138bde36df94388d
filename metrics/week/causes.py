"""Since which change: the version that went live about then, and whose conversations differ from all others.

It names what goes together, in these two weeks; whether the one made the other, a person has to say.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd
from scipy import stats

from metrics.outcomes.shares import FEWEST, Outcome, counts
from metrics.versions.deployments import Registered
from metrics.versions.sightings import Kind
from metrics.week.answer_times import share_of_slow, slow_test
from metrics.week.compared import FALSE_DISCOVERIES, FEWEST_VALUES, Compared, share_test, welch
from metrics.week.weeks import Week

COLUMNS = {
    Kind.APP_VERSION: "app_version",
    Kind.MODEL: "model",
    Kind.PROMPT: "prompt_version",
    Kind.RETRIEVAL: "retrieval_config",
}
"""Kind of version to the column that conversations have of it."""


@dataclass(frozen=True, slots=True)
class WentLive:
    """A version that went live in one of the two weeks: when (UTC), and whether somebody registered it."""

    at: datetime
    kind: Kind
    value: str
    app: str | None
    is_registered: bool

    @property
    def words(self) -> str:
        """`prompt v4`."""
        return f"{self.kind.replace('_', ' ')} {self.value}"

    def among(self, rows: pd.DataFrame) -> pd.Series:
        """Which rows carry it; they have `app` and the columns of `COLUMNS`."""
        carried = rows[COLUMNS[self.kind]] == self.value
        return carried if self.app is None else carried & (rows["app"] == self.app)


@dataclass(frozen=True, slots=True)
class Cause:
    """What goes with a change: the figure with the version and without it."""

    went_live: WentLive
    with_it: float
    without_it: float


Test = Callable[[pd.Series], tuple[float, float, float] | None]
"""Marked rows to the figure with, the figure without and p of no difference; None with too few rows."""


def went_live(
    seen: pd.DataFrame, registered: Sequence[Registered], week: Week, *, apps: Sequence[str] = ()
) -> list[WentLive]:
    """What was deployed in the two weeks, oldest first, and what traffic showed for the first time in them.

    `seen` are `metrics.versions.sightings` of all of the time; `apps` the applications asked about, none for all.
    """
    since, until = week.before_since, week.until
    registered = [one for one in registered if not apps or any(one.is_of(app) for app in apps)]
    found = [
        WentLive(one.deployment.at, Kind(kind), value, one.deployment.app, is_registered=True)
        for one in registered
        if since <= one.deployment.at < until
        for kind, value in one.deployment.changed.items()
    ]
    known = {(one.kind, one.value) for one in found}
    known |= {(Kind(kind), value) for one in registered for kind, value in one.deployment.changed.items()
              if one.deployment.at < since}  # fmt: skip
    for row in seen.to_dict("records"):
        key = (Kind(row["what"]), str(row["value"]))
        if since <= row["first_seen"] < until and not row["is_from_the_start"] and key not in known:
            found.append(
                WentLive(row["first_seen"].floor("us").to_pydatetime(), *key, str(row["app"]), is_registered=False)
            )
            known.add(key)
    return sorted(found, key=lambda one: one.at)


def cause(candidates: Sequence[WentLive], rows: pd.DataFrame, changed: Compared, test: Test) -> Cause | None:
    """The candidate that differs the most surely from all other rows, the way the figure went; None where none does.

    Only of a figure whose change is sure.
    """
    if not changed.is_sure or changed.change is None or rows.empty:
        return None
    asked = [(one, test(one.among(rows))) for one in candidates]
    told = [(one, *said) for one, said in asked if said is not None]
    if not told:
        return None
    q = stats.false_discovery_control([p for *_, p in told])
    same_way = [
        (chance, place)
        for place, ((_, with_it, without, _), chance) in enumerate(zip(told, q, strict=True))
        if chance < FALSE_DISCOVERIES and (with_it > without) == (changed.change > 0)
    ]
    if not same_way:
        return None
    one, with_it, without, _ = told[min(same_way)[1]]
    return Cause(one, with_it, without)


def of_outcome(found: pd.DataFrame, outcome: Outcome) -> Test:
    """By how conversations ended; `found` are those that are over."""

    def test(marked: pd.Series) -> tuple[float, float, float] | None:
        return _of_shares(counts(found[marked], outcome), counts(found[~marked], outcome))

    return test


def of_slow_answers(by_versions: pd.DataFrame) -> Test:
    """By the share of slow traces (`metrics.week.answer_times`)."""

    def test(marked: pd.Series) -> tuple[float, float, float] | None:
        one, other = by_versions[marked], by_versions[~marked]
        if min(int(part["traces"].sum()) for part in (one, other)) < FEWEST_VALUES:
            return None
        return share_of_slow(one)[0], share_of_slow(other)[0], slow_test(one, other)

    return test


def of_costs(costs: pd.Series) -> Test:
    """By the mean cost of a conversation, in US dollars; missing ones are left out."""

    def test(marked: pd.Series) -> tuple[float, float, float] | None:
        one, other = (costs[mask].dropna().to_numpy(float) for mask in (marked, ~marked))
        if min(len(one), len(other)) < FEWEST_VALUES:
            return None
        return float(one.mean()), float(other.mean()), welch(one, other)[3]

    return test


def _of_shares(one: tuple[int, int], other: tuple[int, int]) -> tuple[float, float, float] | None:
    if min(one[1], other[1]) < FEWEST:
        return None
    return one[0] / one[1], other[0] / other[1], share_test(one, other)
