"""Rows of label files into the ledger: each once, with its sample and rubric, and the audit line."""

import datetime as dt
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from errors import UsageError
from review import audit, people
from review.exchange.files import LabelFile, sample_id
from review.exchange.inference import fits, inferred_rubric, rubric_name
from review.exchange.kept import Additions, Kept, kept_of, submissions_of_others
from review.exchange.rows import LabelRow, NotTaken, Refused, Stratum
from review.rubric import rubrics
from review.rubric.criteria import Answer, Scale, read_answer
from review.rubric.rubric import Rubric
from review.sampling import weeks
from review.words import ScrubbedText, Words
from scrub.pseudonyms import identifier
from storage.ledger_database import Database, our_errors, take_turns
from storage.review_tables import sample_strata
from storage.review_tables import samples as sample_table

_PLAIN_ID = re.compile(r"[0-9a-f]{16}|[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SUBMISSION = re.compile(r"[A-Za-z0-9_.:-]{8,80}")
_OWN_SUBMISSION = re.compile(r"(?:imported-)?[0-9a-f]{24}(?:[0-9a-f]{8})?")
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
    items: set[str] = field(default_factory=set)
    """Items that are new, as the warehouse calls them; `uncertain` of them without a probability of inclusion."""
    uncertain: int = 0
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
            "items": len(self.items),
            "items_without_probability": self.uncertain,
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
    is_erased: Callable[[str], bool] = field(default=lambda _item: False)
    """Whether an item was erased: then its labels are not taken."""

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
            called = self._called(file)
            for row in self._taken(file, called, done):
                by_sample.setdefault(row.sample or called, []).append(row)
            for sample, rows in by_sample.items():
                self._take(sample, rows, file, done)
        return done

    def _called(self, file: LabelFile) -> str:
        """The sample that is called as the file is, less what is personal in its name; files stay apart by a hash."""
        told = self.words.scrubbed(file.stem)
        apart = f"-{identifier(self.key, file.stem, 'key')[-8:]}"
        name = sample_id(told.text, ending=apart) if told.replaced else sample_id(file.stem)
        return sample_id("", ending=apart) if self.words.scrubbed(name).replaced else name

    def _taken(self, file: LabelFile, sample_of_file: str, done: Imported) -> Iterator[LabelRow]:
        """Rows whose sample may be called so, and whose stratum has the sizes that the rows before said."""
        sizes: dict[tuple[str, str], Stratum] = {}
        personal: dict[str, bool] = {}
        for row in file.rows:
            sample = row.sample or sample_of_file
            names = {"sample": row.sample or "", "rubric": row.rubric or ""}
            for name in names.values():
                if name not in personal:
                    personal[name] = bool(self.words.scrubbed(name).replaced)
            if self.is_erased(row.target):
                done.refused.append(Refused(file.name, row.position, "its trace or session was erased"))
            elif called := next((what for what, name in names.items() if personal[name]), None):
                done.refused.append(Refused(file.name, row.position, f"the {called} is called by what looks personal"))
            elif row.of_stratum and row.of_stratum != sizes.setdefault((sample, row.stratum or ""), row.of_stratum):
                done.refused.append(Refused(file.name, row.position, "its stratum has other sizes in a row before"))
            else:
                yield row

    def _take(self, sample: str, rows: list[LabelRow], file: LabelFile, done: Imported) -> None:
        rubric = self._rubric(sample, rows, file)
        if rubric is None:
            done.refused += [
                Refused(file.name, row.position, "more criteria or categories than a rubric has") for row in rows
            ]
            return
        read = _Read(rubric, file, self.words, done)
        answered = [(row, answer) for row in rows if (answer := read.answer(row)) is not None]
        if not answered:
            return
        read.prepare([row for row, _ in answered], self.key)
        with our_errors("importing labels"), self.database.writing() as connection:
            take_turns(connection, sample_table.name)
            there = kept_of(connection, sample)
            kept = there or Kept(imported=True, unit=rubric.unit)
            new = self._new(connection, sample, kept, answered, read)
            done.samples.add(sample)
            if not new.labels:
                return
            if there is None:
                self._add_sample(connection, sample, rubric, rows, file)
            new.insert(connection, sample)
            detail = {"labels": len(new.labels), "rubric": rubric.name, "version": rubric.version}
            audit.record(connection, actor=self.by, action=audit.Action.LABELS_IMPORTED, subject=sample,
                         detail=detail, now=self.now)  # fmt: skip
        done.labels += len(new.labels)
        done.submissions += len(new.submissions)
        done.items.update(str(one["target"]) for one in new.items)
        done.uncertain += sum(bool(one["hand_picked"]) for one in new.items)

    # -- the rubric ------------------------------------------------------------------------------------------------

    def _rubric(self, sample: str, rows: list[LabelRow], file: LabelFile) -> Rubric | None:
        """The rubric that the file defines, the one asked for, one that is here and fits, or one made from the rows.

        None when the rows have more criteria or categories than a rubric can.

        One that is made gets a name that nobody has here, so that it never stands in for a rubric that people wrote:
        the file's own, else `imported-` and that.
        """
        if file.rubric is not None:
            return rubrics.save_rubric(self.database, file.rubric, by=self.by, now=self.now)
        builtin = rubrics.ensure_builtin(self.database, self.now)
        named = next(((row.rubric, row.rubric_version) for row in rows if row.rubric), None)
        if named is None and self.rubric is not None:
            return rubrics.rubric(self.database, self.rubric)
        name = rubric_name(named[0] or "" if named else sample)
        apart = rubric_name(f"imported-{name.removeprefix('imported-')}")
        there = [self._known(*named), self._known(name)] if named else [builtin, self._known(name)]
        for one in (*there, self._known(apart)):
            if one is not None and fits(one, rows):
                return one
        made = inferred_rubric(apart if self._known(name) else name, rows, self.words)
        try:
            return rubrics.save_rubric(self.database, made, by=self.by, now=self.now)
        except UsageError:
            return None

    def _known(self, name: str | None, version: int | None = None) -> Rubric | None:
        try:
            return rubrics.rubric(self.database, name or "", version)
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

    def _new(
        self, connection: sa.Connection, sample: str, kept: Kept, answered: list[tuple[LabelRow, Answer]], read: "_Read"
    ) -> Additions:
        """What the rows say that is not kept yet; those that cannot be are refused."""
        copies: dict[str, set[str]] = {}
        for row, _ in answered:
            copies.setdefault(row.target, set()).add(row.reviewer)
        names = [self._own_id(row) or _made_id(sample, read.target(row), row) for row, _ in answered]
        elsewhere = submissions_of_others(connection, names, kept)
        new = Additions()
        for (row, answer), name in zip(answered, names, strict=True):
            try:
                if name in elsewhere:
                    raise NotTaken("its submission belongs to another sample")  # noqa: TRY301
                self._item(kept, row, len(copies[row.target]), read, new)
                self._submission(kept, name, row, read, new)
                kept_answer = kept.labels.get((name, row.criterion))
                if kept_answer is None:
                    kept.labels[name, row.criterion] = answer
                    new.labels.append({"submission": name, "criterion": row.criterion, "value": answer.value,
                                       "cannot_tell": answer.cannot_tell})  # fmt: skip
                elif kept_answer == answer:
                    read.done.already += 1
                else:
                    raise NotTaken("another answer is kept for this label; a changed mind has a later time")  # noqa: TRY301
            except NotTaken as reason:
                read.refuse(row, str(reason))
        return new

    def _stratum(self, name: str | None) -> str | None:
        """The stratum's name; one that could hold more than a name is scrubbed."""
        return name if name is None or _PLAIN_NAME.fullmatch(name) else self.words.scrubbed(name).text

    def _item(self, kept: Kept, row: LabelRow, copies: int, read: "_Read", new: Additions) -> None:
        """The row's item is there, or is to be added."""
        target = read.target(row)
        if target in kept.items:
            return
        if not kept.imported:
            raise NotTaken("no item of this sample, which was drawn here")
        if row.unit != kept.unit:
            raise NotTaken(f"the unit is not {kept.unit.value}, as that of its sample")
        probability = _probability(row, read.file.strata.get(row.stratum or "") or row.of_stratum)
        session = identifier(self.key, named, "session_id") if (named := row.session or row.cluster) else None
        new.items.append({
            "target": target, "session": session, "stratum": self._stratum(row.stratum), "probability": probability,
            "hand_picked": probability is None, "copies": copies, "added_at": self.now, "added_by": self.by,
        })  # fmt: skip
        kept.items.add(target)

    # -- submissions -----------------------------------------------------------------------------------------------

    def _submission(self, kept: Kept, name: str, row: LabelRow, read: "_Read", new: Additions) -> None:
        """The row's submission is there, or is to be added."""
        target = read.target(row)
        if (there := kept.submissions.get(name)) is not None:
            if there != (target, row.reviewer):
                raise NotTaken("its submission belongs to another item or reviewer")
            return
        new.submissions.append({
            "id": name, "target": target, "reviewer": row.reviewer, "rubric": read.rubric.name,
            "rubric_version": read.rubric.version, "at": row.at or self.now, "active_seconds": row.seconds,
            "comment": read.comment(row), "corrected": read.scrubbed(row.corrected), "blind": row.blind,
            "again": row.again,
        })  # fmt: skip
        kept.submissions[name] = target, row.reviewer

    def _own_id(self, row: LabelRow) -> str | None:
        """The submission's id as the file says it; one that could be of a person is a keyed hash."""
        said = row.submission
        if said is None or not _SUBMISSION.fullmatch(said):
            return None
        if _OWN_SUBMISSION.fullmatch(said) or not self.words.scrubbed(said).replaced:
            return said
        return identifier(self.key, said, "key")


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


def _made_id(sample: str, target: str, row: LabelRow) -> str:
    """An id from who labelled what and when, so that the same file again gives the same; `target` as it is kept."""
    at = row.at.isoformat() if row.at else ""
    told = "\0".join((sample, target, row.reviewer, at, str(row.again)))
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
