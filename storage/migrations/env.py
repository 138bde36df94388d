"""Alembic's entry: runs the migrations on the connection that `storage.ledger_database` hands over."""

from alembic import context

from storage import (  # noqa: F401 - they add their tables to the metadata
    rescrub_tables,
    review_tables,
    rights_tables,
    traffic_tables,
)
from storage.ledger_tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    transactional_ddl=True,  # SQLite can, and the caller holds the transaction
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
)
context.run_migrations()
