"""The ledger's tables of rights and retention: what was erased, what may not come back, and what must not go."""

import sqlalchemy as sa

from storage.ledger_tables import Utc, metadata

_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
KINDS = ("trace", "session", "user", "retention")
HELD_KINDS = ("trace", "session", "user", "app")

erasures = sa.Table(
    "erasures",
    metadata,
    sa.Column("id", _BIG, primary_key=True),
    sa.Column("asked_at", Utc, nullable=False, index=True),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),  # keyed hash of what was asked for; of retention its rule
    sa.Column("reason", sa.Text, nullable=False),  # scrubbed
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("intent", sa.JSON(none_as_null=True)),  # what is to go; gone itself once it is done
    sa.Column("counts", sa.JSON, nullable=False),
    sa.Column("finished_at", Utc),
    sa.CheckConstraint(f"kind in {KINDS}", "kind"),
    sa.CheckConstraint("state in ('started', 'done')", "state"),
    sa.CheckConstraint("(state = 'started') = (finished_at is null)", "finished"),
    sa.CheckConstraint("state = 'started' or intent is null", "intent"),
)


def erasures_done() -> sa.ScalarSelect[int]:
    """How many erasures are done, as a column: with each the ledger's rows may be others."""
    return sa.select(sa.func.count()).select_from(erasures).where(erasures.c.state == "done").scalar_subquery()


erased_ids = sa.Table(
    "erased_ids",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),  # keyed hash of a trace's or a session's id
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("erasure", _BIG, sa.ForeignKey("erasures.id"), nullable=False, index=True),
    sa.CheckConstraint("kind in ('trace', 'session')", "kind"),
)

erased_items = sa.Table(
    "erased_items",
    metadata,
    sa.Column("item", _BIG, sa.ForeignKey("sample_items.id"), primary_key=True),
    sa.Column("erasure", _BIG, sa.ForeignKey("erasures.id"), nullable=False, index=True),
)

erased_units = sa.Table(
    "erased_units",
    metadata,
    sa.Column("erasure", _BIG, sa.ForeignKey("erasures.id"), primary_key=True),
    sa.Column("sample", sa.Text, sa.ForeignKey("samples.id"), primary_key=True),
    sa.Column("stratum", sa.Text, primary_key=True),
    sa.Column("units", sa.BigInteger, nullable=False),  # of the stratum's population that were erased
    sa.Column("touched", sa.BigInteger, nullable=False),  # sessions that lost a trace and are still there
    sa.CheckConstraint("units >= 0 and touched >= 0", "units"),
)

holds = sa.Table(
    "holds",
    metadata,
    sa.Column("id", _BIG, primary_key=True),
    sa.Column("at", Utc, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),  # as it is shown: an id, the keyed hash of a person, an app
    sa.Column("covers", sa.JSON, nullable=False),  # all spellings of it in the lake: one hash for each key
    sa.Column("reason", sa.Text, nullable=False),  # scrubbed
    sa.CheckConstraint(f"kind in {HELD_KINDS}", "kind"),
)

hold_releases = sa.Table(
    "hold_releases",
    metadata,
    sa.Column("hold", _BIG, sa.ForeignKey("holds.id"), primary_key=True),
    sa.Column("at", Utc, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),  # scrubbed
)
