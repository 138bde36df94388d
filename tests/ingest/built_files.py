"""Where the tests find real files, and how they count what a format reads."""

from collections import Counter
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from types import ModuleType

import pytest

from ingest.raw import RawScore, RawSpan, Rejected

FIXTURES = Path(__file__).parents[2].parent / "shared" / "fixtures"
needs_fixtures = pytest.mark.skipif(not FIXTURES.is_dir(), reason="the real traces are not beside this clone")


@dataclass(frozen=True)
class ReadFile:
    """What one file said."""

    spans: list[RawSpan]
    scores: list[dict[str, object]]
    rejected: list[Rejected]

    @property
    def traces(self) -> set[str]:
        return {span.trace_id for span in self.spans}

    @property
    def roots(self) -> list[RawSpan]:
        return [span for span in self.spans if span.parent_span_id is None]

    def sources(self) -> Counter[object]:
        return Counter(score["source"] for score in self.scores)

    def named(self, name: str) -> RawSpan:
        return next(span for span in self.spans if span.name == name)


def read_bytes(format_: ModuleType, content: bytes) -> ReadFile:
    raws = list(format_.read(BytesIO(content)))
    return ReadFile(
        [raw for raw in raws if isinstance(raw, RawSpan)],
        [raw.fields for raw in raws if isinstance(raw, RawScore)],
        [raw for raw in raws if isinstance(raw, Rejected)],
    )


def read_fixture(format_: ModuleType, path: str) -> ReadFile:
    return read_bytes(format_, (FIXTURES / path).read_bytes())
