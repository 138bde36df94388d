"""Names that somebody types without capitals: after words that introduce one, as user names, and known to lists."""

import re
from collections.abc import Iterable, Iterator

from scrub.languages import Language
from scrub.lexicon import lexicon
from scrub.name_words import PARTICLES, Flag, flags_of
from scrub.recogniser import Found, holds_any, lowered

_CUE = re.compile(
    r"\b(?:my name is|my name's|name's|i am called|they call me|full name is|first name is|last name is|"
    r"(?:spoke|talked|speaking) (?:to|with)|(?:mr|mrs|ms|dr)\.?) ([^\W\d_][\w'’-]{1,20}(?: [^\W\d_][\w'’-]{1,20}){0,2})"
)
_CUES = (
    "name is ", "name's ", "am called ", "call me ", "spoke ", "talked ", "speaking ", "mr ", "mr.", "mrs ", "mrs.",
    "dr ", "dr.", " ms ", "\nms ", "(ms ", '"ms ', " ms.", "\nms.", "(ms.", '"ms.',
)  # fmt: skip
_STEMS = ("name", "call", "spoke", "talked", "speaking", "mr", "dr", "ms")
"""One of these is in each of them."""
_WORD = re.compile(r"(?<![\w@.'’/-])[^\W\d_A-Z]{3,20}(?![\w@/\\-])(?!['’](?!s\b))")
_OF_USER = re.compile(r"(?i)\buser")
_ALSO_THINGS = frozenset(
    (
        "alma amber angel barb beau blanche buster chase cole curt foster garland gene ginger glen graham hazel "
        "heather homer jade jasmine jenny lacey lance lily mason myrtle olive patsy pearl piper robin ruby sally "
        "sandy sherry teddy tony violet wade wellington maxwell nelson victor"
    ).split()
)
"""First names that in small letters are something else as often."""
_NUMBERED_HANDLE = re.compile(r"_\d{3,6}\Z")
"""Then one of its two names may be a word, too."""
_SENTENCE_SPACES = 3
_BETWEEN = re.compile(r" (?:[a-z]\.? )?")
_HANDLE_END = re.compile(r"[._]([a-z]{2,20})[._]?\d{1,6}(?![\w@])")
_HANDLE_START = re.compile(r"(?<![\w.@/-])[a-z]{2,15}\Z")
_NO_WORD = {code: " " for code in range(128) if not chr(code).isalpha()}


def introduced(text: str) -> Iterator[Found]:
    """Names that somebody types without capitals: `my name is maria lopez`."""
    low = lowered(text)
    if holds_any(low, _STEMS) and holds_any(low, _CUES):
        yield from named(_CUE.finditer(low))


def words_after(language: Language) -> re.Pattern[str]:
    """The words of a language after which a name is taken without capitals, and up to three words behind them."""
    return re.compile(rf"(?<!\w)(?:{language.said}) ([^\W\d_][\w'’-]{{1,20}}(?: [^\W\d_][\w'’-]{{1,20}}){{0,2}})")


def named(cued: Iterable[re.Match[str]], common: frozenset[str] = frozenset()) -> Iterator[Found]:
    """The words after a cue that could be a name: the first, and what lists know behind it, up to a `common` one."""
    for match in cued:
        end = match.start(1)
        for word in re.finditer(r"\S+", match[1]):
            name = word[0].strip("'’-")
            flags = flags_of(name.lower())
            if name in common and name not in PARTICLES:
                break
            if flags & Flag.WORD and not flags & Flag.FREQUENT:
                break
            if not flags & Flag.LISTED and end > match.start(1):
                break
            end = match.start(1) + word.start() + len(name)
        if end > match.start(1):
            yield match.start(1), end, "PERSON"


def handles(text: str) -> Iterator[Found]:
    """User names made of a name: `maria_lopez_1234`."""
    known = lexicon()
    for match in _HANDLE_END.finditer(text):
        before = _HANDLE_START.search(text, max(0, match.start() - 16), match.start())
        if not before:
            continue
        first, last = before[0], match[1]
        words = (first in known.words) + (last in known.words)
        numbered = _NUMBERED_HANDLE.search(match[0]) is not None
        is_listed = first in known.firsts or (
            numbered and _OF_USER.search(text, max(0, before.start() - 30), before.start())
        )
        if is_listed and last in known.lasts and words <= numbered:
            yield before.start(), match.end(), "PERSON"


def listed(text: str, common: frozenset[str] = frozenset()) -> Iterator[Found]:
    """A frequent first name and a last name, both in small letters, neither of them an English word.

    Where nothing at all is written with a capital, a first name counts by itself, and so does any word after one that
    is no English word.
    """
    known, without_capitals = lexicon(), text == text.lower() and text.count(" ") >= _SENTENCE_SPACES
    firsts = known.firsts if without_capitals else known.frequent_firsts
    if firsts.isdisjoint(text.translate(_NO_WORD).split()):  # nearly always, and quick
        return
    before: re.Match[str] | None = None
    for match in _WORD.finditer(text):
        word = match[0]
        if before and _is_beside(text, before, match) and _is_last(word, without_capitals=without_capitals):
            yield before.start(), match.end(), "PERSON"
        elif without_capitals and len(word) > 3 and word in known.frequent_firsts and not _is_other(word):
            yield *match.span(), "PERSON"
        before = match if word in firsts and word not in common and not known.is_word(word) else None


def _is_beside(text: str, first: re.Match[str], second: re.Match[str]) -> bool:
    """Whether a first and a last name have only a space or an initial between them."""
    return second.start() - first.end() <= 4 and _BETWEEN.fullmatch(text, first.end(), second.start()) is not None


def _is_last(word: str, *, without_capitals: bool) -> bool:
    flags = flags_of(word)
    if flags & Flag.WORD:
        return False
    return bool(flags & Flag.LAST) or (without_capitals and not flags & (Flag.PLACE | Flag.PROPER))


def _is_other(word: str) -> bool:
    return word in _ALSO_THINGS or bool(flags_of(word) & (Flag.WORD | Flag.PLACE))
