"""From words to spans: what the text index finds, told as traces, with phrases checked in the lake's text."""

from collections.abc import Iterator

from storage.loading.columns import SEARCHED_TEXT
from storage.search import MOST_HITS, Wanted, wanted
from storage.warehouse import Warehouse

_CHECKED_AT_ONCE = 2_000


def traces_with(warehouse: Warehouse, text: str, *, limit: int = 10_000) -> tuple[str, ...]:
    """Ids of traces with a span that holds all words of `text` and its "phrases"; newest first, at most `limit`."""
    found: dict[str, None] = {}
    for trace_id, _ in spans_with(warehouse, text):
        found[trace_id] = None
        if len(found) == limit:
            break
    return tuple(found)


def spans_with(warehouse: Warehouse, text: str) -> Iterator[tuple[str, str]]:
    """(trace_id, span_id) of spans that hold all words of `text`, newest first."""
    words = wanted(text)
    before: int | None = None
    seen: set[tuple[str, str]] = set()
    while hits := warehouse.text_index.search(words, before=before, limit=_step(words)):
        before = hits[-1]
        for span in _spans(warehouse, _checked(warehouse, hits, words)):
            if span not in seen:
                seen.add(span)
                yield span
        if not words.phrases:
            return


def _step(words: Wanted) -> int:
    return _CHECKED_AT_ONCE if words.phrases else MOST_HITS


def _spans(warehouse: Warehouse, sequences: list[int]) -> list[tuple[str, str]]:
    if not sequences:
        return []
    bounds = {"kept": sequences, "first": min(sequences), "last": max(sequences)}
    rows = warehouse.rows(
        """
        WITH hits AS (SELECT unnest($kept) AS sequence)
        SELECT trace_id, span_id FROM (
            SELECT trace_id, span_id, sequence FROM span_rows WHERE sequence BETWEEN $first AND $last
            UNION ALL
            SELECT trace_id, span_id, sequence FROM span_arrivals WHERE sequence BETWEEN $first AND $last
        ) SEMI JOIN hits USING (sequence)
        ORDER BY sequence DESC
        """,
        **bounds,
    )
    return [(str(trace_id), str(span_id)) for trace_id, span_id in rows]


def _checked(warehouse: Warehouse, sequences: list[int], words: Wanted) -> list[int]:
    """Those whose text holds all phrases, letter case aside."""
    if not words.phrases or not sequences:
        return sequences
    first, last = min(sequences), max(sequences)
    conditions = " AND ".join(
        f"contains(lower({SEARCHED_TEXT}), lower($phrase{number}))" for number in range(len(words.phrases))
    )
    with warehouse.cursor() as cursor:
        files = warehouse.lake_paths(cursor, first_sequence=first, last_sequence=last)
        rows = cursor.execute(
            f"""SELECT sequence FROM read_parquet($files, union_by_name = true)
            WHERE sequence BETWEEN $first AND $last AND list_contains($kept, sequence) AND {conditions}""",  # noqa: S608
            {"files": files, "first": first, "last": last, "kept": sequences}
            | {f"phrase{number}": phrase for number, phrase in enumerate(words.phrases)},
        ).fetchall()
    return sorted((int(sequence) for (sequence,) in rows), reverse=True)
