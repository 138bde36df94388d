"""Rights and retention: erasures, what may not come back, legal holds; only an erasure may change what was logged."""

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | None = None
depends_on: str | None = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_ERASING = "EXISTS (SELECT 1 FROM erasures WHERE state = 'started')"
_SHRINKING = ("anchor_items", "shown_examples")
"""Lists of items: those that are erased leave them."""


def upgrade() -> None:
    op.create_table(
        "erasures",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("intent", sa.JSON(), nullable=True),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("finished_at", _MOMENT, nullable=True),
        sa.CheckConstraint("kind in ('trace', 'session', 'user', 'retention')", name=op.f("ck_erasures_kind")),
        sa.CheckConstraint("state in ('started', 'done')", name=op.f("ck_erasures_state")),
        sa.CheckConstraint("(state = 'started') = (finished_at is null)", name=op.f("ck_erasures_finished")),
        sa.CheckConstraint("state = 'started' or intent is null", name=op.f("ck_erasures_intent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
    )
    op.create_index(op.f("ix_erasures_asked_at"), "erasures", ["asked_at"], unique=False)
    op.create_table(
        "erased_ids",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("erasure", _NUMBER, nullable=False),
        sa.CheckConstraint("kind in ('trace', 'session')", name=op.f("ck_erased_ids_kind")),
        sa.ForeignKeyConstraint(["erasure"], ["erasures.id"], name=op.f("fk_erased_ids_erasure")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_erased_ids")),
    )
    op.create_index(op.f("ix_erased_ids_erasure"), "erased_ids", ["erasure"], unique=False)
    op.create_table(
        "erased_items",
        sa.Column("item", _NUMBER, nullable=False),
        sa.Column("erasure", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["item"], ["sample_items.id"], name=op.f("fk_erased_items_item")),
        sa.ForeignKeyConstraint(["erasure"], ["erasures.id"], name=op.f("fk_erased_items_erasure")),
        sa.PrimaryKeyConstraint("item", name=op.f("pk_erased_items")),
    )
    op.create_index(op.f("ix_erased_items_erasure"), "erased_items", ["erasure"], unique=False)
    op.create_table(
        "erased_units",
        sa.Column("erasure", _NUMBER, nullable=False),
        sa.Column("sample", sa.Text(), nullable=False),
        sa.Column("stratum", sa.Text(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("touched", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("units >= 0 and touched >= 0", name=op.f("ck_erased_units_units")),
        sa.ForeignKeyConstraint(["erasure"], ["erasures.id"], name=op.f("fk_erased_units_erasure")),
        sa.ForeignKeyConstraint(["sample"], ["samples.id"], name=op.f("fk_erased_units_sample")),
        sa.PrimaryKeyConstraint("erasure", "sample", "stratum", name=op.f("pk_erased_units")),
    )
    op.create_table(
        "holds",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("covers", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("kind in ('trace', 'session', 'user', 'app')", name=op.f("ck_holds_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
    )
    op.create_table(
        "hold_releases",
        sa.Column("hold", _NUMBER, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["hold"], ["holds.id"], name=op.f("fk_hold_releases_hold")),
        sa.PrimaryKeyConstraint("hold", name=op.f("pk_hold_releases")),
    )
    _let_erasures_change_what_was_logged()


def _let_erasures_change_what_was_logged() -> None:
    """While an erasure is under way, lines of the audit log may lose an id, and lists of items an item; never more."""
    if op.get_bind().dialect.name == "sqlite":
        _on_sqlite()
    else:
        _on_postgresql()


def _on_sqlite() -> None:
    same = " AND ".join(f'NEW."{name}" IS OLD."{name}"' for name in ("id", "at", "actor", "action"))
    op.execute("DROP TRIGGER audit_log_no_update")
    op.execute(
        f"CREATE TRIGGER audit_log_no_update BEFORE UPDATE ON audit_log WHEN NOT ({_ERASING} AND {same}) "
        "BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END"
    )
    for table in _SHRINKING:
        op.execute(f"DROP TRIGGER {table}_no_delete")
        op.execute(
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} WHEN NOT {_ERASING} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is only added to'); END"
        )


def _on_postgresql() -> None:
    same = " AND ".join(f'NEW."{name}" IS NOT DISTINCT FROM OLD."{name}"' for name in ("id", "at", "actor", "action"))
    op.execute("DROP TRIGGER audit_log_no_change ON audit_log")
    op.execute(
        "CREATE TRIGGER audit_log_no_change BEFORE DELETE OR TRUNCATE ON audit_log "
        "EXECUTE FUNCTION audit_log_is_only_added_to()"
    )
    op.execute(
        "CREATE FUNCTION audit_log_only_loses_ids() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF {_ERASING} AND {same} THEN RETURN NEW; END IF; "
        "RAISE EXCEPTION 'the audit log is only added to'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_log_no_update BEFORE UPDATE ON audit_log "
        "FOR EACH ROW EXECUTE FUNCTION audit_log_only_loses_ids()"
    )
    for table in _SHRINKING:
        op.execute(
            f"CREATE OR REPLACE FUNCTION {table}_is_only_added_to() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN IF TG_OP = 'DELETE' AND {_ERASING} THEN RETURN NULL; END IF; "
            f"RAISE EXCEPTION '{table} is only added to'; END $$"
        )
