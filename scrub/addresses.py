"""Addresses by rule: a house number with a street word, a unit or a cue beside it, a post box, and what follows."""

import re
from collections.abc import Iterable, Iterator

from scrub import address_forms as forms
from scrub.languages import Language
from scrub.recogniser import Found, Rules, holds_any, lowered

_US_STATES = frozenset(
    "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA "
    "RI SC SD TN TX UT VT VA WA WV WI WY DC PR GU".split()
)
_AFTER_HOUSE = (forms.STREET, forms.DOUBLE)
_UNITS = ("apt ", "apt.", "apartment ", "suite ", "suite.", "ste ", "ste.", "unit ", "flat ", "apt#", "ste#", "suite#")
_HOMES = (
    "address", "they are", "live at", "lives at", "lived at", "living at", "reside", "residing", "located at",
    "situated at", "office is", "restaurant is", "house is", "shop is", "store is", "home is",
)  # fmt: skip
_WITH = (
    (_UNITS, (forms.BEFORE_UNIT, forms.AFTER_UNIT, forms.ONE_UNIT), 0),
    (forms.RUE_WORDS, (forms.RUE,), 0),
    ((" street", " st ", " st."), (forms.NUMBERED_STREET,), 0),
    (("box", "postfach"), (forms.BOX,), 0),
    (("po a", "po, a", "po\na"), (forms.MILITARY,), 0),
    (("corner of",), (forms.CORNER, forms.SMALL_CORNER), 0),
    (_HOMES, (forms.LIVES_AT,), 1),
)
"""What a text in small letters must have for these forms, and which of their groups is the address."""
_WINDOW = 100


class AddressRules(Rules):
    """Addresses where somebody lives. A city or country alone stays: it says little, and much of it is traffic."""

    needs_digits = True

    def __init__(self, languages: Iterable[Language] = ()) -> None:
        """`languages`: others than English whose own forms count."""
        self._abroad = [re.compile(rf"(?<!\w)(?:{form})(?!\w)") for one in languages for form in one.addresses]
        super().__init__("ADDRESS")

    def find(self, text: str) -> Iterator[Found]:
        if " " not in text and "\n" not in text:
            return
        low = lowered(text)
        yield from _at_houses(text, has_units=holds_any(low, _UNITS))
        yield from _streets_before_numbers(text, low)
        for words, which, group in _WITH:
            if holds_any(low, words):
                for form in which:
                    yield from _addresses(text, form, group)
        for abroad in self._abroad:
            yield from _addresses(text, abroad, 0)
        if forms.TO_NUMBER.search(low):
            yield from _addresses(text, forms.GOES_TO, 1)
        for match in forms.POSTCODE.finditer(text):
            if match[0][-1].isalpha() or match[0][:2] in _US_STATES:
                yield *match.span(), "ADDRESS"
        if "zip" in low or "post" in low:
            yield from ((*match.span(1), "ADDRESS") for match in forms.ZIP_CUE.finditer(text))


def _at_houses(text: str, *, has_units: bool) -> Iterator[Found]:
    """Addresses that begin with a house number."""
    reached = 0
    which = (*_AFTER_HOUSE, forms.NUMBERED) if has_units else _AFTER_HOUSE
    for house in forms.HOUSE.finditer(text):
        if house.start() < reached:
            continue
        for form in which:
            match = form.match(text, house.end())
            if match:
                reached = max(reached, _end(text, house.start(), match.end()))
        if reached > house.start():
            yield house.start(), reached, "ADDRESS"


def _streets_before_numbers(text: str, low: str) -> Iterator[Found]:
    """Addresses that end in a house number: `Hauptstraße 12`."""
    for number in forms.BEFORE_NUMBER.finditer(text):
        start = number.start()
        if not low[max(0, start - 12) : start].rstrip(" ,").endswith(forms.STRASSE_WORDS):
            continue
        for match in forms.STRASSE.finditer(text, max(0, start - _WINDOW), number.end() + 2):
            yield match.start(), _end(text, match.start(), match.end()), "ADDRESS"


def _addresses(text: str, form: re.Pattern[str], group: int) -> Iterator[Found]:
    reached = 0
    for match in form.finditer(text):
        if match.start(group) >= reached:
            reached = _end(text, match.start(), match.end())
            yield match.start(group), reached, "ADDRESS"


def _end(text: str, start: int, end: int) -> int:
    """The end with unit, city, state and postcode that follow."""
    for form in (forms.UNIT, forms.REST_OF_UNIT, forms.REST, forms.UNIT, forms.REST, forms.REST):
        if form is forms.REST_OF_UNIT and not _ends_in_unit(text[max(start, end - 24) : end]):
            continue
        more = form.match(text, end)
        end = more.end() if more else end
    return end


def _ends_in_unit(found: str) -> bool:
    return forms.UNIT_AT_END.search(found) is not None
