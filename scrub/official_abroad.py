"""Official numbers with rules of our own: where Presidio has none, or takes fewer than are issued."""

import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

_NIR = re.compile(r"(?<!\w)[12] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3}(?: ?\d{2})?(?!\w)")
_BSN = re.compile(r"(?<![\w.])\d{4}[. ]?\d{2}[. ]?\d{2,3}(?![\w]|[.,]\d)")
_CORSICA = {"2A": "19", "2B": "18"}
_PASSPORT = re.compile(r"(?<!\w)\d{2} ?[A-Z]{2} ?\d{5}(?!\w)")
_CARD = re.compile(r"(?<!\w)(?:\d{12}|[A-Z0-9]{9})(?!\w)")
_LICENCE = re.compile(r"(?<!\w)(?:\d{12}|\d{2}[A-Z]{2}\d{5})(?!\w)")
_DUTCH_DOCUMENT = re.compile(r"(?<!\w)[A-NP-Z]{2}[A-NP-Z0-9]{6}\d(?!\w)")
_DUTCH_LICENCE = re.compile(r"(?<!\w)\d{10}(?!\w)")
_GERMAN_DOCUMENT = re.compile(r"(?i)(?<!\w)(?:[A-Z][A-Z0-9]{8}(?:\dD?)?|[A-Z]{1,2}\d{6,7})(?!\w)")
_GERMAN_LICENCE = re.compile(r"(?i)(?<!\w)[A-Z][A-Z0-9]{8}[0-9X][A-Z0-9](?!\w)")
_GERMAN_PENSION = re.compile(r"(?i)(?<!\w)\d{8}[A-Z]\d{3}(?!\w)")
_SPANISH_PASSPORT = re.compile(r"(?i)(?<!\w)[A-Z]{2,3}\d{6}(?!\w)")
_SERIAL = re.compile(r"[B-DF-HJ-NP-TV-Z0-9]+")
"""Serials have no vowels, lest they say something."""
_FEWEST_DIGITS = 3


_FISCAL = re.compile(  # a digit may be written as a letter, where two people would have the same code
    r"(?i)(?<!\w)[A-Z]{3} ?[A-Z]{3} ?[0-9LMNP-V]{2} ?[ABCDEHLMPRST] ?[0-9LMNP-V]{2} ?[A-Z][0-9LMNP-V]{3} ?[A-Z](?!\w)"
)
_ODD_OF_DIGITS = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21)
_ODD_OF_LETTERS = (*_ODD_OF_DIGITS, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)
_ODD_PLACES = dict(zip("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", (*_ODD_OF_DIGITS, *_ODD_OF_LETTERS), strict=True))


def is_fiscal_code(value: str) -> bool:
    """The last letter of Italy's fiscal code (decree of 23 December 1976): a sum of all others modulo 26."""
    plain = value.replace(" ", "").upper()
    even = sum(int(letter) if letter.isdigit() else ord(letter) - ord("A") for letter in plain[1:15:2])
    return (sum(_ODD_PLACES[letter] for letter in plain[0:15:2]) + even) % 26 == ord(plain[15]) - ord("A")


def is_nir(value: str) -> bool:
    """Key of France's social security number, if given: 97 less the other thirteen digits modulo 97 (Insee)."""
    plain = value.replace(" ", "").upper()
    body = plain[:5] + _CORSICA.get(plain[5:7], plain[5:7]) + plain[7:13]
    return body.isdigit() and (len(plain) == 13 or (len(plain) == 15 and 97 - int(body) % 97 == int(plain[13:])))


def is_bsn(value: str) -> bool:
    """The eleven test of the Netherlands' citizen service number: weights 9 to 2, and -1 for the last digit."""
    digits = [int(character) for character in value if character.isdigit()]
    digits = [0] * (9 - len(digits)) + digits
    total = sum(weight * digit for weight, digit in zip((9, 8, 7, 6, 5, 4, 3, 2, -1), digits, strict=False))
    return len(digits) == 9 and any(digits) and total % 11 == 0


def is_serial(value: str) -> bool:
    """Whether this is the number of a document and no word. Its check digit is not asked for: it is often left out."""
    digits = sum(map(str.isdigit, value))
    return digits >= _FEWEST_DIGITS or (digits > 0 and _SERIAL.fullmatch(value) is not None)


def _by(form: re.Pattern[str], holds: Callable[[str], bool] = bool) -> Callable[[str], Iterator[tuple[int, int]]]:
    def places(window: str) -> Iterator[tuple[int, int]]:
        yield from (match.span() for match in form.finditer(window) if holds(match[0]))

    return places


OUR_NUMBERS: Mapping[str, Callable[[str], Iterator[tuple[int, int]]]] = MappingProxyType(
    {
        "IT_FISCAL_CODE": _by(_FISCAL, is_fiscal_code),
        "FR_NIR": _by(_NIR, is_nir),
        "FR_PASSPORT": _by(_PASSPORT),
        "FR_ID_CARD": _by(_CARD, is_serial),
        "FR_DRIVER_LICENSE": _by(_LICENCE),
        "DE_ID_CARD": _by(_GERMAN_DOCUMENT, is_serial),
        "DE_PASSPORT": _by(_GERMAN_DOCUMENT, is_serial),
        "DE_FUEHRERSCHEIN": _by(_GERMAN_LICENCE, is_serial),
        "DE_SOCIAL_SECURITY": _by(_GERMAN_PENSION),
        "ES_PASSPORT": _by(_SPANISH_PASSPORT),
        "NL_BSN": _by(_BSN, is_bsn),
        "NL_PASSPORT": _by(_DUTCH_DOCUMENT),
        "NL_DRIVER_LICENSE": _by(_DUTCH_LICENCE),
    }
)
"""Entity, named as Presidio would, to the places of a number in a text."""
