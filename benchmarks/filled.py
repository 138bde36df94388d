"""A home filled with synthetic traffic, its text kept as it came, and a plain DuckDB table of the same data."""

import gc
import itertools
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

import duckdb
import pyarrow as pa

from benchmarks.traffic import START_NS, Traffic
from ingest.formats import otlp_protobuf
from ingest.prepare import Preparer
from settings import Settings, read_settings
from storage.home import open_home
from storage.key import home_key
from storage.warehouse import Warehouse

SINCE = datetime.fromtimestamp(START_NS // 10**9, UTC)
PER_REQUEST = 512
REQUESTS_PER_COMMIT = 40
WORKERS = 2

_worker: list[Preparer] = []


def _start_worker(settings: Settings) -> None:
    gc.disable()  # rows hold no cycles, and there are very many of them
    _worker[:] = [Preparer(settings, home_key(settings.key_path), scrubber=None)]


def _prepared(body: bytes) -> pa.Table:
    raws = otlp_protobuf.read_request(body)
    return _worker[0].prepare(raws, source_format="otlp-protobuf", batch="fill", received_at=SINCE).spans


def _batches(spans: int) -> Iterator[list[bytes]]:
    bodies = Traffic().requests(spans, per_request=PER_REQUEST)
    while batch := list(itertools.islice(bodies, REQUESTS_PER_COMMIT)):
        yield batch


def fill(home: Path, spans: int) -> dict[str, float]:
    """Fill a home; seconds to prepare and commit, to compact, to load."""
    settings = read_settings(home)
    opened = open_home(settings, now=datetime.now(UTC))
    began = time.perf_counter()
    with get_context("spawn").Pool(WORKERS, _start_worker, (settings,)) as pool:
        waiting = None
        for batch in _batches(spans):
            preparing = pool.map_async(_prepared, batch, chunksize=4)
            if waiting is not None:
                opened.lake.append("spans", pa.concat_tables(waiting.get()))
            waiting = preparing
        if waiting is not None:
            opened.lake.append("spans", pa.concat_tables(waiting.get()))
    kept = time.perf_counter()
    opened.lake.compact("spans")
    opened.lake.vacuum("spans", grace_seconds=0)
    compacted = time.perf_counter()
    warehouse = Warehouse.open(settings, opened.lake)
    warehouse.load()
    warehouse.text_index.tidy()
    warehouse.close()
    opened.close()
    loaded = time.perf_counter()
    return {"prepare_and_commit_s": kept - began, "compact_s": compacted - kept, "load_s": loaded - compacted}


def plain_copy(home: Path) -> duckdb.DuckDBPyConnection:
    """The baseline's table, made once and kept beside the home."""
    path = home.with_name(f"{home.name}.plain.duckdb")
    if not path.exists():
        opened = open_home(read_settings(home), now=datetime.now(UTC))
        files = [file.path for file in opened.lake.files("spans")]
        opened.close()
        with duckdb.connect(str(path)) as made:
            made.execute("CREATE TABLE spans AS SELECT * FROM read_parquet($files) ORDER BY start_ns", {"files": files})
    return duckdb.connect(str(path), read_only=True)
