"""The queue's questions by index: what is open to all, what waits for one person, and what a person holds."""

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.drop_index("ix_queue_slots_next", "queue_slots")
    _index("ix_queue_slots_next", ["sample", "state", "shuffle"], "reserved_for is null")
    _index("ix_queue_slots_again", ["reserved_for", "open_from"], "reserved_for is not null and state = 'open'")
    _index("ix_queue_slots_held", ["reviewer"], "state = 'claimed'")


def _index(name: str, columns: list[str], where: str) -> None:
    op.create_index(name, "queue_slots", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
