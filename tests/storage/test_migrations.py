"""The migrations make, from nothing, exactly the tables that the code uses."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import storage
import storage.rescrub_tables
import storage.review_tables
import storage.rights_tables
import storage.traffic_tables
from errors import StoreFailed
from storage.ledger import Ledger
from storage.ledger_tables import REVISION, metadata
from tests.storage.databases import KINDS, database


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    yield from database(request.param, tmp_path)


@pytest.fixture
def engine(url: str) -> Iterator[sa.Engine]:
    Ledger(url).close()
    opened = sa.create_engine(url)
    yield opened
    opened.dispose()


def test_models_and_migrations_agree(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_checks_are_in_the_database_not_only_in_the_code(engine: sa.Engine) -> None:
    expected = {
        str(check.name)
        for table in metadata.tables.values()
        for check in table.constraints
        if isinstance(check, sa.CheckConstraint)
    }
    seen = sa.inspect(engine)
    there = {check["name"] for table in metadata.tables for check in seen.get_check_constraints(table)}
    assert there == expected


def test_the_newest_migration_is_the_revision_that_the_code_expects() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(storage.__file__).parent / "migrations"))
    assert ScriptDirectory.from_config(config).get_current_head() == REVISION


def test_opening_again_changes_nothing(url: str) -> None:
    first = Ledger(url)
    first.set_about("a", "b")
    first.close()
    second = Ledger(url)
    assert second.about("a") == "b"
    second.close()


def test_a_ledger_of_a_later_version_is_refused_with_what_to_do(engine: sa.Engine, url: str) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text("update alembic_version set version_num = '9999'"))
    with pytest.raises(StoreFailed, match="update this one"):
        Ledger(url)
