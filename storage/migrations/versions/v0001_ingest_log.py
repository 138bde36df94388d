"""What was ingested, received and rejected."""

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "about",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_about"),
    )
    op.create_table(
        "ingest_log",
        sa.Column("batch", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("format", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("counts", sa.JSON, nullable=False),
        sa.Column("started_at", moment, nullable=False),
        sa.Column("finished_at", moment),
        sa.PrimaryKeyConstraint("batch", name="pk_ingest_log"),
        sa.CheckConstraint("state in ('started', 'done', 'failed')", name=op.f("ck_ingest_log_state")),
        sa.CheckConstraint("(state = 'started') = (finished_at is null)", name=op.f("ck_ingest_log_finished")),
    )
    op.create_index("ix_ingest_log_digest", "ingest_log", ["digest"])
    op.create_index("ix_ingest_log_started_at", "ingest_log", ["started_at"])
    op.create_table(
        "rejects",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("batch", sa.Text),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("position", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("spans", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rejects"),
    )
    op.create_index("ix_rejects_at", "rejects", ["at"])
    op.create_table(
        "reject_counts",
        sa.Column("hour", moment, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("spans", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("hour", "source", "reason", name="pk_reject_counts"),
    )
    op.create_table(
        "received",
        sa.Column("hour", moment, nullable=False),
        sa.Column("client", sa.Text, nullable=False),
        sa.Column("format", sa.Text, nullable=False),
        sa.Column("requests", sa.BigInteger, nullable=False),
        sa.Column("spans", sa.BigInteger, nullable=False),
        sa.Column("scores", sa.BigInteger, nullable=False),
        sa.Column("rejected", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("hour", "client", "format", name="pk_received"),
    )
