"""Opening the ledger's database: SQLite synced on every commit, or PostgreSQL; migrated before it is used."""

import math
import sqlite3
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, InvalidatePoolError, OperationalError, ProgrammingError, SQLAlchemyError

from errors import BenchbookError, StoreFailed, UsageError
from storage.ledger_tables import REVISION
from storage.sqlite_files import emptied_log, make_private_file
from storage.synced import make_folder
from storage.turns import turn

_BUSY_MS = 30_000
_ADVISORY_LOCK = 7_423_611_903  # any number, the same in every process that migrates
_CHECKED_BYTES = 256 * 2**20
"""Of a ledger that is looked through whenever it is opened: 1.4 ms for each million bytes."""
_RESTED_SECONDS = 1.0
_MOST_WRITERS = 8  # of the 15 connections of a process, so that a writer who also reads finds one
_write_locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)


class Database:
    """An engine with the rules of the ledger: readers never wait, writers do on SQLite, one after the other.

    SQLite's own busy wait is unfair, a writer waited 5.5 s beside nine others: so threads and processes take turns.
    """

    def __init__(self, url: str) -> None:
        self._engine = _engine(url)
        is_sqlite = self._engine.dialect.name == "sqlite"
        self._writers: AbstractContextManager[object] = (
            _write_locks[str(self._engine.url)] if is_sqlite else threading.BoundedSemaphore(_MOST_WRITERS)
        )
        try:
            with our_errors("being opened"):
                self._check()
                self._migrate()
        except BenchbookError:
            self.close()
            raise

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        with self._engine.connect() as connection:
            if connection.dialect.name == "postgresql":  # each statement sees the newest there either way
                connection.execution_options(isolation_level="AUTOCOMMIT")
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """One transaction, synced when the block is left; nothing is kept when it raises."""
        with self._writers, self._engine.connect() as plain, self._processes():
            connection = plain.execution_options(writes=True)
            with connection.begin():
                yield connection

    def _processes(self) -> AbstractContextManager[None]:
        at = self._engine.url
        if at.get_backend_name() != "sqlite":
            return nullcontext()
        return turn(Path(f"{at.database}.lock"), wait_seconds=_BUSY_MS / 1000)

    def close(self) -> None:
        self._engine.dispose()

    def shrink(self, tables: Iterable[sa.Table]) -> bool:
        """Write these tables anew (SQLite: all of it), so that nothing is left of rows that were deleted or changed.

        Whether that was done whole: a PostgreSQL account may lack the right, a reader may hold SQLite's log.
        """
        with our_errors("being written anew"), self._writers, self._processes(), self._engine.connect() as plain:
            if plain.dialect.name == "sqlite":
                raw = plain.connection.driver_connection
                assert isinstance(raw, sqlite3.Connection)  # noqa: S101  the driver's own type
                raw.execute("PRAGMA temp_store = MEMORY")
                raw.execute("VACUUM")
                return emptied_log(raw.execute)
            connection = plain.execution_options(isolation_level="AUTOCOMMIT")
            done = [_vacuumed(connection, table) for table in tables]  # every one, whatever became of another
            return all(done)

    def _check(self) -> None:
        """SQLite reads a damaged file as if rows were never there: so its pages are looked through first."""
        at = self._engine.url
        if at.get_backend_name() != "sqlite" or Path(str(at.database)).stat().st_size > _CHECKED_BYTES:
            return
        with self.reading() as connection:
            if connection.exec_driver_sql("PRAGMA quick_check(1)").scalar() != "ok":
                hint = f"the file {at.database} is damaged; restore it from a backup. Nothing was changed"
                raise StoreFailed("ledger", "being opened", hint)

    def _migrate(self) -> None:
        if self._revision() == REVISION:
            return
        with self.writing() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
            _upgrade(connection)

    def _revision(self) -> str | None:
        with self.reading() as connection:
            try:
                return connection.execute(sa.text("select version_num from alembic_version")).scalar()
            except (OperationalError, ProgrammingError):  # no such table
                return None


def _vacuumed(connection: sa.Connection, table: sa.Table) -> bool:
    name = connection.dialect.identifier_preparer.format_table(table)
    try:
        connection.execute(sa.text("SET lock_timeout = '30s'"))
        connection.execute(sa.text(f"VACUUM (FULL) {name}"))
    except (OperationalError, ProgrammingError):
        return False
    finally:
        connection.execute(sa.text("RESET lock_timeout"))
    return True


def _upgrade(connection: sa.Connection) -> None:
    from alembic import command  # half a second to load, needed once in a home's life
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        hint = "it was written by a later version of Benchbook; update this one"
        raise StoreFailed("ledger", "being opened", hint) from error


def _engine(url: str) -> sa.Engine:
    try:
        at = sa.make_url(url)
    except ArgumentError as error:  # its own message would quote the URL, password and all
        raise UsageError("the ledger's database URL is not a SQLAlchemy URL; see storage.database_url") from error
    if at.get_backend_name() == "postgresql":
        return _postgres(at.set(drivername="postgresql+psycopg"))
    if at.get_backend_name() == "sqlite" and at.database:
        return _sqlite(at, Path(at.database))
    raise UsageError("the ledger needs a sqlite:/// file or a postgresql:// URL; see storage.database_url")


def _postgres(at: sa.URL) -> sa.Engine:
    engine = sa.create_engine(at, hide_parameters=True)

    @sa.event.listens_for(engine, "checkin")
    def _rests(_connection: object, record: sa.pool.ConnectionPoolEntry) -> None:
        record.info["rests_since"] = time.monotonic()

    @sa.event.listens_for(engine, "checkout")
    def _is_alive(
        connection: sa.engine.interfaces.DBAPIConnection, record: sa.pool.ConnectionPoolEntry, _proxy: object
    ) -> None:
        # a server that was restarted closed what rested; asking each time would be one round trip of six
        if time.monotonic() - record.info.get("rests_since", math.inf) < _RESTED_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error

    return engine


def _sqlite(at: sa.URL, path: Path) -> sa.Engine:
    try:
        make_folder(path.parent)
        make_private_file(path)
    except OSError as error:
        raise StoreFailed("ledger", "being opened", error.strerror or type(error).__name__) from error
    engine = sa.create_engine(at, hide_parameters=True)

    @sa.event.listens_for(engine, "connect")
    def _set_up(connection: sa.engine.interfaces.DBAPIConnection, _record: object) -> None:
        connection.isolation_level = None  # transactions begin below, not by guess
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
        _log_ahead(cursor)
        for pragma in ("synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        # a transaction that reads first and writes later is refused at once when another wrote in between
        connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")

    return engine


def _log_ahead(cursor: sa.engine.interfaces.DBAPICursor) -> None:
    """Switch to a write-ahead log: of several who do so on a new file at once SQLite refuses some without waiting."""
    given_up_at = time.monotonic() + _BUSY_MS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            is_held = error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
            if not is_held or time.monotonic() > given_up_at:  # a full disk is told at once
                raise
            time.sleep(0.02)
        else:
            return


def take_turns(connection: sa.Connection, what: str) -> None:
    """Let writers of `what` wait for each other until this transaction ends (on SQLite all writers do so anyway)."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(f"benchbook {what}"))))


class Writes:
    """Inserts, updates and deletes of different rows, which PostgreSQL gets as one statement.

    Made once: making them costs more than running them. Their values are bound by name, and no name is a column's.
    """

    def __init__(self, *statements: sa.Insert | sa.Update | sa.Delete) -> None:
        self._one_by_one = statements
        named = [one.cte(f"write_{number}") for number, one in enumerate(statements)]
        self._at_once: sa.Select[Any] = sa.select(sa.literal_column("1")).add_cte(*named)

    def execute(self, connection: sa.Connection, given: Mapping[str, object]) -> None:
        """Run all of them."""
        for one in [self._at_once] if connection.dialect.name == "postgresql" else self._one_by_one:
            connection.execute(one, given)


@contextmanager
def our_errors(doing: str) -> Iterator[None]:
    """Errors of the engine as ours, without the statement: it may hold what was to be written."""
    try:
        yield
    except OperationalError as error:
        hint = "the database cannot be reached, is full, or is held by another; nothing was kept"
        raise StoreFailed("ledger", doing, hint) from error
    except SQLAlchemyError as error:
        raise StoreFailed("ledger", doing, f"{type(error).__name__}; nothing was kept") from error
    except UnicodeDecodeError:  # of SQLite's own words, which quote a schema that is damaged
        raise StoreFailed("ledger", doing, "its file is damaged; restore it from a backup") from None
