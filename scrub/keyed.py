"""What keys say where JSON cannot be walked: cut off, in the middle of prose, or as Python prints it."""

import re
from collections.abc import Iterator

from scrub.keys import meaning
from scrub.recogniser import Found, Rules

_ENTITIES = (
    "PERSON", "ADDRESS", "EMAIL_ADDRESS", "PHONE_NUMBER", "DATE_OF_BIRTH", "US_SSN", "ID_NUMBER", "CREDIT_CARD",
    "BANK_ACCOUNT", "IBAN_CODE", "SECRET", "USER_ID", "SESSION_ID",
)  # fmt: skip
_QUOTED = re.compile(  # from the quote that ends a key; a value is a string by the same quotes, or a number
    r"([\"'])[ \t]{0,4}:[ \t\r\n]{0,8}(?:\\{0,15}[\"']([^\"'\\\n]{1,300})|(-?\d[\d.]{0,30})(?![\w.]))"
)
_KEY = re.compile(r"[\"']([A-Za-z_][\w .-]{0,60}?)\\{0,15}\Z")


class KeyedRules(Rules):
    """Values after a key in quotes and a colon, by what the key says of them."""

    named = True

    def __init__(self) -> None:
        super().__init__(*_ENTITIES)

    def find(self, text: str) -> Iterator[Found]:
        if ":" not in text:
            return
        for match in _QUOTED.finditer(text):
            key = _KEY.search(text, max(0, match.start() - 80), match.start())
            if key:
                said, group = meaning(key[1]), 2 if match[2] else 3
                numeric = group == 3 and said.entity in {"PERSON", "EMAIL_ADDRESS", "USER_ID", "SESSION_ID"}
                if not numeric and said.claims(match[group]):
                    yield *match.span(group), said.entity
