"""A queue to label from."""

import pytest

from storage.ledger_database import Database
from tests.review.queues import drawn, reviewers


@pytest.fixture
def waiting(database: Database) -> Database:
    """Three items, and Ana and Ben who may label them."""
    drawn(database, items=3)
    reviewers(database, "Ana", "Ben")
    return database
