"""Spans per second until queryable, from a file and over OTLP, and what they weigh; beside plain DuckDB.

    python -m benchmarks.end_to_end --spans 10000 100000 [--traffic talks] [--unscrubbed] [--json FILE]

Over OTLP: 512 spans per request, 4 clients. Queryable: the app's own SQL counts all of them. Searchable: the word
index, which is fed in pauses of the stream and at the latest every five seconds, has them too. The baseline is one
`CREATE TABLE AS SELECT` of all columns by DuckDB from the lake's files, the least that any loading can do.
Bytes per span: the whole home after `compact`, the text index included.
"""

import argparse
import json
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from benchmarks.processes import Served, benchbook, folder_bytes, percentile
from benchmarks.talks import Talks
from benchmarks.traffic import Traffic

TRAFFIC = {"distinct": Traffic, "talks": Talks}
COUNT = "SELECT count(*) AS n FROM spans"


@dataclass
class Figures:
    """One run. Rates in spans per second; `of_plain` is the queryable rate over the baseline's."""

    way: str
    traffic: str
    spans: int
    scrubbed: bool
    acknowledged_rate: float | None
    queryable_rate: float
    searchable_rate: float | None
    of_plain: float
    ack_p50_ms: float | None
    ack_p95_ms: float | None
    peak_rss_mib: float | None
    wire_bytes_per_span: float
    kept_bytes_per_span: float


def over_otlp(spans: int, *, traffic: str, unscrubbed: bool) -> Figures:
    """From the first request to the last span counted by the app."""
    bodies = list(TRAFFIC[traffic]().requests(spans))
    with tempfile.TemporaryDirectory() as folder, Served(home=Path(folder) / "home", unscrubbed=unscrubbed) as app:
        app.post_all(TRAFFIC[traffic](seed=2).requests(64))
        app.wait_until(COUNT, 64)
        began = time.perf_counter()
        took = app.post_all(bodies)
        acknowledged = time.perf_counter() - began
        app.wait_until(COUNT, spans + 64)
        queryable = time.perf_counter() - began
        app.wait_until_searchable(spans + 64)
        searchable = time.perf_counter() - began
        plain = plain_seconds(app.home)
        app.stop()
        benchbook(app.home, "compact")
        return Figures(
            way="OTLP", traffic=traffic, spans=spans, scrubbed=not unscrubbed, acknowledged_rate=spans / acknowledged,
            queryable_rate=spans / queryable, searchable_rate=spans / searchable, of_plain=plain / queryable,
            ack_p50_ms=percentile(took, 0.5), ack_p95_ms=percentile(took, 0.95), peak_rss_mib=app.peak_rss_mib,
            wire_bytes_per_span=sum(map(len, bodies)) / spans, kept_bytes_per_span=folder_bytes(app.home) / spans,
        )  # fmt: skip


def from_file(spans: int, *, traffic: str, unscrubbed: bool) -> Figures:
    """`benchbook ingest` of one file of OTLP JSON lines, process start included."""
    with tempfile.TemporaryDirectory() as folder:
        file, home = Path(folder) / "traffic.jsonl", Path(folder) / "home"
        size = write_json_lines(file, spans, traffic)
        began = time.perf_counter()
        benchbook(home, "ingest", str(file), unscrubbed=unscrubbed)
        queryable = time.perf_counter() - began
        plain = plain_seconds(home)
        benchbook(home, "compact")
        return Figures(
            way="file", traffic=traffic, spans=spans, scrubbed=not unscrubbed, acknowledged_rate=None,
            queryable_rate=spans / queryable, searchable_rate=spans / queryable, of_plain=plain / queryable,
            ack_p50_ms=None, ack_p95_ms=None, peak_rss_mib=None, wire_bytes_per_span=size / spans,
            kept_bytes_per_span=folder_bytes(home) / spans,
        )  # fmt: skip


def write_json_lines(file: Path, spans: int, traffic: str) -> int:
    """The traffic as OTLP JSON lines; returns its size in bytes."""
    from google.protobuf.json_format import MessageToDict
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    with file.open("w") as out:
        for body in TRAFFIC[traffic]().requests(spans):
            request = MessageToDict(ExportTraceServiceRequest.FromString(body))
            for resource in request["resourceSpans"]:
                for scope in resource["scopeSpans"]:
                    for span in scope["spans"]:
                        for name in ("traceId", "spanId", "parentSpanId"):
                            span[name] = _hex(span.get(name, ""))
            out.write(json.dumps(request) + "\n")
    return file.stat().st_size


def _hex(base64_text: str) -> str:
    import base64

    return base64.b64decode(base64_text).hex()


def plain_seconds(home: Path) -> float:
    """The baseline: all columns of the lake's files into one table of a fresh DuckDB file."""
    files = [str(path) for path in (home / "lake" / "spans").glob("*.parquet")]
    with tempfile.TemporaryDirectory() as folder, duckdb.connect(str(Path(folder) / "plain.duckdb")) as plain:
        began = time.perf_counter()
        plain.execute("CREATE TABLE spans AS SELECT * FROM read_parquet($files)", {"files": files})
        return time.perf_counter() - began


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spans", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--ways", nargs="+", default=["otlp", "file"], choices=["otlp", "file"])
    parser.add_argument("--traffic", choices=TRAFFIC, default="distinct", help="talks: the history is sent again")
    parser.add_argument("--unscrubbed", action="store_true", help="keep text as it came, on this benchmark's own homes")
    parser.add_argument("--json", type=Path, help="also append the figures to this file")
    said = parser.parse_args()
    for spans in said.spans:
        for way in said.ways:
            run = over_otlp if way == "otlp" else from_file
            figures = run(spans, traffic=said.traffic, unscrubbed=said.unscrubbed)
            print({name: round(value, 3) if isinstance(value, float) else value
                   for name, value in asdict(figures).items()}, flush=True)  # fmt: skip
            if said.json:
                with said.json.open("a") as out:
                    out.write(json.dumps(asdict(figures)) + "\n")


if __name__ == "__main__":
    main()
