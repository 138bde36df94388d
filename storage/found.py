"""From words to traces: what the text index finds, with phrases checked in the lake's text."""

from storage.loading.columns import ROWS_ASKED_FOR, SEARCHED_TEXT
from storage.search import Wanted, wanted
from storage.texts import files_of, rows_of
from storage.warehouse import Warehouse

_CHECKED_AT_ONCE = 1_000


def traces_with(warehouse: Warehouse, text: str, *, limit: int = 10_000) -> tuple[str, ...]:
    """Ids of traces that hold all words of `text` and its "phrases"; newest first, at most `limit`.

    Words may stand in different spans of the trace, a phrase stands in one text.
    """
    words = wanted(text)
    found = warehouse.text_index.search(words)
    if not words.phrases:
        return tuple(found[:limit])
    held: list[str] = []
    for first in range(0, len(found), _CHECKED_AT_ONCE):
        held += _checked(warehouse, found[first : first + _CHECKED_AT_ONCE], words)
        if len(held) >= limit:
            break
    return tuple(held[:limit])


def _checked(warehouse: Warehouse, traces: list[str], words: Wanted) -> list[str]:
    """Those of the traces that hold all phrases, letter case aside, in their order."""
    holds = [f"bool_or(contains(lower({SEARCHED_TEXT}), lower($phrase{n})))" for n in range(len(words.phrases))]
    with warehouse.cursor() as cursor:
        where = rows_of(cursor, traces)
        if where is None:
            return []
        rows = cursor.execute(
            f"""SELECT trace_id FROM read_parquet($files, union_by_name = true)
            WHERE {ROWS_ASKED_FOR} GROUP BY trace_id HAVING {" AND ".join(holds)}""",  # noqa: S608
            {"files": files_of(warehouse, cursor, where), "kept": where.sequences, **where.bounds}
            | {f"phrase{n}": phrase for n, phrase in enumerate(words.phrases)},
        ).fetchall()
    held = {trace_id for (trace_id,) in rows}
    return [trace_id for trace_id in traces if trace_id in held]
