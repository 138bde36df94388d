"""A JSON-like value of dicts, lists and strings, walked with what its keys say of each string and number."""

from collections.abc import Callable, Mapping

from scrub.json_walk import PROSE_ROLES
from scrub.keys import NO_KEY, Key, meaning
from scrub.recognisers import TextKind

DEEPEST = 100
"""Lists in lists deeper than this are masked whole."""

PROSE_WORDS = 4
"""A string in a value with fewer words than this is a value, not prose, whoever wrote it."""

Visit = Callable[[str, TextKind, Key], str]


def walked(value: object, kind: TextKind, visit: Visit) -> object:
    """The value with every key and string, and every number under a personal key, as `visit` returns it."""
    return _Walk(kind, visit).at(value, key="", parent="", role="", depth=0)


def kind_of(text: str, kind: TextKind) -> TextKind:
    """How a string inside a value of a kind reads."""
    return kind if kind is TextKind.PROSE and text.count(" ") >= PROSE_WORDS - 1 else TextKind.DATA


class _Walk:
    def __init__(self, kind: TextKind, visit: Visit) -> None:
        self._kind = kind
        self._visit = visit

    def at(self, value: object, *, key: str, parent: str, role: str, depth: int) -> object:
        if isinstance(value, str):
            is_prose = role in PROSE_ROLES and key in {"content", "text"}
            kind = kind_of(value, TextKind.PROSE if is_prose else self._kind)
            return self._visit(value, kind, meaning(key, parent))
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, int | float):
            return self._number(value, meaning(key, parent))
        if depth >= DEEPEST:
            return "<MASKED>"
        if isinstance(value, Mapping):
            said = value.get("role", role)
            role = said if isinstance(said, str) else role
            return {
                self._key(name): self.at(inner, key=str(name), parent=key, role=role, depth=depth + 1)
                for name, inner in value.items()
            }
        if isinstance(value, list | tuple):
            return [self.at(inner, key=key, parent=parent, role=role, depth=depth + 1) for inner in value]
        return value

    def _key(self, name: object) -> object:
        if not isinstance(name, str) or name.isidentifier():
            return name
        return self._visit(name, TextKind.DATA, NO_KEY)

    def _number(self, number: float, said: Key) -> object:
        """A number stays one, unless its key or its digits say that it is personal."""
        text = str(number)
        personal = said.entity not in {"", "PERSON", "EMAIL_ADDRESS", "ADDRESS"} or (
            said.entity == "ADDRESS" and said.sure
        )
        if not (personal and said.claims(text)) and not (len(text) >= 12 and text.isdigit()):
            return number
        clean = self._visit(text, TextKind.DATA, said)
        return number if clean == text else clean
