"""Names of people, without a model: words before and after them, lists of names, and what is not an English word."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from scrub import small_letters
from scrub.languages import UNSURE, Language
from scrub.lexicon import lexicon
from scrub.name_words import ORGANISATIONS, PARTICLES, Flag, Strictness, flags_of, weight
from scrub.phrases import CLOSED, GREETED, INTRODUCED, TITLE, Cues
from scrub.recogniser import Found, Rules, lowered
from scrub.towns import is_town

_TOKEN = re.compile(r"[A-ZÀ-ÖØ-ÞĀ-ɏḀ-ỹ](?<![\w@#$/\\.].)\w{0,40}(?:['’\-‐‑][^\W\d_]\w{0,30}){0,3}(?![\w@])")
_JOIN = re.compile(
    r"[ \u00a0]{1,2}|\.[ \u00a0]?|,? (?:(?:de|da|do|dos|del|della|di|du|la|le|van|von|der|den|ter|ten|zu|zum|bin|bint|"
    r"ibn|al|el|af|av|y|e|san|st\.?)[ '’]){1,3}|[ \u00a0](?:d'|o'|al-|el-)"
)
_TITLES = (
    "mr|mrs|ms|mx|miss|dr|prof|professor|sir|madam|mme|herr|frau|señora?|captain|judge|senator|nurse|officer|doctor"
)
_ROLES = (
    "passenger|patient|customer|employee|client|contact|user|recipient|sender|author|manager|teacher|friend|wife|"
    "husband|son|daughter|brother|sister|mother|father|colleague|boss|neighbou?r|lawyer"
)
_INTRODUCED = (
    "name(?:['’]s)?(?: is| was|:| =|=)|called|named|(?:spoke|talk(?:ed)?|speak(?:ing)?) (?:with|to)|signed(?: by|,|:)|"
    f"cardholder:?|attn:?|c/o|(?:{_ROLES})(?::| is| named)"
)
_GREETED = (
    "(?:i am|i['’]m|you are|you['’]re|this is|it['’]s|here is|dear|hi|hello|hey|hiya|hola|welcome|back|thanks|"
    "thank you|good (?:morning|afternoon|evening)|cheers|goodbye|bye|sorry|of course|certainly|sure|great|perfect|"
    f"ask|tell|meet|met|told|asked|{_ROLES})(?:,? there)?"
)
_CLOSED = "regards|sincerely|best|love|yours|yours truly|cheers|thanks|faithfully"
_ARTICLE = re.compile(r"(?i)\b(?:the|a|an|this|that|each|every|our|your|its|these|those) $")
_SENTENCE_START = re.compile(r"(?:^|[.!?:;•*\-–—\"'“‘(\[|>#=/_\d)¿¡«„]\s{0,8}|\n\s{0,8})$")
_ABBREVIATED = frozenset({"Mr", "Ms", "Dr", "Jr", "Sr", "St", "Mrs", "Prof", "Th", "Chr", "Wm"})
_LAST_FIRST = re.compile(
    r"[A-ZÀ-ÖØ-Þ](?<![\w@./-].)[\w'’-]{1,30}, ([A-ZÀ-ÖØ-Þ][\w'’-]{1,30})(?: [A-Z]\.?(?!\w))?(?![\w@])"
)
_POSSESSIVE = ("'s", "’s")
_LOOK_BACK = 40
_STRONGEST_CUE = 3
_AROUND = " \n.,!?¿¡"
_ONE_WORD = 1.3
_LEAST_NEEDED = 0.5


class _Token(NamedTuple):
    start: int
    end: int
    flags: int


class NameRules(Rules):
    """People. PROSE also takes capitalised words that are no English word; LABEL only takes full, well-known names."""

    def __init__(
        self,
        strictness: Strictness,
        allow: frozenset[str] = frozenset(),
        *,
        languages: Iterable[Language] = (),
        written_in: Language | None = None,
    ) -> None:
        """`languages`: others than English whose cues count. `written_in`: what texts are in, if it is not English."""
        self._strictness = Strictness.DATA if written_in is not None and written_in.nouns else strictness
        self._kind = strictness
        self._allow = allow
        if written_in is not None:
            self._allow |= written_in.common if written_in.code else written_in.common - lexicon().frequent_firsts
        self._unsure = written_in is not None and written_in.code == UNSURE
        self._made = re.compile(rf".{{2,38}}(?:{written_in.made})") if written_in and self._unsure else None
        self._inside = PARTICLES - allow
        abroad = tuple(languages)
        self._cues = _cues(abroad)
        self._said = [small_letters.words_after(language) for language in abroad]
        self._common = frozenset[str]().union(*(language.common for language in abroad))
        self._written_in = written_in
        super().__init__("PERSON")

    def find(self, text: str) -> Iterator[Found]:
        for run in self._runs(text):
            yield from self._people(text, run)
        yield from small_letters.introduced(text)
        if self._kind is not Strictness.LABEL:
            yield from _last_name_first(text)
        for said in self._said:
            yield from small_letters.named(said.finditer(lowered(text)), self._common)
        if self._kind is not Strictness.LABEL:
            yield from small_letters.handles(text)
        if self._kind is Strictness.PROSE:
            yield from small_letters.listed(text, self._common)

    def _runs(self, text: str) -> Iterator[list[_Token]]:
        """Capitalised words that stand together as the words of a name do."""
        run: list[_Token] = []
        for match in _TOKEN.finditer(text):
            word, start, end = match[0], match.start(), match.end()
            if word.endswith(_POSSESSIVE):
                word, end = word[:-2], end - 2
            flags = flags_of(word)
            if self._is_no_name(word.lower(), flags, inside=bool(run)):
                flags = Flag.NO_NAME
            if run and not _joined(text, run[-1], start):
                yield run
                run = []
            run.append(_Token(start, end, flags))
        if run:
            yield run

    def _is_no_name(self, lower: str, flags: int, *, inside: bool) -> bool:
        """Whether the team or a language says so; `inside`: of a name that it may be a part of."""
        if lower in self._allow:
            return not (inside and lower in self._inside)
        return self._made is not None and not flags & Flag.LISTED and self._made.fullmatch(lower) is not None

    def _people(self, text: str, run: list[_Token]) -> Iterator[Found]:
        """Names in a run: it is cut where a word is only a word."""
        first = 0
        for stop, token in enumerate(run):
            flags = token.flags
            if flags & Flag.NO_NAME or (flags & Flag.WORD and not flags & Flag.LISTED):
                if stop > first:
                    yield from self._person(text, run, first, stop)
                first = stop + 1
        if first < len(run):
            yield from self._person(text, run, first, len(run))

    def _person(self, text: str, run: list[_Token], first: int, stop: int) -> Iterator[Found]:
        """A name, if the words of a run from `first` to before `stop` are one."""
        part = run[first:stop]
        while len(part) > 1 and (_is_opener(text, part) or self._is_opener_abroad(text, part)):
            part = part[1:]
        if all(token.flags & (Flag.INITIAL | Flag.PROPER) for token in part):
            return
        start, end = part[0].start, part[-1].end
        before = text[max(0, start - _LOOK_BACK) : start]
        alone = len(part) == 1
        score = sum(weight(token.flags, self._strictness, alone=alone) for token in part)
        if self._unsure and alone and text.strip(_AROUND) == text[start:end]:  # an answer of one word
            score += _ONE_WORD
        is_other = _names_something_else(text, part, run, stop) or _is_caption(text, part)
        cue = 0.0
        if is_other or score < self._needed(part, run, before, cue):
            if score + _STRONGEST_CUE < _LEAST_NEEDED:
                return
            cue = self._cue(before)  # looked for last: what stands before a word is slow to read
        if (is_other and cue < 2) or score + cue < self._needed(part, run, before, cue):
            return
        if not alone or not is_town(text, start, end, part[0].flags) or self._cue(before):
            yield start, end, "PERSON"

    def _is_opener_abroad(self, text: str, part: list[_Token]) -> bool:
        """A word of another language that begins a sentence, before a name: `Gestern Anna Schmidt`."""
        if self._written_in is None or part[0].flags & (Flag.FIRST | Flag.INITIAL):
            return False
        return bool(_SENTENCE_START.search(text[max(0, part[0].start - 10) : part[0].start]))

    def _cue(self, before: str) -> float:
        return self._cues.strength(before)

    def _needed_abroad(self, written_in: Language, part: list[_Token], before: str) -> float:
        """The same in another language, whose words no list tells from names."""
        first, opens = part[0].flags, bool(_SENTENCE_START.search(before[-10:]))
        if len(part) > 1:
            if first & Flag.FIRST:
                return 1.5
            return 2.3 if written_in.nouns or opens else 1.5
        if first & (Flag.WORD | Flag.FIRM):
            return 1.5
        if first & Flag.FIRST:
            return 1.2
        if written_in.nouns:
            return 1.9 if first & Flag.LAST else 2.3
        return 2.0 if opens else 0.9

    def _needed(self, part: list[_Token], run: list[_Token], before: str, cue: float) -> float:
        """The score that this part of a run must reach."""
        if self._written_in is not None:
            return self._needed_abroad(self._written_in, part, before)
        first, last = part[0].flags, part[-1].flags
        if self._strictness is Strictness.LABEL:
            plain = all(token.flags & Flag.LISTED and not token.flags & Flag.WORD for token in part)
            if cue >= 2:
                return 3
            return 2.5 if len(part) == len(run) >= 2 and first & Flag.FREQUENT and plain else 99
        opens = bool(_SENTENCE_START.search(before[-10:]))
        if self._strictness is Strictness.DATA:
            if len(part) == 1:
                return 1.8
            full = first & Flag.FIRST and last & Flag.LAST and not last & Flag.WORD
            return 1.5 if full else 2.0 if first & (Flag.FIRST | Flag.INITIAL) else 2.8
        if all(token.flags & (Flag.WORD | Flag.FIRM) for token in part[1:]) and first & (Flag.WORD | Flag.FIRM):
            if len(part) > 1:
                return 0.9 if first & Flag.FREQUENT and last & Flag.LAST and not opens else 2.0
        elif len(part) > 1:
            return 0.9 if first & Flag.FREQUENT and not opens else 1.0
        if first & (Flag.WORD | Flag.FIRM):  # a name that is a word too: not where a capital is due anyway
            return 0.5 if first & Flag.FIRST and not first & Flag.FIRM and len(run) == 1 and not opens else 2.0
        return 1.5 if not first & Flag.LISTED and _ARTICLE.search(before[-6:]) else 0.8


def _cues(languages: Iterable[Language]) -> Cues:
    """The cues of English and of other languages."""
    cues = Cues()
    for kind, pattern in ((TITLE, _TITLES), (INTRODUCED, _INTRODUCED), (GREETED, _GREETED), (CLOSED, _CLOSED)):
        cues.add(kind, pattern)
    for language in languages:
        cues.add_language(language)
    return cues


def _joined(text: str, last: _Token, start: int) -> bool:
    if start - last.end > 16:
        return False
    gap = text[last.end : start]
    if gap == " ":
        return True
    if not _JOIN.fullmatch(gap):
        return False
    return gap[0] != "." or bool(last.flags & Flag.INITIAL) or text[last.start : last.end] in _ABBREVIATED


def _is_opener(text: str, part: list[_Token]) -> bool:
    """A word that is capitalised only because a sentence begins with it: `Will Maria come?`"""
    flags = part[0].flags
    if not flags & Flag.WORD or not part[1].flags & Flag.FREQUENT or part[1].flags & Flag.WORD:
        return False
    return bool(_SENTENCE_START.search(text[max(0, part[0].start - 10) : part[0].start]))


def _names_something_else(text: str, part: list[_Token], run: list[_Token], stop: int) -> bool:
    """A city of several words, or a firm, river or street named after somebody. `stop`: where in the run it ends."""
    following = run[stop] if stop < len(run) else None
    last = following or part[-1]
    if (following or len(part) > 1) and text[last.start : last.end].lower() in ORGANISATIONS:
        return True
    preceding = run[max(stop - len(part) - 1, 0)]
    return any(
        text[first.start : part[-1].end].lower() in lexicon().large_places
        for first in (part[0], preceding)
        if first is not part[-1]
    )


def _is_caption(text: str, part: list[_Token]) -> bool:
    """A word before a colon says what follows: `Price: $105`."""
    return len(part) == 1 and bool(part[0].flags & Flag.WORD) and text[part[0].end : part[0].end + 1] == ":"


def _last_name_first(text: str) -> Iterator[Found]:
    """`LOPEZ, MARIA` and `Lopez, Maria J.`: a known last name and a frequent first name, and not a city of a state."""
    if ", " not in text:
        return
    for match in _LAST_FIRST.finditer(text):
        last, first = flags_of(match[0].partition(",")[0]), flags_of(match[1])
        if not (last & Flag.LAST and first & Flag.FREQUENT) or (last | first) & Flag.NO_NAME:
            continue
        if last & Flag.FREQUENT and not last & Flag.CAPITALS:  # two people: `Maria, Anna and John`
            continue
        if not (last & first & Flag.WORD or (last | first) & (Flag.LARGE_PLACE | Flag.FIRM)):
            yield *match.span(), "PERSON"


NO_VALUES = frozenset({"string", "str", "text", "none", "null", "unknown", "user", "n/a", "na", "anonymous", "guest"})


def is_person(value: str, *, surely: bool = False) -> bool:
    """Whether a whole value is somebody's name. `surely`: the key says so, and the lists need not know it."""
    words = value.replace(".", " ").replace(",", " ").split()
    if not 1 <= len(words) <= 6 or len(value) > 80 or value.lower() in NO_VALUES:
        return False
    flags = [flags_of(word) for word in words if word[:1].isupper()]
    if surely:
        return _could_be_person(words)
    if not flags or any(flag & Flag.NO_NAME for flag in flags):
        return False
    if any(flag & Flag.WORD and not flag & Flag.LISTED for flag in flags):
        return False
    if any(word[:1].islower() and not _JOIN.fullmatch(f" {word} ") for word in words):
        return False
    if value.lower() in lexicon().large_places or words[-1].lower() in ORGANISATIONS:
        return False
    score = sum(weight(flag, Strictness.DATA, alone=len(flags) == 1) for flag in flags)
    return score >= (1.3 if len(flags) > 1 else 1.8)


def _could_be_person(words: list[str]) -> bool:
    """Under a key such as `first_name` everything is one, but for descriptions, placeholders and codes."""
    if not all(any(character.isalpha() for character in word) for word in words):
        return False
    if any(character in word for word in words for character in "@/:<>{}_="):
        return False
    lower = [word for word in words if word.islower() and not _JOIN.fullmatch(f" {word} ")]
    if len(words) >= 4 and len(lower) >= 2:  # a sentence about the field
        return False
    return len(lower) < len(words) or not all(
        flags_of(word) & Flag.WORD and not flags_of(word) & Flag.FIRST for word in lower
    )
