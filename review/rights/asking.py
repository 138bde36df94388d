"""An erasure from the question to the record: what would go, whether a hold forbids it, and the intent in the ledger.

Nothing is erased here: `storage.erasing.run` does it, in the process that holds the warehouse.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from errors import UsageError
from review import audit, people
from review.rights.subjects import Kind, is_drawn, is_name, wanted_of
from review.rights.units import erased_units
from scrub.pseudonyms import identifier
from settings import Settings
from storage import holds
from storage.erasing import gone, intents, ledger_rows, victims
from storage.erasing.lake_reading import reading
from storage.erasing.wanted import Victims, Wanted
from storage.holds import Hold
from storage.key_ring import all_keys
from storage.lake import Lake
from storage.ledger_database import Database, our_errors, take_turns
from storage.rights_tables import erasures

_LATER = """
SELECT count(DISTINCT trace_id) FROM spans
WHERE session_id IN (FROM touched_sessions) AND trace_id NOT IN (FROM going)
"""


@dataclass(frozen=True, slots=True)
class Found:
    """What an erasure would take. `counts` are of the lake and the ledger; `held` are the holds that forbid it.

    `other_turns`: traces of the same conversations that stay. Each turn repeats what was said before it, so they may
    hold the same words. `forgotten_keys`: replaced keys that were forgotten, when a name was looked for.
    """

    kind: Kind
    wanted: Wanted
    victims: Victims
    counts: dict[str, int]
    held: tuple[Hold, ...]
    other_turns: int
    forgotten_keys: int = 0

    def as_json(self) -> dict[str, Any]:
        """What `benchbook erase --dry-run --json` prints."""
        return {
            "kind": self.kind.value,
            **self.counts,
            "other_turns": self.other_turns,
            "forgotten_keys": self.forgotten_keys,
            "held": [one.as_json() for one in self.held],
        }


@dataclass(frozen=True, slots=True)
class Rights:
    """The stores that a question about rights needs."""

    settings: Settings
    lake: Lake
    database: Database

    def keys(self) -> list[bytes]:
        """The key in use and every replaced one."""
        return all_keys(self.settings.home, self.settings.key_path)

    def find(self, kind: Kind, values: Sequence[str], *, came_back: bool = False) -> Found:
        """What would go; of judges that `came_back` only their own traces, as it was when what they had read went.

        Raises `UsageError` for a name that cannot be one, and `StoreFailed`.
        """
        wanted = wanted_of(kind, values, self.keys())
        wanted = replace(wanted, judges=()) if came_back else wanted
        with reading(self.lake, home=self.settings.home) as lake:
            going = victims.find(lake, wanted)
            with our_errors("being read"), self.database.reading() as connection:
                going |= Victims(traces=ledger_rows.known(connection, wanted.traces),
                                 sessions=ledger_rows.known(connection, wanted.sessions))  # fmt: skip
                counts = victims.counts(lake, going) | ledger_rows.counts(connection, going)
            lake.name({"touched_sessions": going.touched_sessions})
            return Found(
                kind=kind,
                wanted=wanted,
                victims=going,
                counts=counts,
                held=tuple(holds.forbidding(lake, going, wanted, holds.in_force(self.database))),
                other_turns=int(lake.rows(_LATER)[0][0]),
                forgotten_keys=audit.count(self.database, audit.Action.KEY_FORGOTTEN) if is_name(kind, values) else 0,
            )

    def came_back(self) -> list[str]:
        """Erased traces that are in the lake all the same. Raises `StoreFailed`.

        The lake was restored from a backup, or a judge's trace came before the score that says what it read.
        """
        gone_ones = gone.Gone(self.database, gone.erasure_key(self.settings.home))
        with reading(self.lake, home=self.settings.home) as lake:
            return gone_ones.among("trace", lake.ids("SELECT trace_id FROM spans UNION SELECT trace_id FROM scores"))

    def ask(self, found: Found, values: Sequence[str], *, reason: str, by: str, now: dt.datetime) -> int:
        """Note in the ledger that this is to go; the erasure's number. `reason` is scrubbed.

        Raises `UsageError` when a hold forbids it, `NotAllowed` when `by` may not, and `StoreFailed`.
        """
        if found.held:
            raise UsageError(refusal(found.held))
        if not reason.strip():
            raise UsageError("say why: --reason, in a few words and without naming anybody")
        units = erased_units(self.settings, self.lake, self.database, found.victims)
        key = gone.erasure_key(self.settings.home)
        subject = gone.digest(key, found.kind.value, "\n".join(sorted(value.strip() for value in values)))
        request = intents.Request(found.kind.value, subject, reason.strip(), by, now)
        with our_errors("noting what is to be erased"), self.database.writing() as connection:
            take_turns(connection, erasures.name)
            people.require(connection, by, people.Right.ERASE)
            self._check_holds_again(connection, found)
            number = intents.begin(
                connection, request, found.wanted, found.victims, key=key, counts=found.counts, units=units
            )
            audit.record(connection, actor=by, action=audit.Action.ERASURE_ASKED, subject=str(number),
                         detail={"kind": found.kind.value, **found.counts}, now=now)  # fmt: skip
        return number

    def waits_for(self, number: int) -> tuple[Hold, ...] | None:
        """Holds that an erasure waits for, () when it waits for something else; None when it is done."""
        one = next((one for one in intents.pending(self.database) if one.id == number), None)
        if one is None:
            return None
        with reading(self.lake, home=self.settings.home) as lake:
            going = (one.victims or Victims()) | victims.find(lake, one.wanted)
            return tuple(holds.forbidding(lake, going, one.wanted, holds.in_force(self.database)))

    def covered(self, number: int) -> dict[str, int] | None:
        """How many traces and scores a hold covers now; None when it was released meanwhile. Raises `StoreFailed`."""
        hold = next((one for one in holds.in_force(self.database) if one.id == number), None)
        if hold is None:
            return None
        with reading(self.lake, home=self.settings.home) as lake:
            return holds.covered(lake, hold)

    def _check_holds_again(self, connection: Any, found: Found) -> None:
        """A hold that was placed since the question was answered: rare, so the lake is read again only then."""
        now = holds.in_force(connection)
        if now:
            with reading(self.lake, home=self.settings.home) as lake:
                if held := holds.forbidding(lake, found.victims, found.wanted, now):
                    raise UsageError(refusal(held))


def not_found_by_name(forgotten_keys: int) -> str:
    """What somebody has to know when keys were forgotten."""
    keys, them = (
        ("1 replaced key was", "it") if forgotten_keys == 1 else (f"{forgotten_keys} replaced keys were", "them")
    )
    return f"{keys} forgotten: what was hashed with {them} is not found by name, only by the hash that the app shows"


def refusal(held: Sequence[Hold]) -> str:
    """Why nothing was erased, and what to do."""
    said = "; ".join(one.named for one in held)
    return f"nothing was erased: {said}. Whoever placed it can release it: benchbook hold release {held[0].id}"


def place_hold(  # noqa: PLR0913 - all that is noted of a hold
    rights: Rights, kind: str, value: str, *, reason: str, by: str, now: dt.datetime, is_personal: bool = False
) -> int:
    """Place a hold on a trace, session, person or application; its number. `reason` is scrubbed.

    What is not here (yet) can be held too: it holds what comes. `is_personal`: scrubbing finds personal data in the
    value, so of a trace's id only hashes are kept, which is all that the lake has of it unless older rules took it.
    People and sessions are kept as hashes always.

    While something is being deleted by age it waits, so that it holds all that is there when it is in force.

    Raises `UsageError` for what cannot be one, is being erased, or is held for the same reason; `NotAllowed` when `by`
    may not, `Busy` after minutes of waiting, and `StoreFailed`.
    """
    if not reason.strip():
        raise UsageError("say why: --reason, in a few words and without naming anybody")
    if not value.strip():
        raise UsageError(f"name the {'application' if kind == 'app' else kind}")
    covers = _spellings(rights, kind, value.strip(), is_personal=is_personal)
    subject = covers[0]
    with (
        holds.standing_still(rights.settings.home),
        our_errors("placing a hold"),
        rights.database.writing() as connection,
    ):
        take_turns(connection, erasures.name)
        people.require(connection, by, people.Right.HOLD)
        placed = Hold(0, kind, subject, covers, reason.strip())
        _refuse_what_is_held(connection, placed)
        _refuse_what_is_being_erased(rights, connection, placed)
        number = holds.add(connection, kind, subject, covers, reason=placed.reason, by=by, now=now)
        audit.record(connection, actor=by, action=audit.Action.HOLD_PLACED, subject=str(number),
                     detail={"kind": kind}, now=now)  # fmt: skip
    return number


def _spellings(rights: Rights, kind: str, value: str, *, is_personal: bool) -> tuple[str, ...]:
    """How the lake may have what is held; the first is shown. Nothing personal is among them but as the lake has it."""
    if kind == "app":
        if not is_personal:
            return (value,)
        if not _is_here(rights, "app", value):
            raise UsageError("the name has personal data in it, which is kept replaced: name it as the app shows it")
        return identifier(rights.keys()[0], value, "key"), value
    wanted = wanted_of(Kind(kind), [value], rights.keys())
    covers = {"trace": wanted.traces, "session": wanted.sessions, "user": wanted.users}[kind]
    if not is_personal or kind != "trace" or is_drawn(value):
        return covers
    hidden = tuple(one for one in covers if one != value)
    return (*hidden, value) if _is_here(rights, "trace_id", value) else hidden


def _is_here(rights: Rights, column: str, value: str) -> bool:
    """Whether the lake has it as it is said: then whoever keeps it keeps nothing more."""
    tables = ("spans", "scores") if column == "trace_id" else ("spans",)
    with reading(rights.lake, home=rights.settings.home) as lake:
        asked = (f"SELECT 1 FROM {table} WHERE {column} = $value LIMIT 1" for table in tables)  # noqa: S608 - our names
        return any(lake.rows(one, value=value) for one in asked)


def _refuse_what_is_held(connection: Any, hold: Hold) -> None:
    """The same for another reason is another case: each is released by itself."""
    for one in holds.in_force(connection):
        if (one.kind, one.subject, one.reason) == (hold.kind, hold.subject, hold.reason):
            raise UsageError(f"{one.named} is in force already; for another case place one with another reason")


def _refuse_what_is_being_erased(rights: Rights, connection: Any, hold: Hold) -> None:
    """Part of it may be gone already, so no hold can promise that it stays."""
    waiting = [one for one in intents.pending(connection) if one.victims is not None]
    if not waiting:
        return
    with reading(rights.lake, home=rights.settings.home) as lake:
        for one in waiting:
            if holds.forbidding(lake, one.victims or Victims(), one.wanted, [hold]):
                raise UsageError(
                    f"erasure {one.id} of it was asked for before and is under way, so it cannot be held any more; "
                    "for what comes later place the hold again when `benchbook erase --record` says done"
                )


def release_hold(database: Database, number: int, *, reason: str, by: str, now: dt.datetime) -> None:
    """End a hold. Raises `UsageError` when there is none in force, and `NotAllowed` when `by` may not."""
    with our_errors("releasing a hold"), database.writing() as connection:
        take_turns(connection, erasures.name)
        people.require(connection, by, people.Right.HOLD)
        holds.release(connection, number, reason=reason.strip(), by=by, now=now)
        audit.record(connection, actor=by, action=audit.Action.HOLD_RELEASED, subject=str(number), detail={}, now=now)
