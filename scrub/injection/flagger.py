"""Scores texts by the rules, and by the team's own classifier where one is set; remembers what was said of a text."""

import hashlib
import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter

from scrub.injection.classifier import Guarded, named
from scrub.injection.reading import hidden_characters, readings
from scrub.injection.rules import RULES, RULES_VERSION
from settings.privacy import Injection

ENTRIES = 60_000
"""Texts of one generation that are remembered; at most two are kept: about 15 MB."""
SHORTEST = 12
"""Characters; in a shorter text there is no room for an order."""
MOST_CLASSIFIED = 8_000
"""Characters of a text that the classifier is shown: its beginning and its end."""

HIDDEN = {"hidden_tags": 4, "hidden_run": 3, "hidden_between_letters": 3, "reversed_text": 2, "only_when_decoded": 2}
"""Names and scores of the rules about hiding itself. `only_when_decoded`: a rule matched what people do not see."""
MEANS = {rule.name: rule.means for rule in RULES} | {
    "hidden_tags": "holds words in characters that no screen shows",
    "hidden_run": "holds a run of characters that no screen shows",
    "hidden_between_letters": "hides characters between letters",
    "reversed_text": "turns the direction of text round",
    "only_when_decoded": "says it in words that are encoded or hidden",
}
"""Name of a rule to what it sees, in words that go on after "it"."""
_SCORES = {rule.name: rule.score for rule in RULES} | HIDDEN
_MARKED = tuple(rule for rule in RULES if rule.marks)
_BEGUN_BY = {
    begin: tuple((rule.name, rule.pattern.match) for rule in RULES if begin in rule.begins)
    for begin in {begin for rule in RULES for begin in rule.begins}
}
"""First letters of a word to the rules that it can begin."""
_LENGTHS = {
    letter: tuple(sorted({len(begin) for begin in _BEGUN_BY if begin[0] == letter}))
    for letter in {begin[0] for begin in _BEGUN_BY}
}
"""How many letters these are, by the first."""


def _beginnings() -> Iterator[str]:
    """The first two letters of words that can begin a rule, by the first; where one letter is enough, that alone."""
    for letter, begins in groupby(sorted(_BEGUN_BY), key=itemgetter(0)):
        seconds = "".join(sorted({begin[1:2] for begin in begins}))
        yield letter if letter in _BEGUN_BY else f"{letter}[{seconds}]"


_MAY_BEGIN = re.compile(rf"(?<![^\W_])(?:{'|'.join(_beginnings())})[^\W_]*")
"""Three words of four begin none, and are not looked at."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What the rules, and the classifier, say of one text. `rules` are the names of those that match.

    `probability` is the classifier's, 0-1; None without one, and when it gave no answer.
    """

    score: int = 0
    rules: tuple[str, ...] = ()
    probability: float | None = None


NOTHING = Looked()


class Flagger:
    """Looks at texts, each distinct one once. Keep one per process; it holds no text, only keyed hashes of them."""

    def __init__(self, said: Injection | None = None, *, classifier: Guarded | None = None) -> None:
        """`classifier` stands in for the one that the settings name. Raises `UsageError` for a wrong name."""
        self._said = said or Injection()
        if classifier is None and self._said.classifier:
            classifier = Guarded(named(self._said.classifier), seconds=self._said.classifier_seconds)
        self._classifier = classifier
        self._key = secrets.token_bytes(32)
        self._young: dict[bytes, Looked] = {}
        self._old: dict[bytes, Looked] = {}

    @property
    def version(self) -> str:
        """Names the rules, the score from which on they flag, and the classifier: `1`, `1 from 5`, `1 + ours:Model`."""
        said, usual = self._said, Injection()
        scores = f" from {said.flag_from}" if said.flag_from != usual.flag_from else ""
        return f"{RULES_VERSION}{scores}" + (f" + {said.classifier}" if said.classifier else "")

    def looked(self, texts: Iterable[str]) -> dict[str, Looked]:
        """What is said of each of the texts; the classifier is asked once, for all that it has not seen."""
        said: dict[str, Looked] = {}
        unasked: list[str] = []
        for text in texts:
            if text in said:
                continue
            said[text] = found = self._of_rules(text)
            if self._classifier is not None and found.probability is None and len(text) >= SHORTEST:
                unasked.append(text)
        if unasked and self._classifier is not None:
            answers = self._classifier.probabilities([_shortened(text) for text in unasked])
            for text, probability in zip(unasked, answers, strict=True):
                if probability is not None:
                    said[text] = replace(said[text], probability=probability)
                    self._remember(self._name(text), said[text])
        return said

    def is_flag(self, found: Looked) -> bool | None:
        """Whether a text is flagged. None: not judged, the classifier gave no answer and the rules see nothing."""
        probability = found.probability
        if found.score >= self._said.flag_from or (probability or 0.0) >= self._said.classifier_from:
            return True
        return None if self._classifier is not None and probability is None and found is not NOTHING else False

    def _of_rules(self, text: str) -> Looked:
        if len(text) < SHORTEST:
            return NOTHING
        name = self._name(text)
        known = self._young.get(name)
        if known is None:
            known = self._old.get(name)
            self._remember(name, known := _looked(text) if known is None else known)
        return known

    def _name(self, text: str) -> bytes:
        return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), key=self._key, digest_size=16).digest()

    def _remember(self, name: bytes, said: Looked) -> None:
        if len(self._young) >= ENTRIES:
            self._old, self._young = self._young, {}
        self._young[name] = said


def _shortened(text: str) -> str:
    half = MOST_CLASSIFIED // 2
    return text if len(text) <= MOST_CLASSIFIED else f"{text[:half]} {text[-half:]}"


def _looked(text: str) -> Looked:
    found = set(hidden_characters(text))
    for reading in readings(text):
        names = _matching(reading.text) - found
        found |= names
        if names and reading.hidden:
            found.add("only_when_decoded")
    return Looked(sum(map(_SCORES.__getitem__, found)), tuple(name for name in _SCORES if name in found))


def _matching(text: str) -> set[str]:
    """Names of the rules that match a text in small letters."""
    found = {rule.name for rule in _MARKED if any(mark in text for mark in rule.marks) and rule.pattern.search(text)}
    for word in _MAY_BEGIN.finditer(text):
        letters = word[0]
        for length in _LENGTHS[letters[0]]:
            if length > len(letters):
                break
            for name, matches in _BEGUN_BY.get(letters[:length], ()):
                if name not in found and matches(text, word.start()):
                    found.add(name)
    return found
