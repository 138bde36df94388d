"""Numbers whose characters were pulled apart so that nobody finds them: `4 1 1 1   1 1 1 1 ...`."""

import re
from collections.abc import Iterator

from scrub.checksums import is_card, is_iban
from scrub.recogniser import Found, Rules

_APART = re.compile(r"\d \d \d")
_CARD = re.compile(r"\d(?<![\w.]\d)(?: {1,3}\d){11,18}(?! {0,3}\d|\w)")
_SSN = re.compile(r"\d(?<![\w.]\d) \d \d {1,3}- {1,3}\d \d {1,3}- {1,3}\d \d \d \d(?! {0,3}\d|\w)")
_PHONE = re.compile(r"\+(?<!\w\+) {0,2}\d(?:[ ().-]{1,4}\d){7,14}(?!\w)")
_IBAN = re.compile(r"[A-Z](?<!\w[A-Z]) {1,2}[A-Z](?: {1,3}\d){2}(?: {1,3}[A-Z0-9]){11,30}(?!\w)")


class SpacedRules(Rules):
    """Cards, social security numbers, phones with `+` and IBANs with a space between all characters."""

    needs_digits = True

    def __init__(self) -> None:
        super().__init__("CREDIT_CARD", "US_SSN", "PHONE_NUMBER", "IBAN_CODE")

    def find(self, text: str) -> Iterator[Found]:
        if not _APART.search(text):
            return
        yield from ((*match.span(), "CREDIT_CARD") for match in _CARD.finditer(text) if is_card(_together(match[0])))
        yield from ((*match.span(), "US_SSN") for match in _SSN.finditer(text))
        yield from ((*match.span(), "PHONE_NUMBER") for match in _PHONE.finditer(text))
        yield from ((*match.span(), "IBAN_CODE") for match in _IBAN.finditer(text) if is_iban(_together(match[0])))


def _together(text: str) -> str:
    return text.replace(" ", "")
