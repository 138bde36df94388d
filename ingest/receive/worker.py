"""A worker process: takes a request's bytes from the app and gives back what may be kept, scrubbed.

Started by `pool.py` as `python -m ingest.receive.worker`, so it loads neither Streamlit nor the app.
"""

import gc
import os
import resource
import signal
import socket
import sys
import zlib
from http import HTTPStatus
from multiprocessing.connection import Connection
from pathlib import Path

from errors import BenchbookError, Malformed, TooLarge, UnsupportedMedia
from ingest.parent import end_with
from ingest.receive.boundary import place_of
from ingest.receive.job import Failed, Job, Refusal, refusal_of
from settings import Settings, read_settings

NICENESS = 10
COLLECT_EVERY = 500
"""Requests between garbage collections: with the collector always on, JSON costs 39 µs a span instead of 25."""
MEMORY_AT_LEAST = 2**30
MEMORY_OF_BODY = 24
"""Memory that a worker may take for a request: at least the first, in bytes, and this many times the largest body."""
_CODINGS = ["gzip", "deflate", "identity"]
_PIECE_BYTES = 4096
"""Given to zlib at once: it copies what stands behind a member, and a body may consist of a million empty ones."""


def decompressed(body: bytes, coding: str, limit_bytes: int) -> bytes:
    """The body without its Content-Encoding, read only up to the limit, so that a bomb stays small.

    Raises `TooLarge`, `Malformed` or `UnsupportedMedia`.
    """
    match coding.strip().lower():
        case "" | "identity":
            return body
        case "gzip" | "x-gzip":
            return _inflated(body, zlib.MAX_WBITS | 16, limit_bytes)
        case "deflate":  # zlib's wrapper by the standard; some clients send it bare
            bare = not body or body[0] & 0x0F != 8 or int.from_bytes(body[:2], "big") % 31 != 0
            return _inflated(body, -zlib.MAX_WBITS if bare else zlib.MAX_WBITS, limit_bytes)
    raise UnsupportedMedia("the Content-Encoding", _CODINGS)


def _inflated(body: bytes, window_bits: int, limit_bytes: int) -> bytes:
    parts: list[bytes] = []
    view, at, room = memoryview(body), 0, limit_bytes
    while at < len(view):  # gzip may hold several members one after the other
        stream = zlib.decompressobj(window_bits)
        while not stream.eof:
            piece = view[at : at + _PIECE_BYTES]
            if not piece:
                raise Malformed("the compressed body ends early")
            try:
                part = stream.decompress(piece, room + 1)
            except zlib.error as error:
                raise Malformed("the body is not what its Content-Encoding says") from error
            if len(part) > room:
                raise TooLarge(limit_bytes)
            parts.append(part)
            room -= len(part)
            at += len(piece) - len(stream.unused_data)
    return b"".join(parts)


def answer(job: Job, limit_bytes: int) -> bytes | Refusal | Failed:
    """What the job gives: prepared rows as Arrow IPC, a refusal, or where we failed."""
    try:
        from ingest.prepare import prepare_request  # late: see `main`

        body = decompressed(job.body, job.coding, limit_bytes)
        prepared = prepare_request(
            body,
            content=job.content.name.lower(),
            encoding=job.encoding.name.lower(),
            batch=job.batch,
            received_at=job.received_at,
        )
        return prepared.to_ipc()
    except BenchbookError as error:
        return refusal_of(error)
    except MemoryError:
        return Refusal(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too much memory is needed to read it; send smaller batches"
        )
    except Exception as error:  # noqa: BLE001  # the edge of the process: its message could quote a trace
        return Failed(place_of(error))


def work(connection: Connection, settings: Settings) -> None:
    """Answer jobs until the app closes the connection."""
    from ingest.prepare import prepare_worker_start  # late: see `main`

    limit_bytes = settings.server.max_body_mib * 2**20
    prepare_worker_start(settings)
    _limit_memory(max(MEMORY_AT_LEAST, MEMORY_OF_BODY * limit_bytes))
    gc.collect()
    gc.freeze()
    gc.disable()
    os.nice(NICENESS)  # from now on: until then the whole app waits for the first worker
    connection.send(None)  # ready
    done = 0
    while True:
        try:
            connection.send(answer(connection.recv(), limit_bytes))
        except (EOFError, OSError):
            return  # the app is gone
        done += 1
        if done % COLLECT_EVERY == 0:
            gc.collect()


def _limit_memory(more: int) -> None:
    """Let allocations fail beyond `more` bytes from now: a body of brackets alone would take fifty times its length."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[5])  # data and stack
    except (OSError, IndexError):
        return  # only Linux says how much it is now
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    size = pages * resource.getpagesize() + more
    resource.setrlimit(resource.RLIMIT_DATA, (size if most == resource.RLIM_INFINITY else min(size, most), most))


def main() -> None:
    """Entry of the process: `python -m ingest.receive.worker DESCRIPTOR PARENT`."""
    descriptor, parent = int(sys.argv[1]), int(sys.argv[2])
    # The app decides when a worker ends: ctrl-C and a supervisor's SIGTERM reach the whole group
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    end_with(parent)  # before the imports that take seconds: a parent that is killed meanwhile leaves no process
    with Connection(socket.socket(fileno=descriptor).detach()) as connection:
        work(connection, read_settings())


if __name__ == "__main__":
    main()
