"""Labels: what reviewers say of items, kept once and only ever added to (`review.label_frame` reads them)."""

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import unified_diff
from functools import cache
from typing import TYPE_CHECKING

import sqlalchemy as sa

from errors import UsageError
from review import audit
from review.labelling import leases, second_looks
from review.labelling.drafts import draft, save_draft
from review.labelling.undo import undo_last
from review.people import RIGHTS, Right, Role
from review.rubric.criteria import Answer, Given, Scale
from review.rubric.files import rubric_of
from review.rubric.rubric import Rubric, checked_answers
from storage.ledger_database import Database, Writes, our_errors
from storage.review_tables import assignments, sample_items, samples, submissions, withdrawals
from storage.review_tables import labels as label_table
from storage.review_tables import rubrics as rubric_table

if TYPE_CHECKING:
    from review.words import Words

__all__ = ["Submission", "draft", "save_draft", "submit", "undo_last"]

LONGEST_TEXT = 100_000
"""Characters of a comment or a corrected answer."""
LONGEST_ACTIVE_SECONDS = 86_400.0
_LABEL = ("criterion", "value", "cannot_tell")

_ABOUT = (
    sa.select(
        assignments.c.id, assignments.c.reviewer, assignments.c.item, sample_items.c.sample, sample_items.c.target,
        samples.c.rubric, samples.c.rubric_version, rubric_table.c.definition.label("rubric_definition"),
        samples.c.definition.label("plan"), samples.c.seed,
    )
    .join_from(assignments, sample_items, sample_items.c.id == assignments.c.item)
    .join(samples, samples.c.id == sample_items.c.sample)
    .join(rubric_table, sa.and_(rubric_table.c.name == samples.c.rubric,
                                rubric_table.c.version == samples.c.rubric_version))
    .where(assignments.c.id == sa.bindparam("wanted"))
)  # fmt: skip
_EARLIER = sa.select(submissions).where(submissions.c.assignment == sa.bindparam("wanted"))


@dataclass(frozen=True, slots=True)
class Submission:
    """What was kept of a reviewer's answers to an item."""

    id: str
    assignment: str
    reviewer: str
    at: dt.datetime
    answers: Mapping[str, Answer]
    comment: str | None
    corrected: str | None


@dataclass(frozen=True, slots=True)
class _Said:
    """What is to be kept, checked."""

    answers: dict[str, Answer]
    comment: str | None
    corrected: str | None
    correction: str | None
    active_seconds: float | None


def submit(  # noqa: PLR0913 - all that a reviewer says of one item, each by name
    database: Database,
    assignment_id: str,
    *,
    reviewer: str,
    answers: Mapping[str, Given | Answer],
    comment: str | None = None,
    corrected: str | None = None,
    answer_text: str | None = None,
    active_seconds: float | None = None,
    words: "Words | None" = None,
    now: dt.datetime,
) -> Submission:
    """Keep a reviewer's answers to an item they hold. The same again gives the same submission and changes nothing.

    `corrected` is the answer as it should have been, kept with its difference from `answer_text`. `words` takes what is
    personal out of all that was written; without, the caller has done so. `active_seconds` leaves idle time out.
    Raises `UsageError` when an answer is not one, and when the item is not the reviewer's any more.
    """
    about = _about(database, assignment_id)
    if about is None or about["reviewer"] != reviewer:
        raise UsageError("there is no assignment of that id" if about is None else "this is another person's item")
    rubric = rubric_of(about["rubric_definition"], version=about["rubric_version"])
    checked = _scrubbed(rubric, checked_answers(rubric, answers), words)
    said = _said(checked, comment, corrected, answer_text, active_seconds, words)
    with our_errors("keeping a label"), database.writing() as connection:
        if slot := leases.done(connection, assignment_id, reviewer=reviewer, now=now):
            return _keep(connection, about, said, slot=slot, now=now)
        refusal = leases.not_held(connection, assignment_id, reviewer=reviewer)
        if earlier := connection.execute(_EARLIER, {"wanted": assignment_id}).mappings().first():
            return _same(connection, earlier, said)
        raise refusal


def _about(database: Database, assignment_id: str) -> sa.RowMapping | None:
    """What never changes of an assignment: whose and of what it is, its rubric, and its sample's plan."""
    with our_errors("being read"), database.reading() as connection:
        return connection.execute(_ABOUT, {"wanted": assignment_id}).mappings().first()


def _scrubbed(rubric: Rubric, answers: dict[str, Answer], words: "Words | None") -> dict[str, Answer]:
    if words is None:
        return answers
    free = {one.name for one in rubric.criteria if one.scale is Scale.TEXT}
    return {
        name: Answer(words.scrubbed(answer.value).text) if name in free and answer.value else answer
        for name, answer in answers.items()
    }


def _said(
    answers: dict[str, Answer],
    comment: str | None,
    corrected: str | None,
    answer_text: str | None,
    active_seconds: float | None,
    words: "Words | None",
) -> _Said:
    if active_seconds is not None and not 0 <= active_seconds <= LONGEST_ACTIVE_SECONDS:  # also not a number
        raise UsageError(f"active seconds are from 0 to {LONGEST_ACTIVE_SECONDS:,.0f}")
    comment, corrected = (_words_of(text, words) for text in (comment, corrected))
    if corrected is not None and answer_text is not None and corrected == _one_kind_of_line_end(answer_text).strip():
        corrected = None
    correction = None if corrected is None else _difference(answer_text or "", corrected)
    seconds = None if active_seconds is None else math.floor(active_seconds * 10) / 10
    return _Said(answers, comment, corrected, correction, seconds)


def _words_of(text: str | None, words: "Words | None") -> str | None:
    """The text as it is kept; None when nothing was written."""
    if text is None or not text.strip():
        return None
    if len(text) > LONGEST_TEXT:
        raise UsageError(f"a comment or a corrected answer has {LONGEST_TEXT:,} characters at most")
    return (words.scrubbed(text).text if words else _one_kind_of_line_end(text)).strip() or None


def _one_kind_of_line_end(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _difference(before: str, after: str) -> str:
    lines = unified_diff(before.split("\n"), after.split("\n"), "answer", "corrected", lineterm="")
    return "\n".join(lines)


def _same(connection: sa.Connection, earlier: sa.RowMapping, said: _Said) -> Submission:
    """The submission that is there already, when it says the same and stands."""
    gone = sa.select(withdrawals.c.at).where(withdrawals.c.submission == earlier["id"])
    if connection.execute(gone).first():
        raise UsageError("these answers were taken back; the item has a new assignment")
    rows = connection.execute(sa.select(label_table).where(label_table.c.submission == earlier["id"])).mappings()
    kept = {row["criterion"]: Answer(row["value"], cannot_tell=bool(row["cannot_tell"])) for row in rows}
    if (kept, earlier["comment"], earlier["corrected"]) != (said.answers, said.comment, said.corrected):
        raise UsageError("this assignment was submitted already, with other answers; undo it first")
    return Submission(earlier["id"], earlier["assignment"], earlier["reviewer"], earlier["at"], kept,
                      earlier["comment"], earlier["corrected"])  # fmt: skip


def _may_have_looked(connection: sa.Connection, about: sa.RowMapping, role: str) -> bool:
    """Whether they took back an earlier label of the item while another's stood that their rights let them read."""
    if Right.SEE_RESULTS not in RIGHTS[Role(role)]:
        return False
    return bool(connection.execute(_LOOKED, {"who": about["reviewer"], "its_item": about["item"]}).scalar_one())


def _looked() -> sa.Select[bool]:
    was_withdrawn = sa.exists().where(withdrawals.c.submission == submissions.c.id).correlate(submissions)
    of_item = submissions.c.item == sa.bindparam("its_item")
    own = sa.exists().where(of_item, submissions.c.reviewer == sa.bindparam("who"), was_withdrawn)
    others = sa.exists().where(of_item, submissions.c.reviewer != sa.bindparam("who"), ~was_withdrawn)
    return sa.select(sa.and_(own, others))


def _keep(
    connection: sa.Connection, about: sa.RowMapping, said: _Said, *, slot: sa.RowMapping, now: dt.datetime
) -> Submission:
    again = slot["reserved_for"] is not None
    row = {
        "id": about["id"], "assignment": about["id"], "item": about["item"], "reviewer": about["reviewer"],
        "rubric": about["rubric"], "rubric_version": about["rubric_version"], "at": now,
        "active_seconds": said.active_seconds, "comment": said.comment, "corrected": said.corrected,
        "correction": said.correction, "blind": not _may_have_looked(connection, about, slot["role"]), "again": again,
    }  # fmt: skip
    detail = {"sample": about["sample"], "item": about["target"], "criteria": list(said.answers), "again": again}
    line = audit.line(actor=about["reviewer"], action=audit.Action.LABEL_SUBMITTED, subject=about["id"],
                      detail=detail, now=now)  # fmt: skip
    given = {f"kept_{name}": value for name, value in row.items()} | line
    for number, (name, answer) in enumerate(said.answers.items()):
        label = (name, answer.value, answer.cannot_tell)
        given |= {f"label_{number}_{column}": part for column, part in zip(_LABEL, label, strict=True)}
    _keeping(len(said.answers)).execute(connection, given | leases.ending(about["id"], "submitted", now=now))
    if not again:
        second_looks.reserve(connection, slot, plan=about["plan"], seed=int(about["seed"] or 0), now=now)
    return Submission(about["id"], about["id"], about["reviewer"], now, said.answers, said.comment, said.corrected)


@cache
def _keeping(answers: int) -> Writes:
    """The submission, that many labels, the end of the assignment, and the line of the audit log."""
    kept = {column.name: sa.bindparam(f"kept_{column.name}", type_=column.type) for column in submissions.columns}
    rows = [
        sa.select(
            kept["id"], *(sa.bindparam(f"label_{number}_{name}", type_=label_table.c[name].type) for name in _LABEL)
        )
        for number in range(answers)
    ]
    # a list of rows would be compiled at every label
    given = [sa.insert(label_table).from_select(["submission", *_LABEL], sa.union_all(*rows))] if rows else []
    return Writes(sa.insert(submissions).values(kept), *given, *leases.END, audit.LINE)


_LOOKED = _looked()
