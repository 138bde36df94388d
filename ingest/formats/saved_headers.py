"""The headers of a captured request, saved beside its body (`*.headers.json`): they say what the body is."""

from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from errors import Malformed
from ingest.json_values import as_table, as_text
from ingest.raw import Raws
from ingest.values import read_json

NAME = "saved-headers"
SUFFIX = ".headers.json"
_LIMIT = 2**20


class Body(StrEnum):
    """What a captured body is, by the path that it was posted to."""

    TRACES = "traces"
    LOGS = "logs"
    METRICS = "metrics"
    SCORES = "scores"


def recognises(head: bytes, file_name: str) -> bool:
    """Whether the file holds a request's path and headers."""
    return file_name.endswith(SUFFIX) or (b'"headers"' in head and b'"path"' in head and b'"method"' in head)


def read(stream: BinaryIO) -> Raws:
    """Nothing: the headers are no traces."""
    stream.read(0)
    yield from ()


def body_of(path: Path) -> Body | None:
    """What the body at `path` is, by the headers saved beside it; None without them."""
    beside = _beside(path)
    if beside is None:
        return None
    try:
        sent = as_table(read_json(beside.read_bytes()[:_LIMIT]))
    except (Malformed, OSError):
        return None
    posted_to = as_text(sent.get("path")).rstrip("/")
    return next((body for body in Body if posted_to.endswith(f"/{body.value}")), None)


def _beside(path: Path) -> Path | None:
    name = path.name.removesuffix(".gz")
    candidates = (name.rpartition(".")[0], name)
    return next((found for stem in candidates if stem and (found := path.with_name(stem + SUFFIX)).is_file()), None)
