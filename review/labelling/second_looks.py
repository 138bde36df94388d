"""Second looks: a share of the items comes back to whoever labelled them, some weeks later: do they say the same?

Which items is decided by the sample's seed, the item and the person, so nobody can tell beforehand and a label that is
given again after an undo decides the same.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from review.labelling.hand_out import SHUFFLED
from review.sampling.draws import number_of
from storage.review_tables import queue_slots

FIRST_COPY = 100
"""Copies of second looks count from here."""
_ALL_NUMBERS = 2.0**64


def reserve(
    connection: sa.Connection, slot: Mapping[Any, Any], *, plan: Mapping[str, Any], seed: int, now: dt.datetime
) -> None:
    """Put the item of a slot that was just labelled back into the queue, for the same person, if it is one of those.

    `plan` is the definition of the sample, as it was drawn.
    """
    share, weeks = float(plan.get("again_share") or 0), float(plan.get("again_weeks") or 0)
    number = number_of(f"{slot['item']} {slot['reviewer']}", seed=seed, purpose="again")
    if number / _ALL_NUMBERS >= share:
        return
    copy, due = FIRST_COPY + int(slot["copy"]), now + dt.timedelta(weeks=weeks)
    same = (queue_slots.c.item == slot["item"], queue_slots.c.copy == copy)
    there = connection.execute(sa.select(queue_slots.c.state).where(*same)).scalar()
    waiting = {"reserved_for": slot["reviewer"], "open_from": due}
    if there is None:
        row = {
            "sample": slot["sample"],
            "item": slot["item"],
            "copy": copy,
            "shuffle": number % SHUFFLED,
            "state": "open",
        }
        connection.execute(sa.insert(queue_slots).values(**row, **waiting))
    elif there == "open":  # of a label that was taken back
        connection.execute(sa.update(queue_slots).where(*same).values(**waiting))
