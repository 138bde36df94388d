"""`benchbook rescrub`: what is kept, looked at again with the present rules; what they find now is rewritten."""

import datetime as dt
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from errors import UsageError
from ingest.rescrub.words import meaning, rate_words
from printing import HomeOption, JsonOption, columns, show
from settings import read_settings

if TYPE_CHECKING:
    from ingest.rescrub.run import Asked, Report

_EVERY = 25
"""Traces between two lines of progress."""


def rescrub(  # noqa: PLR0913, PLR0917 - options of a command
    sample: Annotated[
        int | None, typer.Option(min=1, help="Look at so many traces at random, of every app; gives the rate.")
    ] = None,
    share: Annotated[float | None, typer.Option(help="The same as a share of all traces, 0 to 1.")] = None,
    seed: Annotated[int | None, typer.Option(help="Of the sample: the same seed draws the same traces.")] = None,
    weekly: Annotated[bool, typer.Option("--weekly", help="The app's own sample of the last 7 days.")] = False,  # noqa: FBT002
    app: Annotated[str | None, typer.Option(help="Traces of this application alone.")] = None,
    since: Annotated[str | None, typer.Option(help="Traces active since this day or moment, UTC: 2026-11-02.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Look, and rewrite nothing.")] = False,  # noqa: FBT002
    home: HomeOption = None,
    json: JsonOption = False,  # noqa: FBT002
) -> int:
    """Look again, with the present rules, at what is kept; rewrite what they find now.

    Texts that these rules have read before are left out, but not of a sample. It may be broken off at any moment: the
    app, or the next command, ends what was begun.
    """
    if sample is not None and share is not None:
        raise UsageError("say --sample or --share, not both")
    if share is not None and not 0 < share <= 1:
        raise UsageError("--share is above 0 and at most 1")
    if weekly and (since or seed is not None or sample or share):
        raise UsageError("--weekly says its own sample, seed and time")
    since_moment = _moment(since)
    from ingest.rescrub.run import Asked, may_be_rewritten, run  # brings Presidio
    from storage import desk
    from storage.home import open_home

    settings, now = read_settings(home), dt.datetime.now(dt.UTC)
    asked = Asked(app, since_moment, sample, share, seed or 0, dry_run)
    opened = open_home(settings, now=now)
    try:
        if weekly:
            may_rewrite = may_be_rewritten(opened)
            asked = _of_the_week(asked, now=now, size=settings.verify.weekly_sample, may_rewrite=may_rewrite)
        report = run(opened, asked, now=now, watch=_watch if sys.stderr.isatty() else None)
    finally:
        opened.close()
    if report.rewritten:
        desk.follow(settings)
    show(report.as_json(), _in_words(report), json=json)
    return 0


def _of_the_week(asked: "Asked", *, now: dt.datetime, size: int, may_rewrite: bool) -> "Asked":
    """The weekly sample; its seed is the ISO week. A lake that cannot be rewritten here is only looked at."""
    year, week, _ = now.isocalendar()
    return replace(
        asked, since=now - dt.timedelta(days=7), sample=size or 500, seed=year * 100 + week,
        dry_run=asked.dry_run or not may_rewrite,
    )  # fmt: skip


def _moment(said: str | None) -> dt.datetime | None:
    if said is None:
        return None
    try:
        moment = dt.datetime.fromisoformat(said)
    except ValueError:
        raise UsageError("--since is a day or a time, UTC: 2026-11-02 or 2026-11-02T09:00") from None
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment


def _watch(done: int, of: int) -> None:
    if done % _EVERY == 0 or done == of:
        sys.stderr.write(f"\rLooking again: {done:,} of {of:,} traces" + ("\n" if done == of else ""))


def _left_out(report: "Report") -> str:
    if report.asked.is_sample:
        return f"drawn at random, {report.skipped:,} others not"
    return f"{report.skipped:,} traces left out, which these rules have read before"


def _in_words(report: "Report") -> list[str]:
    found, verb = report.tally, "Would rewrite" if report.asked.dry_run else "Rewrote"
    lines = [
        (
            f"Looked at {found.traces:,} traces ({found.spans:,} spans) and {found.scores:,} scores with rules "
            f"{report.version}" + (f"; {_left_out(report)}" if report.skipped else "")
        ),
        (
            f"{verb}: texts of {found.spans_found:,} spans in {found.traces_found:,} traces, "
            f"{found.scores_found:,} scores, {found.ledger_found:,} texts of reviewers"
        ),
    ]
    if found.unread:
        lines.append(f"Not read, since another program wrote them: {found.unread:,} rows")
    for head, counts in (
        ("TYPE", found.by_type), ("APP", found.by_app), ("SURFACE", found.by_surface),
        ("RULES BEFORE", found.by_version),
    ):  # fmt: skip
        if counts:
            unit = "SPANS" if head == "SURFACE" else "PIECES"
            lines += ["", *columns((head, unit), [(name, f"{many:,}") for name, many in counts.most_common()])]
    if report.rate is not None:
        lines += ["", rate_words(report.rate), *meaning(found.as_json(), report.version)]
    return lines
