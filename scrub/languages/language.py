"""What is told of a language that a policy names. All of it is looked for in any text; see `scrub.languages`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Language:
    """Words and forms of one language. Cues are expressions without groups that capture, in small letters.

    `common` are words that tell the language; none of them is a name in it. `nouns`: nouns have capitals, too, so that
    a capital says nothing. `made` are endings that it makes words with and names hardly have. `titles` stand before a
    name (`herr`), `introduced` too (`mein name ist`), `greeted` often (`liebe`); `said` are the whole words after
    which a name is taken without capitals. `born` stands before a date of birth, `months` are as in dates. Behind
    `passwords`, `pins`, `accounts`, `card_codes` and, near one of `cards`, behind `endings` what they name is told,
    with `verbs` or other words `between`; `no_password` is what is said of a password instead. `phone` are words
    before a number, `phones` forms of numbers with the fewest digits that one has; `addresses` forms of addresses.
    `official` are the numbers of its countries that are looked for when the policy does not say which, `cues` the
    words beside them. `keys` are JSON keys, split into words, accents away.
    """

    code: str
    common: frozenset[str]
    nouns: bool = False
    made: str = ""
    titles: str = ""
    introduced: str = ""
    greeted: str = ""
    said: str = ""
    born: str = ""
    months: str = ""
    passwords: tuple[str, ...] = ()
    no_password: frozenset[str] = frozenset()
    pins: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    card_codes: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()
    cards: tuple[str, ...] = ()
    verbs: str = ""
    between: str = ""
    phone: str = ""
    phones: tuple[tuple[int, str], ...] = ()
    addresses: tuple[str, ...] = ()
    official: tuple[str, ...] = ()
    cues: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)

    @property
    def words(self) -> frozenset[str]:
        """Those that tell it, and single words of its cues: what people write with a capital without naming anybody."""
        cued = (*self.passwords, *self.pins, *self.accounts, *self.card_codes, *self.cards, *self.phone.split("|"))
        official = (cue for cues in self.cues.values() for cue in cues)
        return self.common | self.no_password | {word for word in (*cued, *official) if word.isalpha()}


UNSURE = ""
"""The code of what may be in any of the languages named."""


def any_of(languages: Iterable[Language]) -> Language:
    """What is known of a text that may be in any of these: their words are no names, and capitals tell."""
    said = list(languages)
    made = "|".join(language.made for language in said if language.made)
    return Language(code=UNSURE, common=frozenset[str]().union(*(language.words for language in said)), made=made)
