"""Texts out of traces whose figures stay: what only the lake keeps of spans and documents, and the words of scores."""

from collections.abc import Callable

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from storage.erasing.lake_reading import LakeReader
from storage.erasing.wanted import Victims
from storage.schema import text_columns

_OF_SPANS = tuple(column.lake_name for column in text_columns("spans"))
_OF_DOCUMENTS = frozenset(column.lake_name for column in text_columns("documents"))
_OF_SCORES = ("text", "explanation", "metadata")


NO_TEXTS = {name: pa.table({"id": pa.array([], pa.string())}) for name in ("traces_with_texts", "scores_with_texts")}


def with_texts(lake: LakeReader, before_ns: int) -> dict[str, pa.Table]:
    """Ids of traces with a span before this that has a text, and of scores that have one, as the lake has them.

    What was deleted is read at no cost, as a column without values has no bytes.
    """
    said = " OR ".join(f'"{name}" IS NOT NULL' for name in _OF_SPANS)
    content = " OR ".join(f'one."{name}" IS NOT NULL' for name in sorted(_OF_DOCUMENTS))
    words = " OR ".join(f'"{name}" IS NOT NULL' for name in _OF_SCORES)
    asked = f"""
        SELECT DISTINCT trace_id AS id FROM spans WHERE (start_ns < $before_ns OR start_ns IS NULL)
        AND ({said} OR len(list_filter(documents, lambda one: {content})) > 0)
    """  # noqa: S608 - names of our schema
    scores = f"SELECT DISTINCT id FROM scores WHERE {words}"  # noqa: S608
    return {"traces_with_texts": lake.table(asked, before_ns=before_ns), "scores_with_texts": lake.table(scores)}


def without_texts(table: str, going: Victims) -> Callable[[pa.Table], pa.Table]:
    """What makes the rows of a lake table's file ones without texts, where they belong to these traces or scores."""
    column, ids = ("trace_id", going.traces) if table == "spans" else ("id", going.scores)
    wanted = pa.array(sorted(ids), pa.string())

    def change(rows: pa.Table) -> pa.Table:
        goes = pc.is_in(rows[column], value_set=wanted)
        names = [name for name in (_OF_SPANS if table == "spans" else _OF_SCORES) if name in rows.column_names]
        if not pc.any(goes).as_py() or not _says_anything(rows.filter(goes), names):
            return rows
        for name in names:
            rows = _set(rows, name, pc.if_else(goes, pa.scalar(None, rows[name].type), rows[name]))
        return _without_contents(rows, goes) if table == "spans" and "documents" in rows.column_names else rows

    return change


def _says_anything(rows: pa.Table, names: list[str]) -> bool:
    """Whether there is a text, or a document with one: else the file stays as it is."""
    if any(rows[name].null_count < rows.num_rows for name in names):
        return True
    if "documents" not in rows.column_names:
        return False
    inside = rows["documents"].combine_chunks().flatten()
    return any(inside.field(name).null_count < len(inside) for name in _OF_DOCUMENTS)


def _set(rows: pa.Table, name: str, values: pa.ChunkedArray) -> pa.Table:
    at = rows.schema.get_field_index(name)
    return rows.set_column(at, rows.schema.field(at), values)


def _without_contents(rows: pa.Table, goes: pa.ChunkedArray) -> pa.Table:
    """The documents of those rows without their content; title, id and rank stay."""
    listed = rows["documents"].combine_chunks()
    inside = listed.flatten()
    is_gone = goes.combine_chunks().take(pc.list_parent_indices(listed))
    fields = [
        pc.if_else(is_gone, pa.scalar(None, field.type), values) if field.name in _OF_DOCUMENTS else values
        for field, values in zip(inside.type, inside.flatten(), strict=True)
    ]
    made = pa.StructArray.from_arrays(fields, fields=list(inside.type), mask=inside.is_null())
    lengths = pc.fill_null(pc.list_value_length(listed), 0).to_numpy(zero_copy_only=False)
    offsets = pa.array([0, *lengths.cumsum().tolist()], pa.int32())
    return _set(rows, "documents", pa.chunked_array([
        pa.ListArray.from_arrays(offsets, made, type=rows.schema.field("documents").type, mask=listed.is_null())
    ]))  # fmt: skip


def forget_in_warehouse(cursor: duckdb.DuckDBPyConnection, going: Victims) -> None:
    """What the warehouse keeps of these texts: beginnings of questions, and the words of scores."""
    for name, ids in (("going", going.traces), ("going_scores", going.scores)):
        cursor.register("named", pa.table({"id": pa.array(ids, pa.string())}))
        cursor.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS FROM named")
        cursor.unregister("named")
    cursor.execute("""
        UPDATE traces SET preview = NULL, preview_of_root = false
        WHERE trace_id IN (FROM going) AND preview IS NOT NULL
    """)
    cursor.execute("""
        UPDATE scores SET "text" = NULL, explanation = NULL, metadata = NULL WHERE id IN (FROM going_scores)
    """)
    cursor.execute("DROP TABLE going; DROP TABLE going_scores")
