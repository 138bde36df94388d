"""Whom or what somebody means: a trace, session or person as they call it, in every spelling that the lake may have.

People and sessions are kept as keyed hashes, so theirs are made with the key in use and with every replaced one. The
tenant is no part of a hash: one hash finds a person in all of them. A hash as the app shows it is taken as it is.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum

from errors import UsageError
from scrub.pseudonyms import identifier
from settings import Settings
from storage.erasing.gone import Gone, erasure_key
from storage.erasing.wanted import Wanted
from storage.ledger_database import Database

_HEX_ID = re.compile(r"[0-9A-Fa-f]{32}")
LONGEST = 10_000


class Kind(StrEnum):
    """What can be asked for."""

    TRACE = "trace"
    SESSION = "session"
    USER = "user"


def wanted_of(kind: Kind, values: Sequence[str], keys: Sequence[bytes]) -> Wanted:
    """Every spelling of the values. Raises `UsageError` for none, and for an empty one."""
    said = [value.strip() for value in values]
    if not said or not all(said) or max(map(len, said)) > LONGEST:
        raise UsageError(f"name the {kind.value} as its application does, or as it is shown here")
    match kind:
        case Kind.TRACE:
            traces = _unique(one for value in said for one in _of_trace(value, keys))
            return Wanted(traces=traces, judges=traces)
        case Kind.SESSION:
            hashes = (identifier(key, value, "session_id") for value in said for key in keys)
            return Wanted(sessions=_unique(hashes), called=_unique(said))
    return Wanted(
        users=_unique(identifier(key, value, "user_id") for value in said for key in keys),
        authors=_unique(identifier(key, value, "author") for value in said for key in keys),
        called=_unique(said),
    )


def is_name(kind: Kind, values: Sequence[str]) -> bool:
    """Whether one of them is what an application calls a person or session, and no hash as the app shows it."""
    return kind is not Kind.TRACE and any(shown(kind, [value], b"any") != value.strip() for value in values)


def shown(kind: Kind, values: Sequence[str], key: bytes) -> str:
    """How the app shows them: by the key in use."""
    field = {Kind.SESSION: "session_id", Kind.USER: "user_id"}.get(kind)
    return ", ".join(value.strip() if field is None else identifier(key, value.strip(), field) for value in values)


def is_drawn(trace: str) -> bool:
    """Whether a trace's id is 32 hex digits, also as a UUID: drawn at random, and kept as it is whatever they are."""
    return _HEX_ID.fullmatch(_plain(trace)) is not None


def erased_items(database: Database, settings: Settings, key: bytes) -> Callable[[str], bool]:
    """Tells whether an item of a sample (trace, session, or trace/span/rank of a document) was erased."""
    gone = Gone(database, erasure_key(settings.home))

    def is_erased(item: str) -> bool:
        traces, sessions = (item, item.rsplit("/", 2)[0]), (item, identifier(key, item, "session_id"))
        return any(gone.has("trace", one) for one in traces) or any(gone.has("session", one) for one in sessions)

    return is_erased


def _of_trace(value: str, keys: Sequence[bytes]) -> list[str]:
    """As it came; as hex digits are kept; and hashed, where personal data was found in the id."""
    lower = [_plain(value).lower()] if is_drawn(value) else []
    return [value, *lower, *(identifier(key, value, "key") for key in keys)]


def _plain(trace: str) -> str:
    return trace.replace("-", "") if len(trace) == 36 else trace


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
