"""Labels: what reviewers said of items, only ever added to; and all of them as a table."""

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import unified_diff
from typing import TYPE_CHECKING

import pandas as pd
import sqlalchemy as sa

from errors import UsageError
from review import audit, leases, second_looks
from review.criteria import Answer, Given, Scale
from review.drafts import draft, save_draft
from review.people import Right, require
from review.rubric import Rubric, checked_answers
from review.rubric_files import rubric_of
from review.undo import undo_last
from storage.ledger_database import Database, our_errors
from storage.review_tables import assignments, queue_slots, sample_items, samples, submissions, withdrawals
from storage.review_tables import labels as label_table
from storage.review_tables import rubrics as rubric_table

if TYPE_CHECKING:
    from review.words import Words

__all__ = ["Submission", "draft", "labels", "save_draft", "submit", "undo_last"]

LONGEST_TEXT = 100_000
"""Characters of a comment or a corrected answer."""
LONGEST_ACTIVE_SECONDS = 86_400.0
COLUMNS = (
    "sample", "item", "target", "session", "unit", "stratum", "probability", "hand_picked", "reviewer", "rubric",
    "rubric_version", "criterion", "value", "cannot_tell", "at", "active_seconds", "comment", "blind", "again",
    "submission",
)  # fmt: skip
_TYPES = {"item": "int64", "rubric_version": "int64", "probability": "float64", "active_seconds": "float64",
          **dict.fromkeys(("hand_picked", "cannot_tell", "blind", "again", "withdrawn"), "bool")}  # fmt: skip

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
        require(connection, reviewer, Right.LABEL)
        found = leases.locked_slot(connection, assignment_id)  # a second try waits here for the first
        if earlier := connection.execute(_EARLIER, {"wanted": assignment_id}).mappings().first():
            return _same(connection, earlier, said)
        slot = leases.check_held(connection, found, assignment_id, reviewer=reviewer, now=now)
        return _keep(connection, about, said, slot=slot, now=now)


def labels(database: Database, *, sample: str | None = None, current: bool = True) -> pd.DataFrame:
    """A row per submission and criterion, oldest first.

    Columns: sample, item, target, session, unit, stratum, probability (of inclusion; none for one that was picked by
    hand), hand_picked, reviewer, rubric, rubric_version, criterion, value (canonical text), cannot_tell, at (UTC),
    active_seconds, comment, blind, again (a second look by the same person), submission. Those that were taken back are
    left out, unless not `current`: then a column `withdrawn` tells.
    """
    was_withdrawn = sa.exists().where(withdrawals.c.submission == submissions.c.id)
    s, i, g, a = samples.c, sample_items.c, submissions.c, label_table.c
    asked = (
        sa.select(
            s.id.label("sample"), i.id.label("item"), i.target, i.session, s.unit, i.stratum, i.probability,
            i.hand_picked, g.reviewer, g.rubric, g.rubric_version, a.criterion, a.value, a.cannot_tell, g.at,
            g.active_seconds, g.comment, g.blind, g.again, g.id.label("submission"),
            *([] if current else [was_withdrawn.label("withdrawn")]),
        )
        .join_from(label_table, submissions, g.id == a.submission)
        .join(sample_items, i.id == g.item)
        .join(samples, s.id == i.sample)
        .order_by(g.at, g.id, a.criterion)
    )  # fmt: skip
    if sample is not None:
        asked = asked.where(s.id == sample)
    if current:
        asked = asked.where(~was_withdrawn)
    with our_errors("being read"), database.reading() as connection:
        rows = connection.execute(asked).mappings().all()
    frame = pd.DataFrame(rows, columns=list(COLUMNS if current else (*COLUMNS, "withdrawn")), dtype=object)
    return frame.astype({name: kind for name, kind in _TYPES.items() if name in frame})


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


def _keep(
    connection: sa.Connection, about: sa.RowMapping, said: _Said, *, slot: sa.RowMapping, now: dt.datetime
) -> Submission:
    again = slot["reserved_for"] is not None
    row = {
        "id": about["id"], "assignment": about["id"], "item": about["item"], "reviewer": about["reviewer"],
        "rubric": about["rubric"], "rubric_version": about["rubric_version"], "at": now,
        "active_seconds": said.active_seconds, "comment": said.comment, "corrected": said.corrected,
        "correction": said.correction, "blind": True, "again": again,
    }  # fmt: skip
    connection.execute(sa.insert(submissions).values(**row))
    rows = [
        {"submission": about["id"], "criterion": name, "value": answer.value, "cannot_tell": answer.cannot_tell}
        for name, answer in said.answers.items()
    ]
    if rows:
        connection.execute(sa.insert(label_table), rows)
    leases.end(connection, about["id"], "submitted", now=now)
    done = {"state": "done", "lease_until": None}
    connection.execute(sa.update(queue_slots).where(queue_slots.c.id == slot["id"]).values(**done))
    if not again:
        second_looks.reserve(connection, slot, plan=about["plan"], seed=int(about["seed"] or 0), now=now)
    detail = {"sample": about["sample"], "item": about["target"], "criteria": list(said.answers), "again": again}
    audit.record(connection, actor=about["reviewer"], action=audit.Action.LABEL_SUBMITTED, subject=about["id"],
                 detail=detail, now=now)  # fmt: skip
    return Submission(about["id"], about["id"], about["reviewer"], now, said.answers, said.comment, said.corrected)
