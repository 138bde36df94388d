"""What a JSON key says of its value: `first_name` holds a person, `max_tokens` no secret, `order_id` no phone."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from scrub.checksums import is_payment_card
from scrub.languages import LANGUAGES
from scrub.names import NO_VALUES, is_person
from scrub.secrets import is_random

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_A-Za-z]+")
_IDS = frozenset(
    "id ids uuid guid time timestamp at ts version count counts hash index idx nano nanos ns ms seconds score rank "
    "offset size port duration start end created updated expires ttl seq sequence tokens length checksum etag".split()
)
_MACHINES = frozenset("server client network peer net local host source destination memory web contract wallet".split())
_SECRETS = frozenset(
    "password passwd pwd passphrase passcode secret authorization credential credentials cookie "
    "apikey secretkey privatekey accesskey accesstoken authtoken refreshtoken".split()
)
_SECRET_PAIRS = frozenset(
    "api key,secret key,private key,access key,auth key,account key,encryption key,signing key,access token,auth token,"
    "refresh token,session token,id token,bearer token,secret value,x api,set cookie".split(",")
)
_PERSON_PAIRS = frozenset(
    "first name,last name,full name,given name,family name,middle name,maiden name,customer name,client name,"
    "patient name,employee name,contact name,passenger name,guest name,sender name,recipient name,holder name,"
    "cardholder name,billing name,shipping name,buyer name,seller name,owner name,person name,legal name,birth name,"
    "member name,student name,doctor name,father name,mother name,spouse name,beneficiary name".split(",")
)
_PERSONS = frozenset(
    "name customer client patient passenger passengers user recipient sender author employee contact cardholder "
    "owner member guest person people assignee reporter manager doctor spouse beneficiary participant names".split()
)
_WHOLE: dict[str, str] = {
    "firstname": "PERSON", "lastname": "PERSON", "fullname": "PERSON", "surname": "PERSON", "givenname": "PERSON",
    "familyname": "PERSON", "forename": "PERSON", "cardholder": "PERSON",
    "email": "EMAIL_ADDRESS", "emails": "EMAIL_ADDRESS", "mail": "EMAIL_ADDRESS", "e mail": "EMAIL_ADDRESS",
    "email address": "EMAIL_ADDRESS", "mail address": "EMAIL_ADDRESS", "emailaddress": "EMAIL_ADDRESS",
    "phone": "PHONE_NUMBER", "phones": "PHONE_NUMBER", "telephone": "PHONE_NUMBER", "mobile": "PHONE_NUMBER",
    "cell": "PHONE_NUMBER", "cellphone": "PHONE_NUMBER", "fax": "PHONE_NUMBER", "msisdn": "PHONE_NUMBER",
    "phone number": "PHONE_NUMBER", "mobile number": "PHONE_NUMBER", "phonenumber": "PHONE_NUMBER",
    "telephone number": "PHONE_NUMBER", "fax number": "PHONE_NUMBER", "tel": "PHONE_NUMBER",
    "cell phone": "PHONE_NUMBER",
    "dob": "DATE_OF_BIRTH", "birthdate": "DATE_OF_BIRTH", "birthday": "DATE_OF_BIRTH", "birth date": "DATE_OF_BIRTH",
    "of birth": "DATE_OF_BIRTH", "dateofbirth": "DATE_OF_BIRTH", "birth day": "DATE_OF_BIRTH",
    "ssn": "US_SSN", "social security": "US_SSN", "security number": "US_SSN", "social security number": "US_SSN",
    "passport": "ID_NUMBER", "passport number": "ID_NUMBER", "passport no": "ID_NUMBER", "tax id": "ID_NUMBER",
    "national id": "ID_NUMBER", "nino": "ID_NUMBER", "nhs number": "ID_NUMBER", "license number": "ID_NUMBER",
    "licence number": "ID_NUMBER", "drivers license": "ID_NUMBER", "driver license": "ID_NUMBER", "itin": "ID_NUMBER",
    "insurance number": "ID_NUMBER", "medical record": "ID_NUMBER", "mrn": "ID_NUMBER", "identity number": "ID_NUMBER",
    "username": "ID_NUMBER", "user name": "ID_NUMBER", "login": "ID_NUMBER",
    "card number": "CREDIT_CARD", "credit card": "CREDIT_CARD", "cc number": "CREDIT_CARD", "cardnumber": "CREDIT_CARD",
    "debit card": "CREDIT_CARD", "cvv": "CREDIT_CARD", "cvc": "CREDIT_CARD", "card no": "CREDIT_CARD",
    "last four": "CREDIT_CARD", "last 4": "CREDIT_CARD", "card": "CREDIT_CARD", "security code": "CREDIT_CARD",
    "iban": "IBAN_CODE", "account number": "BANK_ACCOUNT", "account no": "BANK_ACCOUNT",
    "accountnumber": "BANK_ACCOUNT",
    "routing number": "BANK_ACCOUNT", "sort code": "BANK_ACCOUNT", "bank account": "BANK_ACCOUNT",
    "bic": "BANK_ACCOUNT",
    "street": "ADDRESS", "street address": "ADDRESS", "home address": "ADDRESS", "postal address": "ADDRESS",
    "billing address": "ADDRESS", "shipping address": "ADDRESS", "mailing address": "ADDRESS", "street name": "ADDRESS",
    "delivery address": "ADDRESS", "address line": "ADDRESS", "address 1": "ADDRESS", "address 2": "ADDRESS",
    "line 1": "ADDRESS", "line 2": "ADDRESS", "zip": "ADDRESS", "zip code": "ADDRESS", "zipcode": "ADDRESS",
    "postcode": "ADDRESS", "postal code": "ADDRESS", "post code": "ADDRESS", "address": "ADDRESS",
    "addresses": "ADDRESS",
}  # fmt: skip
_WHOLE |= {
    key: entity
    for language in LANGUAGES.values()
    for key, entity in language.keys.items()
    if entity not in {"PERSON", "SECRET"} and key not in _WHOLE
}
_PERSON_PAIRS |= {key for language in LANGUAGES.values() for key, entity in language.keys.items() if entity == "PERSON"}
_SECRETS |= {key for language in LANGUAGES.values() for key, entity in language.keys.items() if entity == "SECRET"}
_IDENTIFIERS = {
    f"{who}{space}id": entity
    for entity, whose in {
        "USER_ID": ("user", "enduser", "customer", "patient", "member", "employee", "subscriber", "passenger"),
        "SESSION_ID": ("session",),
    }.items()
    for who in whose
    for space in ("", " ")
}
_NAME_PARTS = frozenset({"first", "last", "given", "family", "middle"})
_DIGITS_NEEDED = {
    "PHONE_NUMBER": 5, "DATE_OF_BIRTH": 2, "US_SSN": 4, "ID_NUMBER": 0, "CREDIT_CARD": 3, "BANK_ACCOUNT": 4,
    "IBAN_CODE": 6,
}  # fmt: skip
_WEAK = frozenset({"PHONE_NUMBER", "CREDIT_CARD", "BANK_ACCOUNT", "CRYPTO", "IP_ADDRESS"})


@dataclass(frozen=True, slots=True)
class Key:
    """What is expected under a key. `sure`: the key alone says so. `is_id`: bare numbers under it are ids or times.

    `whole`: the whole name of a person, where the keys beside it hold the other parts.
    """

    entity: str = ""
    sure: bool = False
    is_id: bool = False
    whole: str = ""

    def claims(self, value: str) -> bool:
        """Whether the whole value is what the key says."""
        if not self.entity or not value.strip() or len(value) > 300:
            return False
        if self.entity in {"USER_ID", "SESSION_ID"}:
            return not any(character.isspace() for character in value.strip()) and value.lower() not in NO_VALUES
        if self.entity == "SECRET":
            return len(value) > 2 if self.sure else len(value) >= 16 and is_random(value)
        if self.entity == "PERSON":
            return is_person(value, surely=self.sure)
        if self.entity == "EMAIL_ADDRESS":
            return "@" in value and " " not in value.strip() and len(value) <= 320
        digits = sum(character.isdigit() for character in value)
        if self.entity == "ADDRESS":
            return "://" not in value and (self.sure or (digits > 0 and " " in value))
        return len(value) <= 60 and "://" not in value and digits >= _DIGITS_NEEDED[self.entity]

    def drops(self, entity: str, value: str) -> bool:
        """Whether a finding in a value of this key is more likely an id than what it looks like: one bare word."""
        if not self.is_id or entity not in _WEAK or any(character.isspace() for character in value.strip()):
            return False
        return not (entity == "PHONE_NUMBER" and value.strip().startswith("+")) and not is_payment_card(value)


NO_KEY = Key()
_QUOTES = ("\\", '"', "'")


def bare(value: str) -> tuple[int, int]:
    """Where the value itself begins and ends, within blanks and the quotes of one that was encoded once more."""
    start, end = len(value) - len(value.lstrip()), len(value.rstrip())
    while value[start : start + 1] in _QUOTES:
        said = value[start:end]
        quote = said[: len(said) - len(said.lstrip("\\")) + 1]
        if not quote.endswith(('"', "'")) or not said.endswith(quote) or len(said) <= 2 * len(quote):
            break
        start, end = start + len(quote), end - len(quote)
    return start, end


LONGEST_KEY = 200
"""Characters of a key that are looked at and remembered."""


def is_plain_word(key: str) -> bool:
    """Whether a key is an ordinary name, so that nothing personal is in it: `order_id`, not `u_4111111111111111`."""
    return _is_plain_word(key) if len(key) <= LONGEST_KEY else _is_plain_word.__wrapped__(key)


@lru_cache(maxsize=8_192)
def _is_plain_word(key: str) -> bool:
    if not (key.isascii() and key.isidentifier()):
        return False
    return (len(key) < 16 or "_" in key or key.isalpha()) and sum(map(str.isdigit, key)) < 7


def meaning(key: str, parent: str = "") -> Key:
    """What `key`, inside the object under `parent`, says of its value: the end of a long key decides."""
    return _meaning(key[-LONGEST_KEY:], parent[-LONGEST_KEY:])


@lru_cache(maxsize=8_192)
def _meaning(key: str, parent: str) -> Key:
    words = words_of(key)[-6:]
    if not words:
        return NO_KEY
    last, pair, triple = words[-1], " ".join(words[-2:]), " ".join(words[-3:])
    single = last.removesuffix("s")
    if {last, pair, triple} & _SECRETS or pair in _SECRET_PAIRS or (len(words) == 1 and last == "pin"):
        return Key("SECRET", sure=True)
    if last == "token":
        return Key("SECRET")
    known = _WHOLE.get(triple) or _WHOLE.get(pair) or _IDENTIFIERS.get(pair) or _IDENTIFIERS.get(last)
    if known:
        return Key(known, sure=True)
    if pair in _PERSON_PAIRS or triple in _PERSON_PAIRS:
        return Key("PERSON", sure=True)
    return _by_last_word(words, last, single, parent)


def words_of(key: str) -> list[str]:
    """The words of a key in small letters and without accents: `customer`, `first`, `name` of `customerFirstName`."""
    return [word.lower() for word in _WORDS.findall(_without_accents(key))]


def _without_accents(key: str) -> str:
    """`prénom` as `prenom`, `straße` as `strasse`."""
    if key.isascii():
        return key
    apart = unicodedata.normalize("NFKD", key.replace("ß", "ss"))
    return "".join(character for character in apart if not unicodedata.combining(character))


_OF_PEOPLE = frozenset({"EMAIL_ADDRESS", "PHONE_NUMBER", "DATE_OF_BIRTH", "US_SSN"})


def is_of_person(key: str) -> bool:
    """Whether only records of people have such a key: then their `name` is a person's."""
    return _is_of_person(key[-LONGEST_KEY:])


def says_something(key: str) -> bool:
    """Whether a key may hold personal data itself, or says that its record is a person's."""
    return not is_plain_word(key) or is_of_person(key)


@lru_cache(maxsize=8_192)
def _is_of_person(key: str) -> bool:
    said = meaning(key)
    return said.sure and said.entity in _OF_PEOPLE


def meaning_beside(key: str, parent: str) -> Key:
    """What `key` says in a record of a person: its plain `name` is that person's."""
    return Key("PERSON", sure=True) if key in _PLAIN_NAMES else meaning(key, parent)


_PLAIN_NAMES = frozenset({"name", "Name", "NAME", "display_name", "displayName"})


def _by_last_word(words: list[str], last: str, single: str, parent: str) -> Key:
    above = meaning(parent) if parent else NO_KEY
    if last in _NAME_PARTS and above.entity == "PERSON":
        return Key("PERSON", sure=True)
    known = _WHOLE.get(last) or _WHOLE.get(single)
    if known == "ADDRESS" and last in {"address", "addresses"}:
        machine = len(words) > 1 and words[-2] in _MACHINES | {"ip", "mac"}
        return NO_KEY if machine else Key("ADDRESS")
    if known and (len(words) == 1 or last not in {"street", "line", "card", "login", "mail", "cell", "mobile"}):
        return Key(known, sure=last != "card")
    if last in _PERSONS:
        return Key("PERSON")
    return Key(is_id=last in _IDS or words[0] == "max")
