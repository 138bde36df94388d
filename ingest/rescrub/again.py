"""Rows as the lake keeps them, scrubbed again: which texts change, how, and how many pieces of which type were in them.

Placeholders that stand in a text stay as they are. New ones are numbered from the highest of their kind in the trace
on: who the earlier numbers stand for is known to nobody any more. Ids that rows are joined by are not looked at.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from ingest.scores import WORDS
from ingest.scrubbing import scrub_score, scrub_spans
from ingest.values import json_text, parsed
from scrub import Numberer, Scrubber, without_numbers
from storage.schema import DOCUMENTS, SCORES, SPANS, Column, Holds, Kind

Row = dict[str, Any]

_IDS = frozenset({Holds.KEY, Holds.PERSON_KEY, Holds.FACT})
_SAYS_HOW = frozenset({"kind", "source"})
"""Columns that say how others are read."""
_NUMBERED = re.compile(r"<([A-Z][A-Z0-9_]{0,40}?)_(\d{1,6})>")
_HIGHEST = 10_000
"""A number above it was not given by us: somebody sent it."""


def _texts(columns: tuple[Column, ...]) -> dict[str, Column]:
    return {column.lake_name: column for column in columns if column.holds not in _IDS}


_SPANS, _DOCUMENTS, _SCORES = map(_texts, (SPANS, DOCUMENTS, SCORES))


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one row: its new texts by column, what they held, and the rules that scrubbed it before."""

    sequence: int
    texts: Mapping[str, Any]
    entities: Mapping[str, int]
    version_before: str


@dataclass(slots=True)
class Seen:
    """What a look at some rows found. `unread`: rows that are not as we write them; they stay as they are."""

    changes: list[Change] = field(default_factory=list)
    rows: int = 0
    unread: int = 0
    surfaces: set[str] = field(default_factory=set)
    """Columns that hold any text."""
    scrubbed_by: Counter[str] = field(default_factory=Counter)
    """Rows by the rules that scrubbed them before."""


def spans_again(scrubber: Scrubber, trace_id: str, rows: list[Row]) -> Seen:
    """The rows of one trace, as `pyarrow` reads them from the lake, looked at together."""
    seen = Seen(rows=len(rows))
    opened: list[tuple[Row, Row]] = []
    for row in rows:
        seen.scrubbed_by[_version(row)] += 1
        try:
            values = _opened(row, _SPANS)
            opened.append((row, values))
            seen.surfaces.update(name for name in values if name not in _SAYS_HOW)
        except (ValueError, TypeError, KeyError, AttributeError):
            seen.unread += 1
    walked = [dict(values) for _, values in opened]
    scrub_spans(scrubber, trace_id, walked)
    numberer = _numberer(trace_id, rows)
    for (row, before), after in zip(opened, walked, strict=True):
        if changed := _changed(before, after, _SPANS):
            numbered = _each_text(changed, lambda text: numberer.number(trace_id, text))
            seen.changes.append(_change(row, numbered, _SPANS, after["entities"]))
    return seen


def score_again(scrubber: Scrubber, row: Row) -> Seen:
    """One score, looked at alone, as it was when it came."""
    seen = Seen(rows=1)
    if row.get("sequence") is None:  # another program wrote it; by its number it would be rewritten
        return Seen(rows=1, unread=1)
    try:
        before = _opened(row, _SCORES)
    except (ValueError, TypeError, KeyError, AttributeError):
        return Seen(rows=1, unread=1)
    after = {**before, "trace_id": row.get("trace_id")}
    scrub_score(scrubber, after)
    unknown = {name: None for name, words in WORDS.items() if row.get(name) and row[name] not in words}
    changed = _changed(before, after, _SCORES)
    if changed or unknown:
        trace_id = str(row.get("trace_id") or "")
        numberer = _numberer(trace_id, [row])
        numbered = _each_text(
            changed, lambda text: numberer.number(trace_id, text) if trace_id else without_numbers(text)
        )
        change = _change(row, numbered, _SCORES, after["entities"])
        seen.changes.append(replace(change, texts={**change.texts, **unknown}))
    return seen


def _opened(row: Row, columns: Mapping[str, Column]) -> Row:
    """The row's texts as they were at ingest: JSON as values; and what says how they are read."""
    values: Row = {name: row[name] for name in _SAYS_HOW if row.get(name) is not None}
    for name, column in columns.items():
        value = row.get(name)
        if value is not None and value != "":
            values[name] = _value(value, column)
    if documents := row.get("documents"):
        values["documents"] = [
            {name: _value(document[name], column) for name, column in _DOCUMENTS.items() if document.get(name)}
            for document in documents
        ]
    return values


def _value(value: Any, column: Column) -> Any:
    if column.kind is not Kind.JSON:
        return value
    opened = orjson.loads(value)
    if column.holds is Holds.MESSAGES:
        for message in opened:
            message["role"], message["parts"]
    return opened


def _changed(before: Row, after: Row, columns: Mapping[str, Column]) -> Row:
    return {
        name: after[name] for name in before
        if (name in columns or name == "documents") and after.get(name) != before[name]
    }  # fmt: skip


def _change(row: Row, changed: Row, columns: Mapping[str, Column], entities: Mapping[str, int] | None) -> Change:
    texts = {name: _stored(value, columns[name]) for name, value in changed.items() if name != "documents"}
    if "documents" in changed:
        texts["documents"] = [
            {**document, **{name: _stored(value, _DOCUMENTS[name]) for name, value in clean.items()}}
            for document, clean in zip(row["documents"], changed["documents"], strict=True)
        ]
    known = Counter(_counts(row.get("entities")))
    known.update(entities or {})
    texts["entities"] = orjson.dumps(known).decode() if known else None
    return Change(int(row["sequence"]), texts, dict(entities or {}), _version(row))


def _version(row: Row) -> str:
    return str(row.get("scrub_version") or "unknown")


def _stored(value: Any, column: Column) -> Any:
    return json_text(value) if column.kind is Kind.JSON else value


def _counts(entities: object) -> dict[str, int]:
    said = parsed(entities)
    return {str(name): int(many) for name, many in said.items()} if isinstance(said, dict) else {}


def _numberer(trace_id: str, rows: list[Row]) -> Numberer:
    """One that goes on after the highest number of each kind that the rows hold."""
    highest: dict[str, int] = {}
    for row in rows:
        for text in _all_texts(row):
            if "<" in text:
                for word, number in _NUMBERED.findall(text):
                    if int(number) <= _HIGHEST:
                        highest[word] = max(highest.get(word, 0), int(number))
    numberer = Numberer()
    for word, last in highest.items():
        numberer.number(trace_id, "\ue000".join(f"<{word}_{number}>" for number in range(1, last + 1)) + "\ue000")
    return numberer


def _all_texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _all_texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _all_texts(inner)


def _each_text(value: Any, change: Any) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {key: _each_text(inner, change) for key, inner in value.items()}
    if isinstance(value, list):
        return [_each_text(inner, change) for inner in value]
    return value
