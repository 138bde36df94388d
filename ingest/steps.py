"""The step of a span: its name with ids and numbers removed, the unit that trends are grouped by."""

import re
from functools import lru_cache

_PLACEHOLDER = re.compile(r"<([A-Z][A-Z_]*?)_?[0-9\ue000-\ue001a-z]*>")
_HASHED = re.compile(r"(?<![A-Za-z0-9])[usak]_[a-z2-7]{20}(?![A-Za-z0-9])")  # a person, session or id, as we keep it
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_HEX = re.compile(r"(?<![A-Za-z0-9])(?=[0-9a-fA-F]*\d)[0-9a-fA-F]{8,}(?![A-Za-z0-9])")
_NUMBER = re.compile(r"(?<![A-Za-z0-9])#?\d+(?:[.,:]\d+)*(?![A-Za-z0-9])")
_GAPS = re.compile(r"([-_.:/#, ])[-_.:/#, ]*(?=[-_.:/#, ]|$)")
_EDGES = "-_.:/#, "


LONGEST = 500
"""Characters of a name that make its step."""


def step_of(name: str, model: str | None = None) -> str:
    """The step that a (scrubbed) span name belongs to; a model's own numbers stay."""
    return _step_of(name[:LONGEST], model[:LONGEST] if model else None)


@lru_cache(maxsize=8192)
def _step_of(name: str, model: str | None) -> str:
    kept = "\0" if model and model in name else None
    text = name.replace(model, kept) if model and kept else name
    text = _PLACEHOLDER.sub(r"<\1>", text)
    for pattern in (_HASHED, _UUID, _HEX, _NUMBER):
        text = pattern.sub("", text)
    text = re.sub(r"\(\s*\)|\[\s*\]|\{\s*\}", "", text)
    text = _GAPS.sub(r"\1", text).strip(_EDGES)
    if model and kept:
        text = text.replace(kept, model)
    return text or "span"
