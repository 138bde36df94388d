"""Compressed bodies are read up to the limit and no further."""

import gzip
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errors import Malformed, TooLarge, UnsupportedMedia
from ingest.receive.worker import decompressed

LIMIT = 1000


@given(st.binary(max_size=LIMIT))
def test_every_coding_gives_the_same_bytes(body: bytes) -> None:
    bare = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    for sent, coding in (
        (body, ""),
        (body, "identity"),
        (gzip.compress(body, mtime=0), "gzip"),
        (gzip.compress(body, mtime=0), " GZIP "),
        (zlib.compress(body), "deflate"),
        (bare.compress(body) + bare.flush(), "deflate"),
    ):
        assert decompressed(sent, coding, LIMIT) == body


def test_gzip_in_several_members_is_one_body() -> None:
    assert decompressed(gzip.compress(b"one ", mtime=0) + gzip.compress(b"two", mtime=0), "gzip", LIMIT) == b"one two"


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_bomb_stays_small(coding: str) -> None:
    megabytes = 200
    pack = gzip.compress if coding == "gzip" else zlib.compress
    bomb = pack(bytes(megabytes * 2**20))
    tracemalloc.start()
    with pytest.raises(TooLarge):
        decompressed(bomb, coding, 2**20)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_bytes < 8 * 2**20


def test_many_members_do_not_get_around_the_limit() -> None:
    with pytest.raises(TooLarge):
        decompressed(gzip.compress(bytes(400), mtime=0) * 3, "gzip", LIMIT)


@pytest.mark.parametrize(
    "body",
    [b"\x1f\x8bnot gzip", gzip.compress(b"whole", mtime=0)[:-9], gzip.compress(b"whole", mtime=0) + b"rest", b"plain"],
)
def test_broken_gzip_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        decompressed(body, "gzip", LIMIT)


def test_a_coding_that_nobody_asked_for_is_refused() -> None:
    with pytest.raises(UnsupportedMedia, match="gzip"):
        decompressed(b"", "br", LIMIT)
