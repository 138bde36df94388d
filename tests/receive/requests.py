"""Requests as the workers give them back."""

import pyarrow as pa

from ingest.prepared import Prepared
from storage.schema import lake_schema


def prepared(spans: list[str], *, scores: list[str] | None = None) -> Prepared:
    """A request of spans and scores with these names."""
    span_rows = [{"trace_id": f"trace-{name}", "span_id": name, "name": name} for name in spans]
    score_rows = [{"id": name, "name": name} for name in scores or []]
    return Prepared(
        spans=pa.Table.from_pylist(span_rows, schema=lake_schema("spans")),
        scores=pa.Table.from_pylist(score_rows, schema=lake_schema("scores")),
        rejected=[],
        entities={},
        received=len(spans),
    )
