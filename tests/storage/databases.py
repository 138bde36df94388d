"""A ledger's database for a test: SQLite in a folder, or a schema of its own in PostgreSQL."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

POSTGRES = "postgresql+psycopg://127.0.0.1:5432/test"
KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


def database(kind: str, folder: Path) -> Iterator[str]:
    """URL of an empty database of this kind; it is gone afterwards."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'ledger.db'}"
        return
    schema = f"benchbook_{uuid.uuid4().hex}"
    engine = sa.create_engine(POSTGRES, connect_args={"connect_timeout": 3})
    try:
        with engine.begin() as connection:
            connection.execute(sa.text(f"create schema {schema}"))
    except OperationalError:
        pytest.skip("no PostgreSQL answers at 127.0.0.1:5432")
    try:
        yield f"{POSTGRES}?options=-csearch_path%3D{schema}"
    finally:
        with engine.begin() as connection:
            connection.execute(sa.text(f"drop schema {schema} cascade"))
        engine.dispose()
