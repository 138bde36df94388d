"""What may be kept of a request or a part of a file, as it crosses from a worker to the process that commits."""

from dataclasses import dataclass, field
from io import BytesIO

import orjson
import pyarrow as pa

from ingest.raw import Rejected


@dataclass(slots=True)
class Prepared:
    """What may be kept of a request or a part of a file. `sequence` is filled by the lake."""

    spans: pa.Table
    scores: pa.Table
    rejected: list[Rejected] = field(default_factory=list)
    entities: dict[str, int] = field(default_factory=dict)
    received: int = 0
    """Spans seen, refused ones included."""

    def to_ipc(self) -> bytes:
        """The tables and counts as bytes, for another process."""
        said = orjson.dumps([
            [[one.position, one.reason, one.digest, one.spans] for one in self.rejected], self.entities, self.received,
        ])  # fmt: skip
        sink = BytesIO()
        for table in (self.spans.replace_schema_metadata({"prepared": said}), self.scores):
            with pa.ipc.new_stream(sink, table.schema) as stream:
                stream.write_table(table)
        return sink.getvalue()

    @classmethod
    def from_ipc(cls, content: bytes) -> "Prepared":
        """What `to_ipc` made."""
        source = pa.BufferReader(content)
        spans = pa.ipc.open_stream(source).read_all()
        scores = pa.ipc.open_stream(source).read_all()
        rejected, entities, received = orjson.loads(spans.schema.metadata[b"prepared"])
        refused = [Rejected(*one) for one in rejected]
        return cls(spans.replace_schema_metadata(None), scores, refused, entities, received)
