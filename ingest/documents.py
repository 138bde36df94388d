"""Documents that a retriever found or a reranker ordered, from every client's way of saying it."""

from collections.abc import Mapping
from typing import Any

from ingest.values import Bounded, instant, parsed, real, text_of

MAX_DOCUMENTS = 1000
_LIST_KEYS = ("documents", "docs", "results", "matches", "nodes", "source_documents", "hits", "output", "data")
_NOT_SAID = frozenset({"type", "lc"})

Document = dict[str, Any]


class Documents:
    """Reads documents by the field names of the mapping table."""

    def __init__(self, names: Mapping[str, list[str]]) -> None:
        self._names = names
        self._content = frozenset(names["content"])

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
        return isinstance(item, dict) and bool(item.keys() & self._content)

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
        left = dict(said)
        metadata = parsed(left.pop("metadata", None))
        more = dict(metadata) if isinstance(metadata, dict) else {}
        made: Document = {
            "doc_id": text_of(self._take("doc_id", left, more)),
            "score": real(self._take("score", left, more)),
            "content": text_of(limits.of(self._take("content", left, {}))),
            "title": text_of(self._take("title", left, more)),
            "url": text_of(self._take("url", left, more)),
            "last_updated": instant(self._take("last_updated", left, more)),
        }
        rest = {key: value for key, value in {**left, **more}.items() if value is not None and key not in _NOT_SAID}
        if metadata is not None and not isinstance(metadata, dict):
            rest["metadata"] = metadata
        made["metadata"] = limits.of(rest) if rest else None
        return {key: value for key, value in made.items() if value is not None}

    def _take(self, field: str, first: dict[str, Any], then: dict[str, Any]) -> Any:
        for source in (first, then):
            for name in self._names[field]:
                if source.get(name) is not None:
                    return source.pop(name)
        return None
