"""Personal data that has a form: e-mail, cards, bank accounts, phones, addresses of machines, ids after a cue word.

Each takes the place of Presidio's recogniser of the same entity. All quantifiers are bounded, so a hostile text
costs no more per character than an honest one.
"""

import re
from collections.abc import Iterable, Iterator
from ipaddress import AddressValueError, IPv6Address
from itertools import accumulate

from scrub.checksums import LuhnSums, has_card_form, iban_length, is_bitcoin, is_card, is_iban
from scrub.languages import Language
from scrub.recogniser import Found, Rules, holds_any, lowered

_LOCAL_CHARACTERS = 64
_LOCAL = frozenset("._%+'-!#$*^~")
_DOMAIN = re.compile(r"(?:[^\W_](?:[\w-]{0,62})\.){1,6}[^\W\d_]{2,24}")
_CUT_DOMAIN = re.compile(r"[^\W\d_][\w.-]{0,80}\Z|\Z")
_SHORTEST_CUT = 100
"""Characters; a client's length limit cuts a value after no fewer, perhaps in the middle of an address."""
_PASSWORD_BEFORE = re.compile(r"://[^\s/@]{0,64}:\Z")
_NOT_PEOPLE = frozenset({"git@github.com", "git@gitlab.com", "git@bitbucket.org"})


class EmailRules(Rules):
    """E-mail addresses, found from each `@` outwards: at most 64 characters to its left, 6 labels to its right."""

    def __init__(self) -> None:
        super().__init__("EMAIL_ADDRESS")

    def find(self, text: str) -> Iterator[Found]:
        at = text.find("@")
        while at > 0:
            domain = _DOMAIN.match(text, at + 1) or (len(text) >= _SHORTEST_CUT and _CUT_DOMAIN.match(text, at + 1))
            if domain:
                start = self._start(text, at)
                known = text[start : domain.end()].lower() in _NOT_PEOPLE
                if start < at and not known and not _PASSWORD_BEFORE.search(text, max(0, start - 80), start):
                    yield start, domain.end(), "EMAIL_ADDRESS"
            at = text.find("@", at + 1)

    @staticmethod
    def _start(text: str, at: int) -> int:
        start, furthest = at, max(0, at - _LOCAL_CHARACTERS)
        while start > furthest and (text[start - 1].isalnum() or text[start - 1] in _LOCAL):
            start -= 1
        while start < at and not text[start].isalnum():
            start += 1
        return start


_DIGIT_RUN = re.compile(  # as long as a piece of text may be, for the next card may begin anywhere in it
    r"\d(?:(?<![^\W_]\d)(?<!\d\.\d)|(?<=[A-Za-z]{3}\d))(?:[ -]?\d){11,20000}(?![^\W_]|\.(?!0{1,6}(?!\d))\d)"
)
_GROUP = re.compile(r"\d+")
_NOT_DIGIT = re.compile(r"\D")
_ALL_LENGTHS = tuple(range(19, 11, -1))
_CARD_LENGTHS = {"1": (15,), "2": (16, 15), "3": (16, 15, 14), "4": (19, 16, 13), "5": _ALL_LENGTHS, "6": _ALL_LENGTHS}
"""First digit to the lengths that networks issue, the longest first."""
_FOURS = re.compile(r"\d(?<!\d\d)\d{3}([._/\t\n]| {2,3}|--)\d{4}(?:\1\d{4}){2}(?!\d)")
_IBAN = re.compile(  # its first digit; the rest looked ahead for, since what looks like one may stand before another
    r"\d(?<=[A-Za-z]{2}\d)(?:(?<![^\W_]..\d)|(?<=iban..\d)|(?<=IBAN..\d))(?=(\d(?:[ -]?[A-Za-z0-9]){11,30}))"
)
_CVV = re.compile(r"(?i)\b(?:cvv2?|cvc2?|security code)\b[^\w\n]{0,4}(?:is |was |number ){0,2}(\d{3,4})(?!\w)")
_LAST_FOUR = re.compile(
    r"(?i)\b(?:card|visa|mastercard|amex)\b[^.\n\d]{0,40}\b(?:ending|ends?)(?: (?:in|with))?[ :*x.]{1,6}(\d{4})(?!\w)"
)
_FOUR_OF_CARD = re.compile(
    r"\d(?:(?<=\bmy \d)|(?<=\byour \d))\d{3}(?= card\b)|\d(?<=[a-z] \d)\d{3}(?= (?:credit|debit) card\b)"
)
"""`my 7447 card`"""
_ACCOUNT = re.compile(
    r"(?i)\b(?:account|acct|routing|sort code)\b(?:[ :#.]{1,3}(?:number|no|num|is|ending in)\b){0,3}"
    r"[ :#.]{1,4}(\d(?:[ -]?\d){5,16})(?![\w-])"
)


class MoneyRules(Rules):
    """Cards (prefix, length and Luhn together), IBANs (country, length, modulo 97), accounts after a cue."""

    needs_digits = True

    def __init__(self) -> None:
        super().__init__("CREDIT_CARD", "IBAN_CODE", "BANK_ACCOUNT")

    def find(self, text: str) -> Iterator[Found]:
        for run in _DIGIT_RUN.finditer(text):
            yield from _cards(run[0], run.start())
        for fours in _FOURS.finditer(text):
            if is_card(_NOT_DIGIT.sub("", fours[0])):
                yield *fours.span(), "CREDIT_CARD"
        for candidate in _IBAN.finditer(text):
            start = candidate.start() - 2
            end = _iban_end(text[start : candidate.end(1)])
            if end:
                yield start, start + end, "IBAN_CODE"
        low = text.lower()
        if "cv" in low or "security code" in low:
            yield from ((*cue.span(1), "CREDIT_CARD") for cue in _CVV.finditer(text))
        if "ending" in low or "ends " in low or "end " in low:
            yield from ((*four.span(1), "CREDIT_CARD") for four in _LAST_FOUR.finditer(text))
        if "card" in low:
            yield from ((*four.span(), "CREDIT_CARD") for four in _FOUR_OF_CARD.finditer(low))
        if "acc" in low or "routing" in low or "sort code" in low:
            yield from ((*cue.span(1), "BANK_ACCOUNT") for cue in _ACCOUNT.finditer(text))


def _cards(run: str, offset: int) -> Iterator[Found]:
    """Cards in a run of digit groups: they begin and end where a group does."""
    groups = [group.span() for group in _GROUP.finditer(run)]
    digits = _NOT_DIGIT.sub("", run)
    lengths = [end - start for start, end in groups]
    begins = [0, *accumulate(lengths)]
    ends = {place: number for number, place in enumerate(begins)}  # digits so far -> groups used
    first, sums = 0, LuhnSums(digits)
    while first < len(groups):
        at = begins[first]
        possible = _CARD_LENGTHS.get(digits[at], ())
        used = 0
        for n in possible:
            if at + n in ends and sums.holds(at, at + n) and has_card_form(digits[at : at + n]):
                used = ends[at + n]
                break
        if used and not _is_counting(groups[first:used]):
            yield offset + groups[first][0], offset + groups[used - 1][1], "CREDIT_CARD"
        first = used or first + 1


def _is_counting(groups: list[tuple[int, int]]) -> bool:
    """Numbers of one and of two digits in a row, as in `2 3 4 5 6 7 8 9 10 11 12 13`, are several."""
    return {end - start for start, end in groups} == {1, 2}


def _iban_end(candidate: str) -> int:
    """Where in the candidate its IBAN ends; 0 when it is none."""
    compact, wanted = "", iban_length(candidate[:2].upper())
    for position, letter in enumerate(candidate):
        if letter.isalnum():
            compact += letter.upper()
        if len(compact) == wanted:
            after = candidate[position + 1 : position + 2]
            return position + 1 if not after.isalnum() and is_iban(compact) else 0
    return 0


_NUMBER = r"\+?\(?\d[\d ().\-/]{4,18}\d"
_AFTER = r"(?![^\W_x]|[.:/-]\d)"  # an extension (x123) may follow, more digits may not
_PHONES = (
    (8, re.compile(r"\+(?<![^\W_]\+)\d(?:[ .()\-]{0,2}\d){6,14}(?!\d)")),
    (
        10,
        re.compile(
            r"(?<![\w.+-])(?:(?:001|1)[ .-])?"
            rf"(?:\(\d{{3}}\)[ .-]?\d{{3}}[ .-]?|\d{{3}}[ .-]\d{{3}}[ .-])\d{{4}}{_AFTER}"
        ),
    ),
    (9, re.compile(rf"(?<![\w.+-])\(?00?\d{{1,4}}\)?[ \-/]\d{{2,8}}(?:[ \-]\d{{2,5}}){{0,4}}{_AFTER}")),
    (7, re.compile(rf"(?<![\w.+-])\(\d{{1,5}}\) ?\d{{2,5}}[ -]\d{{2,5}}(?:[ -]\d{{2,5}}){{0,2}}{_AFTER}")),
)
_DEVICE = r"phone|telephone|tel|mobile|cell|cellphone|fax|whatsapp|sms|desk|landline|hotline|voicemail"
_CANDIDATE = re.compile(rf"(?<![\w.+-]){_NUMBER}(?![^\Wx])")
_BEFORE = 50
_PHONE_BEFORE = re.compile(
    rf"\b(?:{_DEVICE})\b[^\d\n+(]{{0,30}}\s{{0,3}}$|\bcan call $"
    r"|\b(?:call(?:ing|ed)?|text|reach|contact|dial|ring|answering|messages?)"
    r"(?: (?:me|us|him|her|them|you|back|now|on|at|to|the|number|phone)){1,4}:? $"
)
_PHONE_AFTER = re.compile(r"(?:x\d{1,6})?[ -]{1,2}(?:office|fax|mobile|home|work|cell|desk)\b")
_EXTENSION = re.compile(r"(?i) ?(?:x|ext\.?|extension) ?\d{1,6}(?!\w)")
_DATE_LIKE = re.compile(r"(?:19|20)\d\d[-/. ]\d{1,2}[-/. ]\d{1,2}(?!\d)|\d{1,2}[-/. ]\d{1,2}[-/. ](?:19|20)\d\d(?!\d)")
_HAS_LONG_NUMBER = re.compile(r"\d[\d ().+\-/]{5}")


class PhoneRules(Rules):
    """Phone numbers: with `+`, with separators of a known form, or digits after a cue word. Bare digits are ids."""

    needs_digits = True

    def __init__(self, languages: Iterable[Language] = ()) -> None:
        """`languages`: others than English whose forms and words count."""
        said = list(languages)
        self._forms = [
            *_PHONES,
            *(
                (fewest, re.compile(rf"(?<![\w.+-])(?:{form}){_AFTER}"))
                for language in said
                for fewest, form in language.phones
            ),
        ]
        self._before = [
            re.compile(rf"(?<!\w)(?:{language.phone})\b[^\d\n+(]{{0,30}}\s{{0,3}}$")
            for language in said
            if language.phone
        ]
        super().__init__("PHONE_NUMBER")

    def find(self, text: str) -> Iterator[Found]:
        if not _HAS_LONG_NUMBER.search(text):
            return
        for fewest, form in self._forms:
            for match in form.finditer(text):
                if _is_phone(match[0], fewest=fewest):
                    yield match.start(), _phone_end(text, match.end()), "PHONE_NUMBER"
        low = lowered(text)
        for number in _CANDIDATE.finditer(text):
            start, end = number.span()
            if _is_phone(number[0], fewest=6) and (
                self._is_cued(low[max(0, start - _BEFORE) : start]) or _PHONE_AFTER.match(low, end)
            ):
                yield start, _phone_end(text, end), "PHONE_NUMBER"

    def _is_cued(self, before: str) -> bool:
        return bool(_PHONE_BEFORE.search(before)) or any(cue.search(before) for cue in self._before)


def _is_phone(value: str, *, fewest: int) -> bool:
    digits = sum(character.isdigit() for character in value)
    return fewest <= digits <= 15 and not _DATE_LIKE.match(value.lstrip("+("))


def _phone_end(text: str, end: int) -> int:
    extension = _EXTENSION.match(text, end)
    return extension.end() if extension else end


_IPV4 = re.compile(r"\d(?:(?<![\w.-]\d)|(?<=[A-Za-z]-\d))\d{0,2}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?![\w-]|\.\d)")
_SELDOM_IN_VERSIONS = 100
"""Parts of a version are smaller, or above 255."""
_IPV6 = re.compile(r"(?:(?<![\w:.])|(?<=[G-Zg-z_]:))(?:[0-9A-Fa-f]{0,4}:){2,7}(?:[0-9A-Fa-f]{1,4})(?![\w:])")
_MAC = re.compile(r"(?<![\w:-])[0-9A-Fa-f]{2}([:-])(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}(?![\w:-])")
_COIN = re.compile(
    r"[b013](?<!\w.)(?:(?<=b)c1[a-z0-9]{25,59}|(?<=0)x[0-9a-fA-F]{40}|(?<=[13])([1-9A-HJ-NP-Za-km-z]{25,34}))(?!\w)"
)


class MachineRules(Rules):
    """IP addresses, MAC addresses, wallets. Loopback addresses and versions stay.

    Private addresses stay, too. `private`: but for those outside of the networks that every home and cluster has, for
    where people write them they may tell whose computer it is.
    """

    needs_digits = True

    def __init__(self, *, private: bool = False) -> None:
        self._private = private
        super().__init__("IP_ADDRESS", "MAC_ADDRESS", "CRYPTO")

    def find(self, text: str) -> Iterator[Found]:
        if text.count(".") > 2:
            for match in _IPV4.finditer(text):
                if not self._is_version(text, match.start(), match[0]) and self._is_personal(match[0]):
                    yield *match.span(), "IP_ADDRESS"
        if ":" in text:
            yield from ((*match.span(), "IP_ADDRESS") for match in _IPV6.finditer(text) if self._is_public6(match[0]))
            yield from ((*match.span(), "MAC_ADDRESS") for match in _MAC.finditer(text))
        elif text.count("-") > 4:
            yield from ((*match.span(), "MAC_ADDRESS") for match in _MAC.finditer(text))
        for match in _COIN.finditer(text):
            if not match[1] or is_bitcoin(match[0]):
                yield *match.span(), "CRYPTO"

    @staticmethod
    def _is_version(text: str, start: int, value: str) -> bool:
        """`Chrome/120.0.6099.1`, `version 1.2.3.4` and `lib-1.2.3.4`, but not `app/203.0.113.7`."""
        before = text[max(0, start - 10) : start].lower()
        if before.rstrip(" :=").endswith(("version", "release", "build")):
            return True
        is_glued = before[-1:] in {"/", "-"} and before[-2:-1].isalpha()
        return is_glued and max(map(int, value.split("."))) < _SELDOM_IN_VERSIONS

    def _is_personal(self, value: str) -> bool:
        first, second, third, fourth = (int(part) for part in value.split("."))
        if max(first, second, third, fourth) > 255 or first in {0, 127, 255} or (third == fourth == 0):
            return False
        if first == 10:
            return self._private and (second > 1 or third > 1)
        if (first == 192 and second == 168) or (first == 172 and 16 <= second < 32):
            return self._private and third > 1
        return not (first == 169 and second == 254)

    @staticmethod
    def _is_public6(value: str) -> bool:
        if not any(character.isdigit() for character in value) or len(value) < 7:
            return False
        try:
            address = IPv6Address(value)
        except AddressValueError:
            return False
        return not (address.is_loopback or address.is_link_local or address.is_unspecified)


_MONTH = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]{0,6}\.?"
_DATE = (
    rf"\d{{1,4}}[./-]\d{{1,2}}[./-]\d{{1,4}}|\d{{1,2}}(?:st|nd|rd|th)? (?:of )?{_MONTH},? \d{{4}}"
    rf"|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}}"
)
_BORN = re.compile(
    rf"(?i)\b(?:born|d\.?o\.?b\b\.?|date of birth|birth ?date|birthday)[^\d\n]{{0,24}}?\b({_DATE})(?!\w)"
)


def _born(language: Language) -> re.Pattern[str]:
    """A date of birth after the words of a language."""
    date = rf"\d{{1,4}}[./-] ?\d{{1,2}}[./-] ?\d{{1,4}}|\d{{1,2}}(?:er|\.|º)? (?:{language.months}) \d{{4}}"
    return re.compile(rf"(?i)(?<!\w)(?:{language.born})[^\d\n]{{0,24}}?(?<!\w)({date})(?!\w)")


_SSN = re.compile(r"\d(?<![^\W_]\d)(?<!-\d)\d{2}-\d{2}-\d{4}(?![^\W_]|-)")
_SSN_CUE = re.compile(
    r"(?i)\b(?:ssn|social security|social)\b(?:[ :#.'\"]{1,3}(?:number|no|num|is)\b){0,3}[ :#.'\"]{1,4}"
    r"(\d{3}[ .-]?\d{2}[ .-]?\d{4})(?!\w)"
)
_ID = re.compile(
    r"(?i)\b(?:passport|driver'?s?'? licen[cs]e|driving licen[cs]e|licen[cs]e|tax id|tin|itin|ein|nhs|medicare|medicaid"
    r"|national insurance|nino|aadhaar|pan card|national id|medical record|mrn|identity card)\b"
    r"(?:[ :#.]{1,3}(?:number|no|num|id|is|was)\b){0,3}[ :#.]{1,4}([A-Z0-9](?:[ -]?[A-Z0-9]){4,19})(?!\w)"
)


_ID_WORDS = (
    "passport", "licen", "tax id", "tin ", "tin:", "tin#", "tin.", "itin", "ein ", "ein:", "ein#", "ein.", "nhs",
    "medica", "insurance", "nino", "aadhaar", "pan card", "national id", "mrn", "identity card",
)  # fmt: skip


class PersonalNumberRules(Rules):
    """Dates of birth, social security numbers, and other official numbers: by form, or after a word that says so."""

    needs_digits = True

    def __init__(self, languages: Iterable[Language] = ()) -> None:
        """`languages`: others than English whose words for a date of birth count."""
        self._born = [_born(language) for language in languages if language.born]
        super().__init__("DATE_OF_BIRTH", "US_SSN", "ID_NUMBER")

    def find(self, text: str) -> Iterator[Found]:
        low = text.lower()
        if "birth" in low or "born" in low or "dob" in low or "d.o.b" in low:
            yield from ((*match.span(1), "DATE_OF_BIRTH") for match in _BORN.finditer(text))
        for born in self._born:
            yield from ((*match.span(1), "DATE_OF_BIRTH") for match in born.finditer(text))
        yield from ((*match.span(), "US_SSN") for match in _SSN.finditer(text))
        if "ssn" in low or "social" in low:
            yield from ((*match.span(1), "US_SSN") for match in _SSN_CUE.finditer(text))
        if not holds_any(low, _ID_WORDS):
            return
        for match in _ID.finditer(text):
            value = match[1]
            digits = re.search(r"\d[\w -]*\d", value)
            if digits and sum(character.isdigit() for character in value) >= 4:
                yield match.start(1), match.start(1) + digits.end(), "ID_NUMBER"
