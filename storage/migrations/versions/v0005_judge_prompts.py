"""What a judge's prompt may learn from: items held out, examples taken out, and the frozen set that is judged again."""

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | None = None
depends_on: str | None = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "held_out_splits",
        sa.Column("rubric", sa.Text(), nullable=False),
        sa.Column("criterion", sa.Text(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("share", sa.Float(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.CheckConstraint("share > 0 and share < 1", name=op.f("ck_held_out_splits_share")),
        sa.PrimaryKeyConstraint("rubric", "criterion", name=op.f("pk_held_out_splits")),
    )
    op.create_table(
        "example_exports",
        *_about(),
        sa.Column("judge", sa.Text(), nullable=False),
        sa.Column("spared", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["rubric", "rubric_version"], ["rubrics.name", "rubrics.version"], name="fk_example_exports_rubric"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_example_exports")),
    )
    op.create_index("ix_example_exports_judge", "example_exports", ["judge"], unique=False)
    op.create_table(
        "shown_examples",
        sa.Column("export", _NUMBER, nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("written", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["export"], ["example_exports.id"], name=op.f("fk_shown_examples_export")),
        sa.PrimaryKeyConstraint("export", "item", name=op.f("pk_shown_examples")),
    )
    op.create_table(
        "anchor_sets",
        *_about(),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["rubric", "rubric_version"], ["rubrics.name", "rubrics.version"], name="fk_anchor_sets_rubric"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_anchor_sets")),
    )
    op.create_table(
        "anchor_items",
        sa.Column("anchor_set", _NUMBER, nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["anchor_set"], ["anchor_sets.id"], name=op.f("fk_anchor_items_anchor_set")),
        sa.PrimaryKeyConstraint("anchor_set", "item", name=op.f("pk_anchor_items")),
    )
    for table in ("held_out_splits", "example_exports", "shown_examples", "anchor_sets", "anchor_items"):
        _refuse_changes(table)


def _about() -> list[sa.Column[object]]:
    """Number, when, by whom, and of which criterion."""
    return [
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("rubric", sa.Text(), nullable=False),
        sa.Column("rubric_version", sa.Integer(), nullable=False),
        sa.Column("criterion", sa.Text(), nullable=False),
    ]


def _refuse_changes(table: str) -> None:
    """Let the database itself refuse to change what a judge's grade rests on."""
    refusal = f"{table} is only added to"
    if op.get_bind().dialect.name == "sqlite":
        for what in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{what.lower()} BEFORE {what} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_is_only_added_to() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{refusal}'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"EXECUTE FUNCTION {table}_is_only_added_to()"
    )
