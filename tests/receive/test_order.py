"""200 comes after the data and the log entry are synced: read from the system calls of one request."""

import re
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.receive import otlp
from tests.receive.otlp import Spec
from tests.receive.served import Served, until

CALLS = "fsync,fdatasync,link,linkat,rename,renameat,renameat2,write,writev,sendto,sendmsg"


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace shows the system calls")
def test_an_answer_follows_the_syncs_of_data_and_log(another: Callable[..., Served], tmp_path: Path) -> None:
    app = another()
    assert app.post("/v1/traces", otlp.request(Spec("first makes the table"))).status_code == 200
    trace = tmp_path / "calls"
    assert app.process is not None
    command = ["strace", "-f", "-y", "-tt", "-s", "40", "-e", f"trace={CALLS}", "-o", str(trace), "-p"]
    with subprocess.Popen([*command, str(app.process.pid)], stderr=subprocess.PIPE, text=True) as strace:
        assert strace.stderr is not None
        if "attached" not in strace.stderr.readline():
            pytest.skip("this machine does not let processes be traced")
        time.sleep(1)
        assert app.post("/v1/traces", otlp.request(Spec("traced"))).status_code == 200
        assert until(lambda: '"HTTP/1.1 200' in trace.read_text(), seconds=10)
        strace.terminate()
    lines = trace.read_text().splitlines()
    lake = re.escape(str(app.home / "lake" / "spans"))
    order = [
        _first(lines, rf"f(data)?sync\(\d+<{lake}/[^>]*\.parquet"),
        _first(lines, rf"f(data)?sync\(\d+<{lake}>"),
        _first(lines, rf"f(data)?sync\(\d+<{lake}/_delta_log/[^>]*\.tmp"),
        _first(lines, rf"link(at)?\(.*{lake}/_delta_log/\d+\.json"),
        _first(lines, rf"f(data)?sync\(\d+<{lake}/_delta_log>"),
        _first(lines, r"\"HTTP/1\.1 200"),
    ]
    assert order == sorted(order), [lines[at] for at in order]


def _first(lines: list[str], pattern: str) -> int:
    for number, line in enumerate(lines):
        if re.search(pattern, line):
            return number
    raise AssertionError(f"no {pattern} in\n" + "\n".join(lines))
