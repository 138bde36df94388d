"""Names that stand beside each other in a record: first and last name are one person."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from scrub.keys import LONGEST_KEY, meaning, words_of

_ORDER = ("given", "middle", "family")
_KEYS = {
    "given": "first name,firstname,first,given name,givenname,given,forename,vorname,prenom,nombre,nome,voornaam",
    "middle": "middle name,middlename,middle",
    "family": "last name,lastname,last,family name,familyname,family,surname,nachname,familienname,nom,nom famille,"
    "nom de famille,apellido,apellidos,cognome,achternaam",
}
_PARTS = {key: part for part, keys in _KEYS.items() for key in keys.split(",")}
_KEY_BEFORE = re.compile(r"[\"']([^\W\d][\w .-]{0,60})\\{0,15}[\"'][ \t]{0,4}:[ \t\r\n]{0,8}\\{0,15}[\"']\Z")
_FURTHEST = 110
"""Characters from the quote before a key to its value, at most."""
_BRACKET = re.compile(r"[{}\[\]]")


def whole_names(record: Iterable[tuple[str, str]], parent: str) -> dict[str, str]:
    """Whole names by the keys that hold a part of them: `Wei Zhang` for `first_name` and for `last_name`.

    `record`: keys and strings of one object, which stands under `parent`.
    """
    parts = [(key, said) for key, said in record if is_part_of_name(key)]
    if len(parts) < 2:
        return {}
    names = [(key, said) for key, said in parts if meaning(key, parent).claims(said)]
    return {names[number][0]: whole for number, whole in _wholes(names)}


def is_part_of_name(key: str) -> bool:
    """Whether a key of a record holds a part of a person's name, as `first_name` does."""
    return bool(_part(key[-LONGEST_KEY:])[1])


def whole_names_in(text: str, names: Mapping[tuple[int, int], str]) -> dict[tuple[int, int], str]:
    """The same in a text, by the places of names: those behind a key, with no bracket between one and the next.

    `names`: persons by their places, in order. No JSON is walked, for that is slow; the text need not be any.
    """
    found: dict[tuple[int, int], str] = {}
    places: list[tuple[int, int]] = []
    record: list[tuple[str, str]] = []
    for place, said in names.items():
        key = _KEY_BEFORE.search(text, max(0, place[0] - _FURTHEST), place[0])
        if key is None:
            continue
        if places and _BRACKET.search(text, places[-1][1], key.start()):
            found |= {places[number]: whole for number, whole in _wholes(record)}
            places, record = [], []
        places.append(place)
        record.append((key[1], said))
    return found | {places[number]: whole for number, whole in _wholes(record)}


def _wholes(record: Sequence[tuple[str, str]]) -> Iterator[tuple[int, str]]:
    """Of keys and names of one record: the number of each that is a part of a name, and the whole name."""
    people: dict[str, dict[str, int]] = {}
    for number, (key, _) in enumerate(record):
        whose, part = _part(key[-LONGEST_KEY:])
        if part:
            people.setdefault(whose, {}).setdefault(part, number)
    for parts in people.values():
        if len(parts) > 1:
            whole = " ".join(record[parts[part]][1].strip() for part in _ORDER if part in parts)
            yield from ((number, whole) for number in parts.values())


@lru_cache(maxsize=8_192)
def _part(key: str) -> tuple[str, str]:
    """Whose name a key holds and which part of it: `customer`, `given` for `customerFirstName`; nothing for others."""
    words = words_of(key)
    for many in (3, 2, 1):
        if part := _PARTS.get(" ".join(words[-many:])):
            return " ".join(words[:-many]), part
    return "", ""
