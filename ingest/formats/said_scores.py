"""How a score's value is said: number, yes or no, word or text. Shared by the formats that bring scores."""

import json
from typing import Any

from ingest.values import measured

LABEL_CHARACTERS = 100
"""A longer word is free text."""
_YES = frozenset({"yes", "true", "y", "pass", "thumbs-up", "thumbs_up"})
_NO = frozenset({"no", "false", "n", "fail", "thumbs-down", "thumbs_down"})


def said(value: Any) -> dict[str, Any]:
    """The columns `value`, `label`, `bool`, `text` and `data_type` of a value as sent; unknown ones are left out.

    A word keeps its spelling as the label; whether more is better is not known here.
    """
    if isinstance(value, bool):
        return {"value": float(value), "bool": value, "data_type": "boolean"}
    if isinstance(value, int | float):
        number = measured(value)
        return {"value": number, "data_type": "numeric"} if number is not None else word(str(value))
    if isinstance(value, str):
        return word(value)
    if value is None:
        return {}
    return {"text": json.dumps(value, ensure_ascii=False), "data_type": "text"}


def word(text: str) -> dict[str, Any]:
    """The columns of a value that is a word, or a text when it is long."""
    if not text:
        return {}
    if len(text) > LABEL_CHARACTERS or "\n" in text:
        return {"text": text, "data_type": "text"}
    lower = text.strip().lower()
    if lower in _YES or lower in _NO:
        return {"label": text, "bool": lower in _YES, "data_type": "categorical"}
    return {"label": text, "data_type": "categorical"}
