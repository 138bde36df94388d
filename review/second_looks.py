"""Second looks: a share of the items comes back to whoever labelled them, some weeks later: do they say the same?

Which items is decided by the sample's seed, the item and the person, so nobody can tell beforehand and a label that is
given again after an undo decides the same.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from review.draws import number_of
from review.hand_out import SHUFFLED
from storage.review_tables import queue_slots, samples

FIRST_COPY = 100
"""Copies of second looks count from here."""
_ALL_NUMBERS = 2.0**64


def reserve(connection: sa.Connection, slot: int, *, now: dt.datetime) -> None:
    """Put the item of a slot that was just labelled back into the queue, for the same person, if it is one of those."""
    asked = sa.select(queue_slots, samples.c.definition, samples.c.seed).join(samples).where(queue_slots.c.id == slot)
    of = connection.execute(asked).mappings().one()
    share, weeks = _plan(of["definition"])
    number = number_of(f"{of['item']} {of['reviewer']}", seed=int(of["seed"] or 0), purpose="again")
    if number / _ALL_NUMBERS >= share:
        return
    copy, due = FIRST_COPY + int(of["copy"]), now + dt.timedelta(weeks=weeks)
    same = (queue_slots.c.item == of["item"], queue_slots.c.copy == copy)
    there = connection.execute(sa.select(queue_slots.c.state).where(*same)).scalar()
    waiting = {"reserved_for": of["reviewer"], "open_from": due}
    if there is None:
        row = {"sample": of["sample"], "item": of["item"], "copy": copy, "shuffle": number % SHUFFLED, "state": "open"}
        connection.execute(sa.insert(queue_slots).values(**row, **waiting))
    elif there == "open":  # of a label that was taken back
        connection.execute(sa.update(queue_slots).where(*same).values(**waiting))


def _plan(definition: Mapping[str, Any]) -> tuple[float, float]:
    """Share (0 to 1) and weeks of the plan as it was when the sample was drawn."""
    return float(definition.get("again_share") or 0), float(definition.get("again_weeks") or 0)
