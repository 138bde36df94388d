"""The ledger's tables of people's work: who may do what, rubrics, samples, the queue, labels, and what was done."""

import sqlalchemy as sa

from storage.ledger_tables import Utc, metadata

_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")  # SQLite counts up by itself only in INTEGER keys
ROLES = ("reviewer", "product_owner", "engineer", "admin", "none")
"""`none` takes every right away; the newest change of a person holds."""


def _index_of(rows: str, name: str, *columns: str, unique: bool = False) -> sa.Index:
    """An index over the rows that meet the condition `rows`."""
    return sa.Index(name, *columns, unique=unique, sqlite_where=sa.text(rows), postgresql_where=sa.text(rows))


people = sa.Table(
    "people",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("login", sa.Text),  # what the identity provider or the proxy calls them
    sa.Column("added_at", Utc, nullable=False),
    sa.Column("added_by", sa.Text, nullable=False),
    sa.UniqueConstraint("login", name="uq_people_login"),
)

role_changes = sa.Table(
    "role_changes",
    metadata,
    sa.Column("id", _BIG, primary_key=True),
    sa.Column("person", sa.Text, sa.ForeignKey("people.name"), nullable=False, index=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.CheckConstraint(f"role in {ROLES}", "role"),
)

rubrics = sa.Table(
    "rubrics",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("definition", sa.JSON, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
)

plans = sa.Table(
    "plans",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("definition", sa.JSON, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
)

samples = sa.Table(
    "samples",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),  # plan and week, for example weekly-2026-W46
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("plan", sa.Text, nullable=False),
    sa.Column("definition", sa.JSON, nullable=False),  # the plan as it was when drawn
    sa.Column("rubric", sa.Text, nullable=False),
    sa.Column("rubric_version", sa.Integer, nullable=False),
    sa.Column("unit", sa.Text, nullable=False),
    sa.Column("week", sa.Text),  # ISO, 2026-W46
    sa.Column("since", Utc),
    sa.Column("until", Utc),
    sa.Column("seed", sa.BigInteger),
    sa.Column("frame_sequence", sa.BigInteger),  # last arrival that the frame included
    sa.Column("drawn_at", Utc, nullable=False),
    sa.Column("drawn_by", sa.Text, nullable=False),
    sa.CheckConstraint("source in ('drawn', 'imported')", "source"),
    sa.CheckConstraint("unit in ('trace', 'session', 'document')", "unit"),
    sa.CheckConstraint("source <> 'drawn' or (seed is not null and frame_sequence is not null)", "replayable"),
    sa.ForeignKeyConstraint(["rubric", "rubric_version"], ["rubrics.name", "rubrics.version"], "fk_samples_rubric"),
)

sample_strata = sa.Table(
    "sample_strata",
    metadata,
    sa.Column("sample", sa.Text, sa.ForeignKey("samples.id"), primary_key=True),
    sa.Column("stratum", sa.Text, primary_key=True),
    sa.Column("population", sa.BigInteger, nullable=False),  # N_h
    sa.Column("drawn", sa.BigInteger, nullable=False),  # n_h
    sa.Column("certainty", sa.Boolean, nullable=False),  # every unit of it is in the sample
    sa.CheckConstraint("drawn >= 0 and drawn <= population", "drawn"),
)

sample_items = sa.Table(
    "sample_items",
    metadata,
    sa.Column("id", _BIG, primary_key=True),
    sa.Column("sample", sa.Text, sa.ForeignKey("samples.id"), nullable=False),
    sa.Column("target", sa.Text, nullable=False),  # trace id, session id, or trace/span/rank of a document
    sa.Column("session", sa.Text),  # the cluster that the item belongs to
    sa.Column("stratum", sa.Text),
    sa.Column("probability", sa.Float),  # of inclusion; none for an item that somebody picked
    sa.Column("hand_picked", sa.Boolean, nullable=False),
    sa.Column("copies", sa.Integer, nullable=False),  # how many different people are to label it
    sa.Column("added_at", Utc, nullable=False),
    sa.Column("added_by", sa.Text, nullable=False),
    sa.UniqueConstraint("sample", "target", name="uq_sample_items_target"),
    sa.CheckConstraint("hand_picked = (probability is null)", "probability"),
    sa.CheckConstraint("probability is null or (probability > 0 and probability <= 1)", "share"),
    sa.Index("ix_sample_items_target", "target"),
)

queue_slots = sa.Table(
    "queue_slots",
    metadata,
    sa.Column("id", _BIG, primary_key=True),
    sa.Column("sample", sa.Text, sa.ForeignKey("samples.id"), nullable=False),
    sa.Column("item", _BIG, sa.ForeignKey("sample_items.id"), nullable=False),
    sa.Column("copy", sa.Integer, nullable=False),  # 0, 1 for an overlap; from 100 for the same person again
    sa.Column("shuffle", sa.Integer, nullable=False),  # random, 0 .. 2^31 - 1: the order of handing out
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("reserved_for", sa.Text),  # self-consistency: the one person who gets it again
    sa.Column("open_from", Utc),
    sa.Column("assignment", sa.Text),
    sa.Column("reviewer", sa.Text),
    sa.Column("lease_until", Utc),
    sa.UniqueConstraint("item", "copy", name="uq_queue_slots_copy"),
    sa.UniqueConstraint("assignment", name="uq_queue_slots_assignment"),
    sa.CheckConstraint("state in ('open', 'claimed', 'done')", "state"),
    sa.CheckConstraint("(state = 'open') = (reviewer is null)", "holder"),
    sa.CheckConstraint("(state = 'claimed') = (lease_until is not null)", "lease"),
    sa.Index("ix_queue_slots_lease", "state", "lease_until"),
    _index_of("reserved_for is null", "ix_queue_slots_next", "sample", "state", "shuffle"),
    _index_of("reserved_for is not null and state = 'open'", "ix_queue_slots_again", "reserved_for", "open_from"),
    _index_of("state = 'claimed'", "ix_queue_slots_held", "reviewer"),
    _index_of("reviewer is not null and reserved_for is null", "ux_queue_slots_person", "item", "reviewer",
              unique=True),
)  # fmt: skip

assignments = sa.Table(
    "assignments",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("slot", _BIG, sa.ForeignKey("queue_slots.id"), nullable=False),
    sa.Column("item", _BIG, sa.ForeignKey("sample_items.id"), nullable=False),
    sa.Column("reviewer", sa.Text, nullable=False),
    sa.Column("claimed_at", Utc, nullable=False),
    sa.Index("ix_assignments_item", "item", "reviewer"),
    sa.Index("ix_assignments_reviewer", "reviewer", "claimed_at"),
)

assignment_ends = sa.Table(
    "assignment_ends",
    metadata,
    sa.Column("assignment", sa.Text, sa.ForeignKey("assignments.id"), primary_key=True),
    sa.Column("how", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),  # scrubbed
    sa.Column("at", Utc, nullable=False),
    sa.CheckConstraint("how in ('submitted', 'skipped', 'returned', 'expired')", "how"),
)

drafts = sa.Table(
    "drafts",
    metadata,
    sa.Column("assignment", sa.Text, sa.ForeignKey("assignments.id"), primary_key=True),
    sa.Column("content", sa.JSON, nullable=False),  # scrubbed
    sa.Column("saved_at", Utc, nullable=False),
)

submissions = sa.Table(
    "submissions",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("assignment", sa.Text, sa.ForeignKey("assignments.id")),  # none when imported
    sa.Column("item", _BIG, sa.ForeignKey("sample_items.id"), nullable=False),
    sa.Column("reviewer", sa.Text, nullable=False),
    sa.Column("rubric", sa.Text, nullable=False),
    sa.Column("rubric_version", sa.Integer, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("active_seconds", sa.Float),  # idle time left out
    sa.Column("comment", sa.Text),  # scrubbed
    sa.Column("corrected", sa.Text),  # the answer as it should have been, scrubbed
    sa.Column("correction", sa.Text),  # unified diff from the answer to `corrected`
    sa.Column("blind", sa.Boolean, nullable=False),
    sa.Column("again", sa.Boolean, nullable=False),  # the same person's second look, for self-consistency
    sa.ForeignKeyConstraint(["rubric", "rubric_version"], ["rubrics.name", "rubrics.version"], "fk_submissions_rubric"),
    sa.UniqueConstraint("assignment", name="uq_submissions_assignment"),
    sa.CheckConstraint("active_seconds is null or active_seconds >= 0", "seconds"),
    sa.Index("ix_submissions_item", "item"),
    sa.Index("ix_submissions_reviewer", "reviewer", "at"),
)

withdrawals = sa.Table(
    "withdrawals",
    metadata,
    sa.Column("submission", sa.Text, sa.ForeignKey("submissions.id"), primary_key=True),
    sa.Column("at", Utc, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
)

labels = sa.Table(
    "labels",
    metadata,
    sa.Column("submission", sa.Text, sa.ForeignKey("submissions.id"), primary_key=True),
    sa.Column("criterion", sa.Text, primary_key=True),
    sa.Column("value", sa.Text),  # yes, no, a whole number, a category, a JSON list of categories, scrubbed text
    sa.Column("cannot_tell", sa.Boolean, nullable=False),
    sa.CheckConstraint("cannot_tell = (value is null)", "value"),
)

adjudications = sa.Table(
    "adjudications",
    metadata,
    sa.Column("id", _BIG, primary_key=True),
    sa.Column("item", _BIG, sa.ForeignKey("sample_items.id"), nullable=False, index=True),
    sa.Column("criterion", sa.Text, nullable=False),
    sa.Column("value", sa.Text),
    sa.Column("cannot_tell", sa.Boolean, nullable=False),
    sa.Column("note", sa.Text),  # scrubbed
    sa.Column("at", Utc, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("supersedes", _BIG, sa.ForeignKey("adjudications.id")),
    sa.CheckConstraint("cannot_tell = (value is null)", "value"),
)

audit_log = sa.Table(
    "audit_log",
    metadata,
    sa.Column("id", _BIG, primary_key=True),
    sa.Column("at", Utc, nullable=False, index=True),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False, index=True),  # sample.drawn, label.submitted, role.changed ...
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("detail", sa.JSON, nullable=False),
)

gate_decisions = sa.Table(
    "gate_decisions",
    metadata,
    sa.Column("id", _BIG, primary_key=True),
    sa.Column("at", Utc, nullable=False, index=True),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("rubric", sa.Text, nullable=False),
    sa.Column("rubric_version", sa.Integer, nullable=False),
    sa.Column("criterion", sa.Text, nullable=False),
    sa.Column("candidate", sa.Text, nullable=False),
    sa.Column("baseline", sa.Text, nullable=False),
    sa.Column("judge", sa.Text),  # none: people alone
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("evidence", sa.JSON, nullable=False),  # figures, thresholds, weeks, samples
    sa.CheckConstraint("outcome in ('pass', 'fail', 'not_enough_evidence')", "outcome"),
    sa.ForeignKeyConstraint(["rubric", "rubric_version"], ["rubrics.name", "rubrics.version"], "fk_gate_rubric"),
)

held_out_splits = sa.Table(
    "held_out_splits",
    metadata,
    sa.Column("rubric", sa.Text, primary_key=True),  # of every version: a new one must not leak what was kept back
    sa.Column("criterion", sa.Text, primary_key=True),
    sa.Column("seed", sa.BigInteger, nullable=False),
    sa.Column("share", sa.Float, nullable=False),  # of the conversations, held out
    sa.Column("at", Utc, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.CheckConstraint("share > 0 and share < 1", "share"),
)

example_exports = sa.Table(
    "example_exports",
    metadata,
    sa.Column("id", _BIG, primary_key=True),
    sa.Column("at", Utc, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("rubric", sa.Text, nullable=False),
    sa.Column("rubric_version", sa.Integer, nullable=False),
    sa.Column("criterion", sa.Text, nullable=False),
    sa.Column("judge", sa.Text, nullable=False),  # its name alone: its next versions may have seen the examples
    sa.Column("spared", sa.JSON, nullable=False),  # versions that had scored before, so have not
    sa.ForeignKeyConstraint(
        ["rubric", "rubric_version"], ["rubrics.name", "rubrics.version"], "fk_example_exports_rubric"
    ),
    sa.Index("ix_example_exports_judge", "judge"),
)

shown_examples = sa.Table(
    "shown_examples",
    metadata,
    sa.Column("export", _BIG, sa.ForeignKey("example_exports.id"), primary_key=True),
    sa.Column("item", sa.Text, primary_key=True),
    sa.Column("written", sa.Boolean, nullable=False),  # an example; the others are those that it was chosen from
)

anchor_sets = sa.Table(
    "anchor_sets",
    metadata,
    sa.Column("id", _BIG, primary_key=True),
    sa.Column("at", Utc, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("rubric", sa.Text, nullable=False),
    sa.Column("rubric_version", sa.Integer, nullable=False),
    sa.Column("criterion", sa.Text, nullable=False),
    sa.Column("seed", sa.BigInteger, nullable=False),
    sa.ForeignKeyConstraint(["rubric", "rubric_version"], ["rubrics.name", "rubrics.version"], "fk_anchor_sets_rubric"),
)

anchor_items = sa.Table(
    "anchor_items",
    metadata,
    sa.Column("anchor_set", _BIG, sa.ForeignKey("anchor_sets.id"), primary_key=True),
    sa.Column("item", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),  # the answer that stood when the set was frozen
)
