"""What two sides were asked, and by whom: where their mixes differ, strata on which they can be matched."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

Codes = npt.NDArray[np.intp]
FEWEST_IN_CELL = 5
"""Conversations of each side in a stratum, else it is left out of what is matched."""
LEAST_APART = 0.05
"""Share of the conversations that would have to be of another kind before a mix is said to differ."""
SURE = 0.05
LEAST_COVERED = 0.5


@dataclass(frozen=True, slots=True)
class Difference:
    """How far the mixes lie apart in one column: the share of conversations to move (0-1), and the q of that."""

    column: str
    apart: float
    q: float

    @property
    def is_sure(self) -> bool:
        return self.q < SURE and self.apart >= LEAST_APART


@dataclass(frozen=True, slots=True, eq=False)
class Strata:
    """Code of each conversation (-1: in no stratum that both sides have), and the share of each in both sides together.

    `covered`: share (0-1) of the conversations in a stratum; `columns` that make the strata.
    """

    codes: Codes
    target: npt.NDArray[np.float64]
    covered: float
    columns: tuple[str, ...]


def differences(conversations: pd.DataFrame, *, columns: Sequence[str]) -> list[Difference]:
    """Of each column, the largest first. `conversations`: `is_b` and the columns, a row each.

    Values of fewer than ten conversations count as one. Chi-square of the table (Pearson 1900); false discoveries over
    the columns by Benjamini and Hochberg 1995.
    """
    found, ps = [], []
    for column in columns:
        values = conversations[column].astype(object).where(conversations[column].notna(), "(not read)")
        frequent = values.map(values.value_counts()) >= 10
        table = pd.crosstab(values.where(frequent, "(others)"), conversations["is_b"]).to_numpy(float)
        if table.shape[0] < 2 or table.shape[1] < 2:
            found.append((column, 0.0))
            ps.append(1.0)
            continue
        shares = table / table.sum(axis=0)
        found.append((column, float(abs(shares[:, 0] - shares[:, 1]).sum() / 2)))
        ps.append(float(stats.chi2_contingency(table, correction=False).pvalue))
    q = stats.false_discovery_control(ps, method="bh") if ps else []
    told = [Difference(column, apart, float(value)) for (column, apart), value in zip(found, q, strict=True)]
    return sorted(told, key=lambda one: -one.apart)


def strata(conversations: pd.DataFrame, found: Sequence[Difference]) -> Strata | None:
    """Strata of the columns whose mix differs for sure, without the least different ones while too little is covered.

    None where nothing differs, or where even one column's strata cover less than half of the conversations.
    """
    columns = [one.column for one in found if one.is_sure]
    while columns:
        made = _strata(conversations, tuple(columns))
        if made.covered >= LEAST_COVERED:
            return made
        columns.pop()
    return None


def _strata(conversations: pd.DataFrame, columns: tuple[str, ...]) -> Strata:
    cells = conversations.groupby(list(columns), dropna=False, sort=True).ngroup().to_numpy(np.intp)
    is_b = conversations["is_b"].to_numpy(bool)
    of_a, of_b = (np.bincount(cells[side], minlength=cells.max() + 1) for side in (~is_b, is_b))
    kept = np.flatnonzero((of_a >= FEWEST_IN_CELL) & (of_b >= FEWEST_IN_CELL))
    place = np.full(len(of_a), -1, dtype=np.intp)
    place[kept] = np.arange(len(kept))
    in_cell = (of_a + of_b)[kept].astype(float)
    covered = float(in_cell.sum()) / len(conversations)
    return Strata(place[cells], in_cell / max(in_cell.sum(), 1), covered, columns)
