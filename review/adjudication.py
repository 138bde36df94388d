"""Disagreements, who decides them, and the gold set: the answers that stand. What people gave is never changed.

A decision is a row that supersedes the one before it, so the history stays. Agreement among reviewers is computed from
their own labels alone (`review.agreement`): decided answers would make it look better than it was.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import orjson
import pandas as pd
import sqlalchemy as sa

from errors import NotAllowed, UsageError
from review import audit, people
from review.label_frame import current, items_to_come, label_frame, rows_of, unseen_by
from review.rubric import rubrics
from review.rubric.criteria import Answer, Criterion, Given, Scale, read_answer
from review.rubric.scales import criterion_of
from review.words import Words
from storage.ledger_database import Database, our_errors, take_turns
from storage.review_tables import adjudications, labels, sample_items, submissions, withdrawals

CANNOT_TELL = "cannot tell"
_Key = tuple[str, str, str]


class Basis(StrEnum):
    """Why an answer stands."""

    ADJUDICATED = "adjudicated"
    AGREED = "agreed"
    SINGLE = "single"


@dataclass(frozen=True, slots=True)
class Ruling:
    """A decision on one criterion of one item. `seen` is the decision that was shown: a later one is not lost."""

    sample: str
    item: str
    criterion: str
    given: Given
    note: str = ""
    seen: int | None = None


def disagreements(
    database: Database, *, sample: str | None = None, decided: bool = False, hidden_from: str | None = None
) -> pd.DataFrame:
    """Items on which people gave different answers to a criterion, the widest apart first.

    Those that `hidden_from` is labelling just now are left out: blind first.

    Columns: sample, item, criterion, scale, answers (reviewer to value, or "cannot tell"), apart (0 to 1 of the scale),
    decision (id; None where nobody has decided). Decided ones only with `decided`. Free text is left out.
    """
    frame = label_frame(database, sample=sample)
    frame = current(frame if hidden_from is None else unseen_by(database, frame, hidden_from))
    frame = frame[frame["scale"].notna() & (frame["scale"] != Scale.TEXT.value)]
    stands = {key: int(row["id"]) for key, row in _standing(database, sample).items()}
    rows = []
    for key, given in _by_key(frame).items():
        said = _said(given)
        if len(set(said.values())) < 2 or (not decided and key in stands):
            continue
        scale = str(given[-1]["scale"])
        apart = _apart(criterion_of(key[2], scale), list(said.values()))
        rows.append((*key, scale, said, apart, stands.get(key)))
    found = pd.DataFrame(rows, columns=["sample", "item", "criterion", "scale", "answers", "apart", "decision"])
    return found.sort_values(["apart", "sample"], ascending=[False, True], kind="stable", ignore_index=True)


def may_adjudicate(at: Database | sa.Connection, sample: str, item: str, *, by: str) -> str | None:
    """Why this person may not decide about the item; None when they may.

    A person who labelled the item, also one who took it back, is no third person.
    """
    asked = (
        sa.select(submissions.c.id)
        .join(sample_items)
        .where(sample_items.c.sample == sample, sample_items.c.target == item, submissions.c.reviewer == by)
    )
    try:
        people.require(at, by, people.Right.ADJUDICATE)
    except NotAllowed as refusal:
        return str(refusal)
    if isinstance(at, sa.Connection):
        labelled = at.execute(asked).first()
    else:
        with our_errors("being read"), at.reading() as connection:
            labelled = connection.execute(asked).first()
    return "whoever labelled an item does not decide about it" if labelled else None


def adjudicate(database: Database, ruling: Ruling, *, words: Words, by: str, now: dt.datetime) -> int:
    """Keep a third person's decision; it supersedes the one before it. Returns its id; the same again changes nothing.

    Raises `NotAllowed` for somebody without the right, or who labelled the item; `UsageError` for an answer off the
    scale, for an item that fewer than two people labelled, and when another decision was made meanwhile.
    """
    criterion = _criterion(database, ruling)
    answer = read_answer(criterion, ruling.given)
    if answer is None:
        raise UsageError("a decision needs an answer; 'cannot tell' is one")
    if criterion.scale is Scale.TEXT and answer.value is not None:
        answer = Answer(words.scrubbed(answer.value).text)
    note = words.scrubbed(ruling.note).text.strip() or None
    with our_errors("keeping a decision"), database.writing() as connection:
        take_turns(connection, adjudications.name)
        people.require(connection, by, people.Right.ADJUDICATE)
        if reason := may_adjudicate(connection, ruling.sample, ruling.item, by=by):
            raise NotAllowed(by, people.Right.ADJUDICATE.value, hint=reason)
        item = _item(connection, ruling)
        if _people_there(connection, item, ruling.criterion) < 2:  # counted in turn: a label may just be taken back
            raise UsageError("there is nothing to decide: fewer than two people answered this criterion")
        last = _last(connection, item, ruling.criterion)
        if last is not None and (last.value, bool(last.cannot_tell), last.by) == (
            answer.value, answer.cannot_tell, by,
        ):  # fmt: skip
            return int(last.id)
        if (last.id if last else None) != ruling.seen:
            raise UsageError("another decision was made meanwhile; look at it first")
        made = connection.execute(
            sa.insert(adjudications)
            .values(item=item, criterion=ruling.criterion, value=answer.value, cannot_tell=answer.cannot_tell,
                    note=note, at=now, by=by, supersedes=ruling.seen)
            .returning(adjudications.c.id)
        ).scalar_one()  # fmt: skip
        detail = {"criterion": ruling.criterion, "decision": int(made), "supersedes": ruling.seen}
        audit.record(connection, actor=by, action=audit.Action.ADJUDICATED, subject=f"{ruling.sample}/{ruling.item}",
                     detail=detail, now=now)  # fmt: skip
        return int(made)


def decisions(database: Database, *, sample: str | None = None, history: bool = False) -> pd.DataFrame:
    """The decisions that stand, or all with `history`, oldest first.

    Columns: id, sample, item, criterion, value, cannot_tell, note, at (UTC), by, supersedes.
    """
    a = adjudications.c
    names = [a.id, sample_items.c.sample, sample_items.c.target.label("item"), a.criterion, a.value, a.cannot_tell]
    asked = sa.select(*names, a.note, a.at, a.by, a.supersedes).join(sample_items).order_by(a.id)
    if sample is not None:
        asked = asked.where(sample_items.c.sample == sample)
    if not history:
        later = adjudications.alias("later")
        asked = asked.where(~sa.exists().where(later.c.supersedes == a.id))
    with our_errors("being read"), database.reading() as connection:
        result = connection.execute(asked)
        return pd.DataFrame(result.mappings().all(), columns=list(result.keys()), dtype=object)


def gold(database: Database, *, sample: str | None = None, hidden_from: str | None = None) -> pd.DataFrame:
    """The answers that stand, one row per item and criterion; disagreements nobody has decided are left out.

    So are items that `hidden_from` has or may still be given: blind first.

    Columns: sample, unit, item, session, stratum, probability, hand_picked, rubric, rubric_version, criterion, scale,
    value, cannot_tell, basis (adjudicated, agreed by at least two, or single), people (who answered), decision (id).
    """
    frame = current(label_frame(database, sample=sample))
    if hidden_from is not None and (coming := items_to_come(database, hidden_from)):
        frame = frame[[key not in coming for key in zip(frame["sample"], frame["item"], strict=True)]]
    stands = _standing(database, sample)
    about = ["sample", "unit", "item", "session", "stratum", "probability", "hand_picked", "rubric", "rubric_version"]
    rows = []
    for key, given in _by_key(frame).items():
        decided, said = stands.get(key), _said(given)
        if decided is not None:
            answer, basis = Answer(decided["value"], cannot_tell=bool(decided["cannot_tell"])), Basis.ADJUDICATED
        elif len(set(said.values())) == 1:
            last = given[-1]
            answer = Answer(last["value"], cannot_tell=bool(last["cannot_tell"]))
            basis = Basis.AGREED if len(said) > 1 else Basis.SINGLE
        else:
            continue
        of_item = given[-1]
        rows.append((*(of_item[name] for name in about), key[2], of_item["scale"], answer.value, answer.cannot_tell,
                     basis.value, len(said), int(decided["id"]) if decided is not None else None))  # fmt: skip
    columns = [*about, "criterion", "scale", "value", "cannot_tell", "basis", "people", "decision"]
    return pd.DataFrame(rows, columns=columns, dtype=object)


def _standing(database: Database, sample: str | None) -> dict[_Key, dict[str, Any]]:
    return {_key(row): row for row in rows_of(decisions(database, sample=sample))}


def _by_key(frame: pd.DataFrame) -> dict[_Key, list[dict[str, Any]]]:
    """Rows by sample, item and criterion."""
    found: dict[_Key, list[dict[str, Any]]] = {}
    for row in rows_of(frame):
        found.setdefault(_key(row), []).append(row)
    return found


def _key(row: Mapping[str, Any]) -> _Key:
    return row["sample"], row["item"], row["criterion"]


def _said(given: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    return {row["reviewer"]: CANNOT_TELL if row["cannot_tell"] else row["value"] for row in given}


def _apart(criterion: Criterion | None, values: list[str]) -> float:
    """How far apart answers are, 0 to 1: on a scale by its width, else 1; "cannot tell" is half a scale away."""
    known = [value for value in values if value != CANNOT_TELL]
    if criterion is None or criterion.scale is not Scale.INTEGER or not known:
        return 1.0 if len(set(known)) > 1 else 0.5
    numbers = [int(value) for value in known]
    width = (max(numbers) - min(numbers)) / ((criterion.high or 0) - (criterion.low or 0))
    return max(width, 0.5) if len(known) < len(values) else width


def _criterion(database: Database, ruling: Ruling) -> Criterion:
    frame = current(label_frame(database, sample=ruling.sample))
    given = frame[(frame["item"] == ruling.item) & (frame["criterion"] == ruling.criterion)]
    if given.empty:
        raise UsageError("there is no label of that item and criterion")
    newest = given.sort_values("rubric_version").iloc[-1]
    criterion = rubrics.rubric(database, newest["rubric"], int(newest["rubric_version"])).criterion(ruling.criterion)
    if criterion is None:
        raise UsageError("the rubric has no such criterion")
    return criterion


def _people_there(connection: sa.Connection, item: int, criterion: str) -> int:
    """How many people's labels of the item answer the criterion."""
    was_withdrawn = sa.exists().where(withdrawals.c.submission == submissions.c.id)
    asked = (
        sa.select(sa.func.count(submissions.c.reviewer.distinct()))
        .join_from(labels, submissions, submissions.c.id == labels.c.submission)
        .where(submissions.c.item == item, labels.c.criterion == criterion, ~was_withdrawn)
    )
    return int(connection.execute(asked).scalar_one())


def _item(connection: sa.Connection, ruling: Ruling) -> int:
    asked = sa.select(sample_items.c.id).where(
        sample_items.c.sample == ruling.sample, sample_items.c.target == ruling.item
    )
    return int(connection.execute(asked).scalar_one())


def _last(connection: sa.Connection, item: int, criterion: str) -> sa.Row[tuple[object, ...]] | None:
    asked = sa.select(adjudications).where(adjudications.c.item == item, adjudications.c.criterion == criterion)
    return connection.execute(asked.order_by(adjudications.c.id.desc()).limit(1)).first()


def typed(scale: str | None, value: str | None) -> object:
    """A kept value as tools compare it: a number, true or false, a list, or text."""
    if value is None:
        return None
    kind = (scale or "").partition(" ")[0]
    if kind == Scale.INTEGER.value:
        return int(value)
    if kind == Scale.YES_NO.value:
        return value == "yes"
    return orjson.loads(value) if kind == Scale.CATEGORIES.value else value
