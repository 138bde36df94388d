"""What is logged of an error never says what it is about."""

import logging
import subprocess
import sys

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
