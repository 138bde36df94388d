"""Annotations exported from Phoenix as scores: REST JSON (`{data: [...]}`), CSV, or the dataframe as parquet.

The three spell one annotation alike, so twins of one export count once.
"""

import ast
import csv
import math
from collections.abc import Iterator
from io import TextIOWrapper
from typing import Any, BinaryIO

from ingest.formats.otlp_spans import refused
from ingest.formats.said_scores import said, word
from ingest.json_stream import values
from ingest.json_values import as_table, as_text, present
from ingest.parquet_rows import is_parquet, rows
from ingest.raw import Attributes, Raw, Raws, RawScore, Rejected
from ingest.values import instant, json_text

NAME = "phoenix-annotations"
_SOURCES = {"HUMAN": "human", "LLM": "judge", "CODE": "code"}
_THUMBS = frozenset({"thumbs-up", "thumbs-down", "thumbs_up", "thumbs_down"})
_COLUMNS = (b"annotator_kind", b"span_id")
_METADATA_LIMIT = 10_000


def recognises(head: bytes, file_name: str) -> bool:  # noqa: ARG001  # all formats have one header
    """Whether the file begins like Phoenix annotations; of a parquet file, the head is the list of its columns."""
    if is_parquet(head):
        return all(column in head for column in _COLUMNS)
    if head.lstrip()[:1] in (b"{", b"["):
        return b'"annotator_kind"' in head and b'"result"' in head
    return all(column in head.partition(b"\n")[0] for column in _COLUMNS)


def read(stream: BinaryIO) -> Raws:
    """Every annotation of the file."""
    head = stream.read(4)
    stream.seek(0)
    if is_parquet(head):
        found: Iterator[tuple[str, dict[str, Any]] | Rejected] = (
            (f"row {number}", _as_json(row)) for number, row in enumerate(rows(stream), 1)
        )
    elif head.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] in (b"{", b"["):
        found = values(stream)
    else:
        found = _csv_rows(stream)
    for one in found:
        yield one if isinstance(one, Rejected) else _score(one[1], one[0])


def _csv_rows(stream: BinaryIO) -> Iterator[tuple[str, dict[str, Any]] | Rejected]:
    lines = csv.DictReader(TextIOWrapper(stream, "utf-8-sig", errors="replace", newline=""))
    try:
        for row in lines:
            yield f"line {lines.line_num}", _as_json({key: value for key, value in row.items() if isinstance(key, str)})
    except csv.Error:
        yield refused(f"line {lines.line_num + 1}", "not a CSV line", "")


def _as_json(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the dataframe, also as CSV, in the shape of the JSON."""
    return row | {
        "name": row.get("annotation_name") or row.get("name"),
        "metadata": _metadata(row.get("metadata")),
        "result": {key: row.get(f"result.{key}") for key in ("label", "score", "explanation")},
    }


def _metadata(value: Any) -> dict[str, Any]:
    """A struct without its empty fields, or what pandas wrote of a dict into CSV: its Python repr."""
    if isinstance(value, str) and len(value) < _METADATA_LIMIT:
        try:
            value = ast.literal_eval(value)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return {"text": value}
    return present(as_table(value))


def _score(sent: dict[str, Any], position: str) -> Raw:
    span_id, trace_id = as_text(sent.get("span_id")), as_text(sent.get("trace_id"))
    session_id = as_text(sent.get("session_id"))
    name = as_text(sent.get("name"))
    if not name or not (span_id or trace_id or session_id):
        return refused(position, "an annotation without a name or target", json_text(sent))
    level = "span" if span_id else "trace" if trace_id else "session"
    document = sent.get("document_position")
    metadata = as_table(sent.get("metadata"))
    source = _source(sent, name)
    fields = {
        # Phoenix counts its ids from 1 on every server, so the target is part of ours
        "id": f"{as_text(sent.get('id'))}:{span_id or trace_id or session_id}" if sent.get("id") else None,
        "target_level": "document" if document is not None else level,
        "trace_id": trace_id,
        "span_id": span_id,
        "session_id": session_id,
        "doc_id": as_text(document),
        "name": name,
        "explanation": as_table(sent.get("result")).get("explanation"),
        "source": source,
        "author": as_text(sent.get("user_id")),
        "judge_name": as_text(sent.get("identifier")) or name if source not in {"human", "user"} else None,
        "judge_model": metadata.get("judge_model") or metadata.get("model"),
        "created_at": instant(sent.get("created_at")),
        "updated_at": instant(sent.get("updated_at")),
        "metadata": metadata,
    }
    return RawScore(present(fields | _result(as_table(sent.get("result")))))


def _source(sent: dict[str, Any], name: str) -> str:
    """A thumb that the application passed on is its user's; a HUMAN in Phoenix' own pages is a reviewer."""
    source = _SOURCES.get(as_text(sent.get("annotator_kind")).upper(), "code")
    label = as_text(as_table(sent.get("result")).get("label")).lower()
    if source == "human" and sent.get("source") == "API" and (label in _THUMBS or "user" in name.lower()):
        return "user"
    return source


def _result(sent: dict[str, Any]) -> Attributes:
    score = sent.get("score")
    if isinstance(score, str):
        try:
            score = float(score)
        except ValueError:
            score = None
    if isinstance(score, float) and not math.isfinite(score):
        score = None
    return said(score) | word(as_text(sent.get("label")))
