"""`benchbook queue next | submit | skip | return | undo`: labelling from a shell, by the same rules as the page."""

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer

from printing import HomeOption, JsonOption, show
from settings import Settings, read_settings

if TYPE_CHECKING:
    from review.labelling.queue import Assignment
    from review.rubric.criteria import Answer, Criterion
    from review.words import Words
    from storage.ledger_database import Database

app = typer.Typer(help="The queue of items to label.", no_args_is_help=True, rich_markup_mode=None)

ReviewerOption = Annotated[str, typer.Option("--reviewer", help="Who labels.")]
SampleOption = Annotated[str | None, typer.Option("--sample", help="Of this sample; else any, the newest first.")]
AssignmentArgument = Annotated[str, typer.Argument(help="As `queue next` said.")]


@app.command("next")
def next_(
    reviewer: ReviewerOption,
    sample: SampleOption = None,
    home: HomeOption = None,
    json: JsonOption = False,  # noqa: FBT002
) -> int:
    """The item that the reviewer is to label: the one they hold, else the next. Nothing (null) when there is none."""
    from review.labelling.queue import claim
    from review.people import register_locally
    from review.shell.user import opened_database

    settings, now = read_settings(home), dt.datetime.now(dt.UTC)
    with opened_database(home) as database:
        if settings.access.mode == "local":
            reviewer = register_locally(database, reviewer, now=now, as_reviewer=True).name
        found = claim(database, reviewer=reviewer, sample=sample, now=now)
        said = None if found is None else _said(database, settings, found, reviewer=reviewer, now=now)
    show(said, ["Nothing is open"] if said is None else _lines(said), json=json)
    return 0


@app.command()
def submit(  # noqa: PLR0913, PLR0917 - options of a command
    assignment: AssignmentArgument,
    reviewer: ReviewerOption,
    answers: Annotated[str, typer.Option(help='A JSON object: {"helpful": 4, "resolved": "cannot tell"}.')],
    comment: Annotated[str | None, typer.Option(help="Kept without what is personal.")] = None,
    corrected: Annotated[str | None, typer.Option(help="The answer as it should have been.")] = None,
    seconds: Annotated[float | None, typer.Option(help="How long it took, idle time left out.")] = None,
    home: HomeOption = None,
    json: JsonOption = False,  # noqa: FBT002
) -> int:
    """Keep the answers to an item that the reviewer holds; the same again changes nothing.

    `ignored` names what was said and not kept: empty answers, and criteria that an earlier answer hides.
    """
    from review.labelling import labels
    from review.shell.user import opened_database

    settings, said = read_settings(home), _answers(answers)
    with opened_database(home) as database:
        done = labels.submit(
            database,
            assignment,
            reviewer=reviewer,
            answers=said,
            comment=comment,
            corrected=corrected,
            answer_text=_answer_text(database, settings, assignment, reviewer=reviewer) if corrected else None,
            active_seconds=seconds,
            words=words_of(settings),
            now=dt.datetime.now(dt.UTC),
        )
    ignored = [name for name in said if name not in done.answers]
    kept = {
        "submission": done.id, "assignment": done.assignment, "reviewer": done.reviewer, "at": done.at,
        "answers": {name: _plain(answer) for name, answer in done.answers.items()}, "ignored": ignored,
        "comment": done.comment, "corrected": done.corrected,
    }  # fmt: skip
    spoken = (f"{name} {answer.value or 'cannot tell'}" for name, answer in done.answers.items())
    hidden = [f"ignored, as nothing asks for it: {', '.join(ignored)}"] if ignored else []
    show(kept, [f"kept: {', '.join(spoken)}", *hidden], json=json)
    return 0


@app.command()
def skip(
    assignment: AssignmentArgument,
    reviewer: ReviewerOption,
    reason: Annotated[str, typer.Option(help="Why this item cannot be labelled by them.")],
    home: HomeOption = None,
    json: JsonOption = False,  # noqa: FBT002
) -> int:
    """Leave an item to others; the reviewer never gets it again."""
    from review.labelling import queue
    from review.shell.user import opened_database

    with opened_database(home) as database:
        queue.skip(database, assignment, reviewer=reviewer, reason=reason, words=words_of(read_settings(home)),
                   now=dt.datetime.now(dt.UTC))  # fmt: skip
    show({"assignment": assignment, "ended": "skipped"}, ["skipped"], json=json)
    return 0


@app.command("return")
def return_(
    assignment: AssignmentArgument,
    reviewer: ReviewerOption,
    home: HomeOption = None,
    json: JsonOption = False,  # noqa: FBT002
) -> int:
    """Hand an item back unlabelled; the reviewer may get it again when nothing else is left."""
    from review.labelling import queue
    from review.shell.user import opened_database

    with opened_database(home) as database:
        queue.give_back(database, assignment, reviewer=reviewer, now=dt.datetime.now(dt.UTC))
    show({"assignment": assignment, "ended": "returned"}, ["handed back"], json=json)
    return 0


@app.command()
def undo(
    reviewer: ReviewerOption,
    assignment: Annotated[str | None, typer.Argument(help="Only if this was the last one.")] = None,
    sample: SampleOption = None,
    home: HomeOption = None,
    json: JsonOption = False,  # noqa: FBT002
) -> int:
    """Take back the reviewer's last label: its item is theirs again, under a new assignment."""
    from review.labelling import queue
    from review.shell.user import opened_database

    settings, now = read_settings(home), dt.datetime.now(dt.UTC)
    with opened_database(home) as database:
        found = queue.undo_last(database, reviewer=reviewer, sample=sample, assignment=assignment, now=now)
        said = _said(database, settings, found, reviewer=reviewer, now=now)
    show(said, _lines(said), json=json)
    return 0


def _said(
    database: "Database", settings: Settings, found: "Assignment", *, reviewer: str, now: dt.datetime
) -> dict[str, Any]:
    """What the page would show of an assignment, and nothing more."""
    from dataclasses import asdict

    from review.labelling.drafts import draft
    from review.labelling.progress import progress
    from review.rubric.rubrics import rubric

    asked = rubric(database, found.rubric, found.rubric_version)
    far = progress(database, reviewer=reviewer, sample=found.sample, now=now)
    return {
        "assignment": found.id,
        "lease_until": found.lease_until,
        "sample": found.sample,
        "item": _item(settings, found),
        "rubric": found.rubric,
        "rubric_version": found.rubric_version,
        "instructions": asked.instructions,
        "criteria": [_criterion(one) for one in asked.criteria],
        "draft": draft(database, found.id, reviewer=reviewer),
        "progress": asdict(far),
    }


def _item(settings: Settings, found: "Assignment") -> dict[str, Any]:
    from review.labelling.items import item_of
    from review.traffic import DeskTraffic

    about = {"id": found.target, "unit": found.unit}
    shown = item_of(DeskTraffic(settings), found.target, found.unit)
    if shown is None:
        return {**about, "missing": "its traffic is not here: not loaded, or erased"}
    said = shown.as_json()
    del said["target"], said["unit"]
    return about | said


def _criterion(one: "Criterion") -> dict[str, Any]:
    condition = one.shown_if
    return {
        "name": one.name,
        "question": one.question,
        "scale": one.scale.value,
        "values": list(one.values),
        "anchors": {str(number): words for number, words in one.anchors.items()},
        "required": one.required,
        "shown_if": condition and {"criterion": condition.criterion, "values": list(condition.values)},
    }


def _answers(said: str) -> Mapping[str, Any]:
    from errors import UsageError

    try:
        answers = orjson.loads(said)
    except orjson.JSONDecodeError as error:
        raise UsageError("--answers is not JSON") from error
    if not isinstance(answers, dict):
        raise UsageError("--answers is a JSON object, criterion to answer")
    return answers


def _answer_text(database: "Database", settings: Settings, assignment: str, *, reviewer: str) -> str | None:
    from review.labelling.queue import held

    mine = (one for one in held(database, reviewer=reviewer) if one.id == assignment)
    return next((_item(settings, one).get("answer") for one in mine), None)


def words_of(settings: Settings) -> "Words":
    from review.words import Words
    from scrub import Policy
    from storage.key import home_key

    return Words(Policy.from_settings(settings.scrub), home_key(settings.key_path))


def _plain(answer: "Answer") -> object:
    return {"cannot_tell": True} if answer.cannot_tell else answer.value


def _lines(said: dict[str, Any]) -> list[str]:
    item, far = said["item"], said["progress"]
    spoken = [f"{message['role']}: {message['text']}" for message in item.get("before", ())]
    under_review = [
        f"{role}: {item[key]}" for role, key in (("user", "question"), ("answer", "answer")) if item.get(key)
    ]
    asked = [f"  {one['name']}: {one['question']} [{', '.join(one['values']) or 'text'}]" for one in said["criteria"]]
    return [
        f"{said['assignment']}: {item['unit']} {item['id']} of {said['sample']}, {far['done']} of {far['of']} done",
        *([item["missing"]] if "missing" in item else []),
        *(line for text in (*spoken, *under_review) for line in text.splitlines()),
        *asked,
    ]
