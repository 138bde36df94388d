"""A back-test in a process of its own, of low priority: it takes a minute of processor time that visitors need."""

import datetime as dt
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from errors import BenchbookError, UsageError

LONGEST_SECONDS = 900.0
_NICENESS = 15
_running = threading.Lock()


def backtest_beside(
    cli: Path, home: Path, name: str, changed: Mapping[str, float], *, since: dt.datetime, until: dt.datetime
) -> dict[str, Any]:
    """What `benchbook watch --backtest --json` says of the rule `name` with `changed` keys.

    Raises `BenchbookError` when it says that something is wrong or takes too long, and while another one runs.
    """
    if not _running.acquire(blocking=False):
        raise UsageError("somebody's back-test is running; try again when it is over")
    try:
        return _answer(cli, home, name, changed, since=since, until=until)
    finally:
        _running.release()


def _answer(
    cli: Path, home: Path, name: str, changed: Mapping[str, float], *, since: dt.datetime, until: dt.datetime
) -> dict[str, Any]:
    spelt = "".join(f"{key} = {value}\n" for key, value in changed.items())
    with tempfile.TemporaryDirectory(dir=home, prefix="backtest-") as folder:
        rules = Path(folder) / "rules.toml"
        rules.write_text(f"[rules.{json.dumps(name)}]\n{spelt}")
        command = [sys.executable, str(cli), "watch", "--backtest", "--json", "--home", str(home)]
        command += ["--rules", str(rules), "--from", since.isoformat(), "--to", until.isoformat()]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
            if sys.platform == "linux":
                os.setpriority(os.PRIO_PROCESS, child.pid, _NICENESS)
            try:
                said, _ = child.communicate(timeout=LONGEST_SECONDS)
            except subprocess.TimeoutExpired as error:
                child.kill()
                raise UsageError("the back-test took too long; choose fewer days") from error
            except BaseException:  # the visitor left
                child.kill()
                raise
    try:
        value: dict[str, Any] = orjson.loads(said)
    except orjson.JSONDecodeError as error:
        raise BenchbookError("the back-test ended early; try `benchbook watch --backtest` in a shell") from error
    if "error" in value:
        raise UsageError(str(value["error"]))
    return value
