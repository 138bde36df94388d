"""One label of a file: an item, a reviewer, a criterion and what was answered; or why a row is not taken."""

import datetime as dt
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from review.people import BENCHBOOK, SHELL
from review.rubric.criteria import CANNOT_TELL, Given
from review.rubric.rubric import Unit

_SAMPLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}")
_CRITERION = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.-]{0,59}")
_REVIEWER = re.compile(r"[^\W_](?:[\w .@'\u2019-]{0,58}[\w.)])?")
_EARLIEST = dt.datetime(1990, 1, 1, tzinfo=dt.UTC)
_LATEST = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)
LONGEST_WORDS = 100_000
"""Characters of a comment or a corrected answer, as on the page."""
SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "target": ("item", "item_id", "target", "trace_id"),
    "reviewer": ("reviewer", "annotator"),
    "criterion": ("criterion",),
    "value": ("value", "label"),
    "at": ("labelled_at", "at"),
    "seconds": ("seconds", "active_seconds"),
}
"""Columns that go by several names, ours first."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A row, or a whole file, that is not taken. `reason` is ours and never quotes the row."""

    file: str
    position: str
    reason: str


@dataclass(frozen=True, slots=True)
class Stratum:
    """Size of a stratum and how many were drawn from it: N_h and n_h."""

    population: int
    drawn: int


@dataclass(frozen=True, slots=True)
class LabelRow:
    """One label as a file says it; what it does not say is None. Words are not scrubbed yet.

    `cluster` is the session as the client names it, `session` the keyed hash that an export of ours has.
    """

    position: str
    target: str
    reviewer: str
    criterion: str
    given: Given
    sample: str | None = None
    unit: Unit = Unit.TRACE
    week: str | None = None
    stratum: str | None = None
    of_stratum: Stratum | None = None
    probability: float | None = None
    cluster: str | None = None
    session: str | None = None
    rubric: str | None = None
    rubric_version: int | None = None
    scale: str | None = None
    at: dt.datetime | None = None
    seconds: float | None = None
    comment: str | None = None
    corrected: str | None = None
    blind: bool = True
    again: bool = False
    submission: str | None = None


class NotTaken(ValueError):
    """Why a row cannot be read; its text is the reason."""


def label_row(said: Mapping[str, object], position: str) -> LabelRow:
    """The row that these columns say. Raises `NotTaken`."""
    target = _text(said, "target") or ""
    if not (target and target.isprintable() and len(target) <= 300):
        raise NotTaken("no item id, or one longer than 300 characters")
    reviewer = _text(said, "reviewer") or ""
    if not _REVIEWER.fullmatch(reviewer):
        raise NotTaken("no reviewer, or a name with characters that names here do not have")
    if reviewer.casefold() in (SHELL, BENCHBOOK):
        raise NotTaken("that reviewer is nobody's name here")
    criterion = _text(said, "criterion") or ""
    if not _CRITERION.fullmatch(criterion):
        raise NotTaken("no criterion, or a name with characters that criteria do not have")
    sample = _text(said, "sample")
    if sample is not None and not _SAMPLE.fullmatch(sample):
        raise NotTaken("a sample's id has letters, digits or . _ -, 80 at most")
    return LabelRow(
        position=position,
        target=target,
        reviewer=reviewer,
        criterion=criterion,
        given=_given(said),
        sample=sample,
        unit=_unit(said),
        week=_text(said, "week"),
        stratum=_text(said, "stratum"),
        of_stratum=_of_stratum(said),
        probability=_probability(said),
        cluster=_text(said, "cluster"),
        session=_text(said, "session"),
        rubric=_text(said, "rubric"),
        rubric_version=_whole(said, "rubric_version"),
        scale=_text(said, "scale"),
        at=_moment(said),
        seconds=_number(said, "seconds", "review time", most=30 * 86_400),
        comment=_words(said, "comment"),
        corrected=_words(said, "corrected"),
        blind=_flag(said, "blind", otherwise=True),
        again=_flag(said, "again", otherwise=False),
        submission=_text(said, "submission"),
    )


def _given(said: Mapping[str, object]) -> Given:
    value = _value(said, "value")
    if _flag(said, "cannot_tell", otherwise=False):
        return {"cannot_tell": True}
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return value
    if value is None or not str(value).strip():
        raise NotTaken(f"no answer; '{CANNOT_TELL}' is one")
    return str(value)


def _unit(said: Mapping[str, object]) -> Unit:
    try:
        return Unit(_text(said, "unit") or Unit.TRACE.value)
    except ValueError as error:
        raise NotTaken(f"the unit is none of: {', '.join(Unit)}") from error


def _of_stratum(said: Mapping[str, object]) -> Stratum | None:
    population, drawn = _whole(said, "stratum_size"), _whole(said, "stratum_drawn")
    if population is None or drawn is None:
        return None
    return checked_stratum(population, drawn)


def checked_stratum(population: int, drawn: int) -> Stratum:
    """A stratum with 0 < n_h <= N_h. Raises `NotTaken`."""
    if not 0 < drawn <= population < 10**12:
        raise NotTaken("a stratum has at least one item drawn, and no more than it has")
    return Stratum(population, drawn)


def _probability(said: Mapping[str, object]) -> float | None:
    found = _number(said, "probability", "probability", most=1.0)
    if found == 0:
        raise NotTaken("a probability of inclusion is above 0")
    return found


def _moment(said: Mapping[str, object]) -> dt.datetime | None:
    text = _text(said, "at")
    if text is None:
        return None
    try:
        at = dt.datetime.fromisoformat(text)
        at = at.replace(tzinfo=dt.UTC) if at.tzinfo is None else at.astimezone(dt.UTC)
    except (ValueError, OverflowError) as error:
        raise NotTaken("the time of the label is not an ISO time") from error
    if not _EARLIEST <= at < _LATEST:
        raise NotTaken("the time of the label is before 1990 or after 2099")
    return at


def _number(said: Mapping[str, object], name: str, words: str, *, most: float) -> float | None:
    text = _text(said, name)
    if text is None:
        return None
    try:
        number = float(text)
    except ValueError as error:
        raise NotTaken(f"the {words} is not a number") from error
    if not (math.isfinite(number) and 0 <= number <= most):
        raise NotTaken(f"the {words} is out of range")
    return number


def _whole(said: Mapping[str, object], name: str) -> int | None:
    number = _number(said, name, name.replace("_", " "), most=1e12)
    return None if number is None else int(number)


def _words(said: Mapping[str, object], name: str) -> str | None:
    text = _text(said, name)
    if text is not None and len(text) > LONGEST_WORDS:
        raise NotTaken(f"a {name} text is longer than {LONGEST_WORDS:,} characters")
    return text


def _flag(said: Mapping[str, object], name: str, *, otherwise: bool) -> bool:
    text = (_text(said, name) or "").lower()
    return otherwise if not text else text in ("true", "yes", "1")


def _text(said: Mapping[str, object], name: str) -> str | None:
    value = _value(said, name)
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    return str(value).replace("\x00", "").strip() or None


def _value(said: Mapping[str, object], name: str) -> object:
    return next((said[one] for one in SPELLINGS.get(name, (name,)) if said.get(one) not in (None, "")), None)
