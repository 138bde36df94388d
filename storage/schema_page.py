"""The reference of all columns as Markdown, made from the schema: `python -m storage.schema_page > docs/schema.md`."""

from collections.abc import Iterator

from storage.schema import TABLES, Column, Holds, Place

_ABOUT = {
    "spans": "One row per span. Several arrivals of a span (retries, halves, late content) are one row.",
    "documents": "One row per document that a span retrieved or reranked.",
    "scores": "One row per score, feedback or expectation, by whomever it was given.",
    "traces": "One row per trace, derived from its spans.",
    "sessions": "One row per session, derived from its traces.",
}
_INTRODUCTION = """\
Made from `storage/schema.py`. These are the tables that `benchbook sql` sees. Times are UTC. In the lake a
column `..._ts` is an integer `..._ns` (nanoseconds since 1970) and documents lie nested in their span.
*Kept in*: text is kept in the lake alone and joined when it is asked for; derived columns are made at the load."""


def markdown() -> str:
    """The whole page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Schema"
    yield ""
    yield _INTRODUCTION
    for table, columns in TABLES.items():
        yield from ("", f"## {table}", "", _ABOUT[table], "")
        yield from ("| column | type | unit | meaning | kept in | scrubbed as |", "|---|---|---|---|---|---|")
        derived = table in ("traces", "sessions")
        for column in columns:
            yield _row(column, derived=derived)


def _row(column: Column, *, derived: bool) -> str:
    kept = "derived" if derived or column.place is Place.WAREHOUSE else column.place.value
    holds = "" if column.holds is Holds.FACT else column.holds.value
    cells = (f"`{column.name}`", column.duckdb_type, column.unit, column.meaning, kept, holds)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    print(markdown(), end="")  # noqa: T201 - this module is a small program
