"""What the ledger has of a sample, read once before rows are added to it, and the rows that are added, all at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from review.rubric.criteria import Answer
from review.rubric.rubric import Unit
from storage.review_tables import labels, sample_items, samples, submissions

_AT_ONCE = 500
"""Values in one question."""


@dataclass(slots=True)
class Kept:
    """Items by target, submissions with their item's target and reviewer, and answers by submission and criterion."""

    imported: bool
    unit: Unit
    items: set[str] = field(default_factory=set)
    submissions: dict[str, tuple[str, str]] = field(default_factory=dict)
    labels: dict[tuple[str, str], Answer] = field(default_factory=dict)


@dataclass(slots=True)
class Additions:
    """Rows of the tables of those names; submissions say the `target` of their item, which has no id yet."""

    items: list[dict[str, object]] = field(default_factory=list)
    submissions: list[dict[str, object]] = field(default_factory=list)
    labels: list[dict[str, object]] = field(default_factory=list)

    def insert(self, connection: sa.Connection, sample: str) -> None:
        """Add them in a few statements: whoever saves a label waits meanwhile."""
        said = {row["submission"] for row in self.labels}
        given = [row for row in self.submissions if row["id"] in said]
        labelled = {row["target"] for row in given}
        items = [{**row, "sample": sample} for row in self.items if row["target"] in labelled]
        if items:
            connection.execute(sa.insert(sample_items), items)
        if given:
            asked = sa.select(sample_items.c.target, sample_items.c.id).where(sample_items.c.sample == sample)
            ids = {row.target: row.id for row in connection.execute(asked)}
            connection.execute(sa.insert(submissions), [
                {name: value for name, value in row.items() if name != "target"} | {"item": ids[row["target"]]}
                for row in given
            ])  # fmt: skip
        connection.execute(sa.insert(labels), self.labels)


def kept_of(connection: sa.Connection, sample: str) -> Kept | None:
    """What there is of the sample; None when it is not there."""
    row = connection.execute(sa.select(samples.c.source, samples.c.unit).where(samples.c.id == sample)).first()
    if row is None:
        return None
    of_sample = sample_items.c.sample == sample
    items = connection.execute(sa.select(sample_items.c.target).where(of_sample)).scalars()
    given = connection.execute(
        sa.select(submissions.c.id, sample_items.c.target, submissions.c.reviewer)
        .join(sample_items, sample_items.c.id == submissions.c.item)
        .where(of_sample)
    )
    answers = connection.execute(
        sa.select(labels.c.submission, labels.c.criterion, labels.c.value, labels.c.cannot_tell)
        .join(submissions, submissions.c.id == labels.c.submission)
        .join(sample_items, sample_items.c.id == submissions.c.item)
        .where(of_sample)
    )
    return Kept(
        imported=row.source == "imported",
        unit=Unit(row.unit),
        items=set(items),
        submissions={one.id: (one.target, one.reviewer) for one in given},
        labels={
            (one.submission, one.criterion): Answer(one.value, cannot_tell=bool(one.cannot_tell)) for one in answers
        },
    )


def submissions_of_others(connection: sa.Connection, names: Sequence[str], kept: Kept) -> set[str]:
    """Which of these ids are submissions of another sample."""
    new = sorted(set(names) - kept.submissions.keys())
    found: set[str] = set()
    for first in range(0, len(new), _AT_ONCE):
        asked = sa.select(submissions.c.id).where(submissions.c.id.in_(new[first : first + _AT_ONCE]))
        found.update(connection.execute(asked).scalars())
    return found
