"""Personal data out of any text, before it is kept: traces, reviewers' words, alerts, logs.

`Scrubber` and what belongs to it are loaded when they are first named: with them comes Presidio, which takes seconds,
and a process that only numbers placeholders (the served app) needs none of it.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from scrub.placeholders import Numberer, without_numbers
from scrub.policy import Policy

if TYPE_CHECKING:
    from scrub.engine import Scrubbed, Scrubber
    from scrub.recognisers import TextKind

__all__ = ["Numberer", "Policy", "Scrubbed", "Scrubber", "TextKind", "without_numbers"]

_LATER = {"Scrubbed": "scrub.engine", "Scrubber": "scrub.engine", "TextKind": "scrub.recognisers"}


def __getattr__(name: str) -> object:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LATER[name]), name)
