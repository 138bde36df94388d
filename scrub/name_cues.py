"""What stands before a name in the languages that a policy names beside English."""

import re

from scrub.languages import Language

_NEVER = r"(?!)"
_NAME_BEHIND = r" ([^\W\d_][\w'’-]{1,20}(?: [^\W\d_][\w'’-]{1,20}){0,2})"


class Cues:
    """The cues of one language, compiled: looked for in the 40 characters before a word."""

    def __init__(self, language: Language) -> None:
        self._title = re.compile(rf"(?i)(?:^|\W)(?:{language.titles or _NEVER})\.?[ \u00a0]{{1,2}}$")
        self._introduced = re.compile(
            rf"(?i)(?:^|(?<![\w])(?<!\w['’]))(?:{language.introduced or _NEVER})[ \u00a0\"'“„«*]{{1,3}}$"
        )
        self._greeted = re.compile(rf"(?i)(?<!\w)(?:{language.greeted or _NEVER})[,!. *]{{0,2}}\s{{1,4}}$")
        self.common = language.common
        self.said = re.compile(rf"(?<!\w)(?:{language.said or _NEVER}){_NAME_BEHIND}")

    def strength(self, before: str) -> float:
        """3 after a title, 2 after words that introduce somebody, 1 after those that often do, else 0."""
        if self._title.search(before[-20:]):
            return 3
        if self._introduced.search(before):
            return 2
        return 1 if self._greeted.search(before) else 0
