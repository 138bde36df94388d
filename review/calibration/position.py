"""Does a judge that compares two answers prefer the one shown first? From pairs that it judged in both orders.

Traces hold scores of one answer each, so pairs come from a file: `benchbook judge position`.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
from scipy import stats

from errors import UsageError
from review.calibration.bias_checks import BiasCheck, position
from review.calibration.closeness import Estimate

COLUMNS = ("item_id", "judge", "first", "second", "winner")
TIES = frozenset({"tie", "equal", "both", "neither", ""})
_FIRST_ROW = 2  # of a CSV with a header, as spreadsheets count


@dataclass(frozen=True, slots=True)
class PositionBias:
    """One judge. `pairs` were judged in both orders; of these `ties` have no winner in one order at least, `flips` have
    another winner in the other order: `first` to the answer shown first each time, `second` to the other. `flip_rate`
    is a share of the pairs without a tie. `single`: pairs judged in one order alone, which say nothing."""

    judge: str
    pairs: int
    single: int
    ties: int
    first: int
    second: int
    flip_rate: Estimate
    check: BiasCheck

    @property
    def flips(self) -> int:
        return self.first + self.second


def read_pairs(path: Path) -> pd.DataFrame:
    """`item_id, judge, first, second, winner`: ids of the two answers in the order shown, and which won (or `tie`).

    Raises `UsageError` naming the row: a winner that was not shown, an answer against itself, an order judged twice.
    """
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise UsageError(f"there is no file {path.name}") from error
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise UsageError(f"{path.name} cannot be read as CSV ({type(error).__name__})") from error
    missing = [name for name in COLUMNS if name not in table.columns]
    if missing:
        raise UsageError(f"{path.name} lacks {' and '.join(missing)}; it needs {', '.join(COLUMNS)}")
    table = table[list(COLUMNS)].apply(lambda column: column.str.strip())
    is_tie = table["winner"].str.casefold().isin(TIES)
    for wrong, rule in (
        (table["first"] == table["second"], "an answer is compared with itself"),
        (~is_tie & (table["winner"] != table["first"]) & (table["winner"] != table["second"]),
         "the winner is neither of the two answers, nor tie"),
        (table.duplicated(["item_id", "judge", "first", "second"]), "the judge had this pair in this order before"),
    ):  # fmt: skip
        if wrong.any():
            raise UsageError(f"{path.name} row {int(wrong.to_numpy().argmax()) + _FIRST_ROW}: {rule}")
    read: pd.DataFrame = table.assign(winner=table["winner"].mask(is_tie))
    return read


def position_bias(pairs: pd.DataFrame) -> list[PositionBias]:
    """Each judge of `read_pairs`, by name. Only pairs with another winner in the other order tell: a sign test on them.

    Treating the two orders as independent, as is sometimes done, gives another p: they are the same pair.
    Source: Zheng et al. (2023), section 3.3; Shi et al. (2024); Wilson 1927.
    """
    return [_of_judge(str(name), rows) for name, rows in pairs.groupby("judge", sort=True)]


def _of_judge(judge: str, rows: pd.DataFrame) -> PositionBias:
    other = rows.rename(columns={"first": "second", "second": "first", "winner": "winner_then"})
    both = rows.merge(other, on=["item_id", "judge", "first", "second"])
    both = both[both["first"] < both["second"]]  # each pair once
    told = both.dropna(subset=["winner", "winner_then"])
    flipped = told[told["winner"] != told["winner_then"]]
    first = int((flipped["winner"] == flipped["first"]).sum())
    second = len(flipped) - first
    check = position(first, second)
    if len(told):
        bounds = stats.binomtest(len(flipped), len(told)).proportion_ci(method="wilson")
        rate = Estimate(len(flipped) / len(told), float(bounds.low), float(bounds.high), len(told))
    else:
        rate = Estimate(None, None, None, 0, "no pair with a winner in both orders")
        check = replace(check, reason=rate.lacks)
    return PositionBias(judge, len(both), len(rows) - 2 * len(both), len(both) - len(told), first, second, rate, check)
