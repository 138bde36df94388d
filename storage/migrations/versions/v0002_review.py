"""People and their work: roles, rubrics, samples, the queue, labels, adjudications, and the audit log."""

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | None = None
depends_on: str | None = None

_REFUSAL = "the audit log is only added to"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

    op.create_table(
        "audit_log",
        sa.Column("id", number, nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_log")),
    )
    op.create_index(op.f("ix_audit_log_action"), "audit_log", ["action"], unique=False)
    op.create_index(op.f("ix_audit_log_at"), "audit_log", ["at"], unique=False)
    op.create_table(
        "people",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("login", sa.Text(), nullable=True),
        sa.Column("added_at", moment, nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_people")),
        sa.UniqueConstraint("login", name="uq_people_login"),
    )
    op.create_table(
        "plans",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", "version", name=op.f("pk_plans")),
    )
    op.create_table(
        "rubrics",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", "version", name=op.f("pk_rubrics")),
    )
    op.create_table(
        "role_changes",
        sa.Column("id", number, nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "role in ('reviewer', 'product_owner', 'engineer', 'admin', 'none')", name=op.f("ck_role_changes_role")
        ),
        sa.ForeignKeyConstraint(["person"], ["people.name"], name=op.f("fk_role_changes_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_changes")),
    )
    op.create_index(op.f("ix_role_changes_person"), "role_changes", ["person"], unique=False)
    op.create_table(
        "samples",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.Column("rubric", sa.Text(), nullable=False),
        sa.Column("rubric_version", sa.Integer(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("week", sa.Text(), nullable=True),
        sa.Column("since", moment, nullable=True),
        sa.Column("until", moment, nullable=True),
        sa.Column("seed", sa.BigInteger(), nullable=True),
        sa.Column("frame_sequence", sa.BigInteger(), nullable=True),
        sa.Column("drawn_at", moment, nullable=False),
        sa.Column("drawn_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "source <> 'drawn' or (seed is not null and frame_sequence is not null)", name=op.f("ck_samples_replayable")
        ),
        sa.CheckConstraint("source in ('drawn', 'imported')", name=op.f("ck_samples_source")),
        sa.CheckConstraint("unit in ('trace', 'session', 'document')", name=op.f("ck_samples_unit")),
        sa.ForeignKeyConstraint(
            ["rubric", "rubric_version"], ["rubrics.name", "rubrics.version"], name="fk_samples_rubric"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_samples")),
    )
    op.create_table(
        "sample_items",
        sa.Column("id", number, nullable=False),
        sa.Column("sample", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("session", sa.Text(), nullable=True),
        sa.Column("stratum", sa.Text(), nullable=True),
        sa.Column("probability", sa.Float(), nullable=True),
        sa.Column("hand_picked", sa.Boolean(), nullable=False),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("added_at", moment, nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.CheckConstraint("hand_picked = (probability is null)", name=op.f("ck_sample_items_probability")),
        sa.CheckConstraint(
            "probability is null or (probability > 0 and probability <= 1)", name=op.f("ck_sample_items_share")
        ),
        sa.ForeignKeyConstraint(["sample"], ["samples.id"], name=op.f("fk_sample_items_sample")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sample_items")),
        sa.UniqueConstraint("sample", "target", name="uq_sample_items_target"),
    )
    op.create_index("ix_sample_items_target", "sample_items", ["target"], unique=False)
    op.create_table(
        "sample_strata",
        sa.Column("sample", sa.Text(), nullable=False),
        sa.Column("stratum", sa.Text(), nullable=False),
        sa.Column("population", sa.BigInteger(), nullable=False),
        sa.Column("drawn", sa.BigInteger(), nullable=False),
        sa.Column("certainty", sa.Boolean(), nullable=False),
        sa.CheckConstraint("drawn >= 0 and drawn <= population", name=op.f("ck_sample_strata_drawn")),
        sa.ForeignKeyConstraint(["sample"], ["samples.id"], name=op.f("fk_sample_strata_sample")),
        sa.PrimaryKeyConstraint("sample", "stratum", name=op.f("pk_sample_strata")),
    )
    op.create_table(
        "adjudications",
        sa.Column("id", number, nullable=False),
        sa.Column("item", number, nullable=False),
        sa.Column("criterion", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("cannot_tell", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("at", moment, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("supersedes", number, nullable=True),
        sa.CheckConstraint("cannot_tell = (value is null)", name=op.f("ck_adjudications_value")),
        sa.ForeignKeyConstraint(["item"], ["sample_items.id"], name=op.f("fk_adjudications_item")),
        sa.ForeignKeyConstraint(["supersedes"], ["adjudications.id"], name=op.f("fk_adjudications_supersedes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adjudications")),
    )
    op.create_index(op.f("ix_adjudications_item"), "adjudications", ["item"], unique=False)
    op.create_table(
        "queue_slots",
        sa.Column("id", number, nullable=False),
        sa.Column("sample", sa.Text(), nullable=False),
        sa.Column("item", number, nullable=False),
        sa.Column("copy", sa.Integer(), nullable=False),
        sa.Column("shuffle", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reserved_for", sa.Text(), nullable=True),
        sa.Column("open_from", moment, nullable=True),
        sa.Column("assignment", sa.Text(), nullable=True),
        sa.Column("reviewer", sa.Text(), nullable=True),
        sa.Column("lease_until", moment, nullable=True),
        sa.CheckConstraint("(state = 'claimed') = (lease_until is not null)", name=op.f("ck_queue_slots_lease")),
        sa.CheckConstraint("(state = 'open') = (reviewer is null)", name=op.f("ck_queue_slots_holder")),
        sa.CheckConstraint("state in ('open', 'claimed', 'done')", name=op.f("ck_queue_slots_state")),
        sa.ForeignKeyConstraint(["item"], ["sample_items.id"], name=op.f("fk_queue_slots_item")),
        sa.ForeignKeyConstraint(["sample"], ["samples.id"], name=op.f("fk_queue_slots_sample")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queue_slots")),
        sa.UniqueConstraint("assignment", name="uq_queue_slots_assignment"),
        sa.UniqueConstraint("item", "copy", name="uq_queue_slots_copy"),
    )
    op.create_index("ix_queue_slots_lease", "queue_slots", ["state", "lease_until"], unique=False)
    op.create_index("ix_queue_slots_next", "queue_slots", ["sample", "state", "shuffle"], unique=False)
    op.create_index(
        "ux_queue_slots_person",
        "queue_slots",
        ["item", "reviewer"],
        unique=True,
        sqlite_where=sa.text("reviewer is not null and reserved_for is null"),
        postgresql_where=sa.text("reviewer is not null and reserved_for is null"),
    )
    op.create_table(
        "assignments",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("slot", number, nullable=False),
        sa.Column("item", number, nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("claimed_at", moment, nullable=False),
        sa.ForeignKeyConstraint(["item"], ["sample_items.id"], name=op.f("fk_assignments_item")),
        sa.ForeignKeyConstraint(["slot"], ["queue_slots.id"], name=op.f("fk_assignments_slot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignments")),
    )
    op.create_index("ix_assignments_item", "assignments", ["item", "reviewer"], unique=False)
    op.create_index("ix_assignments_reviewer", "assignments", ["reviewer", "claimed_at"], unique=False)
    op.create_table(
        "assignment_ends",
        sa.Column("assignment", sa.Text(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("at", moment, nullable=False),
        sa.CheckConstraint(
            "how in ('submitted', 'skipped', 'returned', 'expired')", name=op.f("ck_assignment_ends_how")
        ),
        sa.ForeignKeyConstraint(["assignment"], ["assignments.id"], name=op.f("fk_assignment_ends_assignment")),
        sa.PrimaryKeyConstraint("assignment", name=op.f("pk_assignment_ends")),
    )
    op.create_table(
        "drafts",
        sa.Column("assignment", sa.Text(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("saved_at", moment, nullable=False),
        sa.ForeignKeyConstraint(["assignment"], ["assignments.id"], name=op.f("fk_drafts_assignment")),
        sa.PrimaryKeyConstraint("assignment", name=op.f("pk_drafts")),
    )
    op.create_table(
        "submissions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("assignment", sa.Text(), nullable=True),
        sa.Column("item", number, nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("rubric", sa.Text(), nullable=False),
        sa.Column("rubric_version", sa.Integer(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("active_seconds", sa.Float(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("corrected", sa.Text(), nullable=True),
        sa.Column("correction", sa.Text(), nullable=True),
        sa.Column("blind", sa.Boolean(), nullable=False),
        sa.Column("again", sa.Boolean(), nullable=False),
        sa.CheckConstraint("active_seconds is null or active_seconds >= 0", name=op.f("ck_submissions_seconds")),
        sa.ForeignKeyConstraint(["assignment"], ["assignments.id"], name=op.f("fk_submissions_assignment")),
        sa.ForeignKeyConstraint(["item"], ["sample_items.id"], name=op.f("fk_submissions_item")),
        sa.ForeignKeyConstraint(
            ["rubric", "rubric_version"], ["rubrics.name", "rubrics.version"], name="fk_submissions_rubric"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submissions")),
        sa.UniqueConstraint("assignment", name="uq_submissions_assignment"),
    )
    op.create_index("ix_submissions_item", "submissions", ["item"], unique=False)
    op.create_index("ix_submissions_reviewer", "submissions", ["reviewer", "at"], unique=False)
    op.create_table(
        "labels",
        sa.Column("submission", sa.Text(), nullable=False),
        sa.Column("criterion", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("cannot_tell", sa.Boolean(), nullable=False),
        sa.CheckConstraint("cannot_tell = (value is null)", name=op.f("ck_labels_value")),
        sa.ForeignKeyConstraint(["submission"], ["submissions.id"], name=op.f("fk_labels_submission")),
        sa.PrimaryKeyConstraint("submission", "criterion", name=op.f("pk_labels")),
    )
    op.create_table(
        "withdrawals",
        sa.Column("submission", sa.Text(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["submission"], ["submissions.id"], name=op.f("fk_withdrawals_submission")),
        sa.PrimaryKeyConstraint("submission", name=op.f("pk_withdrawals")),
    )

    _refuse_changes("audit_log")


def _refuse_changes(table: str) -> None:
    """Let the database itself refuse to change or delete what was logged."""
    if op.get_bind().dialect.name == "sqlite":
        for what in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{what.lower()} BEFORE {what} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_is_only_added_to() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"EXECUTE FUNCTION {table}_is_only_added_to()"
    )
