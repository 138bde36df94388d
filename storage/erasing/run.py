"""Erasing what the ledger says is to go. Each step may be done again, so whoever dies in it is followed by the next.

Only the process that holds the warehouse does it; appends and questions go on meanwhile.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from functools import partial

from errors import Busy
from storage.erasing import gone, intents, ledger_rows, scratch, victims
from storage.erasing.everywhere import BY, Stores, leave_no_byte, one_at_a_time, take_out
from storage.erasing.intents import Pending
from storage.erasing.lake_reading import reading
from storage.erasing.wanted import Victims
from storage.holds import forbidding, in_force
from storage.ledger_database import our_errors, take_turns
from storage.rights_tables import erasures, holds

__all__ = ["Stores", "erase_pending", "every"]


class _HeldError(Exception):
    """What is to go is held now: nothing more is taken out before the hold is released."""


def erase_pending(stores: Stores) -> int:
    """Do every erasure that is asked for or was broken off; how many. One that a hold forbids meanwhile waits for it.

    Raises `StoreFailed` or `Busy`, when all others are done; those that failed stay asked for.
    """
    with one_at_a_time:
        scratch.clear(stores.settings.home)
        return every(partial(_erase, stores, one) for one in intents.pending(stores.database))


def every(works: Iterable[Callable[[], int]]) -> int:
    """The sum of what they say; none waits for another. A failure is raised when all were tried, before any `Busy`."""
    done, failures = 0, list[Exception]()
    for work in works:
        try:
            done += work()
        except Exception as failure:  # noqa: BLE001  # it is raised below
            failures.append(failure)
    if failures:
        raise next((failure for failure in failures if not isinstance(failure, Busy)), failures[0])
    return done


def _erase(stores: Stores, one: Pending) -> bool:
    """Whether it is done; it is not while a hold forbids it."""
    counts = dict(one.counts)
    if one.victims is not None:
        try:
            counts = _all_but_the_ledgers_file(stores, one)
        except _HeldError:
            return False
    is_whole = stores.database.shrink([*ledger_rows.TOUCHED, erasures, holds])
    if not is_whole:
        counts["ledger_not_written_anew"] = 1
    with our_errors("finishing an erasure"), stores.database.writing() as connection:
        intents.finish(connection, one.id, now=dt.datetime.now(dt.UTC), counts=counts)
    return True


def _all_but_the_ledgers_file(stores: Stores, one: Pending) -> dict[str, int]:
    with stores.warehouse.unfed():
        going, counts = _everything_that_came(stores, one)
        if not going.is_empty:
            take_out(stores, going)
    if not going.is_empty:
        leave_no_byte(stores, going.traces)
    with our_errors("being erased from"), stores.database.writing() as connection:
        ledger_rows.remove(connection, going, one.wanted, erasure=one.id)
        intents.forget_intent(connection, one.id)
    return counts


def _everything_that_came(stores: Stores, one: Pending) -> tuple[Victims, dict[str, int]]:
    """What is to go, with what arrived since it was asked for; when this returns no more of those traces can arrive.

    Raises `_HeldError` when a hold covers something that arrived.
    """
    going, counts = one.victims or Victims(), dict(one.counts)
    key = gone.erasure_key(stores.settings.home)
    while True:
        for table in BY:
            stores.lake.settle(table)
        with reading(stores.lake, home=stores.settings.home) as lake:
            more = going | victims.find(lake, one.wanted)
            if more == going:
                return going, counts
            counts |= {name: max(number, counts.get(name, 0)) for name, number in victims.counts(lake, more).items()}
            with our_errors("noting what is to be erased"), stores.database.writing() as connection:
                take_turns(connection, erasures.name)
                if forbidding(lake, more, one.wanted, in_force(connection)):
                    raise _HeldError
                intents.widen(connection, one, more, key=key, counts=counts)
        going = more
