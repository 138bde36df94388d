"""Documents that a retriever found or a reranker ordered, from every client's way of saying it."""

from collections.abc import Callable, Mapping
from typing import Any

from ingest.mapping import Sorted
from ingest.values import Bounded, instant, measured, parsed, text_of

MAX_DOCUMENTS = 1000
_LIST_KEYS = ("documents", "docs", "results", "matches", "nodes", "source_documents", "hits", "output", "data")
_NOT_SAID = frozenset({"type", "lc", "metadata"})
_ROLES = ("retrieved", "reranked_in", "reranked_out")
_IN_METADATA = 100
"""Added to the rank of what stands in the metadata: a document's own fields come first."""


def _text(value: Any, limits: Bounded) -> str | None:
    text = text_of(value if isinstance(value, str) else limits.of(value))
    return limits.text(text) if text else None


_TYPES: dict[str, Callable[[Any, Bounded], Any]] = {
    "doc_id": _text,
    "content": _text,
    "title": _text,
    "url": _text,
    "score": lambda value, _: measured(value),
    "last_updated": lambda value, _: instant(value),
}

Document = dict[str, Any]


class Documents:
    """Reads documents by the field names of the mapping table."""

    def __init__(self, names: Mapping[str, list[str]]) -> None:
        self._field = {name: (field, rank) for field, known in names.items() for rank, name in enumerate(known)}

    def fill(self, row: dict[str, Any], found: Sorted, answered: object, limits: Bounded) -> bool:
        """Set a row's documents; whether they hold all that the output says, so that it need not be kept."""
        retrieves = row["kind"] in ("retriever", "reranker")
        if not retrieves and not found.slots.keys() & {*_ROLES}:
            return False
        listed = [document for role in _ROLES for document in self.read(found.take(role), role, limits)]
        inside = self.inside(answered) if retrieves else None
        if inside is not None:
            more = self.read(inside, "retrieved" if row["kind"] == "retriever" else "reranked_out", limits)
            listed = _completed(listed, more) if listed else more
        if listed:
            row["documents"] = listed
        return inside is not None or (retrieves and bool(listed) and _repeats(answered, listed))

    def read(self, value: object, role: str, limits: Bounded) -> list[Document]:
        """The documents of a list, ranked by their order in it."""
        listed = parsed(value)
        if isinstance(listed, dict):
            listed = [listed]
        if not isinstance(listed, list):
            return []
        found = [self._document(item, limits) for item in listed[:MAX_DOCUMENTS]]
        return [{"rank": rank, "role": role, **item} for rank, item in enumerate(found, 1) if item]

    def inside(self, output: object) -> list[object] | None:
        """The list of documents in a retriever's output; None when it holds none."""
        output = parsed(output)
        if isinstance(output, dict):
            return next((found for key in _LIST_KEYS if (found := self.inside(output.get(key))) is not None), None)
        if isinstance(output, list) and output and all(self._is_document(item) for item in output):
            return output
        return None

    def _is_document(self, item: object) -> bool:
        item = self._unwrapped(parsed(item))
        if isinstance(item, str):
            return bool(item)
        if not isinstance(item, dict):
            return False
        fields = {self._field[name][0] for name in item.keys() & self._field.keys()}
        return "content" in fields or {"doc_id", "score"} <= fields

    @staticmethod
    def _unwrapped(item: object) -> object:
        """OpenInference wraps in `document`, LlamaIndex in `node`, LangChain's dumps in `kwargs`."""
        if not isinstance(item, dict):
            return item
        for wrapper in ("document", "node", "kwargs", "payload"):
            inner = parsed(item.get(wrapper))
            if isinstance(inner, dict):
                return {**{key: value for key, value in item.items() if key not in (wrapper, "lc")}, **inner}
        return item

    def _document(self, item: object, limits: Bounded) -> Document:
        said = self._unwrapped(parsed(item))
        if isinstance(said, str):
            return {"content": limits.text(said)}
        if not isinstance(said, dict):
            return {}
        metadata = parsed(said.get("metadata"))
        best: dict[str, tuple[int, Any]] = {}
        rest: dict[str, Any] = {}
        self._sort(said, 0, best, rest)
        if isinstance(metadata, dict):
            self._sort(metadata, _IN_METADATA, best, rest)
        elif metadata is not None:
            rest["metadata"] = metadata
        return _typed({field: named for field, (_, named) in best.items()}, rest, limits)

    def _sort(
        self, said: Mapping[str, Any], after: int, best: dict[str, tuple[int, Any]], rest: dict[str, Any]
    ) -> None:
        """Each value into its field, the first name of the table winning; what has none into `rest`."""
        for name, value in said.items():
            if value is None or name in _NOT_SAID:
                continue
            field, rank = self._field.get(name, ("", 0))
            known = best.get(field)
            if not field or (after and field == "content"):
                rest.setdefault(name, value)
            elif known is None:
                best[field] = (rank + after, (name, value))
            elif known[0] > rank + after:
                rest.setdefault(*known[1])
                best[field] = (rank + after, (name, value))
            else:
                rest.setdefault(name, value)


def _typed(said: Mapping[str, tuple[str, Any]], rest: dict[str, Any], limits: Bounded) -> Document:
    """The fields in the types of their columns; a value that has not the type stays in the metadata."""
    made: Document = {}
    for field, (name, value) in said.items():
        fitting = _TYPES[field](value, limits)
        if fitting is not None:
            made[field] = fitting
        else:
            rest.setdefault(name, value)
    if rest:
        made["metadata"] = limits.of(rest)
    return made


def _completed(listed: list[Document], more: list[Document]) -> list[Document]:
    """Documents with the ids that only the output's JSON holds (LangChain through OpenInference)."""
    by_content = {document.get("content"): document for document in more}
    return [{**by_content.get(document.get("content"), {}), **document} for document in listed]


def _repeats(answered: object, listed: list[Document]) -> bool:
    text = text_of(answered) or ""
    return all(str(document.get("content") or "")[:200] in text for document in listed)
