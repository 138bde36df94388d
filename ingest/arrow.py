"""Rows into Arrow tables of the lake's schema: column by column, value by value only where a column refuses."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import accumulate
from typing import Any

import pyarrow as pa

from ingest.values import instant, json_text, money, storable
from storage.schema import DOCUMENTS, TABLES, Kind, lake_schema

Row = Mapping[str, Any]

_DOCUMENT_JSON = frozenset(column.lake_name for column in DOCUMENTS if column.kind is Kind.JSON)
_SCHEMAS = {name: lake_schema(name) for name in ("spans", "scores")}
_REFUSALS = (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError, UnicodeError, TypeError)
_JSON = {
    name: frozenset(column.lake_name for column in TABLES[name] if column.kind is Kind.JSON) for name in _SCHEMAS
}  # fmt: skip


def table_of(name: str, rows: Sequence[Row], **same: Any) -> pa.Table:
    """The lake table `spans` or `scores` from rows keyed by lake column. JSON columns hold values, not text.

    `same`: columns that say the same in every row.
    """
    schema = _SCHEMAS[name]
    columns = _columns(rows, [field for field in schema if field.name not in same], _JSON[name])
    repeated = {field: pa.repeat(pa.scalar(same[field.name], field.type), len(rows))
                for field in schema if field.name in same}  # fmt: skip
    made = iter(columns)
    return pa.Table.from_arrays([repeated[f] if f in repeated else next(made) for f in schema], schema=schema)


def _columns(rows: Sequence[Row], fields: Sequence[pa.Field], json_columns: frozenset[str]) -> list[pa.Array]:
    there = frozenset[str]().union(*rows)
    return [
        _array(_values(rows, field.name, is_json=field.name in json_columns) if field.name in there else None,
               field, len(rows))
        for field in fields
    ]  # fmt: skip


def _values(rows: Sequence[Row], name: str, *, is_json: bool) -> list[Any]:
    values = [row.get(name) for row in rows]
    return [None if value is None else json_text(value) for value in values] if is_json else values


def _array(values: list[Any] | None, field: pa.Field, rows: int) -> pa.Array:
    if values is None:
        return pa.nulls(rows, field.type)
    return _documents(values, field.type) if field.name == "documents" else _column(values, field.type)


def _documents(lists: list[list[Row] | None], kind: pa.DataType) -> pa.Array:
    """Documents of all spans as columns of one array, cut into a list per span."""
    struct = kind.value_type
    flat = [document for listed in lists for document in listed or ()]
    inner = pa.StructArray.from_arrays(_columns(flat, list(struct), _DOCUMENT_JSON), fields=list(struct))
    ends = list(accumulate((len(listed or ()) for listed in lists), initial=0))
    starts = [None if listed is None else start for listed, start in zip(lists, ends, strict=False)]
    return pa.ListArray.from_arrays(pa.array([*starts, ends[-1]], pa.int32()), inner, type=kind)


def _column(values: list[Any], kind: pa.DataType) -> pa.Array:
    try:
        made = pa.array(values, kind)
    except _REFUSALS:
        return pa.array([_fitting(value, kind) for value in values], kind)
    return made


def _fitting(value: Any, kind: pa.DataType) -> Any:
    """The value in a form that its column takes, or None."""
    value = _cleaned(value, kind)
    try:
        pa.scalar(value, kind)
    except _REFUSALS:
        return None
    return value


def _cleaned(value: Any, kind: pa.DataType) -> Any:
    if isinstance(value, str) and pa.types.is_string(kind):
        return storable(value)
    if value is not None and pa.types.is_string(kind):
        return storable(str(value)) if not isinstance(value, dict | list) else json_text(value)
    if isinstance(value, list):
        below = kind.value_type if pa.types.is_list(kind) else kind
        return [_cleaned(item, below) for item in value]
    if isinstance(value, dict) and pa.types.is_struct(kind):
        return {field.name: _fitting(value.get(field.name), field.type) for field in kind}
    if pa.types.is_decimal(kind) and isinstance(value, int | float | Decimal):
        return money(value)
    if pa.types.is_timestamp(kind):
        return instant(value)
    return value
