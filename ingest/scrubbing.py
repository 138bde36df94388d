"""Walks every column of a row by what the schema says it holds, so that no text is kept unscrubbed.

Driven by `Column.holds`: a new column is scrubbed by its declaration, not by remembering it here.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from scrub import Scrubber, TextKind
from scrub.lexicon import lexicon
from storage.schema import DOCUMENTS, SCORES, SPANS, Column, Holds, Kind

Row = dict[str, Any]

_ROLES = frozenset({"user", "assistant", "system", "tool"})
_PART_TYPES = frozenset({"text", "tool_call", "tool_result", "reasoning"})
_DATA_SPANS = frozenset({"tool", "retriever", "reranker"})
_TEXTS = frozenset({"input_text", "output_text", "system_text"})
"""Columns that a part of a message may refer to."""
_DRAWN = frozenset({"trace_id", "span_id", "parent_span_id", "judge_trace_id"})
"""Ids that clients draw at random: one in 60,000 has the digits of a card by chance, and stays all the same."""
_ID = re.compile(r"[0-9a-f]{16}|[0-9a-f]{32}")
OTHER_LANGUAGE = "other_language_"
"""Begins a problem of a span: some of its text is in a language that the policy does not name (ISO 639-1)."""
_AUTOMATIC = frozenset({"judge", "code"})
_LEARNT_AS = {"user_id": "user_id", "session_id": "session_id", "author": "user_id"}
"""The key under which the scrubber is told of a column's value: in words an author is a person like others."""
_SHORTEST, _LONGEST = 6, 200
_FEWEST_DIGITS = 6
_FEWEST_BESIDE_LETTERS = 2
_COUNTED = re.compile(r"(\D+)\d{1,2}")
_DATE_OR_VERSION = re.compile(
    r"\d{1,4}[-./]\d{1,2}(?:[-./T]\d[\d:.TZ+-]*)?"  # 2026-05, 1.5.2026, 2026-05-01T10:00:00Z
    r"|(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:[0-3]\d)?"  # 20260501
    r"|(?:19|20)\d\d[-_ ]?[QWqw]\d{1,2}"  # 2026-W18
    r"|v?\d{1,3}(?:\.\d{1,3})+\S*"  # v1.10.2-beta
)


def _scrubbed_columns(columns: Iterable[Column]) -> dict[str, Column]:
    return {column.lake_name: column for column in columns if column.holds is not Holds.FACT}


_SPANS, _DOCUMENTS, _SCORES = map(_scrubbed_columns, (SPANS, DOCUMENTS, SCORES))


class _Touch(Protocol):
    """What is done with each value on the walk."""

    def text(self, text: str, kind: TextKind) -> str: ...

    def data(self, value: object, kind: TextKind) -> object: ...

    def key(self, value: str) -> str: ...

    def person(self, value: str, field: str) -> str: ...


class _Learn:
    """Shows the scrubber everything of a trace, so that a name known in one place is found in all."""

    def __init__(self, scrubber: Scrubber, trace_id: str) -> None:
        self._learn = scrubber.learn
        self._ids = {trace_id}  # it stays in its column, so a session of that name is no secret

    def text(self, text: str, kind: TextKind) -> str:
        self._learn(text, kind)
        return text

    def data(self, value: object, kind: TextKind) -> object:
        self._learn(value, kind)
        return value

    def key(self, value: str) -> str:
        return value

    def person(self, value: str, field: str) -> str:
        """What is hashed in its column is hashed in the words beside it."""
        if value not in self._ids:
            self._ids.add(value)
            if is_telling(value):
                self._learn({_LEARNT_AS[field]: value}, TextKind.DATA)
        return value


class _Replace:
    """Replaces personal data and counts it."""

    def __init__(self, scrubber: Scrubber) -> None:
        self._scrubber = scrubber
        self.counts: Counter[str] = Counter()

    def text(self, text: str, kind: TextKind) -> str:
        scrubbed = self._scrubber.text(text, kind)
        if scrubbed.counts:
            self.counts.update(scrubbed.counts)
        return scrubbed.text

    def data(self, value: object, kind: TextKind) -> object:
        clean, counts = self._scrubber.data(value, kind)
        if counts:
            self.counts.update(counts)
        return clean

    def key(self, value: str) -> str:
        return self._scrubber.join_key(value)

    def person(self, value: str, field: str) -> str:
        return self._scrubber.identifier(value, field)


def is_telling(identifier: str) -> bool:
    """Whether what an application calls a person or session can mean nothing else where a text says it.

    `k448812` does; `user`, `admin`, `agent-2`, `gpt-4o`, a year, a date, an amount or a short number may be words.
    """
    digits = sum(map(str.isdigit, identifier))
    if len(identifier) > _LONGEST or _DATE_OR_VERSION.fullmatch(identifier):
        return False
    if not any(map(str.isalpha, identifier)):
        return digits >= _FEWEST_DIGITS and not identifier.endswith("000")
    counted = _COUNTED.fullmatch(identifier)
    if counted and (not counted[1][-1].isalpha() or lexicon().is_word(counted[1].lower())):
        return False  # agent-12, user12
    return digits >= _FEWEST_BESIDE_LETTERS and len(identifier) >= _SHORTEST


def scrub_spans(scrubber: Scrubber, trace_id: str, rows: list[Row], scores: Iterable[Row] = ()) -> None:
    """Scrub the rows of one trace, and scores of it, in place; each gets its `entities`."""
    with scrubber.trace(trace_id) as context:
        learn = _Learn(context, trace_id)
        for row in rows:
            _walk_span(row, learn)
        for score in scores:
            _learn_score(score, learn)
        for score in scores:
            _replace_score(score, context)
        for row in rows:
            replace = _Replace(context)
            row.update(_walk_span(row, replace))
            row["entities"] = dict(replace.counts) or None
            if languages := context.take_other_languages():
                row["problems"] = [*row.get("problems", ()), *(f"{OTHER_LANGUAGE}{code}" for code in sorted(languages))]


def scrub_score(scrubber: Scrubber, row: Row) -> None:
    """Scrub a score in place whose trace is not at hand. See `_replace_score`."""
    trace_id = str(row.get("trace_id") or "")
    with scrubber.trace(trace_id) as context:
        _learn_score(row, _Learn(context, trace_id))
        _replace_score(row, context)


def _learn_score(row: Row, learn: _Learn) -> None:
    said = {name: value for name, value in row.items() if name != "author" or row.get("source") not in _AUTOMATIC}
    _walk(said, _SCORES, learn, TextKind.PROSE)


def _replace_score(row: Row, context: Scrubber) -> None:
    """A person's name as author becomes a keyed hash; a program's name is a label."""
    replace = _Replace(context)
    author = row.pop("author", None)
    row.update(_walk(row, _SCORES, replace, TextKind.PROSE))
    if author is not None and row.get("source") in _AUTOMATIC:
        row["author"] = replace.text(author, TextKind.LABEL)
    elif author is not None:
        row["author"] = replace.person(author, "author")
    row["entities"] = dict(replace.counts) or None


def _walk_span(row: Row, touch: _Touch) -> Row:
    words = TextKind.DATA if row.get("kind") in _DATA_SPANS else TextKind.PROSE
    done = _walk(row, _SPANS, touch, words)
    documents = row.get("documents")
    if documents:
        done["documents"] = [{**document, **_walk(document, _DOCUMENTS, touch, words)} for document in documents]
    return done


def _walk(row: Mapping[str, Any], columns: Mapping[str, Column], touch: _Touch, words: TextKind) -> Row:
    """The scrubbed values of a row's columns that may hold text."""
    done: Row = {}
    for name, value in row.items():
        column = columns.get(name)
        if column is not None and value is not None:
            done[name] = _value(value, column, touch, words)
    return done


def _value(value: Any, column: Column, touch: _Touch, words: TextKind) -> Any:
    match column.holds:
        case Holds.PERSON_KEY:
            return touch.person(str(value), column.name)
        case Holds.KEY:
            is_drawn = column.name in _DRAWN and _ID.fullmatch(str(value))
            return value if is_drawn else touch.key(str(value))
        case Holds.LABEL:
            if column.kind is Kind.TEXTS:
                return [touch.text(str(item), TextKind.LABEL) for item in value]
            return touch.text(str(value), TextKind.LABEL)
        case Holds.MESSAGES:
            return [_message(message, touch) for message in value]
        case Holds.PROSE:
            return touch.text(str(value), words)
    return touch.text(value, TextKind.DATA) if isinstance(value, str) else touch.data(value, TextKind.DATA)


def _message(message: Mapping[str, Any], touch: _Touch) -> Row:
    role = message["role"]
    kind = TextKind.DATA if role == "tool" else TextKind.PROSE
    rest = {key: value for key, value in message.items() if key not in ("role", "parts")}
    return {
        "role": role if role in _ROLES else touch.text(str(role), TextKind.LABEL),
        "parts": [_part(part, kind, touch) for part in message["parts"]],
        **_table(rest, touch.data),
    }


def _part(part: Mapping[str, Any], kind: TextKind, touch: _Touch) -> Row:
    said = part["type"]
    done: Row = {"type": said if said in _PART_TYPES else touch.text(str(said), TextKind.LABEL)}
    text = part.get("text")
    if isinstance(text, str):
        done["text"] = touch.text(text, kind)
    elif text is not None:
        done["text"] = touch.data(text, kind)
    if part.get("ref") in _TEXTS and "text" not in part:
        done["ref"] = part["ref"]
    rest = {key: value for key, value in part.items() if key not in ("type", "text", "ref")}
    return {**done, **_table(rest, touch.data)}


def _table(value: Row, data: Callable[[object, TextKind], object]) -> Row:
    clean = data(value, TextKind.DATA) if value else {}
    return clean if isinstance(clean, dict) else {}
