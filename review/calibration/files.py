"""A calibration from files alone: labels, scores and strata as CSV. A row that breaks a rule is named, never quoted."""

import math
from pathlib import Path

import numpy as np
import pandas as pd

from errors import UsageError
from review.calibration.exported import is_export, study_of_export
from review.calibration.scale import LARGEST_NUMBER, MOST_LEVELS, Kind, Scale, number, scale_of
from review.calibration.study import Judged, Study
from review.calibration.tables import columns_of, decimal, read_table, refuse

CANNOT_TELL = frozenset({"", "cannot tell", "cannot_tell", "na", "n/a"})
MOST_JUDGES = 200
MOST_LABELS_OF_ITEM = 100
"""Each label of an item is compared with each other one of it."""
MOST_UNITS = 1e12
LEAST_PROBABILITY = 1e-9
_LABELS = ("item_id", "reviewer", "value")
_MAYBE = ("stratum", "probability", "cluster", "corrected_at", "criterion")


def read_study(
    labels: Path, *, scores: Path | None = None, frame: Path | None = None, kind: Kind = Kind.ORDINAL,
    ends: tuple[float, float] | None = None, criterion: str | None = None,
) -> Study:  # fmt: skip
    """Read and check. Raises `UsageError` naming file, row and rule.

    `labels`: `item_id, reviewer, value` and maybe `stratum, probability, cluster, corrected_at` (the latest of an item
    and reviewer counts), `criterion` (other criteria are left out); `scores`: `item_id, judge, value`, maybe
    `probability, criterion`; `frame`: `stratum, size`. `ends` are the lowest and the highest level of an ordinal scale;
    without them it is what people used. `labels` may be what `benchbook labels export` printed, which knows its scale,
    samples and strata: then `kind`, `ends` and `frame` are not asked.
    """
    if is_export(columns_of(labels)):
        if frame is not None:
            raise UsageError(f"{labels.name} knows the sizes of its strata; leave --frame out")
        if ends is not None:
            raise UsageError(f"{labels.name} knows its scale; leave --low and --high out")
        found = study_of_export(labels, criterion)
        return _with_judges(found, scores, criterion or found.criterion)
    said = _of_criterion(read_table(labels, _LABELS, maybe=_MAYBE), labels.name, criterion)
    for name in _LABELS[:2]:
        refuse(said, said[name] == "", labels.name, f"{name} is empty")
    notes: list[str] = []
    unclear = said["value"].str.casefold().isin(CANNOT_TELL)
    if unclear.any():
        notes.append(f"{int(unclear.sum())} labels say that it cannot be told; they are left out")
    said = said[~unclear]
    if said.empty:
        raise UsageError(f"{labels.name} has no label with a value")
    said = _latest(_numbered(said, kind, labels.name, ends), labels.name)
    scale = scale_of(said["value"], kind, ends=ends)
    numbers = {written: number(written, scale.kind, scale.names) for written in said["value"].unique()}
    said = said.assign(number=said["value"].map(numbers).astype(float))
    table, sizes, more = _weighted(said, None if frame is None else _sizes(frame), labels.name)
    return _with_judges(Study(table, (), scale, sizes, (*notes, *more)), scores, criterion)


def _with_judges(study: Study, scores: Path | None, criterion: str | None) -> Study:
    if scores is None:
        return study
    read = read_table(scores, ("item_id", "judge", "value"), maybe=("probability", "criterion"))
    judged = _of_criterion(read, scores.name, criterion)
    for name in ("item_id", "judge"):
        refuse(judged, judged[name] == "", scores.name, f"{name} is empty")
    if (count := judged["judge"].nunique()) > MOST_JUDGES:
        raise UsageError(f"{scores.name} names {count:,} judges, {MOST_JUDGES} are the most; is judge another column?")
    judges = tuple(_judged(str(name), rows, study.scale, scores.name) for name, rows in judged.groupby("judge"))
    return study.judged_by(*judges)


def _of_criterion(table: pd.DataFrame, name: str, criterion: str | None) -> pd.DataFrame:
    if "criterion" not in table:
        return table
    names = sorted(table["criterion"].unique())
    listed = ", ".join(names[:10]) + (" ..." if len(names) > 10 else "")
    if criterion is None:
        if len(names) > 1:
            raise UsageError(f"{name} has rows of {len(names)} criteria; choose one with --criterion: {listed}")
        return table
    kept = table[table["criterion"] == criterion]
    if kept.empty:
        raise UsageError(f"{name} has no row of the criterion asked for; it has {listed}")
    return kept


def _numbered(said: pd.DataFrame, kind: Kind, name: str, ends: tuple[float, float] | None) -> pd.DataFrame:
    """Refuses values that are on no scale of this kind, or beyond its ends: one may be a slip of the pen."""
    if kind is Kind.NOMINAL:
        found = said["value"].nunique()
        if found > MOST_LEVELS:
            raise UsageError(f"{name} has {found:,} categories, {MOST_LEVELS} are the most")
        return said
    numbers = pd.Series([number(value, kind) for value in said["value"]], index=said.index, dtype=object)
    allowed = {Kind.ORDINAL: "a number", Kind.BINARY: "yes or no"}[kind]
    refuse(said, numbers.isna(), name, f"the value is not {allowed}")
    values = numbers.astype(float)
    refuse(said, values.abs() > LARGEST_NUMBER, name, f"the value is beyond {LARGEST_NUMBER:,.0f}")
    if ends is not None:
        refuse(said, ~values.between(*ends), name, f"the value is not from {ends[0]:g} to {ends[1]:g}")
    if (found := values.nunique()) > MOST_LEVELS:
        raise UsageError(f"{name} has {found:,} different values, a scale has {MOST_LEVELS} levels at most; round them")
    return said


def _latest(said: pd.DataFrame, name: str) -> pd.DataFrame:
    """One row per item and reviewer. Two are allowed only where `corrected_at` says which came later."""
    at = said["corrected_at"] if "corrected_at" in said else pd.Series("", index=said.index)
    moments = pd.to_datetime(at.where(at != ""), utc=True, format="ISO8601", errors="coerce")
    refuse(said, moments.isna() & (at != ""), name, "corrected_at is not an ISO 8601 time")
    timed = said.assign(moment=moments)
    refuse(said, timed.duplicated(["item_id", "reviewer", "moment"]), name,
           "this reviewer labelled the item before; a correction needs a later corrected_at")  # fmt: skip
    ordered = timed.sort_values("moment", na_position="first", kind="stable")
    kept = ordered.drop_duplicates(["item_id", "reviewer"], keep="last").sort_index().drop(columns="moment")
    crowded = kept.groupby("item_id")["row"].transform("size") > MOST_LABELS_OF_ITEM
    refuse(kept, crowded, name, f"the item has more than {MOST_LABELS_OF_ITEM} labels")
    return kept


def _sizes(path: Path) -> dict[str, float]:
    table = read_table(path, ("stratum", "size"))
    sizes = pd.Series([decimal(written) for written in table["size"]], index=table.index, dtype=float)
    wrong = sizes.isna() | (sizes < 0) | (sizes > MOST_UNITS) | (sizes % 1 != 0)
    refuse(table, wrong, path.name, "size is not a whole number from 0")
    refuse(table, table.duplicated("stratum"), path.name, "the stratum is listed twice")
    return {name: float(size) for name, size in sorted(zip(table["stratum"], sizes, strict=True))}


def _judged(name: str, rows: pd.DataFrame, scale: Scale, file: str) -> Judged:
    """One judge's scores. What is no number of the scale, or beyond any scale, is unparsable."""
    known = {written: scale.score(written) for written in rows["value"].unique()}
    values = rows["value"].map(known).astype(float)
    values = values.where(values.abs() <= LARGEST_NUMBER)
    read = pd.DataFrame({"item": rows["item_id"], "value": values})
    if "probability" in rows:
        given = rows["probability"] != ""
        chances = pd.Series([decimal(text) for text in rows["probability"]], index=rows.index, dtype=float)
        refuse(rows, given & ~chances.between(0, 1), file, "probability is not between 0 and 1")
        read["probability"] = chances.where(given)
    kept = read[values.notna()].reset_index(drop=True)
    return Judged(name, kept, int(values.isna().sum()))


def _weighted(
    said: pd.DataFrame, sizes: dict[str, float] | None, name: str
) -> tuple[pd.DataFrame, dict[str, float] | None, list[str]]:
    """Labels with weight, stratum and cluster; the sizes of all strata; what figures leave out, in words."""
    empty = pd.Series("", index=said.index)
    stratum: pd.Series = said.get("stratum", empty)
    _one_per_item(said, stratum, name, "stratum")
    known = "probability" in said and bool((said["probability"] != "").any())
    if known:
        weight = 1 / _probabilities(said, name)
    items = said.assign(stratum=stratum).drop_duplicates("item_id").groupby("stratum").size()
    notes: list[str] = []
    if sizes is not None:
        refuse(said, ~stratum.isin(list(sizes)), name, "its stratum is not in the frame")
        for one, drawn in items.items():
            if drawn > sizes[str(one)]:
                raise UsageError(
                    f"the frame says that a stratum has {sizes[str(one)]:.0f} units, but {drawn} are labelled"
                )
        bare = [one for one, size in sizes.items() if size and one not in items.index]
        if bare:
            notes.append(f"{len(bare)} strata of the frame have no label; figures are of the others")
        sizes = {one: size for one, size in sizes.items() if size}
        weight = weight if known else stratum.map({one: sizes[str(one)] / drawn for one, drawn in items.items()})
    elif known:
        firsts = said.assign(stratum=stratum, weight=weight).drop_duplicates("item_id")
        of_stratum = firsts.sort_values("item_id").groupby("stratum")["weight"]
        sizes = {str(one): float(math.fsum(weights)) for one, weights in of_stratum}
    else:
        weight = pd.Series(1.0, index=said.index)
    cluster = said["cluster"].where(said["cluster"] != "", said["item_id"]) if "cluster" in said else said["item_id"]
    if "cluster" in said:
        _one_per_item(said, cluster, name, "cluster")
    table = pd.DataFrame({
        "item": said["item_id"], "reviewer": said["reviewer"], "value": said["number"].astype(float),
        "weight": weight.astype(float), "stratum": stratum, "cluster": cluster,
    })  # fmt: skip
    return table.sort_values(["item", "reviewer"], ignore_index=True), sizes, notes


def _probabilities(said: pd.DataFrame, name: str) -> pd.Series:
    chances = pd.Series([decimal(text) for text in said["probability"]], index=said.index, dtype=float)
    wrong = ~((chances > 0) & (chances <= 1))
    refuse(said, wrong, name, "probability is not above 0 and at most 1")
    refuse(said, chances < LEAST_PROBABILITY, name, f"probability is below {LEAST_PROBABILITY:g}")
    _one_per_item(said, chances, name, "probability")
    return chances


def _one_per_item(said: pd.DataFrame, values: pd.Series, name: str, what: str) -> None:
    first = values.groupby(said["item_id"]).transform("first")
    refuse(said, pd.Series(np.asarray(values != first, dtype=bool)), name,
           f"the item has another {what} in an earlier row")  # fmt: skip
