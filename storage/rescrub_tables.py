"""The ledger's table of re-verifications: what was looked at by which rules, what was found, and what is half done."""

import sqlalchemy as sa

from storage.ledger_tables import Utc, metadata

_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
STATES = ("started", "following", "done")
"""`following`: the lake is rewritten, warehouse and words are not yet."""

rescrubs = sa.Table(
    "rescrubs",
    metadata,
    sa.Column("id", _BIG, primary_key=True),
    sa.Column("started_at", Utc, nullable=False, index=True),
    sa.Column("finished_at", Utc),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("version", sa.Text, nullable=False),  # rules and policy that looked
    sa.Column("asked", sa.JSON, nullable=False),  # app, since, sample, seed, dry_run
    sa.Column("found", sa.JSON, nullable=False),  # counts and the measured rate; never content
    sa.Column("verified", sa.JSON, nullable=False),  # ranges of sequence numbers that these rules have read
    sa.Column("intent", sa.JSON(none_as_null=True)),  # ids of traces and scores whose texts change
    sa.CheckConstraint(f"state in {STATES}", "state"),
    sa.CheckConstraint("(state = 'done') = (finished_at is not null)", "finished"),
    sa.CheckConstraint("state <> 'done' or intent is null", "intent"),
)
