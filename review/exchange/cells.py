"""Cells of a CSV file that a spreadsheet would run as a formula, made harmless and back again."""

import re

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "'", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?", re.IGNORECASE)


def defused(cell: str) -> str:
    """The cell with an apostrophe in front when a spreadsheet might calculate it; numbers stay numbers.

    Source: OWASP, CSV injection: cells that begin with = + - @, a tab or a line end.
    """
    if cell.lstrip(" \u00a0").startswith(_FORMULA) and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell


def as_meant(cell: str) -> str:
    """What `defused` was given."""
    return cell[1:] if cell.startswith("'") and cell[1:].lstrip(" \u00a0").startswith(_FORMULA) else cell
