"""The other ratings of the same item, for each rating."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Others:
    """Of each label, the other labels of its item: `label[k]` and `other[k]` are places in one list of labels."""

    label: Places
    other: Places
    times: Numbers
    """How many others each label has."""

    @classmethod
    def of(cls, items: Places) -> "Others":
        """`items`: the item of each label, as a number."""
        order = np.argsort(items, kind="stable")
        labelled = np.bincount(items)
        size = labelled[items[order]]
        first = (np.cumsum(labelled) - labelled)[items[order]]
        one = np.repeat(np.arange(len(order)), size)
        within = np.arange(len(one)) - np.repeat(np.cumsum(size) - size, size)
        two = first[one] + within
        return cls(order[one[one != two]], order[two[one != two]], (labelled[items] - 1).astype(float))

    def pairs_of_item(self, items: Places) -> Numbers:
        """By label, how many pairs of labels its item has, both ways."""
        labelled = np.bincount(items)
        return np.asarray((labelled * (labelled - 1))[items], dtype=float)

    def mean(self, of_pairs: Numbers) -> Numbers:
        """By label, the mean over its others; 0 of none."""
        total = np.bincount(self.label, of_pairs, minlength=len(self.times))
        return np.asarray(total / np.maximum(self.times, 1), dtype=float)
