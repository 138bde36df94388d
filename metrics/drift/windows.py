"""Two windows of traffic: what is asked, and the rows of it that drift looks at."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from errors import UsageError
from metrics.filters import TrafficFilter, nanoseconds
from metrics.questions import Warehouse

_HERE = Path(__file__).parent
STALE_DAYS = 180.0
"""Age from which on a retrieved document is stale, unless the settings say otherwise."""
MOST_SPANS = 160_000
"""Spans of both windows together that are looked at; of more, those of a fixed part of the conversations."""
MOST_TEXTS, MOST_ANSWERS = 60_000, 20_000
"""Of questions, whose beginnings are at hand, and of answers, which are read from the lake."""


@dataclass(frozen=True, slots=True)
class Windows:
    """The window that is asked about, and the one it is compared with, both half-open and UTC."""

    now: TrafficFilter
    reference_since: datetime
    reference_until: datetime

    @classmethod
    def before(cls, now: TrafficFilter) -> "Windows":
        """Compared with the time just before, as long."""
        return cls(now, now.since - (now.until - now.since), now.since)

    def parameters(self) -> dict[str, Any]:
        if self.reference_until > self.now.since and self.reference_since < self.now.until:
            raise UsageError("the two windows overlap; a window is compared with another")
        wanted = ("since_ns", "until_ns", "apps", "tenants", "environments")
        said = {name: value for name, value in self.now.parameters().items() if name in wanted}
        return said | {
            "reference_since_ns": nanoseconds(self.reference_since),
            "reference_until_ns": nanoseconds(self.reference_until),
        }


@dataclass(frozen=True, slots=True)
class Traffic:
    """The rows of two windows; `is_new` is true in the newer, `code` numbers the conversations.

    spans: trace_id, span_id, code, is_new, step, kind, duration_ms, tok_in, tok_out, cost_usd, is_error, and names
    (model, finish_reason, tool_name, prompt_version, retrieval_config, app, app_version, tenant); no judge's or
    evaluator's. documents: trace_id, span_id, doc_id, rank, score, age_days. questions: trace_id, code, is_new,
    preview.
    """

    spans: pd.DataFrame
    documents: pd.DataFrame
    questions: pd.DataFrame


def read(warehouse: Warehouse, windows: Windows) -> Traffic:
    """The traffic of two windows. Raises `UsageError` when they overlap."""
    said = windows.parameters()
    spans = warehouse.frame(_sql("spans_of_windows"), **said, most_spans=float(MOST_SPANS))
    if len(spans):
        spans = _numbered(spans.sort_values(["trace_id", "span_id"], ignore_index=True))
        spans = spans.assign(is_error=spans["is_error"].astype(bool))
    documents = warehouse.frame(_sql("documents_of_windows"), **said, most_documents=float(MOST_SPANS))
    return Traffic(spans, documents, read_texts(warehouse, windows))


def read_texts(warehouse: Warehouse, windows: Windows, *, answers: bool = False) -> pd.DataFrame:
    """What was asked, or answered, in two windows: trace_id, code, is_new, preview. Raises as `read`."""
    name, most = ("answers_of_windows", MOST_ANSWERS) if answers else ("questions_of_windows", MOST_TEXTS)
    texts = warehouse.frame(_sql(name), **windows.parameters(), most_texts=float(most))
    return _numbered(texts) if len(texts) else texts


def _numbered(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(code=pd.factorize(rows["conversation"])[0], is_new=rows["is_new"].astype(bool))


@cache
def _sql(name: str) -> str:
    return (_HERE / f"{name}.sql").read_text()
