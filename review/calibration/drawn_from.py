"""What each sample was drawn from, and which samples together stand for all of the traffic once."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import orjson
import pandas as pd
import sqlalchemy as sa

from review.sampling import weeks
from storage.ledger_database import Database, our_errors
from storage.review_tables import labels, sample_items, sample_strata, samples, submissions, withdrawals

_OF_THE_CUT = ("strata", "certainty", "most_strata", "handover", "length_cuts", "judge_score")
"""What of a plan says in which stratum a trace lies."""
_SAME_SIZE = 0.95
"""Of the largest frame of a week, above which another is as large but for what came late."""


@dataclass(frozen=True, slots=True)
class DrawnFrom:
    """The frame of one sample: the traffic from `since` until `until`, None where nobody knows which it was.

    `week` is its last week, or the name of the sample; `cut` says how the traffic was cut into strata, `part` which
    filters it had ("" none); `strata` are their sizes, as far as they are known, also of those without a label.
    """

    week: str
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    cut: str = ""
    part: str = ""
    is_drawn: bool = True
    strata: Mapping[str, float] = field(default_factory=dict)

    @property
    def weeks(self) -> tuple[str, ...]:
        """All weeks of its traffic."""
        if self.since is None or self.until is None:
            return (self.week,)
        mondays = range((self.until - self.since) // weeks.WEEK)
        return tuple(weeks.week_of(self.since + at * weeks.WEEK) for at in mondays) or (self.week,)

    def may_join(self, other: "DrawnFrom") -> bool:
        """Whether both may stand in one figure: of other traffic, or drawn from the same strata of the same."""
        if not {*self.weeks} & {*other.weeks}:
            return True
        return (self.since, self.until, self.week, self.cut) == (other.since, other.until, other.week, other.cut)


def drawn_from(database: Database, wanted: Iterable[str]) -> dict[str, DrawnFrom]:
    """The frames of some samples. One that was imported without its week is a week of its own, by its name."""
    chosen = list(wanted)
    asked = sa.select(*(samples.c[name] for name in ("id", "source", "definition", "week", "since", "until")))
    of_strata = sa.select(sample_strata.c.sample, sample_strata.c.stratum, sample_strata.c.population)
    with our_errors("being read"), database.reading() as connection:
        rows = connection.execute(asked.where(samples.c.id.in_(chosen)).order_by(samples.c.id)).all()
        cut = connection.execute(
            of_strata.where(sample_strata.c.sample.in_(chosen)).order_by(
                sample_strata.c.sample, sample_strata.c.stratum
            )
        ).all()
    sizes = {
        name: {row.stratum: float(row.population) for row in own} for name, own in groupby(cut, lambda row: row[0])
    }
    return {row.id: _frame(row, sizes.get(row.id, {})) for row in rows}


def units_labelled(database: Database, criterion: str) -> list[str]:
    """What the labels of a criterion are of: traces, which judges are compared on, or sessions and documents."""
    asked = (
        sa.select(samples.c.unit)
        .join(sample_items, sample_items.c.sample == samples.c.id)
        .join(submissions, submissions.c.item == sample_items.c.id)
        .join(labels, labels.c.submission == submissions.c.id)
        .where(labels.c.criterion == criterion, ~sa.exists().where(withdrawals.c.submission == submissions.c.id))
        .distinct()
        .order_by(samples.c.unit)
    )
    with our_errors("being read"), database.reading() as connection:
        return [str(unit) for unit in connection.execute(asked).scalars()]


def exported_from(rows: pd.DataFrame, week_of: Mapping[str, str]) -> dict[str, DrawnFrom]:
    """The frames that an export of labels tells of: its plans are not in it, so of several samples of one week those
    are of a part that are much smaller than the largest."""
    firsts = rows.drop_duplicates(["sample", "stratum"])
    sizes = {
        str(name): {str(one): float(size) for one, size in zip(own["stratum"], own["stratum_size"], strict=True)
                    if pd.notna(size)}
        for name, own in firsts.groupby("sample")
    }  # fmt: skip
    largest: dict[str, float] = {}
    for name, of in sizes.items():
        largest[week_of[name]] = max(largest.get(week_of[name], 0.0), sum(of.values()))
    return {
        name: DrawnFrom(
            week_of[name], cut=_spelt(sorted(of)) if of else name, strata=of,
            part="smaller" if sum(of.values()) < _SAME_SIZE * largest[week_of[name]] else "",
        )
        for name, of in sizes.items()
    }  # fmt: skip


def counted_once(items: Mapping[str, int], frames: Mapping[str, DrawnFrom]) -> tuple[list[str], list[str]]:
    """Which samples (with how many labelled `items`) may stand in figures of all of the traffic; and notes of others.

    A sample of a filtered part says nothing of the rest, and two that cut the same traffic in different ways cannot be
    added up: then the way with the most labels stays. Samples of the same strata are one larger sample, since the union
    of simple random samples is one again, whatever its size.
    """
    labels_of_cut: dict[str, int] = {}
    for name, count in items.items():
        labels_of_cut[frames[name].cut] = labels_of_cut.get(frames[name].cut, 0) + count
    order = sorted(items, key=lambda name: _worth(frames[name], labels_of_cut), reverse=True)
    part = frames[order[0]].part if order else ""
    notes = ["every sample was drawn from a part of the traffic; figures are of that part"] if part else []
    kept: list[str] = []
    for name in order:
        if frames[name].part != part:
            notes.append(
                f"sample {name} is left out: it was drawn from {'another' if part else 'a'} part of the traffic"
            )
        elif other := next((one for one in kept if not frames[name].may_join(frames[one])), None):
            notes.append(f"sample {name} is left out: {other} stands for the same traffic, or for a part of it")
        else:
            kept.append(name)
    return sorted(kept), sorted(notes)


def _worth(of: DrawnFrom, labels_of_cut: Mapping[str, int]) -> tuple[Any, ...]:
    """The larger, the sooner a sample is taken: of all traffic, of a known frame, of the plan with the most labels."""
    return not of.part, of.is_drawn, labels_of_cut[of.cut], of.part, of.cut, of.week


def _frame(row: sa.Row[Any], strata: Mapping[str, float]) -> DrawnFrom:
    is_drawn = row.source == "drawn"
    if is_drawn:
        plan = dict(row.definition)
        cut, part = [plan.get(name) for name in _OF_THE_CUT], plan.get("filters")
    else:
        cut, part = [sorted(strata.items())] if strata else [row.id], None
    spelt, filters = _spelt([cut, part]), _spelt(part) if part else ""
    since, until, week = row.since, row.until, row.week
    if since is None or until is None:
        if week is None:
            return DrawnFrom(row.id, None, None, spelt, filters, is_drawn, strata)
        since, until = weeks.window(week)
    return DrawnFrom(week or weeks.week_of(since), since, until, spelt, filters, is_drawn, strata)


def _spelt(said: object) -> str:
    return orjson.dumps(said, option=orjson.OPT_SORT_KEYS).decode()
