"""Towns that are called as people are: kept where what stands around them speaks of a place and of nobody."""

import re

from scrub.name_words import Flag

_LOOK_AROUND = 60
_PLACES = "branch|branches|office|offices|store|stores|shop|atm|atms|station|location|airport|hotel"
_BEFORE = re.compile(r"(?i)(?<![\w-])(?:in|near|nearby|around|outside|close to) \Z")
_OF_PEOPLE = re.compile(
    r"(?i)\b(?:beli\w{1,6}|trust\w{0,3}|confid\w{1,5}|interest\w{0,3}|faith|disappointed|sign\w{0,3}) in \Z"
)
_OWNED = re.compile(r" ?['’]|,? (?:and|or|&) [^\W\d_]| (?:accounts?|names?|cards?|profile|file|hands?|case)\b")
_THIS_ONE = re.compile(r"(?i)(?<![\w-])(?:the|your|our|in|at|this|a|nearest) \Z")
_IS_PLACE = re.compile(rf"(?i) (?:{_PLACES})\b")
_SPEAKS_OF_PLACES = re.compile(
    rf"(?i)\b(?:{_PLACES}|where|cash|machines?|located|town|city|county|open|closed|hours|weather|flights?)\b"
)
_SPEAKS_OF_STAYS = re.compile(
    r"(?i)\b(?:lives?|lived|living|based|born|stay(?:ing|ed)?|moved|moving|visit(?:ing|ed)?|work(?:ing|ed)?) in \Z"
)


def is_town(text: str, start: int, end: int, flags: int) -> bool:
    """Whether a word with these flags is a town here. A frequent first name needs more than `in` before it."""
    if not flags & Flag.PLACE:
        return False
    before, after = text[max(0, start - _LOOK_AROUND) : start], text[end : end + _LOOK_AROUND]
    if _OWNED.match(after):
        return False
    if _THIS_ONE.search(before) and _IS_PLACE.match(after):
        return True
    if not _BEFORE.search(before) or _OF_PEOPLE.search(before):
        return False
    if not flags & Flag.FREQUENT or _SPEAKS_OF_STAYS.search(before):
        return True
    return _SPEAKS_OF_PLACES.search(f"{before}\n{after}") is not None
