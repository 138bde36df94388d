"""Rows into Arrow tables of the lake's schema: column by column, value by value only where a column refuses."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa

from ingest.values import instant, json_text, money, storable
from storage.schema import DOCUMENTS, TABLES, Kind, lake_schema

Row = Mapping[str, Any]

_DOCUMENT_JSON = tuple(column.lake_name for column in DOCUMENTS if column.kind is Kind.JSON)
_SCHEMAS = {name: lake_schema(name) for name in ("spans", "scores")}
_REFUSALS = (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError, UnicodeError, TypeError)
_JSON = {
    name: frozenset(column.lake_name for column in TABLES[name] if column.kind is Kind.JSON) for name in _SCHEMAS
}  # fmt: skip


def table_of(name: str, rows: Sequence[Row]) -> pa.Table:
    """The lake table `spans` or `scores` from rows keyed by lake column. JSON columns hold values, not text."""
    schema, json_columns = _SCHEMAS[name], _JSON[name]
    columns = []
    for field in schema:
        values = [row.get(field.name) for row in rows]
        if field.name in json_columns:
            values = [None if value is None else json_text(value) for value in values]
        elif field.name == "documents":
            values = [None if value is None else [_document(document) for document in value] for value in values]
        columns.append(_column(values, field.type))
    return pa.Table.from_arrays(columns, schema=schema)


def _document(document: Row) -> dict[str, Any]:
    return {key: json_text(value) if key in _DOCUMENT_JSON else value for key, value in document.items()}


def _column(values: list[Any], kind: pa.DataType) -> pa.Array:
    if not any(value is not None for value in values):
        return pa.nulls(len(values), kind)
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
