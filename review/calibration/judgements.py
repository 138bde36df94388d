"""What judges said of the traffic of a window, as arrays: a place per trace, and a list of values per judge."""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from review.calibration.mapping import Mapped
from review.calibration.scale import Scale

Numbers = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]
_HERE = Path(__file__).parent
_UNIT = ["item", "start_ts", "cluster", "app", "app_version", "model", "prompt", "retrieval", "tenant", "words"]
_JUDGE = [
    "judge_name",
    "judge_model",
    "judge_version",
    "name",
    "places",
    "numbers",
    "labels",
    "answers",
    "moments",
    "sequences",
]
_S = 1_000_000_000


class Warehouse(Protocol):
    """What reading judgements needs of `storage.warehouse`."""

    def frame(self, sql: str, **params: Any) -> pd.DataFrame: ...


@dataclass(frozen=True, slots=True, eq=False)
class Judgements:
    """One judge's scores of one name: `places` of traces and what was said of each, in one order.

    `numbers` NaN, `labels` "" and `answers` -1 where that was not said; the last two None where it never was.
    """

    judge: str
    model: str
    version: str
    score: str
    places: Places
    numbers: Numbers
    labels: npt.NDArray[np.object_] | None
    answers: npt.NDArray[np.int8] | None

    def values(self, rule: Mapped, scale: Scale) -> Numbers:
        """As numbers of the rubric's scale, NaN where one cannot be read (`Mapped.read`)."""
        found = rule.read_numbers(self.numbers, scale)
        for at in np.flatnonzero(rule.is_told_in_words(self.numbers, scale)):
            yes = None if self.answers is None or self.answers[at] < 0 else bool(self.answers[at])
            label = None if self.labels is None else self.labels[at] or None
            said = rule.read(None, label=label, yes=yes, scale=scale)
            found[at] = np.nan if said is None else said
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Traffic:
    """`units`: a row per trace, by item; `said`: by name, model and version of the judge, then name of the score."""

    units: pd.DataFrame
    said: tuple[Judgements, ...]

    def only(self, kept: npt.NDArray[np.bool_]) -> "Traffic":
        """Some of the traces, and what was said of them."""
        place = np.cumsum(kept) - 1
        said = []
        for one in self.said:
            inside = kept[one.places]
            if inside.any():
                said.append(replace(
                    one, places=place[one.places[inside]], numbers=one.numbers[inside],
                    labels=None if one.labels is None else one.labels[inside],
                    answers=None if one.answers is None else one.answers[inside],
                ))  # fmt: skip
        return Traffic(self.units[kept].reset_index(drop=True), tuple(said))

    def of_weeks(self, weeks: Collection[str]) -> "Traffic":
        """The traces whose `week` is one of these."""
        kept = self.units["week"].isin(list(weeks)).to_numpy(bool)
        return self if kept.all() else self.only(kept)


def judgements(warehouse: Warehouse, since: dt.datetime, until: dt.datetime) -> Traffic:
    """Traffic that began in the window and the latest word of each judge on it."""
    asked = (_HERE / "judgements.sql").read_text()
    bounds = {name: int(at.timestamp()) * _S for name, at in (("since_ns", since), ("until_ns", until))}
    found = warehouse.frame(asked, **bounds).reindex(columns=["about", *_UNIT, *_JUDGE])  # rows of none have no columns
    is_trace = (found["about"] == "trace").to_numpy(bool)
    units = found.loc[is_trace, _UNIT].reset_index(drop=True)
    units["start_ts"] = pd.to_datetime(units["start_ts"], format="ISO8601")  # text, when a shell asks
    rows = found.loc[~is_trace, _JUDGE].to_dict("records")
    return Traffic(units, tuple(_read({str(name): value for name, value in row.items()}) for row in rows))


def _read(row: Mapping[str, Any]) -> Judgements:
    """One judge's lists in the order of the traces, its latest word on each; of the same moment what came in last."""
    places, moments, sequences = (np.asarray(row[name], dtype=np.int64) for name in ("places", "moments", "sequences"))
    order = np.lexsort((sequences, moments, places))
    order = order[np.append(np.diff(places[order]) > 0, [True] * bool(len(order)))]
    return Judgements(
        row["judge_name"], row["judge_model"], row["judge_version"], row["name"], places[order].astype(np.intp),
        np.asarray(row["numbers"], dtype=float)[order],
        None if _is_missing(row["labels"]) else np.asarray(row["labels"], dtype=object)[order],
        None if _is_missing(row["answers"]) else np.asarray(row["answers"], dtype=np.int8)[order],
    )  # fmt: skip


def _is_missing(listed: object) -> bool:
    return listed is None or isinstance(listed, float)
