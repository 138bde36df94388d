"""TOML that somebody gives us: read as a whole or refused, also where it was made to exhaust the reader."""

import re
import tomllib
from collections.abc import Sequence
from typing import Any

from errors import UsageError

LONGEST = 2**20
"""Characters of a file."""
_KEY = r"""(?:[A-Za-z0-9_-]++|"[^"\n]*+"|'[^'\n]*+')"""
_LONG_KEY = re.compile(rf"(?<![A-Za-z0-9_-])(?:{_KEY}[ \t]*+\.[ \t]*+){{40}}")
"""The library's time and memory grow with the square of a key's parts; ours have one."""


_PLAIN_KEY = re.compile(r"[a-z_]{1,30}")


def place(parts: Sequence[str | int]) -> str:
    """Where a fault lies, as `criteria.2.low`; a key that could be more than a key is left out."""
    said = (str(part + 1) if isinstance(part, int) else part for part in parts)
    return ".".join(part for part in said if (part.isdigit() and len(part) < 7) or _PLAIN_KEY.fullmatch(part))


def read_toml(text: str, *, what: str) -> dict[str, Any]:
    """The table that the text says. Raises `UsageError` that names `what` it was to be."""
    if len(text) > LONGEST:
        raise UsageError(f"{what} is longer than {LONGEST:,} characters")
    if _LONG_KEY.search(text):
        raise UsageError(f"{what} has a key of more than 40 parts")
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise UsageError(f"{what} is nested too deeply") from error
    except ValueError as error:
        raise UsageError(f"{what} is not TOML: {error}") from error
