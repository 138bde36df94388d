"""Checksums that tell a card, an IBAN or a Bitcoin address from a number that only looks like one."""

import hashlib
import re
from itertools import accumulate

_DOUBLED = str.maketrans("0123456789", "0246813579")
_BASE58 = {letter: value for value, letter in enumerate("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz")}
_CARD = re.compile(  # network prefixes and the lengths that each network issues
    r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}"
    r"|6(?:011|4[4-9]\d|5\d\d)\d{12,15}|35\d{14}|(?:2131|1800)\d{11}|3(?:0[0-5]|[689]\d)\d{11}|62\d{14,17}"
    r"|(?:50|5[6-9]|6[0-9])\d{10,17}"
)
_LARGE = re.compile(r"(?:4|5[1-5]|2[2-7]|6(?:011|5)|35)\d{11,15}(?<=\d{16})|3[47]\d{13}")
_IBAN_LENGTHS = dict(
    pair.split(":")
    for pair in (
        "AD:24 AE:23 AL:28 AT:20 AZ:28 BA:20 BE:16 BG:22 BH:22 BR:29 BY:28 CH:21 CR:22 CY:28 CZ:24 DE:22 DK:18 DO:28 "
        "EE:20 EG:29 ES:24 FI:18 FO:18 FR:27 GB:22 GE:22 GI:23 GL:18 GR:27 GT:28 HR:21 HU:28 IE:22 IL:23 IQ:23 IS:26 "
        "IT:27 JO:30 KW:30 KZ:20 LB:28 LC:32 LI:21 LT:20 LU:20 LV:21 LY:25 MC:27 MD:24 ME:22 MK:19 MR:27 MT:31 MU:30 "
        "NL:18 NO:15 PK:24 PL:28 PS:29 PT:25 QA:29 RO:24 RS:22 SA:24 SC:31 SD:18 SE:24 SI:19 SK:24 SM:27 ST:25 SV:28 "
        "TL:23 TN:24 TR:26 UA:29 VA:22 VG:24 XK:20"
    ).split()
)


def is_card(digits: str) -> bool:
    """Prefix and length of a card network, and Luhn's checksum."""
    return has_card_form(digits) and _luhn(digits)


def has_card_form(digits: str) -> bool:
    """Prefix and length of a card network."""
    return _CARD.fullmatch(digits) is not None


class LuhnSums:
    """Luhn's checksum of any part of a long run of digits, each in the same short time."""

    def __init__(self, digits: str) -> None:
        plain, doubled = digits.encode(), digits.translate(_DOUBLED).encode()
        odd, even = bytearray(plain), bytearray(plain)
        odd[1::2], even[::2] = doubled[1::2], doubled[::2]
        self._sums = ([0, *accumulate(odd)], [0, *accumulate(even)])  # by whether the first digit counts once or twice

    def holds(self, start: int, end: int) -> bool:
        """Whether the digits from `start` to `end` end in their checksum."""
        sums = self._sums[1 - end % 2]
        return (sums[end] - sums[start] - (end - start) * ord("0")) % 10 == 0


def is_payment_card(value: str) -> bool:
    """Whether a bare number is a card of a large network: hardly ever by chance, unlike 12 or 13 digits."""
    return _LARGE.fullmatch(value) is not None and is_card(value)


def _luhn(digits: str) -> bool:
    codes = sum(digits[-1::-2].encode()) + sum(digits[-2::-2].translate(_DOUBLED).encode())
    return (codes - ord("0") * len(digits)) % 10 == 0


def iban_length(country: str) -> int:
    """Characters of an IBAN of the country (two capitals); 0 when the country issues none."""
    return int(_IBAN_LENGTHS.get(country, 0))


def is_iban(compact: str) -> bool:
    """Length of its country and ISO 7064's modulo 97. Capitals and digits only."""
    if len(compact) != iban_length(compact[:2]):
        return False
    return int("".join(str(int(letter, 36)) for letter in compact[4:] + compact[:4])) % 97 == 1


def is_bitcoin(address: str) -> bool:
    """The checksum of a base58 address."""
    number = 0
    for letter in address:
        number = number * 58 + _BASE58.get(letter, 0)
    try:
        raw = number.to_bytes(25, "big")
    except OverflowError:
        return False
    return hashlib.sha256(hashlib.sha256(raw[:21]).digest()).digest()[:4] == raw[21:]
