"""Samples in the ledger: drawn once, stored with everything that drawing them again needs, and their queue."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from errors import UsageError
from review import audit, people
from review.rubric import rubrics
from review.rubric.rubric import Rubric
from review.sampling import draws, plans
from review.sampling.frames import Frame
from review.sampling.plans import Plan
from review.sampling.sample_lists import ORDER_OF_STRATA, erased_of, samples, strata_of
from storage.ledger_database import Database, our_errors, take_turns
from storage.review_tables import queue_slots, sample_items, sample_strata
from storage.review_tables import samples as sample_table
from storage.rights_tables import erased_items

__all__ = ["DrawnStratum", "Sample", "Wanted", "draw", "is_drawn", "pick", "redrawn", "sample", "sample_id", "samples",
           "strata_of"]  # fmt: skip

_SHUFFLED = 2**31
_SCORES_SEQUENCE = "scores_sequence"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be drawn: `items` per stratum of the frame, by name."""

    plan: Plan
    week: str
    frame: Frame
    items: Mapping[str, int]
    seed: int

    @property
    def sample(self) -> str:
        return sample_id(self.plan.name, self.week, self.seed)


@dataclass(frozen=True, slots=True)
class DrawnStratum:
    """`population` is N_h, `drawn` n_h, both as drawn; how much of them was erased since is beside them.

    `touched_sessions` lost a trace and are still there.
    """

    name: str
    population: int
    drawn: int
    certainty: bool
    erased_units: int = 0
    erased_items: int = 0
    touched_sessions: int = 0

    @property
    def probability(self) -> float:
        """Of each of its units to be in the sample."""
        return self.drawn / self.population


@dataclass(frozen=True, slots=True)
class Sample:
    """A drawn sample as stored. `items` are what was drawn, without those that somebody picked or that were erased."""

    id: str
    plan: Plan
    rubric_version: int
    week: str
    since: dt.datetime
    until: dt.datetime
    seed: int
    frame_sequence: int
    scores_sequence: int
    strata: tuple[DrawnStratum, ...]
    items: tuple[str, ...]
    drawn_at: dt.datetime
    drawn_by: str

    def as_json(self) -> dict[str, Any]:
        """What `benchbook sample --json` prints."""
        erased = sum(one.erased_items for one in self.strata)
        said = {
            "sample": self.id,
            "week": self.week,
            "seed": self.seed,
            "frame_sequence": self.frame_sequence,
            "strata": [
                {"stratum": one.name, "N": one.population, "n": one.drawn, "probability": one.probability}
                for one in self.strata
            ],
            "items": list(self.items),
        }
        return said | ({"erased_items": erased} if erased else {})


def sample_id(plan: str, week: str, seed: int) -> str:
    """`weekly-2026-W46`, with the seed when it is not the plan's own."""
    return f"{plan}-{week}" + ("" if seed == draws.default_seed(plan, week) else f"-s{seed}")


def draw(database: Database, wanted: Wanted, *, by: str, now: dt.datetime) -> Sample:
    """Draw a sample and put it into the queue, in one transaction; one of the same id is returned as it is stored.

    Raises `UsageError` when the rubric does not fit the plan, `NotAllowed` when `by` may not draw.
    """
    rubric = _rubric_of(database, wanted.plan, now=now)
    with our_errors("keeping a sample"), database.writing() as connection:
        take_turns(connection, sample_table.name)
        people.require(connection, by, people.Right.DRAW)
        if not _is_there(connection, wanted.sample):
            _insert_sample(connection, wanted, rubric, by=by, now=now)
            _insert_strata(connection, wanted)
            _insert_items(connection, wanted, by=by, now=now)
            detail = {"week": wanted.week, "seed": wanted.seed, "frame": wanted.frame.size,
                      "items": sum(wanted.items.values())}  # fmt: skip
            audit.record(connection, actor=by, action=audit.Action.SAMPLE_DRAWN, subject=wanted.sample, detail=detail,
                         now=now)  # fmt: skip
    return sample(database, wanted.sample)


def sample(database: Database, wanted: str) -> Sample:
    """A drawn sample by its id. Raises `UsageError` when there is none."""
    with our_errors("being read"), database.reading() as connection:
        asked = sa.select(sample_table).where(sample_table.c.id == wanted, sample_table.c.source == "drawn")
        row = connection.execute(asked).mappings().first()
        if row is None:
            raise UsageError(f"there is no drawn sample {wanted}")
        strata = connection.execute(
            sa.select(sample_strata).where(sample_strata.c.sample == wanted).order_by(*ORDER_OF_STRATA)
        ).mappings()
        lost = erased_of(connection, wanted)
        drawn = tuple(
            DrawnStratum(one["stratum"], one["population"], one["drawn"], one["certainty"],
                         *lost.get(one["stratum"], (0, 0, 0)))
            for one in strata
        )  # fmt: skip
        is_erased = sa.exists().where(erased_items.c.item == sample_items.c.id)
        items = connection.execute(
            sa.select(sample_items.c.target)
            .where(sample_items.c.sample == wanted, sample_items.c.hand_picked.is_(False), ~is_erased)
            .order_by(sample_items.c.id)
        ).scalars()
        return _stored(dict(row), drawn, tuple(items))


def is_drawn(database: Database, wanted: str) -> bool:
    """Whether the ledger has a sample of this id."""
    with our_errors("being read"), database.reading() as connection:
        return _is_there(connection, wanted)


def pick(database: Database, to: str, target: str, *, session: str | None, by: str, now: dt.datetime) -> None:
    """Add an item by hand: it is labelled like the others, marked, and in no estimate.

    Raises `UsageError` when the sample is not there or has the item already, `NotAllowed` when `by` may not.
    """
    with our_errors("picking an item"), database.writing() as connection:
        take_turns(connection, sample_table.name)
        people.require(connection, by, people.Right.PICK)
        seed = connection.execute(sa.select(sample_table.c.seed).where(sample_table.c.id == to)).scalar()
        if seed is None:
            raise UsageError(f"there is no drawn sample {to}")
        same = sa.select(sample_items.c.id).where(sample_items.c.sample == to, sample_items.c.target == target)
        if connection.execute(same).first():
            raise UsageError("the sample has this item already")
        row = {"sample": to, "target": target, "session": session, "stratum": None, "probability": None,
               "hand_picked": True, "copies": 1, "added_at": now, "added_by": by}  # fmt: skip
        connection.execute(sa.insert(sample_items).values(**row))
        _insert_slots(connection, to, {target: 1}, seed=int(seed))
        audit.record(connection, actor=by, action=audit.Action.ITEM_PICKED, subject=to, detail={"target": target},
                     now=now)  # fmt: skip


def _is_there(connection: sa.Connection, wanted: str) -> bool:
    return connection.execute(sa.select(sample_table.c.id).where(sample_table.c.id == wanted)).first() is not None


def _rubric_of(database: Database, plan: Plan, *, now: dt.datetime) -> Rubric:
    rubrics.ensure_builtin(database, now)
    rubric = rubrics.rubric(database, plan.rubric)
    if rubric.unit is not plan.unit:
        raise UsageError(f"the rubric {rubric.name} is about a {rubric.unit}, the plan {plan.name} draws {plan.unit}s")
    return rubric


def _insert_sample(connection: sa.Connection, wanted: Wanted, rubric: Rubric, *, by: str, now: dt.datetime) -> None:
    definition = wanted.plan.definition() | {_SCORES_SEQUENCE: wanted.frame.scores_sequence}
    row = {
        "id": wanted.sample, "source": "drawn", "plan": wanted.plan.name, "definition": definition,
        "rubric": rubric.name, "rubric_version": rubric.version, "unit": wanted.plan.unit.value, "week": wanted.week,
        "since": wanted.frame.since, "until": wanted.frame.until, "seed": wanted.seed,
        "frame_sequence": wanted.frame.sequence, "drawn_at": now, "drawn_by": by,
    }  # fmt: skip
    connection.execute(sa.insert(sample_table).values(**row))


def _insert_strata(connection: sa.Connection, wanted: Wanted) -> None:
    rows = [
        {"sample": wanted.sample, "stratum": one.name, "population": one.size, "drawn": wanted.items[one.name],
         "certainty": one.certainty}
        for one in wanted.frame.strata
    ]  # fmt: skip
    connection.execute(sa.insert(sample_strata), rows)


def _insert_items(connection: sa.Connection, wanted: Wanted, *, by: str, now: dt.datetime) -> None:
    chosen = redrawn(wanted.frame, wanted.items, seed=wanted.seed)
    twice = set(
        draws.drawn(chosen, round(wanted.plan.overlap_share * len(chosen)), seed=wanted.seed, purpose="overlap")
    )
    copies = {unit: 2 if unit in twice else 1 for unit in chosen}
    stratum_of, sizes = wanted.frame.stratum_of(), {one.name: one for one in wanted.frame.strata}
    rows = [
        {"sample": wanted.sample, "target": unit, "session": sizes[stratum_of[unit]].units[unit],
         "stratum": stratum_of[unit], "probability": wanted.items[stratum_of[unit]] / sizes[stratum_of[unit]].size,
         "hand_picked": False, "copies": copies[unit], "added_at": now, "added_by": by}
        for unit in chosen
    ]  # fmt: skip
    connection.execute(sa.insert(sample_items), rows)
    _insert_slots(connection, wanted.sample, copies, seed=wanted.seed)


def redrawn(frame: Frame, items: Mapping[str, int], *, seed: int) -> list[str]:
    """The units that `items` per stratum and the seed draw, stratum by stratum."""
    return [unit for one in frame.strata for unit in draws.drawn(one.units, items[one.name], seed=seed)]


def _insert_slots(connection: sa.Connection, to: str, copies: Mapping[str, int], *, seed: int) -> None:
    asked = sa.select(sample_items.c.target, sample_items.c.id).where(sample_items.c.sample == to)
    item_of = {target: item for target, item in connection.execute(asked) if target in copies}
    rows = [
        {"sample": to, "item": item_of[unit], "copy": copy, "state": "open",
         "shuffle": draws.number_of(f"{unit} {copy}", seed=seed, purpose="shuffle") % _SHUFFLED}
        for unit, times in copies.items() for copy in range(times)
    ]  # fmt: skip
    connection.execute(sa.insert(queue_slots), rows)


def _stored(row: Mapping[str, Any], strata: Sequence[DrawnStratum], items: Iterable[str]) -> Sample:
    definition = dict(row["definition"])
    scores_sequence = int(definition.pop(_SCORES_SEQUENCE, 0))
    return Sample(
        id=row["id"],
        plan=plans.plan_of(definition),
        rubric_version=row["rubric_version"],
        week=row["week"],
        since=row["since"],
        until=row["until"],
        seed=row["seed"],
        frame_sequence=row["frame_sequence"],
        scores_sequence=scores_sequence,
        strata=tuple(strata),
        items=tuple(items),
        drawn_at=row["drawn_at"],
        drawn_by=row["drawn_by"],
    )
