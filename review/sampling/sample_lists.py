"""Lists of samples, drawn and imported, and how far their labels are."""

from typing import Any

import pandas as pd
import sqlalchemy as sa

from storage.ledger_database import Database, our_errors
from storage.review_tables import sample_items, sample_strata, submissions, withdrawals
from storage.review_tables import samples as sample_table
from storage.rights_tables import erased_items, erased_units

ORDER_OF_STRATA = (sample_strata.c.certainty.desc(), sample_strata.c.stratum)


def samples(database: Database) -> pd.DataFrame:
    """All samples, the newest first.

    Columns: id, source, plan, week, unit, rubric, rubric_version, drawn_at (UTC), drawn_by, frame (units that could be
    drawn), items, picked (by hand, among them), erased (among the items), labels (submissions wanted, of what is not
    erased), labelled (submissions that stand).
    """

    def per_sample(what: sa.ColumnElement[Any], table: sa.FromClause, *where: sa.ColumnElement[bool]) -> Any:
        return sa.select(what).select_from(table).where(*where).correlate(sample_table).scalar_subquery()

    own = sample_items.c.sample == sample_table.c.id
    is_erased = sa.exists().where(erased_items.c.item == sample_items.c.id).correlate(sample_items)
    standing = sa.exists().where(withdrawals.c.submission == submissions.c.id)
    columns = [sample_table.c[name] for name in (
        "id", "source", "plan", "week", "unit", "rubric", "rubric_version", "drawn_at", "drawn_by")]  # fmt: skip
    asked = sa.select(
        *columns,
        per_sample(sa.func.sum(sample_strata.c.population), sample_strata, sample_strata.c.sample == sample_table.c.id)
        .label("frame"),
        per_sample(sa.func.count(), sample_items, own).label("items"),
        per_sample(sa.func.count(), sample_items, own, sample_items.c.hand_picked).label("picked"),
        per_sample(sa.func.count(), sample_items, own, is_erased).label("erased"),
        per_sample(sa.func.coalesce(sa.func.sum(sample_items.c.copies), 0), sample_items, own, ~is_erased)
        .label("labels"),
        per_sample(sa.func.count(), sa.join(submissions, sample_items, submissions.c.item == sample_items.c.id), own,
                   ~standing, submissions.c.again.is_(False)).label("labelled"),
    )  # fmt: skip
    with our_errors("being read"), database.reading() as connection:
        result = connection.execute(asked.order_by(sample_table.c.drawn_at.desc(), sample_table.c.id.desc()))
        return pd.DataFrame(result.mappings().all(), columns=list(result.keys()))


def erased_of(connection: sa.Connection, wanted: str) -> dict[str, tuple[int, int, int]]:
    """Of each stratum of a sample that lost something: units erased, drawn items among them, sessions touched."""
    units = (
        sa.select(erased_units.c.stratum, sa.func.sum(erased_units.c.units), sa.func.sum(erased_units.c.touched))
        .where(erased_units.c.sample == wanted).group_by(erased_units.c.stratum)
    )  # fmt: skip
    items = (
        sa.select(sample_items.c.stratum, sa.func.count()).join(erased_items, erased_items.c.item == sample_items.c.id)
        .where(sample_items.c.sample == wanted, sample_items.c.hand_picked.is_(False)).group_by(sample_items.c.stratum)
    )  # fmt: skip
    drawn = {str(name): int(number) for name, number in connection.execute(items)}
    found = {str(name): (int(gone), int(touched)) for name, gone, touched in connection.execute(units)}
    return {
        name: (found.get(name, (0, 0))[0], drawn.get(name, 0), found.get(name, (0, 0))[1])
        for name in found.keys() | drawn.keys()
    }


def strata_of(database: Database, wanted: str) -> pd.DataFrame:
    """Strata of a sample, also of an imported one: stratum, population (N_h), drawn (n_h), certainty, labelled (items).

    An imported sample whose strata nobody said has none.
    """
    own = (sample_items.c.sample == sample_strata.c.sample) & (sample_items.c.stratum == sample_strata.c.stratum)
    standing = ~sa.exists().where(withdrawals.c.submission == submissions.c.id)
    labelled = (
        sa.select(sa.func.count(submissions.c.item.distinct()))
        .select_from(sa.join(submissions, sample_items, submissions.c.item == sample_items.c.id))
        .where(own, standing)
        .correlate(sample_strata)
        .scalar_subquery()
    )
    columns = [sample_strata.c[name] for name in ("stratum", "population", "drawn", "certainty")]
    asked = sa.select(*columns, labelled.label("labelled")).where(sample_strata.c.sample == wanted)
    with our_errors("being read"), database.reading() as connection:
        result = connection.execute(asked.order_by(*ORDER_OF_STRATA))
        return pd.DataFrame(result.mappings().all(), columns=list(result.keys()))
