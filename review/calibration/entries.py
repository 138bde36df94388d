"""The labels that judges are put beside, and what can be worked out of them before any judge is asked."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from review.agreement.design import Design
from review.agreement.others import Others

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One part of the traffic among some labels: which `entries` are of it, of how many `items`, and their design."""

    name: str
    entries: npt.NDArray[np.bool_]
    items: int
    design: Design


@dataclass(frozen=True, eq=False)
class Entries:
    """The labels that a judge is put beside, one entry each. An item counts once, however many people labelled it.

    `items`: their ids; `item_codes`: their places among the distinct ids, in the ids' order; `labelled`: their places
    among all labelled items of the study; `parts`: the part of the traffic that each is of (`Study.part`); `reviewers`:
    who labelled; `human`: values; `item_weights`: one over the probability of inclusion; `design` of the entries.
    Judges that scored every labelled item share their entries, and what was worked out of those.
    """

    items: npt.NDArray[np.object_]
    item_codes: npt.NDArray[np.intp]
    labelled: npt.NDArray[np.intp]
    parts: npt.NDArray[np.object_]
    reviewers: npt.NDArray[np.object_]
    human: Numbers
    item_weights: Numbers
    design: Design

    @cached_property
    def n_items(self) -> int:
        return int(self.item_codes.max(initial=-1)) + 1

    def items_among(self, entries: npt.NDArray[np.bool_]) -> int:
        """How many items the chosen entries are labels of."""
        return int(np.count_nonzero(np.bincount(self.item_codes[entries])))

    @cached_property
    def by_part(self) -> tuple[Part, ...]:
        """The parts of the traffic that have entries, in the order of their names."""
        part, names = pd.factorize(self.parts, sort=True)
        of_parts = ((str(name), part == place) for place, name in enumerate(names))
        return tuple(Part(name, own, self.items_among(own), self.design.only(own)) for name, own in of_parts)

    @cached_property
    def by_reviewer(self) -> tuple[npt.NDArray[np.intp], list[str]]:
        """The place of each entry's reviewer in the list of their names."""
        place, names = pd.factorize(self.reviewers, sort=True)
        return np.asarray(place, dtype=np.intp), [str(name) for name in names]

    @cached_property
    def others(self) -> Others:
        """Of each entry, the other entries of its item."""
        return Others.of(self.item_codes)

    @cached_property
    def effective_items(self) -> float:
        """How many items of a simple random sample they are worth. Source: Kish 1965, section 11.7."""
        _, first = np.unique(self.item_codes, return_index=True)
        weights = self.item_weights[first]
        return float(weights.sum() ** 2 / (weights**2).sum()) if len(weights) else 0.0

    def none(self) -> "Entries":
        """No entry at all."""
        nothing = np.zeros(len(self.items), dtype=bool)
        return Entries(
            self.items[nothing], self.item_codes[nothing], self.labelled[nothing], self.parts[nothing],
            self.reviewers[nothing], self.human[nothing], self.item_weights[nothing], Design.of(0),
        )  # fmt: skip
