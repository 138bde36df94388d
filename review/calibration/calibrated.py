"""Which judges' scores have been held against people's labels: cheap enough to ask wherever a score is shown."""

from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

import pandas as pd
import sqlalchemy as sa

from review.calibration.mapping import Mapped, mapped
from storage.ledger_database import Database, our_errors
from storage.review_tables import labels, sample_items, samples, submissions, withdrawals

FEWEST_ITEMS = 30
"""Labelled items that a judge must have scored too."""
_SCORED = """SELECT count(DISTINCT trace_id) AS items FROM scores
WHERE source = 'judge' AND target_level = 'trace' AND coalesce(judge_name, '') = $judge
AND coalesce(judge_version, '') = $version AND coalesce(judge_model, '') = $model AND name = $score
AND trace_id IN (SELECT unnest($items))"""


class Scorer(NamedTuple):
    """One version of a judge, and the name of its score."""

    judge: str
    version: str
    model: str
    score: str


def calibrated(
    database: Database, ask: Callable[..., pd.DataFrame], asked: Collection[Scorer], rules: Mapping[str, Mapped]
) -> frozenset[Scorer]:
    """Those whose scores stand beside people's blind labels of at least `FEWEST_ITEMS` drawn traces.

    Another version of the judge's prompt or model begins anew. Whether it may be trusted is the scorecard's to say.
    """
    known: dict[tuple[str, ...], list[str]] = {}
    found = set()
    for one in asked:
        criteria = mapped(one.judge, one.score, rules).criteria
        if criteria not in known:
            known[criteria] = _labelled(database, criteria)
        if len(known[criteria]) < FEWEST_ITEMS:
            continue
        if int(ask(_SCORED, **one._asdict(), items=known[criteria])["items"].iloc[0]) >= FEWEST_ITEMS:
            found.add(one)
    return frozenset(found)


def _labelled(database: Database, criteria: tuple[str, ...]) -> list[str]:
    """Drawn traces with a blind label of one of the criteria."""
    asked = (
        sa.select(sample_items.c.target)
        .select_from(labels)
        .join(submissions, submissions.c.id == labels.c.submission)
        .join(sample_items, sample_items.c.id == submissions.c.item)
        .join(samples, samples.c.id == sample_items.c.sample)
        .where(
            labels.c.criterion.in_(criteria), labels.c.cannot_tell.is_(False), submissions.c.blind.is_(True),
            submissions.c.again.is_(False), sample_items.c.hand_picked.is_(False), samples.c.unit == "trace",
            ~sa.exists().where(withdrawals.c.submission == submissions.c.id),
        )
        .distinct()
    )  # fmt: skip
    with our_errors("being read"), database.reading() as connection:
        return [str(target) for target in connection.execute(asked).scalars()]
