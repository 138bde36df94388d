"""SQLite's own locks are kept, whatever else the process does with the file; a log that was cut holds nothing."""

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from storage.ledger import Ledger
from storage.ledger_database import Database
from storage.ledger_tables import about
from storage.sqlite_files import make_private_file
from tests.storage.writers import ROOT

_VISIT = """
import sys
from storage.ledger import Ledger
ledger = Ledger(sys.argv[1])
ledger.set_about("visitor", "was here")
print(ledger.about("first"), ledger.about("second"))
ledger.close()
"""


def _visited(url: str) -> str:
    done = subprocess.run([sys.executable, "-c", _VISIT, url], cwd=ROOT, capture_output=True, text=True, check=True,
                          timeout=60)  # fmt: skip
    return done.stdout.strip()


def test_a_ledger_that_is_opened_twice_by_one_process_loses_nothing_to_another(tmp_path: Path) -> None:
    """The other one ended as the last, as it thought, and took the log away that the first went on writing."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    with closing(Ledger(url)) as ledger:
        ledger.set_about("first", "1")
        Database(url).close()
        assert _visited(url) == "1 None"
        ledger.set_about("second", "2")
        assert _visited(url) == "1 2"
        assert ledger.about("visitor") == "was here"


def test_a_new_file_is_its_owners_alone_and_one_that_is_there_is_left(tmp_path: Path) -> None:
    path = tmp_path / "file"
    make_private_file(path)
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_text("kept")
    make_private_file(path)
    assert path.read_text() == "kept"


@pytest.mark.parametrize("gone", ["deleted", "changed"])
def test_what_was_deleted_or_changed_is_in_no_byte_after_shrinking(tmp_path: Path, gone: str) -> None:
    database = Database(f"sqlite:///{tmp_path / 'ledger.db'}")
    with closing(database):
        with database.writing() as connection:
            rows = [{"key": f"k{n}", "value": f"zqcanary{n} " * 100} for n in range(200)]
            connection.execute(sa.insert(about), rows)
        with database.writing() as connection:
            if gone == "deleted":
                connection.execute(sa.delete(about).where(about.c.key == "k77"))
            else:
                connection.execute(sa.update(about).where(about.c.key == "k77").values(value="short"))
        assert database.shrink([about])
        files = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.name.endswith(("-wal", "-shm")))
    files += (tmp_path / "ledger.db").read_bytes()
    assert b"zqcanary77 " not in files
    assert b"zqcanary78 " in files
