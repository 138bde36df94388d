"""A compressed body is read member by member, within its limit, in time with its length."""

import gzip
import random
import time
import zlib

import pytest

from errors import Malformed, TooLarge
from ingest.receive.worker import decompressed

LIMIT = 2**20


@pytest.mark.parametrize("size", [0, 1, 4095, 4096, 4097, 100_000])
def test_what_was_compressed_comes_out(size: int) -> None:
    said = random.Random(size).randbytes(size)  # noqa: S311 - any bytes will do
    assert decompressed(gzip.compress(said) + gzip.compress(said), "gzip", LIMIT) == said + said
    assert decompressed(zlib.compress(said), "deflate", LIMIT) == said


def test_a_million_empty_members_cost_their_length() -> None:
    def seconds(members: int) -> float:
        body = gzip.compress(b"") * members
        began = time.process_time()
        assert decompressed(body, "gzip", LIMIT) == b""
        return time.process_time() - began

    assert seconds(200_000) < 10 * seconds(50_000) + 0.05


def test_the_limit_holds_for_all_members_together() -> None:
    half = gzip.compress(bytes(LIMIT // 2))
    assert len(decompressed(half * 2, "gzip", LIMIT)) == LIMIT
    with pytest.raises(TooLarge):
        decompressed(half * 2 + gzip.compress(b"x"), "gzip", LIMIT)


@pytest.mark.parametrize("body", [gzip.compress(b"abc" * 99)[:-3], gzip.compress(b"abc") + b"x", b"\x1f\x8b", b"no"])
def test_a_damaged_body_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        decompressed(body, "gzip", LIMIT)
