"""What a body may cost a worker: time with its length, memory within a limit, rejects one by one up to a number."""

import gzip
import json
import random
import subprocess
import sys
import time
import zlib

import pytest

from errors import Malformed, TooLarge
from ingest.formats import otlp_json
from ingest.prepare import MOST_REJECTED
from ingest.receive.worker import decompressed
from ingest.values import MOST_VALUES, read_json
from tests.ingest.built import prepared
from tests.receive.served import ROOT

LIMIT = 2**20


@pytest.mark.parametrize("size", [0, 1, 4095, 4096, 4097, 100_000])
def test_what_was_compressed_comes_out(size: int) -> None:
    said = random.Random(size).randbytes(size)  # noqa: S311 - any bytes will do
    assert decompressed(gzip.compress(said, mtime=0) + gzip.compress(said, mtime=0), "gzip", LIMIT) == said + said
    assert decompressed(zlib.compress(said), "deflate", LIMIT) == said


def test_a_million_empty_members_cost_their_length() -> None:
    def seconds(members: int) -> float:
        body = gzip.compress(b"", mtime=0) * members
        began = time.process_time()
        assert decompressed(body, "gzip", LIMIT) == b""
        return time.process_time() - began

    assert seconds(200_000) < 10 * seconds(50_000) + 0.05


def test_the_limit_holds_for_all_members_together() -> None:
    half = gzip.compress(bytes(LIMIT // 2), mtime=0)
    assert len(decompressed(half * 2, "gzip", LIMIT)) == LIMIT
    with pytest.raises(TooLarge):
        decompressed(half * 2 + gzip.compress(b"x", mtime=0), "gzip", LIMIT)


@pytest.mark.parametrize(
    "body", [gzip.compress(b"abc" * 99, mtime=0)[:-3], gzip.compress(b"abc", mtime=0) + b"x", b"\x1f\x8b", b"no"]
)
def test_a_damaged_body_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        decompressed(body, "gzip", LIMIT)


def test_more_values_than_fit_into_memory_are_malformed_before_they_are_read() -> None:
    with pytest.raises(Malformed, match="smaller batches"):
        read_json(b"[" + b"{}," * (MOST_VALUES // 2) + b"{}]")
    assert read_json(b"[" + b'"a, b, c",' * 10 + b"1]")


def test_beyond_the_first_thousand_rejects_are_only_counted() -> None:
    spans: list[dict[str, str]] = [{}] * (MOST_REJECTED + 500)
    done = prepared(
        otlp_json.read_request(json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}).encode())
    )

    assert len(done.rejected) == MOST_REJECTED
    assert sum(one.spans for one in done.rejected) == done.received == MOST_REJECTED + 500


_GREEDY = """
from ingest.receive.worker import _limit_memory
_limit_memory(2**27)
kept = bytearray(2**20)
try:
    bytearray(2**29)
except MemoryError:
    print("refused")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says how much memory a process has")
def test_a_worker_cannot_take_any_amount_of_memory() -> None:
    done = subprocess.run([sys.executable, "-c", _GREEDY], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == "refused\n", done.stderr


_STARTED = """
import sys
import ingest.{module}
print([name for name in ("presidio_analyzer", "pyarrow", "ingest.prepare") if name in sys.modules])
"""


@pytest.mark.parametrize("module", ["receive.worker", "part_worker"])
def test_a_worker_watches_its_parent_before_it_loads_what_takes_seconds(module: str) -> None:
    command = [sys.executable, "-c", _STARTED.format(module=module)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == "[]\n", done.stderr
