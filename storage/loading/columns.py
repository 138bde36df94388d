"""SQL that follows from the schema: a lake column as a warehouse column, several arrivals as one row."""

from collections.abc import Iterable

from storage.schema import HASH_DIGITS, TABLES, Column, Kind, Place, text_columns, warehouse_columns

PREVIEW_CHARS = 120
_PENDING = "arrival IN ('half', 'content')"
_IN_RANGE = "BETWEEN -9000000000000000000 AND 9000000000000000000"  # beyond it sums overflow, and the last is infinity
_KNOWN_START = f"CASE WHEN start_ns {_IN_RANGE} THEN start_ns END"
_UNKNOWN_STATUS = "coalesce(status, '') IN ('', 'unset', 'running')"
_GROUPED_BY = ("step", "model", "prompt_version", "error_type")
"""What is not given is NULL, never an empty text: to see to that in a question costs more than the question."""
_MADE_LATER = {"self_ns": "NULL::BIGINT", "critical_ns": "NULL::BIGINT"}
PLACE = """row_number() OVER (PARTITION BY trace_id, span_id ORDER BY
    CASE arrival WHEN 'content' THEN 0 WHEN 'half' THEN 1 ELSE 2 END, updated_ts NULLS FIRST, sequence)"""
"""The order in which arrivals of one span count: in each column the last that says something wins."""


def staged_spans() -> str:
    """Select list: columns of `span_rows` from the lake's. A start is always known: else it is the receipt."""
    special = {
        "start_ts": f"make_timestamp_ns(coalesce({_KNOWN_START}, epoch_ns(received_at)))",
        "time_source": f"CASE WHEN {_KNOWN_START} IS NULL THEN 'receipt' ELSE time_source END",
        "duration_ns": f"CASE WHEN duration_ns >= 0 AND coalesce(NOT {_PENDING}, true) THEN duration_ns END",
        "status": f"CASE WHEN NOT ({_UNKNOWN_STATUS}) THEN status WHEN {_PENDING} THEN 'running' ELSE 'unset' END",
        "usage_is_rollup": "false",
        "is_evaluation": "false",
        **_MADE_LATER,
        "revision": "1",
        "sequence": "coalesce(sequence, 0)",
        **{name: f"nullif({name}, '')" for name in _GROUPED_BY},
        "content_hash": f"left(content_hash, {HASH_DIGITS})",  # twice as long in homes of an earlier version
    }
    listed = [f"{special.get(c.name) or _from_lake(c)} AS {_quoted(c)}" for c in warehouse_columns("spans")]
    preview = f"left(ltrim(input_text), {PREVIEW_CHARS}) AS preview"
    return ",\n    ".join([*listed, "coalesce(sequence, 0) AS last_sequence", preview])


def staged_documents() -> str:
    """Select list: columns of `document_rows` from a lake row whose document is `d`."""
    of_span = {"trace_id": "trace_id", "span_id": "span_id"}
    listed = [f"{of_span.get(c.name) or _from_lake(c, 'd.')} AS {_quoted(c)}" for c in warehouse_columns("documents")]
    return ",\n    ".join([*listed, "coalesce(sequence, 0) AS sequence", "nth"])


def staged_scores() -> str:
    """Select list: columns of `scores` from the lake's."""
    special = {"sequence": "coalesce(sequence, 0)"}
    listed = [f"{special.get(c.name) or _from_lake(c)} AS {_quoted(c)}" for c in warehouse_columns("scores")]
    return ",\n    ".join([*listed, "coalesce(sequence, 0) AS last_sequence"])


def merged_spans() -> str:
    """Select list: one row of `span_rows` from arrivals with their `place`, grouped by trace_id and span_id."""
    special = {
        "trace_id": "trace_id",
        "span_id": "span_id",
        "start_ts": "coalesce(max_by(start_ts, place) FILTER (arrival <> 'content' AND time_source = 'client'), "
        "max_by(start_ts, place) FILTER (arrival <> 'content'), max_by(start_ts, place))",
        "time_source": "min(time_source)",
        "duration_ns": "max_by(duration_ns, place)",  # settled once start and end are
        "status": f"coalesce(max_by(status, place) FILTER (NOT {_UNKNOWN_STATUS}), "
        "CASE WHEN bool_or(arrival = 'whole') THEN 'unset' ELSE 'running' END)",
        "kind": "coalesce(max_by(kind, place) FILTER (kind NOT IN ('', 'span')), max_by(kind, place))",
        "cost_missing": "CASE WHEN count(cost_total) = 0 THEN max_by(cost_missing, place) END",
        "dropped_attributes": "max(dropped_attributes)",
        "problems": _all_of("problems"),
        "injection_rules": _all_of("injection_rules"),
        "injection_score": "max(injection_score)",
        "injection_probability": "max(injection_probability)",
        "arrival": "max_by(arrival, place)",
        "received_at": "max(received_at)",
        "ingest_batch": "min_by(ingest_batch, sequence)",
        "usage_is_rollup": "false",
        "is_evaluation": "false",
        **_MADE_LATER,
        "revision": "count(*)",
        "sequence": "min(sequence)",
    }
    listed = [f"{special.get(c.name) or _last_that_says(c)} AS {_quoted(c)}" for c in warehouse_columns("spans")]
    return ",\n    ".join(
        [*listed, "max(last_sequence) AS last_sequence", "max_by(preview, place) FILTER (preview <> '') AS preview"]
    )


def _all_of(name: str) -> str:
    return f"list_sort(list_distinct(flatten(list({name}) FILTER ({name} IS NOT NULL))))"


_OF_THE_TRACE = ("session_id", "user_id", "tenant")


def whole_spans() -> str:
    """The view `spans`: all columns in the schema's order, those of the lake joined by key.

    Each join is to one row per key, so DuckDB leaves it out of a query that asks for none of its columns. A span that
    names no session, user or tenant has its trace's: clients often say them on the root alone.
    """
    listed = [
        f"coalesce(s.{_quoted(c)}, t.{_quoted(c)}) AS {_quoted(c)}"
        if c.name in _OF_THE_TRACE
        else _shown(c, "l" if c.place is Place.LAKE else "s")
        for c in TABLES["spans"]
    ]
    texts = [f"{_last_text(c, _LAKE_ORDER)} AS {_quoted(c)}" for c in text_columns("spans")]
    of_trace = ", ".join(f'any_value("{name}") AS "{name}"' for name in _OF_THE_TRACE)
    return f"""
    CREATE OR REPLACE VIEW spans AS SELECT {", ".join(listed)} FROM span_rows s
    LEFT JOIN (SELECT trace_id, {of_trace} FROM traces GROUP BY trace_id) t ON t.trace_id = s.trace_id
    LEFT JOIN (
        SELECT trace_id, span_id, {", ".join(texts)}
        FROM read_parquet(getvariable('lake_files'), union_by_name = true)
        WHERE sequence IN (SELECT sequence FROM span_rows WHERE revision = 1
                           UNION ALL SELECT sequence FROM span_arrivals)
        GROUP BY trace_id, span_id
    ) l ON l.trace_id = s.trace_id AND l.span_id = s.span_id"""  # noqa: S608 - names of our schema


ROWS_ASKED_FOR = """
    sequence >= $first AND sequence <= $last AND list_contains($kept, sequence)
    AND ($first_ns IS NULL OR (start_ns >= $first_ns AND start_ns <= $last_ns))"""


def texts_of_arrivals(columns: Iterable[Column]) -> str:
    """One row per span with these text columns, from the lake rows numbered $kept in $files."""
    texts = [f"{_last_text(c, _LAKE_ORDER)} AS {_quoted(c)}" for c in columns]
    return f"""
    SELECT trace_id, span_id, {", ".join(texts)} FROM read_parquet($files, union_by_name = true)
    WHERE {ROWS_ASKED_FOR} GROUP BY trace_id, span_id"""  # noqa: S608


def texts_of_rows(columns: Iterable[Column]) -> str:
    """The same for spans that arrived once."""
    texts = [f"nullif({_quoted(c)}, '') AS {_quoted(c)}" for c in columns]
    return f"""
    SELECT trace_id, span_id, {", ".join(texts)} FROM read_parquet($files, union_by_name = true)
    WHERE {ROWS_ASKED_FOR}"""  # noqa: S608


def documents_at() -> str:
    """One row per document with its text columns and its place (sequence, nth), from the lake rows $kept in $files."""
    texts = [f'd."{c.lake_name}" AS {_quoted(c)}' for c in text_columns("documents")]
    return f"""
    SELECT sequence, nth, {", ".join(texts)}
    FROM (SELECT sequence, unnest(documents) AS d, unnest(range(len(documents))) AS nth
          FROM read_parquet($files, union_by_name = true) WHERE {ROWS_ASKED_FOR})"""  # noqa: S608


SEARCHED_TEXT = """concat_ws(' ', input_text, output_text, tool_args, tool_result, error_message,
    array_to_string(list_transform(documents, lambda d: d.content), ' '))"""
"""What a word search looks at: each text once, without system prompts and repeated conversation."""


def whole_documents() -> str:
    """The view `documents`: all columns in the schema's order, those of the lake joined by their place in it."""
    listed = [_shown(c, "l" if c.place is Place.LAKE else "d") for c in TABLES["documents"]]
    texts = [f'any_value(d."{c.lake_name}") AS {_quoted(c)}' for c in text_columns("documents")]
    return f"""
    CREATE OR REPLACE VIEW documents AS SELECT {", ".join(listed)} FROM document_rows d LEFT JOIN (
        SELECT sequence, nth, {", ".join(texts)}
        FROM (SELECT sequence, unnest(documents) AS d, unnest(range(len(documents))) AS nth
              FROM read_parquet(getvariable('lake_files'), union_by_name = true))
        GROUP BY sequence, nth
    ) l ON l.sequence = d.sequence AND l.nth = d.nth"""  # noqa: S608


def _shown(column: Column, source: str) -> str:
    name = _quoted(column)
    is_lake_json = column.kind is Kind.JSON and column.place is Place.LAKE
    return f"TRY_CAST({source}.{name} AS JSON) AS {name}" if is_lake_json else f"{source}.{name}"


_LAKE_ORDER = """{'arrival': CASE arrival WHEN 'content' THEN 0 WHEN 'half' THEN 1 ELSE 2 END,
    'updated': coalesce(updated_ns, -9223372036854775807), 'sequence': sequence}"""


def _last_text(column: Column, order: str) -> str:
    name = _quoted(column)
    return f"max_by({name}, {order}) FILTER ({name} <> '')"


def _last_that_says(column: Column) -> str:
    name = _quoted(column)
    match column.kind:
        case Kind.FLAG:
            return f"bool_or({name})"
        case Kind.TEXT | Kind.JSON:
            return f"max_by({name}, place) FILTER ({name}::VARCHAR <> '')"
        case Kind.TEXTS:
            return f"max_by({name}, place) FILTER (len({name}) > 0)"
    return f"max_by({name}, place)"


def _from_lake(column: Column, source: str = "") -> str:
    name = f'{source}"{column.lake_name}"'
    match column.kind:
        case Kind.MOMENT:
            return f"make_timestamp_ns(CASE WHEN {name} {_IN_RANGE} THEN {name} END)"
        case Kind.INSTANT:
            return f"make_timestamp(epoch_us({name}))"
        case Kind.JSON:
            return f"TRY_CAST({name} AS JSON)"
    return name


def _quoted(column: Column) -> str:
    return f'"{column.name}"'
