"""Who is served worse: every outcome by every segment, the gaps that are sure, with false discoveries controlled."""

from collections.abc import Sequence

import pandas as pd

from metrics.outcomes.shares import Outcome, false_discovery, shares

COLUMNS = ("by", "segment", "conversations", "outcome", "share", "low", "high", "trials", "gap", "gap_low", "gap_high",
           "q", "lacks")  # fmt: skip


def gaps(found: pd.DataFrame, *, by: Sequence[str]) -> pd.DataFrame:
    """A row per column of `by`, segment and outcome (`COLUMNS`), each column on its own; the surest gap first.

    The gap is to all other conversations, with Newcombe's interval; `q` is over all rows together, as whoever looks
    through many segments finds a gap by chance. Segments of fewer than ten conversations are there without a figure.
    Topics are not compared by mood: a stolen card is told in unhappy words however well it is replaced.
    """
    tables = [shares(found, by=[column]).assign(by=column).rename(columns={column: "segment"}) for column in by]
    told = [one for one in tables if not one.empty]
    if not told:
        return pd.DataFrame(columns=list(COLUMNS))
    table = pd.concat(told, ignore_index=True)
    table = table[~((table["by"] == "topic") & (table["outcome"] == Outcome.UNHAPPY))]
    table["q"] = false_discovery(table["p"])
    size = pd.to_numeric(table["gap"]).abs()
    return table.assign(size=size).sort_values(
        ["q", "size", "by", "segment", "outcome"], ascending=[True, False, True, True, True], ignore_index=True
    )[list(COLUMNS)]  # fmt: skip
