"""T7: each reviewer beside the others on one criterion, and whether a judge could stand in for one of them."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd

from review.agreement.by_criterion import LEAST_ITEMS
from review.agreement.ratings import Ratings, ratings, usable
from review.calibration.control_chart import Weekly, self_starting
from review.calibration.dawid_skene import dawid_skene
from review.label_frame import current
from review.reviewers import self_consistency, severity
from review.rubric.criteria import Scale

LEAST_RATERS = 3
LEAST_SHARED = 5
"""Items shared with others that a week needs to say anything of drift."""
LEAST_WEEKS = 3
COLUMNS = (
    "reviewer", "labels", "items", "difference", "low", "high", "kappa", "kappa_low", "kappa_high", "accuracy",
    "accuracy_items", "twice", "same", "same_low", "same_high", "own_kappa", "own_kappa_low", "own_kappa_high", "drift",
)  # fmt: skip
_BESIDE = COLUMNS[2:9]
_AGAIN = COLUMNS[11:18]


@dataclass(frozen=True, slots=True, eq=False)
class ReviewerQuality:
    """`table`: `COLUMNS`, a row per reviewer; what is not known is None. `notes`: why, by column, in words."""

    table: pd.DataFrame
    notes: dict[str, str]


def of_criterion(labels: pd.DataFrame, *, rubric: str, criterion: str, weeks: Collection[str]) -> pd.DataFrame:
    """The rows of a label frame that are of this criterion and of samples of these weeks, on the newest scale."""
    in_weeks = labels["week"].isin(list(weeks)) | labels["sample"].isin(list(weeks))
    found = labels[(labels["rubric"] == rubric) & (labels["criterion"] == criterion) & in_weeks]
    newest = found[found["rubric_version"] == found["rubric_version"].max()]
    return found[found["scale"].isin(newest["scale"].unique())]


def reviewer_quality(labels: pd.DataFrame) -> ReviewerQuality:
    """Every reviewer of one criterion (columns of `review.label_frame`, second looks among them).

    `difference` is own minus the others' mean on shared items, in points; `kappa` with each other reviewer, averaged;
    `accuracy` the chance to give the class that Dawid-Skene takes for true; `same` and `own_kappa` of second looks;
    `drift` in words, by a CUSUM of each week's difference to the others. Figures of differences and kappa stand for the
    traffic; accuracy and drift are of the items that the reviewer saw.
    """
    found = current(usable(labels))
    notes: dict[str, str] = {}
    if found.empty:
        return ReviewerQuality(pd.DataFrame(columns=list(COLUMNS)), {"labels": "no blind label of a drawn item"})
    told = found[~found["cannot_tell"].astype(bool)]
    table = told.groupby("reviewer").size().rename("labels").reset_index()
    beside = severity(labels).set_index("reviewer")
    again = self_consistency(labels).set_index("reviewer").rename(
        columns={"items": "twice", "low": "same_low", "high": "same_high", "kappa": "own_kappa",
                 "kappa_low": "own_kappa_low", "kappa_high": "own_kappa_high"}
    )  # fmt: skip
    accuracy, why = _accuracy(ratings(found))
    if why:
        notes["accuracy"] = why
    drift = _drift(told)
    columns = {name: table["reviewer"].map(beside[name]) for name in _BESIDE}
    columns |= {name: table["reviewer"].map(again[name]) for name in _AGAIN}
    table = table.assign(
        **columns,
        accuracy=table["reviewer"].map({name: value for name, (value, _) in accuracy.items()}),
        accuracy_items=table["reviewer"].map({name: items for name, (_, items) in accuracy.items()}),
        drift=table["reviewer"].map(drift),
    )
    if again.empty:
        notes["own_kappa"] = "nobody was given an item a second time yet"
    return ReviewerQuality(table[list(COLUMNS)], notes)


def _accuracy(found: Ratings | None) -> tuple[dict[str, tuple[float, int]], str]:
    """Reviewer to their accuracy and the shared items that it rests on; why there is none, in words."""
    if found is None or found.distances is not None or found.criterion.scale is Scale.TEXT:
        return {}, "sets of categories and free text have no accuracy"
    items = (~np.isnan(found.values)).sum(axis=0)
    enough = items >= LEAST_ITEMS
    if enough.sum() < LEAST_RATERS:
        return {}, (
            f"accuracy needs {LEAST_RATERS} reviewers with {LEAST_ITEMS} items each that others labelled too; "
            f"{int(enough.sum())} have them"
        )
    values = found.values[:, enough]
    shared = (~np.isnan(values)).sum(axis=1) >= 2
    item, rater = np.nonzero(~np.isnan(values[shared]))
    said = np.searchsorted(found.levels, values[shared][item, rater])
    accuracy = dawid_skene(item.tolist(), rater.tolist(), said.tolist()).accuracy()
    names = [name for name, has in zip(found.reviewers, enough, strict=True) if has]
    return {name: (float(one), int(items[enough][place])) for place, (name, one) in enumerate(
        zip(names, accuracy, strict=True))}, ""  # fmt: skip


def _drift(told: pd.DataFrame) -> dict[str, str]:
    """Reviewer to what the CUSUM of their weekly differences says."""
    scale = str(told["scale"].iloc[-1]).partition(" ")[0]
    if scale not in (Scale.INTEGER.value, Scale.YES_NO.value):
        return {}
    value = (told["value"] == "yes").astype(float) if scale == Scale.YES_NO.value else told["value"].astype(float)
    week = told["week"].fillna(told["sample"]).astype(str)
    given = pd.DataFrame({
        "reviewer": told["reviewer"].astype(str), "week": week, "item": told["sample"] + "\0" + told["item"],
        "value": value,
    })  # fmt: skip
    by_item = given.groupby("item")["value"]
    people, total = by_item.transform("size"), by_item.transform("sum")
    shared = given.assign(apart=given["value"] - (total - given["value"]) / (people - 1).where(people > 1))
    shared = shared.dropna(subset=["apart"])
    weeks = sorted(shared["week"].unique())
    return {str(name): _moved(rows, weeks) for name, rows in shared.groupby("reviewer")}


def _moved(rows: pd.DataFrame, weeks: list[str]) -> str:
    by_week = rows.groupby("week")["apart"].agg(["mean", "std", "size"]).reindex(weeks)
    known = (by_week["size"] >= LEAST_SHARED).to_numpy(bool)
    if known.sum() < LEAST_WEEKS:
        return f"{LEAST_WEEKS - int(known.sum())} more weeks are needed"
    items = by_week["size"].fillna(0).to_numpy(float)
    chart = self_starting(
        Weekly(
            values=np.where(known, by_week["mean"].to_numpy(float), np.nan),
            errors=np.where(known, by_week["std"].to_numpy(float), np.nan) / np.sqrt(np.maximum(items, 1)),
            df=np.maximum(items - 1, 0), items=items,
        )
    )  # fmt: skip
    if not chart.alarms:
        return "steady"
    last = -1 if chart.is_open else 0
    way = "milder" if chart.up[chart.alarms[last]] >= chart.down[chart.alarms[last]] else "stricter"
    since = weeks[chart.since[last]]
    return f"{way} since {since}" if chart.is_open else f"was {way} from {since}, is back"
