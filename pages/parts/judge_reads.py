"""What pages read of judges, kept until labels or traffic change."""

from collections.abc import Callable, Iterable

import pandas as pd

from pages.parts import kept, label_reads
from pages.parts.kept import Read
from pages.parts.opened import opened
from review.calibration import anchor_set
from review.calibration.anchor_set import Rejudged
from review.calibration.assessment import Options
from review.calibration.bias_checks import BiasCheck
from review.calibration.few_shot import name_of
from review.calibration.over_weeks import OverWeeks, over_weeks
from review.calibration.reviewed import reviewed
from review.calibration.reviewer_quality import ReviewerQuality, of_criterion, reviewer_quality
from review.calibration.score_shift import score_shift
from review.calibration.scorecard import Row, faults, scorecard
from storage.ledger_database import Database

_WEEKS = 8


def rows(database: Database) -> tuple[Row, ...]:
    """Every judge on every criterion with labels (`review.calibration.scorecard`)."""
    warehouse = opened().warehouse
    rules, options = opened().judges, Options(rules=opened().gate)
    return kept.answer(database, "scorecard", repr(options.rules),
                       read=lambda: scorecard(reviewed(database, warehouse, rules=rules), options))  # fmt: skip


def weeks(database: Database, row: Row) -> OverWeeks:
    """One judge on one criterion, week by week."""
    return _of_row(database, row, "weeks", read=lambda: over_weeks(row.reviewed, row.judged.judge))


def shift(database: Database, row: Row) -> pd.DataFrame:
    """How the spread of its scores changed by week (`review.calibration.score_shift`)."""
    return _of_row(database, row, "shift", read=lambda: score_shift(row.reviewed, row.judged.judge))


def judged_again(database: Database, row: Row) -> Rejudged:
    """How its scores of the frozen anchor items changed (`review.calibration.anchor_set`)."""
    now = opened()

    def read() -> Rejudged:
        anchors = anchor_set.newest(database, row.reviewed.rubric, row.reviewed.criterion.name)
        return anchor_set.rejudged(now.warehouse.frame, row.reviewed, row.judged.judge, anchors, now.judges)

    return _of_row(database, row, "anchors", read=read)


def found_faults(database: Database, row: Row) -> list[BiasCheck]:
    """The judge's faults (`review.calibration.scorecard.faults`)."""
    return _of_row(database, row, "faults", read=lambda: faults(row))


def quality(database: Database, row: Row) -> ReviewerQuality:
    """Each reviewer beside the others on the criterion (`review.calibration.reviewer_quality`)."""
    of = row.reviewed
    labels = label_reads.all_labels(database)

    def read() -> ReviewerQuality:
        return reviewer_quality(of_criterion(labels, rubric=of.rubric, criterion=of.criterion.name, weeks=of.weeks))

    return kept.answer(database, "quality", of.rubric, of.criterion.name, of.weeks, read=read)


def own_quality(database: Database, reviewer: str) -> pd.DataFrame:
    """The rows of `reviewer_quality` that are about this reviewer, with their `criterion`; the latest eight weeks."""
    labels = label_reads.all_labels(database)
    weeks = sorted(labels["week"].dropna().unique())[-_WEEKS:]

    def read() -> pd.DataFrame:
        asked = labels.loc[labels["reviewer"] == reviewer, ["rubric", "criterion"]].drop_duplicates()
        found = [
            reviewer_quality(of_criterion(labels, rubric=rubric, criterion=criterion, weeks=weeks)).table.assign(
                criterion=criterion
            )
            for rubric, criterion in asked.itertuples(index=False)
        ]
        every = pd.concat(found) if found else pd.DataFrame(columns=["reviewer"])
        return every[every["reviewer"] == reviewer]

    return kept.answer(database, "own quality", reviewer, read=read)


def _of_row(database: Database, row: Row, what: str, *, read: Callable[[], Read]) -> Read:
    of = row.reviewed
    asked = (what, of.rubric, of.rubric_version, of.criterion.name, row.judged.judge)
    return kept.answer(database, *asked, read=read)


def short_names(rows: Iterable[Row]) -> dict[str, str]:
    """Title of each judge to the name alone, where no other judge has it."""
    titles = {row.judged.judge for row in rows}
    names = [name_of(title) for title in titles]
    return {title: name_of(title) if names.count(name_of(title)) == 1 else title for title in titles}
