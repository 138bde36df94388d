"""The sample data in a home, taken in once per process; tests that write take a copy."""

import pytest

from tests.command_line.test_commands import ROOT, Shell
from tests.storage.homes import with_known_key


@pytest.fixture(scope="session")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A shell on a home that holds the sample data. For reading."""
    shell = Shell(tmp_path_factory.mktemp("bank"))
    with_known_key(shell.home)
    shell.json("ingest", str(ROOT / "sample_data"))
    return shell
