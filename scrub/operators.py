"""What replaces a finding, as Presidio operators: a pseudonym with a tag, or one word for all."""

import re
from ipaddress import ip_address

from presidio_anonymizer.operators import Operator, OperatorType, Redact, Replace

from scrub.policy import UNNUMBERED, Policy
from scrub.pseudonyms import Pseudonyms


class Pseudonym(Operator):
    """`<PERSON_` + tag + `>`: equal values of a trace get equal tags."""

    def operate(self, text: str, params: dict[str, object] | None = None) -> str:
        """`params`: entity_type, word, and the trace's `pseudonyms`."""
        said = params or {}
        pseudonyms = said["pseudonyms"]
        assert isinstance(pseudonyms, Pseudonyms)  # noqa: S101  Presidio's interface is untyped
        return pseudonyms.placeholder(str(said["entity_type"]), str(said["word"]), text)

    def validate(self, params: dict[str, object] | None = None) -> None:
        """Raises when the trace's pseudonyms are missing."""
        if not params or "pseudonyms" not in params:
            raise ValueError("pseudonyms")

    def operator_name(self) -> str:
        """Presidio's name for it."""
        return "pseudonym"

    def operator_type(self) -> OperatorType:
        """It replaces; nothing brings the value back."""
        return OperatorType.Anonymize


_PSEUDONYM = Pseudonym()
_REDACT = Redact()
_REPLACE = Replace()


_FREE_MAIL = frozenset(
    (
        "gmail googlemail yahoo ymail outlook hotmail live msn icloud me mac aol proton protonmail pm gmx web mail "
        "yandex qq 163 126 zoho fastmail tutanota hey comcast verizon att sbcglobal bellsouth cox charter btinternet "
        "orange wanadoo free laposte sfr libero virgilio t-online freenet arcor naver daum hanmail rediffmail"
    ).split()
)
"""Providers where anybody may have an address: they say nothing of a company, and much where few have one there."""


def replacement(policy: Policy, pseudonyms: Pseudonyms, *, entity: str, value: str) -> str:
    """What stands in the text instead of the value."""
    word = policy.placeholder(entity)
    if entity in UNNUMBERED:
        return str(_REPLACE.operate(value, {"new_value": f"<{word}>"}))
    action = policy.actions.get(entity)
    if action == "drop":
        return str(_REDACT.operate(value))
    if action == "hash":
        return f"<{word}_{pseudonyms.everywhere(entity, value)}>"
    shortened = _truncated(entity, value) if action == "truncate" else ""
    if shortened:
        return shortened
    tagged = _PSEUDONYM.operate(value, {"entity_type": entity, "word": word, "pseudonyms": pseudonyms})
    return tagged + _company_domain(value) if action == "keep_domain" else tagged


def _truncated(entity: str, value: str) -> str:
    """The network of an IP address, the year of a date; nothing when there is none."""
    if entity == "DATE_OF_BIRTH":
        year = re.search(r"(?<!\d)(?:19|20)\d\d(?!\d)", value)
        return year[0] if year else ""
    try:
        address = ip_address(value)
    except ValueError:
        return ""
    if address.version == 4:
        return value.rpartition(".")[0] + ".x"
    return ":".join(address.exploded.split(":")[:3]) + ":x"


def _company_domain(address: str) -> str:
    """`@acme.com`; nothing for free mail and for what is no plain domain."""
    domain = address.rpartition("@")[2].lower()
    labels = domain.split(".")
    if not re.fullmatch(r"[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,4}", domain) or _FREE_MAIL & set(labels[:-1]):
        return ""
    return f"@{domain}"
