"""What is told of a language that a policy names. All of it is looked for in any text; see `scrub.languages`."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Language:
    """Words and forms of one language. Cues are expressions without groups that capture, in small letters.

    `common` are words that tell the language; none of them is a name in it. `nouns`: nouns have capitals, too, so that
    a capital says nothing. `titles` stand before a name (`herr`), `introduced` too (`mein name ist`), `greeted` often
    (`liebe`); `said` are the whole words after which a name is taken without capitals. `born` stands before a date of
    birth, `months` are as in dates. Behind `passwords`, `pins`, `accounts`, `card_codes` and, near one of `cards`,
    behind `endings` what they name is told, with `verbs` or other words `between`; `no_password` is what is said of a
    password instead. `phone` are words before a number, `phones` forms of numbers with the fewest digits
    that one has; `addresses` forms of addresses. `official` are the numbers of its countries that are looked for when
    the policy does not say which, `cues` the words beside them. `keys` are JSON keys, split into words, accents away.
    """

    code: str
    common: frozenset[str]
    nouns: bool = False
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
