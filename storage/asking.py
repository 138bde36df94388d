"""Questions that people put in SQL: one reading statement over our own tables, with a limit on rows and time.

Two walls. Here the parsed statement is walked and only known tables and harmless table functions pass. Behind it the
engine is in a read-only transaction and refuses every file but the lake's and every change of a setting.
"""

import math
import re
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import orjson

from errors import UsageError
from storage.warehouse import Warehouse

MOST_ROWS = 200_000
MOST_SECONDS = 120.0
_BEHIND = ("span_rows", "document_rows", "lake_files", "step_hours", "stale_hours")
TABLES = frozenset({"spans", "documents", "scores", "traces", "sessions", *_BEHIND})
_READING = frozenset({"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"})
"""A statement that begins as a SELECT may write all the same: WITH gone AS (DELETE ... RETURNING ...)."""
_FUNCTIONS = frozenset({"unnest", "range", "generate_series"})
_REFUSED_FUNCTIONS = frozenset(
    {"getvariable", "getenv", "current_setting", "write_log", "nextval", "currval", "pg_sleep", "sleep_ms"}
    | {"list_resize", "array_resize"}  # take any amount of memory at once, past the engine's limit
)
_SHOWN = frozenset({"tables", '"tables"', "databases", '"databases"'})
_EXPLAIN = re.compile(r"^\s*explain(\s+analyze)?\s", re.IGNORECASE)
_HINT = f"one SELECT over {', '.join(sorted(TABLES.difference(_BEHIND)))}"


def answer(
    warehouse: Warehouse,
    sql: str,
    *,
    params: Mapping[str, Any] | None = None,
    most_rows: int = MOST_ROWS,
    most_seconds: float = MOST_SECONDS,
) -> list[dict[str, Any]]:
    """Rows by column name, as values that JSON knows: moments as ISO UTC, money as numbers, not-a-number as None.

    Raises `UsageError` when the statement is refused, wrong, takes too long or gives too many rows.
    """
    with warehouse.cursor(sql) as cursor:
        _check(cursor, sql)
        cursor.execute("BEGIN TRANSACTION READ ONLY")  # ends with the cursor
        timer = threading.Timer(most_seconds, cursor.interrupt)
        timer.start()
        try:
            cursor.execute(sql, dict(params or {}) or None)
            columns = _distinct([name for name, *_ in cursor.description or []])
            rows = cursor.fetchmany(most_rows + 1)
        except duckdb.InterruptException as error:
            raise UsageError(
                f"the query took longer than {most_seconds:.0f} s; narrow it, for example by start_ts"
            ) from error
        finally:
            timer.cancel()
    if len(rows) > most_rows:
        raise UsageError(f"the answer has more than {most_rows:,} rows; add LIMIT or aggregate")
    return [dict(zip(columns, map(plain, row), strict=True)) for row in rows]


def _check(cursor: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Raise `UsageError` unless `sql` is one statement that only reads our tables."""
    statements = duckdb.extract_statements(sql)
    if len(statements) != 1:
        raise UsageError(f"expected {_HINT}, not {len(statements)} statements")
    text = _EXPLAIN.sub("", statements[0].query)
    said = cursor.execute("SELECT json_serialize_sql($sql::VARCHAR)", {"sql": text}).fetchall()[0][0]
    try:
        tree = orjson.loads(said)
    except orjson.JSONDecodeError as error:
        raise UsageError("the statement is nested too deeply") from error
    if tree.get("error"):
        raise UsageError(f"only reading is possible here: expected {_HINT}")
    own = {name.lower() for name in _named(tree) if name.isidentifier()}  # one like a path could name a file elsewhere
    for node in _nodes(tree):
        _check_node(node, own)


def _check_node(node: dict[str, Any], own: set[str]) -> None:
    kind = node.get("type")
    if isinstance(kind, str) and kind.endswith("_NODE") and kind not in _READING:
        raise UsageError(f"only reading is possible here: expected {_HINT}")
    match kind:
        case "BASE_TABLE":
            path = [
                part.lower() for part in (node.get("catalog_name"), node.get("schema_name"), node["table_name"]) if part
            ]
            is_ours = path[-1] in TABLES and path[:-1] in ([], ["main"])
            if not (is_ours or (len(path) == 1 and path[0] in own) or path[:-1] == ["information_schema"]):
                raise UsageError(f"there is no table of that name; expected {_HINT}")
        case "TABLE_FUNCTION":
            if _name_of(node.get("function", {})) not in _FUNCTIONS:
                raise UsageError(f"this table function cannot be used here; expected {_HINT}")
        case "SHOW_REF":
            shown = str(node.get("table_name") or "").lower()
            if shown and shown not in _SHOWN and shown.strip('"') not in TABLES:
                raise UsageError(f"there is no table of that name; expected {_HINT}")
        case "FUNCTION":
            if _name_of(node) in _REFUSED_FUNCTIONS:
                raise UsageError("this function cannot be used here")


def _name_of(function: dict[str, Any]) -> str:
    path = function.get("qualified_name", {}).get("path") or [function.get("function_name", "")]
    return str(path[-1]).lower()


def _nodes(value: object) -> Iterator[dict[str, Any]]:
    """All nodes of a parsed statement; a loop, as a hostile one may be nested deeper than our stack."""
    waiting = [value]
    while waiting:
        match waiting.pop():
            case dict() as node:
                yield node
                waiting.extend(node.values())
            case list() as several:
                waiting.extend(several)


def _named(tree: object) -> Iterator[str]:
    """Names that the statement gives to its own tables (WITH)."""
    for node in _nodes(tree):
        cte_map = node.get("cte_map")
        if isinstance(cte_map, dict):
            yield from (str(entry["key"]) for entry in cte_map.get("map", []))
        if node.get("type") == "RECURSIVE_CTE_NODE" and node.get("cte_name"):
            yield str(node["cte_name"])


def _distinct(names: list[str]) -> list[str]:
    """Column names, the second of the same name as `name_2`."""
    seen: dict[str, int] = {}
    listed = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        listed.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return listed


def plain(value: object) -> object:
    """A value of the engine as one that JSON knows."""
    match value:
        case None | bool() | str():
            return value
        case int():
            return value if abs(value) < 2**63 else float(value)
        case float():
            return value if math.isfinite(value) else None
        case Decimal():
            return float(value)
        case datetime():
            return (
                (value if value.tzinfo else value.replace(tzinfo=UTC))
                .astimezone(UTC)
                .isoformat()
                .replace("+00:00", "Z")
            )
        case list() | tuple():
            return [plain(one) for one in value]
        case dict():
            return {str(key): plain(one) for key, one in value.items()}
    return _spelled(value)


def _spelled(value: object) -> object:
    match value:
        case date() | time():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case bytes():
            return value.hex()
    return str(value)
