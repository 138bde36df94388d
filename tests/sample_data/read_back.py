"""The sample data read back from its files, by nothing but the JSON reader: what the product gets to see."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "sample_data"


@dataclass(frozen=True, slots=True)
class SentSpan:
    """A span as sent; `resource` is that of its request."""

    trace_id: str
    name: str
    day: date
    duration_ms: float
    is_root: bool
    attributes: dict[str, Any]
    resource: dict[str, Any]

    def text(self) -> str:
        return json.dumps(self.attributes, ensure_ascii=False)


@cache
def spans() -> tuple[SentSpan, ...]:
    """Every span of the eight files."""
    return tuple(span for path in sorted(FOLDER.glob("traces-*.jsonl.gz")) for span in _spans(path))


def steps(name: str) -> list[SentSpan]:
    return [span for span in spans() if span.name == name]


def weeks() -> dict[str, list[SentSpan]]:
    """Spans by ISO week of their trace's file."""
    return {path.name[7:15]: list(_spans(path)) for path in sorted(FOLDER.glob("traces-*.jsonl.gz"))}


def _spans(path: Path) -> Iterator[SentSpan]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            for resource_spans in json.loads(line)["resourceSpans"]:
                resource = _plain(resource_spans["resource"]["attributes"])
                for scope_spans in resource_spans["scopeSpans"]:
                    yield from (_span(span, resource) for span in scope_spans["spans"])


def _span(span: dict[str, Any], resource: dict[str, Any]) -> SentSpan:
    start, end = int(span["startTimeUnixNano"]), int(span["endTimeUnixNano"])
    day = datetime.fromtimestamp(start // 10**9, UTC).date()
    attributes = _plain(span["attributes"])
    return SentSpan(
        span["traceId"], span["name"], day, (end - start) / 1e6, "parentSpanId" not in span, attributes, resource
    )


def _plain(attributes: list[dict[str, Any]]) -> dict[str, Any]:
    return {entry["key"]: next(iter(entry["value"].values())) for entry in attributes}
