"""Takes JSON from outside apart without trusting its shape: what is not there or of another type is empty."""

from typing import Any

from ingest.values import parsed


def as_table(value: Any) -> dict[str, Any]:
    """A JSON object, also one inside a string; anything else is an empty one."""
    value = parsed(value)
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """A JSON array, also one inside a string; anything else is an empty one."""
    value = parsed(value)
    return value if isinstance(value, list) else []


def as_text(value: Any) -> str:
    """A text or number as text; anything else is empty."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def present(table: dict[str, Any]) -> dict[str, Any]:
    """The entries that say something: not None and not an empty text, list or object."""
    return {key: value for key, value in table.items() if value is not None and value not in ("", [], {})}
