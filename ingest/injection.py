"""Which texts of a span may hold orders that are not its application's, and what the flags say of them.

Looked at are a tool's results, retrieved documents and what users said; never system prompts, tool definitions or the
model's own words, which may rightly say such things. The texts are scrubbed by then, so a flag can be made again from
what is kept, and a classifier of the team's own sees nothing personal.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ingest.values import parsed
from scrub import without_numbers
from scrub.injection import Flagger, Looked

Row = dict[str, Any]
Text = tuple[str, str]
"""Where a text stands - `tool`, `document` or `user` - and the text."""

SHORTEST = 12
"""Characters; in a shorter text there is no room for an order."""
_RETRIEVING = frozenset({"retriever", "reranker"})
_NOT_OF_USERS = frozenset({"tool", "retriever", "reranker", "embedding", "guardrail", "evaluator"})
_OF_THE_APP = frozenset({"system", "developer", "assistant", "ai", "instructions", "tools"})
"""In what a user's message may be wrapped in: roles, and keys, of what the application says itself."""
_DEEPEST = 20
_MOST_LEAVES = 5_000


def flag_spans(flagger: Flagger, rows: list[Row]) -> None:
    """Fill the columns about injected instructions in scrubbed rows, in place."""
    texts = [list(_texts_of(row)) for row in rows]
    said = flagger.looked(text for of_row in texts for _, text in of_row)
    version = flagger.version
    for row, of_row in zip(rows, texts, strict=True):
        if of_row:
            row.update(_columns([(where, said[text]) for where, text in of_row], flagger))
            row["injection_version"] = version


def _columns(found: list[tuple[str, Looked]], flagger: Flagger) -> Row:
    flags = {flagger.is_flag(said) for _, said in found}
    rules = sorted({f"{where}/{rule}" for where, said in found for rule in said.rules})
    probabilities = [said.probability for _, said in found if said.probability is not None]
    return {
        "injection_flag": True if True in flags else None if None in flags else False,
        "injection_score": max(said.score for _, said in found),
        "injection_rules": rules or None,
        "injection_probability": max(probabilities, default=None),
    }


def _texts_of(row: Mapping[str, Any]) -> Iterator[Text]:
    """Each text of the row that is looked at, without the numbers of its placeholders."""
    for where, text in _spoken(row):
        if len(text) >= SHORTEST:
            yield where, without_numbers(text)


def _spoken(row: Mapping[str, Any]) -> Iterator[Text]:
    kind = row.get("kind")
    if kind == "tool":
        yield from (("tool", text) for name in ("output_text", "tool_result") for text in _words(row.get(name)))
    elif kind in _RETRIEVING:
        yield from (("document", text) for text in _words(row.get("output_text")))
    if kind not in _NOT_OF_USERS and not _is_of_the_app(row):
        yield from (("user", text) for text in _words(row.get("input_text"), of_users=True))
    for document in row.get("documents") or ():
        for name in ("content", "title", "metadata"):
            yield from (("document", text) for text in _words(document.get(name)))
    for column in ("messages_in", "messages_out"):
        yield from _in_messages(row.get(column) or ())


def _is_of_the_app(row: Mapping[str, Any]) -> bool:
    """Whether what went in is a message of the system's or the model's own: a request may hold no other."""
    messages = row.get("messages_in") or ()
    return any(
        part.get("ref") == "input_text"
        for message in messages
        if message.get("role") in _OF_THE_APP
        for part in message.get("parts") or ()
    )


def _in_messages(messages: Iterable[Mapping[str, Any]]) -> Iterator[Text]:
    for message in messages:
        role = message.get("role")
        for part in message.get("parts") or ():
            if part.get("type") == "tool_result":
                yield from (("tool", text) for text in _words(part.get("result")))
            elif role == "tool":
                yield from (("tool", text) for text in _words(part.get("text")))
            elif role == "user":
                yield from (("user", text) for text in _words(part.get("text"), of_users=True))


def _words(value: object, *, of_users: bool = False) -> Iterator[str]:
    """The texts in a value, JSON in text opened; `of_users`: without what a system or the model says in it."""
    if isinstance(value, str):
        opened = parsed(value) if value[:1] in {"{", "["} else value
        if isinstance(opened, str):
            yield value
            return
        value = opened
    if value is not None:
        yield from _leaves(value, _OF_THE_APP if of_users else frozenset())


def _leaves(value: object, left_out: frozenset[str]) -> Iterator[str]:
    """Texts of a JSON-like value, but for roles and keys to leave out. Beyond bounds the rest is one text."""
    found = 0
    below: list[tuple[object, int]] = [(value, 0)]
    while below:
        item, depth = below.pop()
        if isinstance(item, str):
            if len(item) >= SHORTEST:
                yield item
                found += 1
        elif found >= _MOST_LEAVES or depth >= _DEEPEST:
            yield str(item)
        elif isinstance(item, Mapping):
            if not left_out or str(item.get("role", item.get("type", ""))).lower() not in left_out:
                below += [(inner, depth + 1) for key, inner in item.items() if key not in left_out]
        elif isinstance(item, list | tuple):
            below += [(inner, depth + 1) for inner in item]
