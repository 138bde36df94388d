"""An empty ledger on each kind of database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.ledger_database import Database
from tests.storage.databases import KINDS
from tests.storage.databases import database as database_url


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A ledger that was just made; SQLite, and PostgreSQL where one answers."""
    for url in database_url(request.param, tmp_path):
        opened = Database(url)
        yield opened
        opened.close()
