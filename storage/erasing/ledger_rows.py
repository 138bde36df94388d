"""What people wrote and decided about erased traces, out of the ledger; their items stay as units without an answer."""

import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from storage.erasing.wanted import Victims, Wanted
from storage.holds import forget_subjects
from storage.ledger_tables import ingest_log, reject_counts, rejects
from storage.review_tables import (
    adjudications,
    anchor_items,
    assignment_ends,
    assignments,
    audit_log,
    drafts,
    labels,
    queue_slots,
    rubrics,
    sample_items,
    samples,
    shown_examples,
    submissions,
    withdrawals,
)
from storage.rights_tables import erased_items
from storage.traffic_tables import alert_events

TOUCHED = (sample_items, queue_slots, assignments, assignment_ends, drafts, submissions, withdrawals, labels,
           adjudications, ingest_log, rejects, reject_counts,
           anchor_items, shown_examples, audit_log, alert_events)  # fmt: skip
"""Tables that an erasure takes rows or texts out of."""
_AT_ONCE = 400
ERASED = "erased"
_WORD = re.compile(r"[\w-]+")
_PART = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class _Items:
    """Items of samples by number: `gone` of erased units, `touched` sessions that lost a trace."""

    gone: list[int]
    touched: list[int]
    targets: frozenset[str]


def known(connection: sa.Connection, ids: Sequence[str]) -> tuple[str, ...]:
    """Those of the ids that are items of a sample: also of one that was imported, whose traces are not here."""
    found: set[str] = set()
    for part in _of(sample_items.c.target, ids):
        found |= set(connection.execute(sa.select(sample_items.c.target).where(part)).scalars())
    return tuple(sorted(found))


def counts(connection: sa.Connection, victims: Victims) -> dict[str, int]:
    """How much `remove` would remove: items, their labels, and corrected answers, comments and notes."""
    items = _items(connection, victims)
    own = list(_of(submissions.c.item, [*items.gone, *items.touched]))
    texts = sum(
        connection.execute(
            sa.select(sa.func.count()).select_from(submissions)
            .where(part, submissions.c.comment.is_not(None) | submissions.c.corrected.is_not(None))
        ).scalar_one()
        for part in own
    )  # fmt: skip
    given = sum(
        connection.execute(
            sa.select(sa.func.count()).select_from(sa.join(labels, submissions)).where(part)
        ).scalar_one()
        for part in _of(submissions.c.item, items.gone)
    )  # fmt: skip
    return {"items": len(items.gone), "labels": given, "texts_of_reviewers": texts}


def remove(connection: sa.Connection, victims: Victims, wanted: Wanted, *, erasure: int) -> None:
    """All of it, in the caller's transaction; again it finds nothing."""
    items = _items(connection, victims)
    _remove_answers(connection, items.gone)
    _remove_words(connection, items.touched)
    for table in (anchor_items, shown_examples):
        for part in _of(table.c.item, sorted(items.targets)):
            connection.execute(sa.delete(table).where(part))
    _rewrite_log(connection, items.targets)
    _forget_examples_of_alerts(connection, frozenset(victims.traces))
    _rename_files(connection, items.targets | frozenset(wanted.traces), wanted.called)
    named = {*victims.traces, *victims.sessions, *wanted.traces, *wanted.sessions, *wanted.users}
    forget_subjects(connection, frozenset(named), written=ERASED)
    for number in items.gone:
        name = {"target": f"{ERASED}-{number}", "session": None}
        connection.execute(sa.update(sample_items).where(sample_items.c.id == number).values(**name))
    if items.gone:
        connection.execute(sa.insert(erased_items), [{"item": one, "erasure": erasure} for one in items.gone])
    for part in _of(sample_items.c.session, victims.sessions):
        connection.execute(sa.update(sample_items).where(part).values(session=None))


def _items(connection: sa.Connection, victims: Victims) -> _Items:
    """Items of erased traces, of their documents, and of sessions that are gone or touched."""
    traces, sessions = frozenset(victims.traces), frozenset(victims.sessions)
    touched_sessions = frozenset(victims.touched_sessions)
    asked = sa.select(sample_items.c.id, sample_items.c.target, samples.c.unit).join(samples)
    gone, touched, targets = [], [], set()
    for number, target, unit in connection.execute(asked):
        is_gone = {"session": target in sessions, "document": target.rsplit("/", 2)[0] in traces}
        if is_gone.get(unit, target in traces):
            gone.append(number)
            targets.add(target)
        elif unit == "session" and target in touched_sessions:
            touched.append(number)
    return _Items(gone, touched, frozenset(targets) | traces | sessions)


def _parts(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """As many at once as a statement takes."""
    for first in range(0, len(values), _AT_ONCE):
        yield values[first : first + _AT_ONCE]


def _of(column: sa.Column[Any], values: Sequence[Any]) -> Iterator[sa.ColumnElement[bool]]:
    return (column.in_(part) for part in _parts(values))


def _remove_answers(connection: sa.Connection, items: Sequence[int]) -> None:
    for numbers in _parts(items):
        given = sa.select(submissions.c.id).where(submissions.c.item.in_(numbers))
        held = sa.select(assignments.c.id).where(assignments.c.item.in_(numbers))
        for table, condition in (
            (labels, labels.c.submission.in_(given)),
            (withdrawals, withdrawals.c.submission.in_(given)),
            (submissions, submissions.c.item.in_(numbers)),
            (drafts, drafts.c.assignment.in_(held)),
            (assignment_ends, assignment_ends.c.assignment.in_(held)),
            (assignments, assignments.c.item.in_(numbers)),
            (queue_slots, queue_slots.c.item.in_(numbers)),
            (adjudications, adjudications.c.item.in_(numbers)),
        ):
            connection.execute(sa.delete(table).where(condition))


def _remove_words(connection: sa.Connection, items: Sequence[int]) -> None:
    """Words that may quote the trace that a session lost; answers on a scale stay."""
    free = _criteria_in_words(connection)
    for part in _of(submissions.c.item, items):
        given = sa.select(submissions.c.id, submissions.c.rubric, submissions.c.rubric_version).where(part)
        for row in connection.execute(given).all():
            named = labels.c.criterion.in_(free.get((row.rubric, row.rubric_version), []))
            said = labels.c.value.is_not(None)
            connection.execute(sa.update(labels).where(labels.c.submission == row.id, named, said).values(value=""))
        words = {"comment": None, "corrected": None, "correction": None}
        connection.execute(sa.update(submissions).where(part).values(**words))
    for part in _of(adjudications.c.item, items):
        connection.execute(sa.update(adjudications).where(part).values(note=None))
        in_words = sorted({name for names in free.values() for name in names})
        decided = (adjudications.c.value.is_not(None), adjudications.c.criterion.in_(in_words))
        connection.execute(sa.update(adjudications).where(part, *decided).values(value=""))
    for part in _of(assignments.c.item, items):
        held = sa.select(assignments.c.id).where(part)
        connection.execute(sa.delete(drafts).where(drafts.c.assignment.in_(held)))
        ends = sa.update(assignment_ends).where(assignment_ends.c.assignment.in_(held))
        connection.execute(ends.values(reason=None))


def _criteria_in_words(connection: sa.Connection) -> dict[tuple[str, int], list[str]]:
    """Of each rubric the criteria that are answered in words."""
    asked = sa.select(rubrics.c.name, rubrics.c.version, rubrics.c.definition)
    return {
        (name, version): [str(one["name"]) for one in definition.get("criteria", []) if one.get("scale") == "text"]
        for name, version, definition in connection.execute(asked)
    }


def _rewrite_log(connection: sa.Connection, targets: frozenset[str]) -> None:
    """Ids of what was erased leave the lines of the audit log; who did what and when stays."""
    if not targets:
        return
    asked = sa.select(audit_log.c.id, audit_log.c.subject, audit_log.c.detail)
    for row in connection.execute(asked).all():
        subject, detail = _without(row.subject, targets), _without(row.detail, targets)
        if (subject, detail) != (row.subject, row.detail):
            said = sa.update(audit_log).where(audit_log.c.id == row.id)
            connection.execute(said.values(subject=subject, detail=detail))


def _without(value: Any, targets: frozenset[str]) -> Any:
    """The value with `erased` for each id in it, also for one at the end of a path."""
    if isinstance(value, str):
        if value in targets:
            return ERASED
        start = next((at for at in _ends_of(value) if value[at:] in targets), None)
        return value if start is None else value[:start] + ERASED
    if isinstance(value, dict):
        return {key: _without(one, targets) for key, one in value.items()}
    return [_without(one, targets) for one in value] if isinstance(value, list) else value


def _ends_of(text: str) -> Iterable[int]:
    return (at + 1 for at, letter in enumerate(text) if letter == "/")


def _rename_files(connection: sa.Connection, ids: frozenset[str], called: Sequence[str]) -> None:
    """Files that were called by an id or person: what was ingested and refused stays, under another name for each."""
    renamed = _Renamed(ids, called)
    for table, key, columns in ((ingest_log, "batch", ("source",)), (rejects, "id", ("source", "position")),
                                (reject_counts, "source", ("source",))):  # fmt: skip
        said = {row.key: row for row in connection.execute(
            sa.select(table.c[key].label("key"), *(table.c[name].label(name) for name in columns)))}  # fmt: skip
        for row in said.values():
            clean = {name: renamed.text(getattr(row, name)) for name in columns}
            if any(clean[name] != getattr(row, name) for name in columns):
                connection.execute(sa.update(table).where(table.c[key] == row.key).values(**clean))


class _Renamed:
    """Texts with another name for each of these, where it stands as words of its own: `al-2.json`, not `final.json`."""

    def __init__(self, ids: frozenset[str], called: Sequence[str]) -> None:
        self._other: dict[str, str] = {}
        self._ids = ids
        listed = "|".join(re.escape(name) for name in sorted(called, key=len, reverse=True) if _PART.search(name))
        self._called = re.compile(f"(?<![^\\W_])(?:{listed})(?![^\\W_])", re.IGNORECASE) if listed else None

    def text(self, text: str) -> str:
        if self._called:
            text = self._called.sub(lambda name: self._name(name[0].lower()), text)
        for words in (_WORD, _PART):
            text = words.sub(lambda word: self._name(word[0]) if word[0] in self._ids else word[0], text)
        return text

    def _name(self, name: str) -> str:
        return self._other.setdefault(name, f"{ERASED}-{secrets.token_hex(4)}")


def _forget_examples_of_alerts(connection: sa.Connection, traces: frozenset[str]) -> None:
    if not traces:
        return
    for row in connection.execute(sa.select(alert_events.c.id, alert_events.c.evidence)).all():
        named = row.evidence.get("traces")
        if named and not traces.isdisjoint(named):
            left = row.evidence | {"traces": [one for one in named if one not in traces]}
            connection.execute(sa.update(alert_events).where(alert_events.c.id == row.id).values(evidence=left))
