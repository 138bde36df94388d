"""The ledger's tables, as SQLAlchemy sees them; `migrations` makes the same (a test compares)."""

import datetime as dt

import sqlalchemy as sa

REVISION = "0010"
"""The newest migration. A ledger that is there already is opened without loading Alembic."""


class Utc(sa.TypeDecorator[dt.datetime]):
    """A moment in UTC, also on SQLite, which forgets time zones."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: sa.Dialect) -> dt.datetime | None:  # noqa: ARG002
        return None if value is None else value.astimezone(dt.UTC)

    def process_result_value(self, value: dt.datetime | None, dialect: sa.Dialect) -> dt.datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


metadata = sa.MetaData(
    naming_convention={"pk": "pk_%(table_name)s", "ck": "ck_%(table_name)s_%(constraint_name)s",
                       "ix": "ix_%(table_name)s_%(column_0_name)s", "fk": "fk_%(table_name)s_%(column_0_name)s"}
)  # fmt: skip

about = sa.Table(
    "about",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

ingest_log = sa.Table(
    "ingest_log",
    metadata,
    sa.Column("batch", sa.Text, primary_key=True),
    sa.Column("source", sa.Text, nullable=False),  # scrubbed by who records it
    sa.Column("format", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False, index=True),  # keyed
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("counts", sa.JSON, nullable=False),
    sa.Column("started_at", Utc, nullable=False, index=True),
    sa.Column("finished_at", Utc),
    sa.CheckConstraint("state in ('started', 'done', 'failed')", "state"),
    sa.CheckConstraint("(state = 'started') = (finished_at is null)", "finished"),
)

rejects = sa.Table(
    "rejects",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("at", Utc, nullable=False, index=True),
    sa.Column("batch", sa.Text),  # of a file; requests have none
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("position", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("spans", sa.Integer, nullable=False),
)

reject_counts = sa.Table(
    "reject_counts",
    metadata,
    sa.Column("hour", Utc, primary_key=True),
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("reason", sa.Text, primary_key=True),
    sa.Column("spans", sa.BigInteger, nullable=False),
)

received = sa.Table(
    "received",
    metadata,
    sa.Column("hour", Utc, primary_key=True),
    sa.Column("client", sa.Text, primary_key=True),
    sa.Column("format", sa.Text, primary_key=True),
    sa.Column("requests", sa.BigInteger, nullable=False),
    sa.Column("spans", sa.BigInteger, nullable=False),
    sa.Column("scores", sa.BigInteger, nullable=False),
    sa.Column("rejected", sa.BigInteger, nullable=False),
)
