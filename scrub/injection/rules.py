"""The rules of `rules.toml`, compiled: names, scores, and what is looked for. Each is linear in the text."""

import re
import tomllib
from pathlib import Path
from typing import NamedTuple

_GAP = r"[\W_]{1,4}"
_PERHAPS_GAP = r"[\W_]{0,4}"
_WORD = r"[^\W_]{1,24}"
_BETWEEN = re.compile(r"<(\d)> ?")


class Rule(NamedTuple):
    """What matches begins with a word that begins with one of `begins`; or one of `marks` is in the text.

    `score`: 4 alone is a flag.
    """

    name: str
    score: int
    means: str
    begins: tuple[str, ...]
    marks: tuple[str, ...]
    pattern: re.Pattern[str]


def compiled(form: str, fragments: dict[str, str]) -> str:
    """A form of `rules.toml` as a regular expression: gaps, words between and fragments written out."""
    for name, fragment in fragments.items():
        form = form.replace(f"{{{name}}}", fragment)
    form = _BETWEEN.sub(lambda many: f"(?:{_WORD}{_GAP}){{0,{many[1]}}}", form)
    return form.replace(" ?", _PERHAPS_GAP).replace(" ", _GAP)


def _read() -> tuple[str, tuple[Rule, ...]]:
    said = tomllib.loads(Path(__file__).with_name("rules.toml").read_text(encoding="utf-8"))
    rules: list[Rule] = []
    for one in said["rules"]:
        forms = "|".join(compiled(form, said["fragments"]) for form in one["forms"])
        begins, marks = tuple(one.get("begins", ())), tuple(one.get("marks", ()))
        rules.append(Rule(one["name"], one["score"], one["means"], begins, marks, re.compile(f"(?:{forms})")))
    return said["version"], tuple(rules)


RULES_VERSION, RULES = _read()
"""Rules in the order in which they are named on a flag."""
