"""What a recogniser of ours is: Presidio's `EntityRecognizer`, with a quicker way in for our own engine."""

from abc import abstractmethod
from collections.abc import Iterable, Iterator

from presidio_analyzer import EntityRecognizer, RecognizerResult
from presidio_analyzer.nlp_engine import NlpArtifacts

Found = tuple[int, int, str]
"""Start and end in the text, and Presidio's entity name."""

SCORE = 0.85
"""What Presidio is told; our recognisers say yes or no."""


class Rules(EntityRecognizer):
    """A recogniser that needs the text only, is linear in its length, and opens no connection."""

    named = False
    """Whether a key says what the findings are, so that they are known in the whole trace."""
    needs_digits = False
    """Whether a text without a digit cannot hold what this looks for."""

    def __init__(self, *entities: str) -> None:
        super().__init__(supported_entities=list(entities), supported_language="en")

    def load(self) -> None:
        """Nothing to load: lists are read once, when first needed."""

    def analyze(
        self,
        text: str,
        entities: list[str],
        nlp_artifacts: NlpArtifacts | None = None,  # noqa: ARG002  Presidio's signature
    ) -> list[RecognizerResult]:
        """Presidio's way in: the findings of the entities asked for."""
        return [
            RecognizerResult(entity_type=entity, start=start, end=end, score=SCORE)
            for start, end, entity in self.find(text)
            if entity in entities
        ]

    @abstractmethod
    def find(self, text: str) -> Iterator[Found]:
        """The findings, in any order; they may overlap."""


def holds_any(text: str, words: Iterable[str]) -> bool:
    """Whether the text holds one of the words. A loop: `any` costs twice as much, and this is asked for every text."""
    for word in words:  # noqa: SIM110
        if word in text:
            return True
    return False


def lowered(text: str) -> str:
    """The text in small letters, each in its place."""
    low = text.lower()
    return low if len(low) == len(text) else "".join(character.lower()[:1] for character in text)


class MaskWholeError(Exception):
    """A text could not be searched as it must be: it is masked whole. Never leaves the scrubber."""


class OverBudgetError(MaskWholeError):
    """It took longer than it may."""


class FailedError(MaskWholeError):
    """A recogniser of the team's own raised something. `named` says which, `raised` the type and nothing else."""

    def __init__(self, named: str, raised: str) -> None:
        super().__init__()
        self.named = named
        self.raised = raised
