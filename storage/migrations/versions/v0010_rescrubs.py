"""Re-verification: what was looked at again by which rules, what they found, and the measured rate."""

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | None = None
depends_on: str | None = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "rescrubs",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("started_at", _MOMENT, nullable=False),
        sa.Column("finished_at", _MOMENT, nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("found", sa.JSON(), nullable=False),
        sa.Column("verified", sa.JSON(), nullable=False),
        sa.Column("intent", sa.JSON(), nullable=True),
        sa.CheckConstraint("state in ('started', 'following', 'done')", name=op.f("ck_rescrubs_state")),
        sa.CheckConstraint("(state = 'done') = (finished_at is not null)", name=op.f("ck_rescrubs_finished")),
        sa.CheckConstraint("state <> 'done' or intent is null", name=op.f("ck_rescrubs_intent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rescrubs")),
    )
    op.create_index(op.f("ix_rescrubs_started_at"), "rescrubs", ["started_at"], unique=False)
