"""The gold set in a shape that evaluation tools read: one object per item, its texts and the answers that stand."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pandas as pd

from review.adjudication import gold, typed
from review.label_frame import label_frame, rows_of
from review.labelling.spoken import Said, Span, said, unjudged
from review.rubric.rubric import Unit
from storage.ledger_database import Database
from storage.schema import text_columns

Ask = Callable[..., pd.DataFrame]
"""A reading question to the warehouse: SQL with `$name`s, and their values."""
_AT_ONCE = 200
_TEXTS = [column.name for column in text_columns("spans")]
_SPANS = f"""SELECT trace_id, span_id, parent_span_id, kind, name, status, {", ".join(_TEXTS)} FROM spans
WHERE trace_id IN (SELECT unnest($traces)) ORDER BY trace_id, start_ts, sequence"""  # noqa: S608 - names of our schema
_DOCUMENTS = """SELECT trace_id, span_id, rank, role, content FROM documents
WHERE trace_id IN (SELECT unnest($traces)) ORDER BY trace_id, role, rank"""
_ROOTS = "SELECT trace_id, root_span_id FROM traces WHERE trace_id IN (SELECT unnest($traces))"
_TURNS = """SELECT session_id, trace_id FROM traces
WHERE session_id IN (SELECT unnest($sessions)) ORDER BY session_id, start_ts"""


def gold_lines(
    database: Database, ask: Ask, *, sample: str | None = None, hidden_from: str | None = None
) -> list[dict[str, object]]:
    """One object per item: item, sample, unit, input, output, reference, contexts, labels, and how each label came.

    `input` is the question, `messages` the conversation before it, `output` the answer that was given, `reference` the
    corrected answer where a reviewer wrote one, `contexts` the documents in order. Texts of items that the warehouse
    does not hold (not taken in, or erased) are null. Items that `hidden_from` may still label are left out.
    """
    stands = gold(database, sample=sample, hidden_from=hidden_from)
    corrected = _corrected(database, sample)
    lines = []
    for first in range(0, len(stands), _AT_ONCE * 10):
        part = stands.iloc[first : first + _AT_ONCE * 10]
        lines += list(_lines(part, corrected, ask))
    return _joined(lines)


def item_texts(items: pd.DataFrame, ask: Ask) -> list[dict[str, object]]:
    """`input, messages, output, contexts` of each row's `unit` and `item`, in order; null where nothing is held."""
    texts = _Texts(items, ask)
    return [texts.of(unit, item) for unit, item in zip(items["unit"], items["item"], strict=True)]


def _joined(lines: list[dict[str, object]]) -> list[dict[str, object]]:
    """One object for each item, also where its criteria came in two parts."""
    by_item: dict[tuple[object, object], dict[str, object]] = {}
    for line in lines:
        there = by_item.setdefault((line["sample"], line["item"]), line)
        if there is not line:
            for name in ("labels", "basis"):
                there[name] = {**_table(there[name]), **_table(line[name])}
    return list(by_item.values())


def _table(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _lines(part: pd.DataFrame, corrected: dict[tuple[str, str], str], ask: Ask) -> Iterator[dict[str, object]]:
    texts = _Texts(part, ask)
    by_item: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in rows_of(part):
        by_item[row["sample"], row["item"]].append(row)
    for (sample, item), answers in by_item.items():
        about = answers[0]
        yield {
            "item": item,
            "sample": sample,
            "unit": about["unit"],
            **texts.of(about["unit"], item),
            "reference": corrected.get((sample, item)),
            "labels": {row["criterion"]: typed(row["scale"], row["value"]) for row in answers},
            "basis": {row["criterion"]: row["basis"] for row in answers},
            "rubric": f"{about['rubric']} v{about['rubric_version']}",
            "stratum": about["stratum"],
            "probability": None if pd.isna(about["probability"]) else float(about["probability"]),
        }


def _corrected(database: Database, sample: str | None) -> dict[tuple[str, str], str]:
    """The last corrected answer of each item."""
    frame = label_frame(database, sample=sample)
    frame = frame[frame["corrected"].notna()].sort_values("labelled_at", kind="stable")
    return {(row["sample"], row["item"]): row["corrected"] for row in rows_of(frame)}


class _Texts:
    """The texts of a number of items, read together."""

    def __init__(self, part: pd.DataFrame, ask: Ask) -> None:
        sessions = sorted(set(part.loc[part["unit"] == Unit.SESSION, "item"]))
        self._turns = _listed(ask(_TURNS, sessions=sessions) if sessions else None, "session_id", "trace_id")
        traces = {_trace(item) for item in part.loc[part["unit"] != Unit.SESSION, "item"]}
        traces |= {trace for listed in self._turns.values() for trace in listed}
        self._said: dict[str, Said] = {}
        self._documents: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for some in _some(sorted(traces)):
            self._read(some, ask)

    def of(self, unit: str, item: str) -> dict[str, object]:
        """input, messages, output and contexts of one item."""
        if unit == Unit.SESSION:
            turns = [self._said[trace] for trace in self._turns.get(item, []) if trace in self._said]
            messages = [one for turn in turns for one in _messages(turn)]
            return {"input": None, "messages": messages, "output": None, "contexts": []}
        trace = _trace(item)
        found = self._said.get(trace)
        documents = self._documents[trace]
        if unit == Unit.DOCUMENT:
            span, rank = (*item.split("/")[1:], "", "")[:2]
            documents = [one for one in documents if one["span_id"] == span and str(one["rank"]) == rank]
        return {
            "input": found.question if found else None,
            "messages": [{"role": one.role, "content": one.text} for one in found.before] if found else [],
            "output": found.answer if found else None,
            "contexts": list(dict.fromkeys(one["content"] for one in documents if isinstance(one["content"], str))),
        }

    def _read(self, traces: list[str], ask: Ask) -> None:
        roots = {row["trace_id"]: row["root_span_id"] for row in rows_of(ask(_ROOTS, traces=traces))}
        spans: dict[str, list[Span]] = defaultdict(list)
        texts: dict[str, dict[str, dict[str, str]]] = defaultdict(dict)
        for row in rows_of(ask(_SPANS, traces=traces)):
            facts = (row[name] for name in ("span_id", "parent_span_id", "kind", "name", "status"))
            spans[row["trace_id"]].append(Span(*facts))
            texts[row["trace_id"]][row["span_id"]] = {
                name: row[name] for name in _TEXTS if isinstance(row[name], str) and row[name]
            }
        for trace, listed in spans.items():
            self._said[trace] = said(unjudged(listed), texts[trace], root=roots.get(trace))
        for row in rows_of(ask(_DOCUMENTS, traces=traces)):
            self._documents[row["trace_id"]].append(row)


def _messages(turn: Said) -> list[dict[str, str]]:
    spoken = (("user", turn.question), ("assistant", turn.answer))
    return [{"role": role, "content": text} for role, text in spoken if text.strip()]


def _trace(item: str) -> str:
    return item.split("/", 1)[0]


def _listed(frame: pd.DataFrame | None, key: str, value: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for row in rows_of(frame) if frame is not None else ():
        found[row[key]].append(row[value])
    return found


def _some(listed: list[str]) -> Iterable[list[str]]:
    return (listed[first : first + _AT_ONCE] for first in range(0, len(listed), _AT_ONCE))
