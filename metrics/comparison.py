"""Comparing two traces: which span of one is which of the other, and what differs."""

from collections import Counter

import pandas as pd

_Key = tuple[object, ...]


def matched_steps(left: pd.DataFrame, right: pd.DataFrame) -> pd.DataFrame:
    """Spans of two traces side by side, in the order of the left one.

    Both are frames of `anatomy`. Two spans match when their ways from the root agree in kind and step, and each is
    the same-numbered of its kind there: the second search under the plan is the second search under the plan. A span
    with no partner stands alone, after the one that precedes it. Columns `step, kind, depth, left_row, right_row`
    (-1: none), `left_ms, right_ms, more_ms, left_usd, right_usd, more_usd, left_tokens, right_tokens, more_tokens`;
    `more_*` is right minus left, missing when either is unknown.
    """
    lefts, rights = _keys(left), _keys(right)
    left_place = {key: row for row, key in enumerate(lefts)}
    right_place = {key: row for row, key in enumerate(rights)}
    order = [(float(row), -1, key) for row, key in enumerate(lefts)]
    after = -1.0
    for row, key in enumerate(rights):
        if key in left_place:
            after = float(left_place[key])
        else:
            order.append((after + 0.5, row, key))
    pairs = [
        (left_place.get(key, -1), right_place.get(key, -1)) for _, _, key in sorted(order, key=lambda each: each[:2])
    ]
    return pd.DataFrame([_side_by_side(left, right, pair) for pair in pairs], columns=_COLUMNS)


_COLUMNS = [
    "step",
    "kind",
    "depth",
    "left_row",
    "right_row",
    "left_ms",
    "right_ms",
    "more_ms",
    "left_usd",
    "right_usd",
    "more_usd",
    "left_tokens",
    "right_tokens",
    "more_tokens",
]


def _keys(spans: pd.DataFrame) -> list[_Key]:
    """One key per span that says where it stands: its parent's key, kind, step, and which of these it is.

    The parent's key goes in as its hash: a key of a deep span would otherwise hold all keys above it.
    """
    keys: list[_Key] = []
    seen: Counter[_Key] = Counter()
    for parent, kind, step in zip(spans["parent_row"], spans["kind"], spans["step"], strict=True):
        base = (hash(keys[parent]) if parent >= 0 else 0, str(kind), str(step))
        seen[base] += 1
        keys.append((*base, seen[base]))
    return keys


def _side_by_side(left: pd.DataFrame, right: pd.DataFrame, pair: tuple[int, int]) -> list[object]:
    shown = left.iloc[pair[0]] if pair[0] >= 0 else right.iloc[pair[1]]
    values: list[object] = [shown["step"], shown["kind"], int(shown["depth"]), *pair]
    for column in ("duration_ms", "cost_usd", "tokens"):
        one = _value(left, pair[0], column)
        other = _value(right, pair[1], column)
        values += [one, other, None if one is None or other is None else other - one]
    return values


def _value(spans: pd.DataFrame, row: int, column: str) -> float | None:
    if row < 0:
        return None
    if column == "tokens":
        counts = [spans[name].iloc[row] for name in ("tok_in", "tok_out")]
        known = [float(each) for each in counts if not pd.isna(each)]
        return sum(known) if known else None
    value = spans[column].iloc[row]
    return None if pd.isna(value) else float(value)
