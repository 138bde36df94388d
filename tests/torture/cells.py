"""Whether a spreadsheet would calculate a cell of a CSV file; written without looking at what the product does."""

import re
import unicodedata

_NUMBER = re.compile(r"[+-]?[0-9.,]+(?:[eE][+-]?[0-9]+)?%?")


def runs_as_a_formula(cell: str) -> bool:
    """Excel, Calc and Sheets take = + - @ at the beginning, some after blanks, in some locales in full width.

    Source: OWASP, CSV Injection; readers leave out a tab or a line end at the beginning: what follows counts.
    """
    begins = cell.lstrip(" \t\r\n\u00a0")
    if not begins or _NUMBER.fullmatch(begins):
        return False
    return unicodedata.normalize("NFKC", begins[0]) in "=+-@" or cell[0] in "\t\r\n"
