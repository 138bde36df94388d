"""What the ledger has of a sample already, read once before rows are added to it."""

from dataclasses import dataclass, field

import sqlalchemy as sa

from review.criteria import Answer
from review.rubric import Unit
from storage.review_tables import labels, sample_items, samples, submissions


@dataclass(slots=True)
class Kept:
    """Items by target, submissions with their item and reviewer, and answers by submission and criterion."""

    imported: bool
    unit: Unit
    items: dict[str, int] = field(default_factory=dict)
    submissions: dict[str, tuple[int, str]] = field(default_factory=dict)
    labels: dict[tuple[str, str], Answer] = field(default_factory=dict)

    def has_elsewhere(self, connection: sa.Connection, submission: str) -> bool:
        """Whether another sample has a submission of this id."""
        asked = sa.select(submissions.c.id).where(submissions.c.id == submission)
        return connection.execute(asked).first() is not None


def kept_of(connection: sa.Connection, sample: str) -> Kept | None:
    """What there is of the sample; None when it is not there."""
    row = connection.execute(sa.select(samples.c.source, samples.c.unit).where(samples.c.id == sample)).first()
    if row is None:
        return None
    of_sample = sample_items.c.sample == sample
    items = connection.execute(sa.select(sample_items.c.target, sample_items.c.id).where(of_sample))
    given = connection.execute(
        sa.select(submissions.c.id, submissions.c.item, submissions.c.reviewer).join(sample_items).where(of_sample)
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
        items={one.target: one.id for one in items},
        submissions={one.id: (one.item, one.reviewer) for one in given},
        labels={
            (one.submission, one.criterion): Answer(one.value, cannot_tell=bool(one.cannot_tell)) for one in answers
        },
    )


def item_of(connection: sa.Connection, row: dict[str, object]) -> int:
    """Add an item and return its id."""
    return int(connection.execute(sa.insert(sample_items).values(**row).returning(sample_items.c.id)).scalar_one())
