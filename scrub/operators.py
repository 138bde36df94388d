"""What replaces a finding, as Presidio operators: a pseudonym with a tag, or one word for all."""

from presidio_anonymizer.operators import Operator, OperatorType, Replace

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
_REPLACE = Replace()


def replacement(policy: Policy, pseudonyms: Pseudonyms, *, entity: str, value: str) -> str:
    """What stands in the text instead of the value."""
    word = policy.placeholder(entity)
    if entity in UNNUMBERED:
        return str(_REPLACE.operate(value, {"new_value": f"<{word}>"}))
    return _PSEUDONYM.operate(value, {"entity_type": entity, "word": word, "pseudonyms": pseudonyms})
