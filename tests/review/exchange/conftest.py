"""Taking labels into an empty ledger, with the scrubber loaded once."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from review.exchange.files import label_files
from review.exchange.imports import Import, Imported
from review.people import SHELL
from review.words import Words
from scrub import Policy
from storage.ledger_database import Database

KEY = b"k" * 32
NOW = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)

Take = Callable[..., Imported]


@pytest.fixture(scope="session")
def words() -> Words:
    """The scrubber of reviewers' words."""
    return Words(Policy(), KEY)


@pytest.fixture
def take(database: Database, words: Words) -> Take:
    """Import files into the ledger."""

    def import_(*paths: Path, rubric: str | None = None, by: str = SHELL) -> Imported:
        return Import(database, words, KEY, by, NOW, rubric).take(label_files(paths))

    return import_
