"""What sentences tell behind a word: passwords, PINs, accounts, codes and last digits of cards, in each language."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from scrub.languages import Language
from scrub.lexicon import lexicon
from scrub.recogniser import Found, Rules, holds_any, lowered

_BLANK = "[ \u00a0]"
_ENDS = r"(?![^\W\d_])"
_NUMBER_ENDS = r"(?!\w| ?\d|[.,]\d|-\w| ?(?:[€$£]|eur|usd|chf|gbp))"
"""Neither more digits nor an amount."""
_NO_SIGN = frozenset("-'’./:")
_STOPS = re.compile(r"[.!?:]{0,3}(?:\s{0,3}\Z|[,;)\n\"'“”»])")
_DIGIT = re.compile(r"\d")
_LOOK_BACK = 60
_GLUED = 6
"""Letters of a word that may end a longer one: `Girokontonummer`."""


class _Cue(NamedTuple):
    entity: str
    behind: re.Pattern[str]
    beside: tuple[str, ...] = ()
    """One of these must stand before it or behind it."""


class ToldRules(Rules):
    """What is told in the languages given, English among them. English accounts are found elsewhere."""

    def __init__(self, languages: Iterable[Language]) -> None:
        said = list(languages)
        self._cues: dict[str, list[_Cue]] = {}
        for word, cue in (told for language in said for told in _cues(language)):
            self._cues.setdefault(word, []).append(cue)
        self._passwords = [(word, _password(one)) for one in said for word in one.passwords]
        self._common = frozenset[str]().union(*(language.common | language.no_password for language in said))
        super().__init__("SECRET", "BANK_ACCOUNT", "CREDIT_CARD")

    def find(self, text: str) -> Iterator[Found]:
        low = lowered(text)
        for word, cues in self._cues.items() if _DIGIT.search(text) else ():
            for at, end in _places(low, word) if word in low else ():
                for cue in cues:
                    told = cue.behind.match(low, end)
                    if told and (not cue.beside or holds_any(low[max(0, at - _LOOK_BACK) : told.end()], cue.beside)):
                        yield *told.span(1), cue.entity
        for word, behind in self._passwords:
            for _, end in _places(low, word) if word in low else ():
                told = behind.match(low, end)
                if told:
                    start, value = told.start(1), text[slice(*told.span(1))].rstrip(".!?:")
                    if self._is_password(value, is_last=_STOPS.match(text, start + len(value)) is not None):
                        yield start, start + len(value), "SECRET"

    def _is_password(self, value: str, *, is_last: bool) -> bool:
        """A word without digits and signs is one only with a capital or behind a colon, where nothing follows."""
        if len(value) < 4 or value.lower() in self._common:
            return False
        if any(not (character.isalpha() or character in _NO_SIGN) for character in value):
            return True
        return is_last and value.isalpha() and not value.islower() and value.lower() not in lexicon().words


def _places(low: str, word: str) -> Iterator[tuple[int, int]]:
    """Where a word begins and ends."""
    at = low.find(word)
    while at >= 0:
        end = at + len(word)
        if len(word) >= _GLUED or not low[max(0, at - 1) : at].isalnum():
            yield at, end
        at = low.find(word, end)


def _cues(language: Language) -> Iterator[tuple[str, _Cue]]:
    """All words of a language behind which digits are told."""
    for words, entity, digits, beside in (
        (language.pins, "SECRET", r"\d(?:[ -]?\d){3,7}", ()),
        (language.accounts, "BANK_ACCOUNT", r"\d(?:[ -]?\d){5,16}", ()),
        (language.card_codes, "CREDIT_CARD", r"\d{3,4}", ()),
        (language.endings, "CREDIT_CARD", r"\d{4}", language.cards),
    ):
        behind = re.compile(
            rf"(?:[ \u00a0:#.=-]{{1,3}}(?:{language.verbs}|{language.between}){_ENDS}){{0,5}}"
            rf"[ \u00a0:#.=°º]{{1,4}}[*x\"'(]{{0,4}}({digits}){_NUMBER_ENDS}"
        )
        yield from ((word, _Cue(entity, behind, beside)) for word in words)


def _password(language: Language) -> re.Pattern[str]:
    """What stands between a password and its word, and the password."""
    return re.compile(
        rf"(?:{_BLANK}(?:{language.between}){_ENDS}){{0,5}}"
        rf"(?:{_BLANK}{{0,2}}(?::|=>|=)|{_BLANK}(?:{language.verbs}){_ENDS}:?){_BLANK}{{0,2}}"
        r"[\"'`„“”«»]{0,2}([^\s\"'`„“”«»,;&<>{}\[\]()]{4,300})"
    )
