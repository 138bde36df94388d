"""Which score of a judge is which criterion, and how its scale becomes the rubric's: said openly, never guessed."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from review.calibration.scale import Kind, Scale
from settings import Settings

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Mapped:
    """A rule of `benchbook.toml`: `criteria` of the rubric; `lowest` and `highest` of the judge's own scale.

    Both None: the judge uses the rubric's scale. `lowest` above `highest`: the judge counts the other way round.
    """

    criteria: tuple[str, ...]
    lowest: float | None = None
    highest: float | None = None

    def read(self, value: float | None, *, label: str | None, yes: bool | None, scale: Scale) -> float | None:
        """A judgement as a number of the rubric's scale; None when it cannot be read."""
        number = None if pd.isna(value) else value
        if scale.kind is Kind.NOMINAL or number is None:
            said = yes if scale.kind is Kind.BINARY and not pd.isna(yes) else label
            return None if pd.isna(said) else scale.score(said)
        if self.lowest is not None and self.highest is not None and self.highest != self.lowest:
            share = (number - self.lowest) / (self.highest - self.lowest)
            number = scale.levels[0] + share * scale.span
        return number if scale.levels[0] <= number <= scale.levels[-1] else None

    def read_numbers(self, numbers: Numbers, scale: Scale) -> Numbers:
        """As `read` of judgements that are numbers; NaN where it cannot be read, or was said in words."""
        if scale.kind is Kind.NOMINAL:
            return np.full(len(numbers), np.nan)
        read = numbers
        if self.lowest is not None and self.highest is not None and self.highest != self.lowest:
            read = scale.levels[0] + (numbers - self.lowest) / (self.highest - self.lowest) * scale.span
        with np.errstate(invalid="ignore"):
            return np.where((scale.levels[0] <= read) & (read <= scale.levels[-1]), read, np.nan)

    @staticmethod
    def is_told_in_words(numbers: Numbers, scale: Scale) -> npt.NDArray[np.bool_]:
        """Which judgements `read` takes from their label or answer."""
        return np.isnan(numbers) | (scale.kind is Kind.NOMINAL)


def mapped(judge: str, score: str, rules: Mapping[str, Mapped]) -> Mapped:
    """The rule for `judge/score`, else for the score of any judge, else the criterion of the same name as it is."""
    return rules.get(f"{judge}/{score}") or rules.get(score) or Mapped((score,))


def rules_of(settings: Settings) -> dict[str, Mapped]:
    """The rules of `benchbook.toml`."""
    return {name: Mapped(tuple(one.criteria), one.lowest, one.highest) for name, one in settings.judges.items()}
