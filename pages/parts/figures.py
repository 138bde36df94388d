"""Figures as people read them: a value with its interval, or that it is unknown."""

from typing import Any

import pandas as pd

from metrics import words

FEW_ITEMS = 30
"""Below this an interval covers the truth less often than it says (91 instead of 95 in 100, `benchmarks.coverage`)."""
FEW = "few labels"


def with_interval(one: Any) -> str:
    """`0.52 (0.44 to 0.58)` of anything with `value, low, high`; a bare number without an interval.

    Where it rests on few items, `few labels` follows.
    """
    value = getattr(one, "value", one)
    if value is None:
        return words.UNKNOWN
    low, high = getattr(one, "low", None), getattr(one, "high", None)
    if low is None or high is None:
        return _spelt(value)
    mark = f", {FEW}" if has_few(one) else ""
    return f"{_spelt(value)} ({_spelt(low)} to {_spelt(high)}){mark}"


def with_bounds(value: float | None, low: float | None, high: float | None) -> str:
    """The same of three numbers, of which any may be missing."""
    if value is None or pd.isna(value):
        return words.UNKNOWN
    if low is None or high is None or pd.isna(low) or pd.isna(high):
        return _spelt(value)
    return f"{_spelt(value)} ({_spelt(low)} to {_spelt(high)})"


def has_few(one: Any) -> bool:
    """Whether the figure says that it rests on few labels, or on fewer than `FEW_ITEMS` items."""
    items = getattr(one, "items", None)
    return bool(getattr(one, "few_labels", False)) or (isinstance(items, int) and items < FEW_ITEMS)


def _spelt(value: float) -> str:
    """With a typographer's minus: a hyphen first would be taken for a formula by spreadsheets."""
    return f"{value:.2f}".replace("-", "−")  # noqa: RUF001
