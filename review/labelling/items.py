"""What a reviewer may see of an item, and nothing else: the conversation, the answer, documents and tool calls.

Blind by selection: scores, labels, strata, model names and the spans of judges are not read here, so no page or
command that shows an item can leak them. All of it is text of traces and hostile.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from review.labelling import bounds
from review.labelling.bounds import cut
from review.labelling.spoken import Message, Said, Span, Texts, readable, said, unjudged
from review.rubric.rubric import Unit
from review.traffic import HeldTraffic, Traffic
from storage.schema import text_columns
from storage.warehouse import Warehouse

MOST_TURNS = 200
LONGEST_TEXT = 100_000
"""Characters of a question, an answer or a message."""
LONGEST_EXTRA = 20_000
"""Characters of a document, and of what a tool was given or gave."""
_COLUMNS = [column.name for column in text_columns("spans")]
_LAST_ROLE_FIRST = {"reranked_out": 0, "retrieved": 1}


@dataclass(frozen=True, slots=True)
class ShownDocument:
    """One document that was retrieved; `updated` is a day (ISO), `turn` counts from 1 within the session."""

    title: str
    updated: str | None
    content: str
    turn: int
    under_review: bool = False


@dataclass(frozen=True, slots=True)
class ShownToolCall:
    """One call of a tool: what it was given and what it gave back."""

    name: str
    given: str
    result: str
    failed: bool
    turn: int


@dataclass(frozen=True, slots=True)
class ShownItem:
    """One item for a reviewer.

    Of a trace: the conversation `before`, its `question` and `answer`. Of a session: all of it in `before`.
    Of a document: the same as of its trace, and the document with `under_review`.
    """

    unit: str
    target: str
    before: tuple[Message, ...]
    question: str
    answer: str
    documents: tuple[ShownDocument, ...]
    tool_calls: tuple[ShownToolCall, ...]
    turn: int
    earlier_left_out: int = 0
    """Turns at the beginning that are too many to show."""

    def as_json(self) -> dict[str, Any]:
        """As lists and objects of JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Turn:
    number: int
    said: Said
    spans: list[Span]
    texts: dict[str, Texts]


def shown_item(warehouse: Warehouse, target: str, unit: str) -> ShownItem | None:
    """What a reviewer may see of `target` (trace id, session id, or trace/span/rank of a document).

    None when it is not there: not loaded yet, or erased.
    """
    return item_of(HeldTraffic(warehouse), target, unit)


def item_of(traffic: Traffic, target: str, unit: str) -> ShownItem | None:
    """`shown_item`, of the warehouse that this process holds or of one that another does."""
    match Unit(unit):
        case Unit.SESSION:
            found = _session(traffic, target)
        case Unit.DOCUMENT:
            found = _document(traffic, target)
        case _:
            found = _trace(traffic, target)
    return found and _bounded(found)


def _bounded(item: ShownItem) -> ShownItem:
    """The item with no more than a page can show; what is left out is said."""
    before = bounds.last_ones(item.before, lambda one: len(one.text))
    dropped = item.before[: len(item.before) - len(before)]
    documents = bounds.first_ones(item.documents, lambda one: len(one.content))
    calls = bounds.first_ones(item.tool_calls, lambda one: len(one.given) + len(one.result))
    more_documents, more_calls = len(item.documents) - len(documents), len(item.tool_calls) - len(calls)
    if more_documents:
        said = f"{more_documents:,} more documents, too much to show"
        documents = (*documents, ShownDocument(said, None, "", item.turn))
    if more_calls:
        said = f"{more_calls:,} more tool calls, too much to show"
        calls = (*calls, ShownToolCall(said, "", "", failed=False, turn=item.turn))
    turns = max(1, sum(one.role == "user" for one in dropped)) if dropped else 0
    return replace(
        item,
        before=tuple(before),
        documents=tuple(documents),
        tool_calls=tuple(calls),
        earlier_left_out=item.earlier_left_out + turns,
    )


def _trace(traffic: Traffic, trace_id: str) -> ShownItem | None:
    found = traffic.rows(_sql("item_trace"), trace_id=trace_id)
    if not found:
        return None
    _, session_id, root, *_ = found[0]
    listed = _listed(traffic, session_id, upto=trace_id) if session_id else []
    if not any(trace == trace_id for trace, *_ in listed):
        listed = [(trace_id, root, 1, 1)]
    *earlier, this = _turns(traffic, listed)
    told = [Message(one.role, cut(one.text, LONGEST_TEXT)) for one in this.said.before]
    before = [message for turn in earlier for message in _messages(turn)] or told
    return ShownItem(
        unit=Unit.TRACE.value,
        target=trace_id,
        before=tuple(before),
        question=cut(this.said.question, LONGEST_TEXT),
        answer=cut(this.said.answer, LONGEST_TEXT),
        documents=tuple(_documents(traffic, trace_id, this)),
        tool_calls=tuple(_tool_calls(this)),
        turn=this.number,
        earlier_left_out=(earlier[0] if earlier else this).number - 1,
    )


def _session(traffic: Traffic, session_id: str) -> ShownItem | None:
    listed = _listed(traffic, session_id, upto=None)
    if not listed:
        return None
    turns = _turns(traffic, listed)
    traces = [trace for trace, *_ in listed]
    return ShownItem(
        unit=Unit.SESSION.value,
        target=session_id,
        before=tuple(message for turn in turns for message in _messages(turn)),
        question="",
        answer="",
        documents=tuple(
            one for trace, turn in zip(traces, turns, strict=True) for one in _documents(traffic, trace, turn)
        ),
        tool_calls=tuple(call for turn in turns for call in _tool_calls(turn)),
        turn=turns[-1].number,
        earlier_left_out=turns[0].number - 1,
    )


def _document(traffic: Traffic, target: str) -> ShownItem | None:
    trace_id, span_id, rank = (*target.rsplit("/", 2), "", "")[:3]
    of_trace = _trace(traffic, trace_id)
    if of_trace is None or not rank.isdigit():
        return None
    found = traffic.trace_documents(trace_id)
    this = found[(found["span_id"] == span_id) & (found["rank"] == int(rank))]
    if this.empty:
        return None
    reviewed = _shown_document(this.iloc[0], turn=of_trace.turn, under_review=True)
    others = tuple(one for one in of_trace.documents if (one.title, one.content) != (reviewed.title, reviewed.content))
    return ShownItem(
        unit=Unit.DOCUMENT.value,
        target=target,
        before=of_trace.before,
        question=of_trace.question,
        answer=of_trace.answer,
        documents=(reviewed, *others),
        tool_calls=of_trace.tool_calls,
        turn=of_trace.turn,
        earlier_left_out=of_trace.earlier_left_out,
    )


def _listed(traffic: Traffic, session_id: str, *, upto: str | None) -> list[tuple[str, str, int, int]]:
    """`trace_id, root_span_id, turn, turns` in the order they happened, the last ones if they are too many."""
    found = traffic.rows(_sql("item_turns"), session_id=session_id, trace_id=upto, rows=MOST_TURNS)
    return [(str(trace), str(root), int(turn), int(turns)) for trace, root, turn, turns in reversed(found)]


def _turns(traffic: Traffic, listed: Sequence[tuple[str, str, int, int]]) -> list[_Turn]:
    traces = [trace for trace, *_ in listed]
    spans: dict[str, list[Span]] = defaultdict(list)
    for trace, *facts in traffic.rows(_sql("item_spans"), traces=traces):
        spans[trace].append(Span(*facts))
    kept = {trace: unjudged(spans[trace]) for trace in traces}
    texts = _texts(traffic, [(trace, span.span_id) for trace in traces for span in kept[trace]])
    return [
        _Turn(number, said(kept[trace], texts[trace], root=root), kept[trace], texts[trace])
        for trace, root, number, _ in listed
    ]


def _texts(traffic: Traffic, spans: list[tuple[str, str]]) -> dict[str, dict[str, Texts]]:
    found: dict[str, dict[str, Texts]] = defaultdict(dict)
    if spans:
        for row in traffic.span_texts(spans).to_dict("records"):
            held = {name: row[name] for name in _COLUMNS if isinstance(row[name], str) and row[name]}
            found[row["trace_id"]][row["span_id"]] = held
    return found


def _messages(turn: _Turn) -> list[Message]:
    spoken = (Message("user", turn.said.question), Message("assistant", turn.said.answer))
    return [Message(one.role, cut(one.text, LONGEST_TEXT)) for one in spoken if one.text.strip()]


def _tool_calls(turn: _Turn) -> list[ShownToolCall]:
    return [
        ShownToolCall(
            name=span.name or "tool",
            given=cut(_first(turn.texts.get(span.span_id, {}), "tool_args", "input_text"), LONGEST_EXTRA),
            result=cut(_first(turn.texts.get(span.span_id, {}), "tool_result", "output_text"), LONGEST_EXTRA),
            failed=span.status == "error",
            turn=turn.number,
        )
        for span in turn.spans
        if span.kind == "tool"
    ]


def _documents(traffic: Traffic, trace_id: str, turn: _Turn) -> list[ShownDocument]:
    """Each document once: as the reranker left them, then those that it dropped."""
    found = traffic.trace_documents(trace_id)
    found = found[found["span_id"].isin([span.span_id for span in turn.spans])]
    ordered = found.assign(place=found["role"].map(_LAST_ROLE_FIRST).fillna(2)).sort_values(["place", "rank"])
    seen: dict[tuple[str, str], ShownDocument] = {}
    for _, row in ordered.iterrows():
        one = _shown_document(row, turn=turn.number)
        seen.setdefault((one.title, one.content), one)
    return list(seen.values())


def _shown_document(row: pd.Series, *, turn: int, under_review: bool = False) -> ShownDocument:
    title, content, updated = row["title"], row["content"], row["last_updated"]
    return ShownDocument(
        title=title if isinstance(title, str) else "",
        updated=None if pd.isna(updated) else pd.Timestamp(updated).date().isoformat(),
        content=cut(content, LONGEST_EXTRA) if isinstance(content, str) else "",
        turn=turn,
        under_review=under_review,
    )


def _first(texts: Texts, *columns: str) -> str:
    return readable(next((texts[column] for column in columns if column in texts), ""))


@cache
def _sql(name: str) -> str:
    return (Path(__file__).parent / f"{name}.sql").read_text()
