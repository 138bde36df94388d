"""The ledger's tables of what is said about traffic: deployments and alerts."""

import sqlalchemy as sa

from storage.ledger_tables import Utc, metadata

deployments = sa.Table(
    "deployments",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("at", Utc, nullable=False, index=True),
    sa.Column("app", sa.Text),  # none: all apps
    sa.Column("changed", sa.JSON, nullable=False),  # kind of version to what it is from then on
    sa.Column("note", sa.Text, nullable=False),  # scrubbed
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("registered_at", Utc, nullable=False),
    sa.Column("committed_at", Utc),  # of its oldest change, where the pipeline says so
)

alert_events = sa.Table(
    "alert_events",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("rule", sa.Text, nullable=False),
    sa.Column("series", sa.Text, nullable=False),  # step and value, as `benchbook changes` names them
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False, index=True),  # of the evaluation, or of what somebody did
    sa.Column("recorded_at", Utc, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("evidence", sa.JSON, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),  # scrubbed
    sa.Column("until", Utc),  # of a snooze
    sa.CheckConstraint("event in ('opened', 'changed', 'closed', 'acknowledged', 'snoozed')", "event"),
)

alert_looks = sa.Table(
    "alert_looks",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("at", Utc, nullable=False, index=True),  # the end of the windows that were looked at
    sa.Column("recorded_at", Utc, nullable=False),
    sa.Column("spans_until", sa.BigInteger, nullable=False),  # ingest sequence number
    sa.Column("open", sa.Integer, nullable=False),  # alerts before
    sa.Column("events", sa.Integer, nullable=False),
)

alert_deliveries = sa.Table(
    "alert_deliveries",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("event", sa.ForeignKey("alert_events.id"), nullable=False, index=True),
    sa.Column("at", Utc, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("status", sa.Integer),  # of the answer; none where nobody answered
    sa.Column("reason", sa.Text, nullable=False),
    sa.CheckConstraint("outcome in ('delivered', 'failed')", "outcome"),
)
