"""Figures as people read them: a value with its interval, or that it is unknown."""

from typing import Any

from pages.parts import words


def with_interval(one: Any) -> str:
    """`0.52 (0.44 to 0.58)` of anything with `value, low, high`; a bare number without an interval."""
    value = getattr(one, "value", one)
    if value is None:
        return words.UNKNOWN
    low, high = getattr(one, "low", None), getattr(one, "high", None)
    if low is None or high is None:
        return _spelt(value)
    return f"{_spelt(value)} ({_spelt(low)} to {_spelt(high)})"


def _spelt(value: float) -> str:
    """With a typographer's minus: a hyphen first would be taken for a formula by spreadsheets."""
    return f"{value:.2f}".replace("-", "−")  # noqa: RUF001
