"""How long until a span of a stock exporter can be seen, while the app is idle and while a large ingest runs.

    python -m benchmarks.fresh --spans 100000

A trace is exported every second by `opentelemetry-exporter-otlp-proto-http`; its time to be seen ends when the app's
own SQL, which the pages ask too, has it. The ingest is `benchbook ingest` of a file, with the default policy.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from benchmarks.end_to_end import write_json_lines
from benchmarks.processes import ROOT, Served, environment, percentile
from settings import read_settings
from storage import desk

IDLE_TRACES = 10
MOST_TRACES = 120


def seconds_until_seen(app: Served, *, goes_on: Callable[[int], bool]) -> list[float]:
    """Export one trace after the other; sorted seconds from its end to when it is seen."""
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter(f"http://127.0.0.1:{app.port}/v1/traces")))
    tracer, settings = provider.get_tracer("benchmarks"), read_settings(app.home)
    took: list[float] = []
    while goes_on(len(took)):
        with tracer.start_as_current_span("turn") as span:
            trace_id = f"{span.get_span_context().trace_id:032x}"
        began = time.perf_counter()
        query = f"SELECT count(*) AS n FROM traces WHERE trace_id = '{trace_id}'"  # noqa: S608 - our own id
        while desk.sql(settings, query) != [{"n": 1}]:
            time.sleep(0.02)
        took.append(time.perf_counter() - began)
        time.sleep(1)
    return sorted(took)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spans", type=int, default=100_000)
    said = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Served(home=Path(folder) / "home") as app:
        file = Path(folder) / "traffic.jsonl"
        write_json_lines(file, said.spans, "distinct")
        tell("idle", seconds_until_seen(app, goes_on=lambda done: done < IDLE_TRACES))
        command = [sys.executable, "-m", "cli", "ingest", "--home", str(app.home), str(file), "--json"]
        began = time.perf_counter()
        ingest = subprocess.Popen(command, cwd=ROOT, env=environment(unscrubbed=False), stdout=subprocess.DEVNULL)
        took = seconds_until_seen(app, goes_on=lambda done: ingest.poll() is None and done < MOST_TRACES)
        ingest.wait()
        tell(f"during an ingest of {said.spans} spans ({time.perf_counter() - began:.0f} s)", took)


def tell(when: str, took: list[float]) -> None:
    """Print one line of figures."""
    p50, p95, most = percentile(took, 0.5), percentile(took, 0.95), percentile(took, 1)
    print(f"{when}: {len(took)} traces, seen after p50 {p50:.2f} s, p95 {p95:.2f} s, at most {most:.2f} s", flush=True)


if __name__ == "__main__":
    main()
