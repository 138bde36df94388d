"""Rows of label files into the ledger: each once, with its sample and rubric, and the audit line."""

import datetime as dt
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from errors import UsageError
from review import audit, people, rubrics, weeks
from review.criteria import Answer, Scale, read_answer
from review.exchange.files import LabelFile
from review.exchange.inference import inferred_rubric, rubric_name
from review.exchange.kept import Kept, item_of, kept_of
from review.exchange.rows import LabelRow, NotTaken, Refused, Stratum
from review.rubric import Rubric
from review.words import ScrubbedText, Words
from scrub.pseudonyms import identifier
from storage.ledger_database import Database, our_errors, take_turns
from storage.review_tables import labels as label_table
from storage.review_tables import sample_strata, submissions
from storage.review_tables import samples as sample_table

_PLAIN_ID = re.compile(r"[0-9a-f]{16}|[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SUBMISSION = re.compile(r"[A-Za-z0-9_.:-]{8,80}")
_ROUNDED = 1e-3
_PLAIN_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z _.:/|=+-]|[0-9](?![0-9]{6})){0,118}")


@dataclass(slots=True)
class Imported:
    """What an import did: labels that are new, those that were here, and what was refused."""

    files: int = 0
    labels: int = 0
    already: int = 0
    submissions: int = 0
    samples: set[str] = field(default_factory=set)
    replaced: dict[str, int] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """What `benchbook labels import --json` prints."""
        return {
            "files": self.files,
            "samples": sorted(self.samples),
            "labels": self.labels,
            "already": self.already,
            "submissions": self.submissions,
            "replaced": dict(sorted(self.replaced.items())),
            "rejected": len(self.refused),
            "rejects": [{"file": one.file, "at": one.position, "reason": one.reason} for one in self.refused[:1_000]],
        }


@dataclass(frozen=True, slots=True)
class Import:
    """Takes label files into a ledger. `key` is the home's, so that a session named here is the one of its traces."""

    database: Database
    words: Words
    key: bytes
    by: str
    now: dt.datetime
    rubric: str | None = None
    """Name of the rubric of rows that name none; otherwise the built-in one if it fits, or one made from the file."""

    def take(self, files: Iterable[LabelFile]) -> Imported:
        """Import the files, each sample of a file in one transaction. What is there already is not added again.

        Raises `NotAllowed` when `by` may not draw samples, `UsageError` for a `rubric` that is not there.
        """
        people.require(self.database, self.by, people.Right.DRAW)
        done = Imported()
        for file in files:
            done.files += 1
            done.refused += file.refused
            by_sample: dict[str, list[LabelRow]] = {}
            for row in file.rows:
                by_sample.setdefault(row.sample or file.sample, []).append(row)
            for sample, rows in by_sample.items():
                self._take(sample, rows, file, done)
        return done

    def _take(self, sample: str, rows: list[LabelRow], file: LabelFile, done: Imported) -> None:
        rubric = self._rubric(sample, rows, file)
        read = _Read(rubric, file, self.words, done)
        answered = [(row, answer) for row in rows if (answer := read.answer(row)) is not None]
        if not answered:
            return
        read.prepare([row for row, _ in answered], self.key)
        with our_errors("importing labels"), self.database.writing() as connection:
            take_turns(connection, sample_table.name)
            kept = kept_of(connection, sample)
            if kept is None:
                self._add_sample(connection, sample, rubric, rows, file)
                kept = Kept(imported=True, unit=rubric.unit)
            before = done.labels
            done.samples.add(sample)
            self._add(connection, sample, kept, answered, read)
            if done.labels > before:
                detail = {"labels": done.labels - before, "rubric": rubric.name, "version": rubric.version}
                audit.record(connection, actor=self.by, action=audit.Action.LABELS_IMPORTED, subject=sample,
                             detail=detail, now=self.now)  # fmt: skip

    # -- the rubric ------------------------------------------------------------------------------------------------

    def _rubric(self, sample: str, rows: list[LabelRow], file: LabelFile) -> Rubric:
        """The rubric that the file defines or names, the one asked for, the built-in one, or one made from the rows."""
        if file.rubric is not None:
            return rubrics.save_rubric(self.database, file.rubric, by=self.by, now=self.now)
        named = next(((row.rubric, row.rubric_version) for row in rows if row.rubric), None)
        if named is None and self.rubric is not None:
            return rubrics.rubric(self.database, self.rubric)
        criteria = {row.criterion for row in rows}
        found = self._known(named) if named else rubrics.ensure_builtin(self.database, self.now)
        if found is not None and all(found.criterion(name) for name in criteria):
            return found
        name = rubric_name(named[0] or "" if named else sample)
        known = self._known((name, None))
        if known is not None and all(known.criterion(one) for one in criteria):
            return known
        made = inferred_rubric(name, rows, self.words)
        return rubrics.save_rubric(self.database, made, by=self.by, now=self.now)

    def _known(self, named: tuple[str | None, int | None]) -> Rubric | None:
        try:
            return rubrics.rubric(self.database, named[0] or "", named[1])
        except UsageError:
            return None

    # -- sample and items ------------------------------------------------------------------------------------------

    def _add_sample(
        self, connection: sa.Connection, sample: str, rubric: Rubric, rows: list[LabelRow], file: LabelFile
    ) -> None:
        week = next((row.week for row in rows if row.week), None) or file.week
        since, until = _window(week)
        connection.execute(sa.insert(sample_table).values(
            id=sample, source="imported", plan="imported", definition={"imported": True}, rubric=rubric.name,
            rubric_version=rubric.version, unit=rubric.unit.value, week=week if since else None, since=since,
            until=until, drawn_at=self.now, drawn_by=self.by,
        ))  # fmt: skip
        strata = {**{row.stratum: row.of_stratum for row in rows if row.stratum and row.of_stratum}, **file.strata}
        listed = [
            {"sample": sample, "stratum": self._stratum(name), "population": one.population, "drawn": one.drawn,
             "certainty": one.population == one.drawn}
            for name, one in strata.items() if name and one
        ]  # fmt: skip
        if listed:
            connection.execute(sa.insert(sample_strata), listed)

    def _add(
        self, connection: sa.Connection, sample: str, kept: Kept, answered: list[tuple[LabelRow, Answer]], read: "_Read"
    ) -> None:
        copies: dict[str, set[str]] = {}
        for row, _ in answered:
            copies.setdefault(row.target, set()).add(row.reviewer)
        added: list[dict[str, object]] = []
        for row, answer in answered:
            try:
                item = kept.items.get(read.target(row)) or self._add_item(connection, sample, kept, row, copies, read)
                submission = self._submission(connection, sample, kept, item, row, read)
                kept_answer = kept.labels.get((submission, row.criterion))
                if kept_answer is None:
                    kept.labels[submission, row.criterion] = answer
                    added.append({"submission": submission, "criterion": row.criterion, "value": answer.value,
                                  "cannot_tell": answer.cannot_tell})  # fmt: skip
                elif kept_answer == answer:
                    read.done.already += 1
                else:
                    raise NotTaken("another answer is kept for this label; a changed mind has a later time")  # noqa: TRY301
            except NotTaken as reason:
                read.refuse(row, str(reason))
        if added:
            connection.execute(sa.insert(label_table), added)
        read.done.labels += len(added)

    def _stratum(self, name: str | None) -> str | None:
        """The stratum's name; one that could hold more than a name is scrubbed."""
        return name if name is None or _PLAIN_NAME.fullmatch(name) else self.words.scrubbed(name).text

    def _add_item(
        self,
        connection: sa.Connection,
        sample: str,
        kept: Kept,
        row: LabelRow,
        copies: dict[str, set[str]],
        read: "_Read",
    ) -> int:
        if not kept.imported:
            raise NotTaken("no item of this sample, which was drawn here")
        if row.unit != kept.unit:
            raise NotTaken(f"the unit is not {kept.unit.value}, as that of its sample")
        probability = _probability(row, read.file.strata.get(row.stratum or "") or row.of_stratum)
        session = identifier(self.key, named, "session_id") if (named := row.session or row.cluster) else None
        new = item_of(connection, {
            "sample": sample, "target": read.target(row), "session": session, "stratum": self._stratum(row.stratum),
            "probability": probability, "hand_picked": probability is None, "copies": len(copies[row.target]),
            "added_at": self.now, "added_by": self.by,
        })  # fmt: skip
        kept.items[read.target(row)] = new
        return new

    # -- submissions -----------------------------------------------------------------------------------------------

    def _submission(
        self, connection: sa.Connection, sample: str, kept: Kept, item: int, row: LabelRow, read: "_Read"
    ) -> str:
        """The id of the row's submission, added when it is new."""
        own = row.submission if row.submission and _SUBMISSION.fullmatch(row.submission) else None
        name = own or _made_id(sample, row)
        if (there := kept.submissions.get(name)) is not None:
            if there != (item, row.reviewer):
                raise NotTaken("its submission belongs to another item or reviewer")
            return name
        if kept.has_elsewhere(connection, name):
            raise NotTaken("its submission belongs to another sample")
        connection.execute(sa.insert(submissions).values(
            id=name, item=item, reviewer=row.reviewer, rubric=read.rubric.name, rubric_version=read.rubric.version,
            at=row.at or self.now, active_seconds=row.seconds, comment=read.comment(row),
            corrected=read.scrubbed(row.corrected), blind=row.blind, again=row.again,
        ))  # fmt: skip
        kept.submissions[name] = item, row.reviewer
        read.done.submissions += 1
        return name


class _Read:
    """Rows of one sample of a file, checked against its rubric; comments are gathered before they are needed."""

    def __init__(self, rubric: Rubric, file: LabelFile, words: Words, done: Imported) -> None:
        self.rubric, self.file, self.done = rubric, file, done
        self._words = words
        self._clean: dict[str, ScrubbedText] = {}
        self._targets: dict[str, str] = {}
        self._comments: dict[tuple[str, str, dt.datetime | None, bool], list[str]] = {}
        for row in file.rows:
            said = self._comments.setdefault(_visit(row), [])
            if row.comment and row.comment not in said:
                said.append(row.comment)

    def answer(self, row: LabelRow) -> Answer | None:
        """The row's answer, as it is kept; None when it is refused."""
        criterion = self.rubric.criterion(row.criterion)
        if criterion is None:
            self.refuse(row, f"the rubric {self.rubric.name} has no such criterion")
            return None
        try:
            answer = read_answer(criterion, row.given)
        except UsageError as reason:
            self.refuse(row, str(reason))
            return None
        if answer is None:
            self.refuse(row, "no answer; 'cannot tell' is one")
            return None
        if criterion.scale is Scale.TEXT and answer.value is not None:
            return Answer(self.scrubbed(answer.value))
        return answer

    def prepare(self, rows: list[LabelRow], key: bytes) -> None:
        """Scrub all that the rows say before the ledger is written to: others wait while that lasts."""
        for row in rows:
            for text in ("\n".join(self._comments[_visit(row)]), row.corrected):
                if text and text not in self._clean:
                    self._clean[text] = self._words.scrubbed(text)
            if row.target not in self._targets:
                self._targets[row.target] = self._target(row.target, key)

    def target(self, row: LabelRow) -> str:
        """The item as the warehouse calls it."""
        return self._targets[row.target]

    def _target(self, said: str, key: bytes) -> str:
        """An id that could name a person is a keyed hash in the warehouse."""
        if _PLAIN_ID.fullmatch(said) or not self._words.scrubbed(said).replaced:
            return said
        return identifier(key, said, "key")

    def comment(self, row: LabelRow) -> str | None:
        """All that the reviewer remarked on the item, scrubbed."""
        return self.scrubbed("\n".join(self._comments[_visit(row)]))

    def scrubbed(self, text: str | None) -> str | None:
        """The text without personal data; what was replaced is counted."""
        if not text:
            return None
        clean = self._clean.get(text) or self._words.scrubbed(text)
        for entity, count in clean.replaced.items():
            self.done.replaced[entity] = self.done.replaced.get(entity, 0) + count
        return clean.text

    def refuse(self, row: LabelRow, reason: str) -> None:
        """Note that the row is not taken."""
        self.done.refused.append(Refused(self.file.name, row.position, reason))


def _visit(row: LabelRow) -> tuple[str, str, dt.datetime | None, bool]:
    return row.target, row.reviewer, row.at, row.again


def _made_id(sample: str, row: LabelRow) -> str:
    """An id from who labelled what and when, so that the same file again gives the same."""
    at = row.at.isoformat() if row.at else ""
    told = "\0".join((sample, row.target, row.reviewer, at, str(row.again)))
    return f"imported-{hashlib.blake2b(told.encode('utf-8', 'replace'), digest_size=16).hexdigest()}"


def _probability(row: LabelRow, stratum: Stratum | None) -> float | None:
    """The probability of inclusion: exact from the stratum's sizes, else as the row says it."""
    if stratum is None:
        return row.probability
    exact = stratum.drawn / stratum.population
    if row.probability is not None and abs(row.probability - exact) > _ROUNDED:
        raise NotTaken("its probability is not that of its stratum")
    return exact


def _window(week: str | None) -> tuple[dt.datetime | None, dt.datetime | None]:
    if week is None:
        return None, None
    try:
        return weeks.window(week)
    except UsageError:
        return None, None
