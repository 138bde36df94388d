"""What is logged of an error never says what it is about."""

import logging
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ingest.receive.boundary import place_of
from tests.receive.served import ROOT

_LOGS_AN_ERROR = """
import logging
from ingest.receive.boundary import log_places_only
log_places_only()
logging.basicConfig()
try:
    int("Mr. Zebrafish")
except ValueError:
    logging.getLogger("anybody").exception("it failed for %s", "a reason")
"""


def test_a_place_names_the_type_and_the_line_and_not_the_value() -> None:
    with pytest.raises(ValueError, match="Zebrafish") as caught:
        int("Mr. Zebrafish")
    said = place_of(caught.value)
    assert said.startswith("ValueError at receive/test_boundary.py:")
    assert "Zebrafish" not in said


def test_no_logger_of_the_process_writes_an_exceptions_message() -> None:
    done = subprocess.run([sys.executable, "-c", _LOGS_AN_ERROR], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "it failed for a reason: ValueError at <string>:7" in done.stderr
    assert "Zebrafish" not in done.stderr
    assert logging.getLogRecordFactory() is logging.LogRecord


_CRASHES = """
import os, sys
sys.argv = ["benchbook", "--help"]
import cli
cli._leave = lambda code: os.abort()
cli.main()
"""


@pytest.mark.skipif(shutil.which("prlimit") is None, reason="prlimit is not installed")
def test_a_command_that_crashes_leaves_no_image_of_its_memory(tmp_path: Path) -> None:
    most = resource.getrlimit(resource.RLIMIT_CORE)[1]
    if most == 0:  # also where another test switched them off for this process
        pytest.skip("core dumps cannot be switched on here")
    limit = "unlimited" if most == resource.RLIM_INFINITY else str(most)

    def crashed(program: str) -> list[Path]:
        command = ["prlimit", f"--core={limit}", sys.executable, "-c", program]
        done = subprocess.run(command, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)},
                              capture_output=True, check=False)  # fmt: skip
        assert done.returncode < 0
        return list(tmp_path.glob("core*"))

    assert crashed(_CRASHES) == []
    if Path("/proc/sys/kernel/core_pattern").read_text().strip() == "core":
        assert crashed("import os; os.abort()")  # the control: others do leave one
