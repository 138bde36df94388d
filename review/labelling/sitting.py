"""A reviewer's sitting at the queue: their open items, and what becomes of each message of the labelling panel.

The panel sends each message again until it is answered, so each is done once, in the order in which it was sent. The
answer says how it ended; when it failed and the item is still theirs, the panel returns to the item.
"""

import datetime as dt
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from errors import BenchbookError, Busy, StoreFailed, UsageError
from review.labelling import labels, queue
from review.labelling.items import ShownItem
from review.labelling.queue import Assignment
from review.rubric.criteria import Given, Scale, read_answer
from review.rubric.rubric import Rubric, Unit
from review.rubric.rubrics import rubric
from review.words import Words
from storage.ledger_database import Database

Message = Mapping[str, Any]
ReadItem = Callable[[str, str], ShownItem | None]
"""`review.labelling.items.shown_item` of a warehouse: target and unit to what a reviewer may see."""
ANSWERS_KEPT = 20
RENEWED_BEFORE = dt.timedelta(minutes=12)
"""A lease with less than this left is renewed when the reviewer gives a sign of life."""


@dataclass(slots=True)
class Held:
    """An open assignment with what is shown of it; `item` is None when its traffic is not there."""

    assignment: Assignment
    item: ShownItem | None
    draft: dict[str, Any] | None


@dataclass(slots=True)
class Sitting:
    """One person at the queue of one sample, in one browser tab. What lasts is in the ledger."""

    database: Database
    read_item: ReadItem
    words: Words
    reviewer: str
    sample: str
    rubric: Rubric
    held: list[Held] = field(default_factory=list)
    has_next: bool = False
    """Whether the next item is held, or the queue has none."""
    has_heard: bool = False
    """Whether messages came since the panel was last told something."""
    _answers: OrderedDict[str, dict[str, Any]] = field(default_factory=OrderedDict)

    @property
    def id(self) -> str:
        """The same after a restart, so that what the panel still has to say is heard then."""
        return f"{self.sample} {self.reviewer}"

    @property
    def is_done(self) -> bool:
        """Whether nothing is open and the queue of the sample has nothing more."""
        return self.has_next and not self.held

    def take(self, messages: Iterable[Message], *, now: dt.datetime) -> None:
        """Does what the messages say, each once."""
        self.has_heard = True
        for message in messages:
            name = str(message.get("id"))
            if name not in self._answers:
                self._answers[name] = {"id": name, **self._done(message, now)}
        while len(self._answers) > ANSWERS_KEPT:
            self._answers.popitem(last=False)

    def fetch(self, *, now: dt.datetime) -> None:
        """Holds the next item ahead; it is as blind as the one that is shown."""
        while len(self.held) < queue.MOST_OPEN:
            ask = queue.ahead if self.held else queue.claim
            got = ask(self.database, reviewer=self.reviewer, sample=self.sample, now=now)
            if got is None or any(one.assignment.id == got.id for one in self.held):
                break
            self._hold(got)
        self.has_next = True

    def look_again(self, *, now: dt.datetime) -> None:
        """Holds what the ledger says: another tab, or time, may have ended an item or taken one up again."""
        theirs = queue.held(self.database, reviewer=self.reviewer, sample=self.sample)
        self.held = [one for one in self.held if any(one.assignment.id == mine.id for mine in theirs)]
        for mine in theirs:
            if not any(one.assignment.id == mine.id for one in self.held):
                self._hold(mine)
        self.fetch(now=now)

    def payload(self, *, now: dt.datetime) -> dict[str, Any]:
        """What the panel is told, but for the rubric."""
        self.has_heard = False
        so_far = queue.progress(self.database, reviewer=self.reviewer, sample=self.sample, now=now)
        return {
            "sitting": self.id,
            "items": [
                {"assignment": one.assignment.id, "item": one.item and one.item.as_json(), "draft": one.draft}
                for one in self.held
            ],
            "acks": list(self._answers.values()),
            "more": not self.has_next,
            "may_correct": self.rubric.unit is Unit.TRACE,
            "newcomer": so_far.mine == 0,
            "progress": {
                "done": so_far.done,
                "of": so_far.of,
                "mine": so_far.mine,
                "today": so_far.today,
                "per_hour": so_far.per_hour,
            },
        }

    def _done(self, message: Message, now: dt.datetime) -> dict[str, Any]:
        does = {
            "submit": self._submit,
            "skip": self._skip,
            "return": self._give_back,
            "undo": self._undo,
            "draft": self._keep_draft,
            "alive": self._stay,
            "more": self._more,
        }.get(str(message.get("kind")))
        try:
            if does is None:
                raise UsageError("the page sent what this version does not know; reload it")
            return {"ok": True, **does(message, now)}
        except BenchbookError as error:
            return {"ok": False, "reason": str(error), "open": self._is_open(message, error)}

    def _submit(self, message: Message, now: dt.datetime) -> dict[str, Any]:
        held = self._of(message)
        if held is not None and held.assignment.lease_until <= now:  # nobody else has got it, or this raises
            queue.renew(self.database, held.assignment.id, reviewer=self.reviewer, now=now)
        labels.submit(
            self.database,
            _assignment(message),
            reviewer=self.reviewer,
            answers=_answers(message),
            comment=_text(message, "comment"),
            corrected=_text(message, "corrected"),
            answer_text=held.item.answer if held and held.item else None,
            active_seconds=_seconds(message),
            words=self.words,
            now=now,
        )
        self._drop(message)
        return {}

    def _skip(self, message: Message, now: dt.datetime) -> dict[str, Any]:
        reason = _text(message, "reason") or ""
        queue.skip(
            self.database, _assignment(message), reviewer=self.reviewer, reason=reason, words=self.words, now=now
        )
        self._drop(message)
        return {}

    def _give_back(self, message: Message, now: dt.datetime) -> dict[str, Any]:
        queue.give_back(self.database, _assignment(message), reviewer=self.reviewer, now=now)
        self._drop(message)
        return {}

    def _undo(self, _message: Message, now: dt.datetime) -> dict[str, Any]:
        back = queue.undo_last(self.database, reviewer=self.reviewer, sample=self.sample, now=now)
        self._hold(back, first=True)
        return {"assignment": back.id}

    def _keep_draft(self, message: Message, now: dt.datetime) -> dict[str, Any]:
        said = self._written(message)
        if any(len(text) > labels.LONGEST_TEXT for text in said.values()):
            raise UsageError(f"a text has {labels.LONGEST_TEXT:,} characters at most")
        written = {name: self.words.scrubbed(text) for name, text in said.items()}
        content = {
            "answers": {
                name: written[_free(name)].text if _free(name) in written else given
                for name, given in _answers(message).items()
                if self._is_one(name, given)
            },
            "comment": written["comment"].text if "comment" in written else "",
            "corrected": written["correction"].text if "correction" in written else None,
            "active_seconds": _seconds(message) or 0,
        }
        labels.save_draft(self.database, _assignment(message), reviewer=self.reviewer, content=content, now=now)
        if held := self._of(message):
            held.draft = content
        self._stay(message, now)
        return {"words": {name: {"text": one.text, "replaced": one.replaced} for name, one in written.items()}}

    def _is_one(self, name: str, given: Given) -> bool:
        """Whether it is an answer on its criterion's scale: whatever else a browser sends was never scrubbed."""
        criterion = self.rubric.criterion(name)
        try:
            return criterion is not None and read_answer(criterion, given) is not None
        except UsageError:
            return False

    def _stay(self, _message: Message, now: dt.datetime) -> dict[str, Any]:
        for held in self.held:
            if held.assignment.lease_until - now < RENEWED_BEFORE:
                held.assignment = queue.renew(self.database, held.assignment.id, reviewer=self.reviewer, now=now)
        return {}

    def _more(self, _message: Message, now: dt.datetime) -> dict[str, Any]:
        self.fetch(now=now)
        return {}

    def _hold(self, got: Assignment, *, first: bool = False) -> None:
        draft = labels.draft(self.database, got.id, reviewer=self.reviewer)
        held = Held(got, self.read_item(got.target, got.unit), draft)
        self.held.insert(0 if first else len(self.held), held)

    def _of(self, message: Message) -> Held | None:
        return next((one for one in self.held if one.assignment.id == message.get("assignment")), None)

    def _drop(self, message: Message) -> None:
        self.held = [one for one in self.held if one.assignment.id != message.get("assignment")]
        self.has_next = False

    def _is_open(self, message: Message, error: BenchbookError) -> bool:
        """Whether the item is still theirs after a failure; one that is not is let go of."""
        if isinstance(error, Busy | StoreFailed) or not isinstance(message.get("assignment"), str):
            return True
        mine = queue.held(self.database, reviewer=self.reviewer, sample=self.sample)
        if any(one.id == message["assignment"] for one in mine):
            return True
        self._drop(message)
        return False

    def _written(self, message: Message) -> dict[str, str]:
        """The reviewer's own words, by what they are called on the page."""
        answers = _answers(message)
        free = {_free(one.name): answers.get(one.name) for one in self.rubric.criteria if one.scale is Scale.TEXT}
        said = {"comment": message.get("comment"), "correction": message.get("corrected"), **free}
        return {name: text for name, text in said.items() if isinstance(text, str) and text.strip()}


def sit_down(
    database: Database, read_item: ReadItem, words: Words, *, reviewer: str, sample: str | None, now: dt.datetime
) -> Sitting | None:
    """A sitting with the items that the reviewer holds already, or the next two of the queue; None when there is none.

    Without a sample, any that has work for them. Raises `NotAllowed`, and `UsageError` for a sample that is not there.
    """
    first = queue.claim(database, reviewer=reviewer, sample=sample, now=now)
    if first is None:
        return None
    asked = rubric(database, first.rubric, first.rubric_version)
    sitting = Sitting(database, read_item, words, reviewer, first.sample, asked)
    sitting.look_again(now=now)
    return sitting


def _free(name: str) -> str:
    """What the answer to a criterion of free text is called beside the reviewer's other words."""
    return f"answer to {name}" if name in ("comment", "correction") else name


def _assignment(message: Message) -> str:
    said = message.get("assignment")
    if not isinstance(said, str):
        raise UsageError("the page named no assignment; reload it")
    return said


def _answers(message: Message) -> dict[str, Given]:
    """Answers as sent; whether each is one is checked by the rubric."""
    said = message.get("answers")
    return {str(name): given for name, given in said.items()} if isinstance(said, Mapping) else {}


def _text(message: Message, name: str) -> str | None:
    said = message.get(name)
    return said if isinstance(said, str) and said.strip() else None


def _seconds(message: Message) -> float | None:
    said = message.get("active_seconds")
    is_known = isinstance(said, int | float) and 0 <= said <= labels.LONGEST_ACTIVE_SECONDS
    return float(said) if is_known and said is not None else None
