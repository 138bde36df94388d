"""Street addresses by simple rule: a house number with a street word, a unit, a post box, a postcode beside them."""

import re
from collections.abc import Iterator

from scrub.recogniser import Found, Rules

_STREET_WORD = (
    "street|st|avenue|ave|av|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct|circle|cir|place|pl|square|"
    "sq|terrace|ter|trail|trl|parkway|pkwy|highway|hwy|way|alley|aly|plaza|crescent|cres|gardens|grove|"
    "mews|quay|hill|crossing|turnpike|vista|view|park"
)
_WORD = r"[A-ZÀ-ÖØ-Þ0-9][\w'’.-]{0,24}"
_CAPITAL = r"[A-ZÀ-ÖØ-ÞĀ-ɏ][\w'’.-]{0,24}"
_STREET = re.compile(
    rf"(?<![\w.,/-])\d{{1,6}}(?:[-/]\d{{1,4}})?[A-Za-z]?,? (?:{_WORD} ){{1,4}}(?i:{_STREET_WORD})(?![\w-])\.?"
)
_FOREIGN = re.compile(
    r"(?<![\w-])(?:(?:Rue|Avenue|Boulevard|Calle|Avenida|Av\.|Via|Viale|Piazza|Corso|Rua|Plaza|Paseo|Carrer|Strada|"
    r"ul\.|Ulica)(?: [^\W\d_][\w'’.-]{0,24}){1,5},? (?:n\.?º? ?)?\d{1,5}[A-Za-z]?"
    r"|\d{1,5},? (?:[Rr]ue|avenue|boulevard|place|chemin|allée|impasse)(?: [^\W\d_][\w'’.-]{0,24}){1,5}"
    r"|[A-ZÀ-ÖØ-Þ][\w-]{1,30}(?:straße|strasse|str\.|gasse|weg|platz|allee|damm|ufer|gata|gatan|vägen|vegen|veien|gade|"
    r"vej|straat|laan|katu|tie|utca|út)[ ,]{1,2}\d{1,5}[A-Za-z]?)(?!\w)"
)
_NUMBERED = re.compile(
    rf"(?<![\w.,/-])\d{{1,6}}[A-Za-z]? (?:{_WORD} ){{0,3}}{_WORD},? (?i:apt|apartment|suite|ste|unit)\b\.? ?#?\w{{1,6}}"
)
_DOUBLE = re.compile(
    rf"(?<![\w.,/-])\d{{1,5}} (?:{_CAPITAL} ){{1,4}}(?!(?:19|20)\d\d\b)\d{{1,4}}\.?(?=[ \t]*\n|,? (?i:apt|suite)\b|,)"
)
_CORNER = re.compile(rf"(?i:the corner of )(?:{_WORD} ?){{1,5}} and (?:{_WORD} ?){{1,5}}")
_MILITARY = re.compile(
    r"\b(?:PSC|Unit|USNS|USS|USCGC|USNV) [\w ]{1,20},? ?(?:Box \d{1,5})?\s{1,3}[AFD]PO,? A[AEP] \d{5}"
)
_BOX = re.compile(r"(?i)\bp\.? ?o\.? ?box \d{1,7}\b|\b(?:postal box|post office box|postfach) \d{1,7}\b")
_UNIT = re.compile(
    r"[ ,\n]{1,3}(?:(?i:apt|apartment|suite|ste|unit|floor|fl|room|rm|flat|bldg|building)\b\.? ?#?|#)\w{1,8}"
)
_PLACE = rf"(?:{_WORD}(?: {_WORD}){{0,3}})"
_ZIP = r"(?:\d{5}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d|\d{4} ?[A-Z]{2}|\d{3,6})"
_GAP = r"(?:[ \t]{0,3},?[ \t]{0,3}\n[ \t>?,]{0,8}|,[ \t]{0,2}|[ \t]{1,2})"
_REST = re.compile(
    rf"{_GAP}(?:{_PLACE}{_GAP}){{0,3}}{_ZIP}(?![\w-])|{_GAP}{_PLACE},[ \n]{{1,2}}[A-Z]{{2}}(?!\w)"
    rf"|\n[ \t>?,]{{0,8}}{_PLACE}(?=\n|$)"
)
_POSTCODE = re.compile(
    r"(?<!\w)(?:[A-PR-UWYZ][A-HK-Y]?\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2}|[A-Z]{2},? \d{5}(?:-\d{4})?)(?!\w)"
)
_ZIP_CUE = re.compile(
    r"(?i)\b(?:zip|zip ?code|post ?code|postal code)\b(?:[ :#]{1,3}(?:is|number)\b)?[ :#]{1,3}"
    r"(\d{5}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2})(?!\w)"
)
_US_STATES = frozenset(
    "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA "
    "RI SC SD TN TX UT VT VA WA WV WI WY DC PR GU".split()
)


class AddressRules(Rules):
    """Addresses where somebody lives. A city or country alone stays: it says little, and much of it is traffic."""

    needs_digits = True

    def __init__(self) -> None:
        super().__init__("ADDRESS")

    def find(self, text: str) -> Iterator[Found]:
        for form in (_STREET, _FOREIGN, _NUMBERED, _DOUBLE, _CORNER, _MILITARY, _BOX):
            reached = 0
            for match in form.finditer(text):
                if match.start() >= reached:
                    reached = self._end(text, match.end())
                    yield match.start(), reached, "ADDRESS"
        for match in _POSTCODE.finditer(text):
            if match[0][-1].isalpha() or match[0][:2] in _US_STATES:
                yield *match.span(), "ADDRESS"
        yield from ((*match.span(1), "ADDRESS") for match in _ZIP_CUE.finditer(text))

    @staticmethod
    def _end(text: str, end: int) -> int:
        """The end with unit, city, state and postcode that follow."""
        for form in (_UNIT, _REST, _UNIT, _REST, _REST):
            more = form.match(text, end)
            end = more.end() if more else end
        return end
