"""A calibration from files alone: labels, scores and strata as CSV. A row that breaks a rule is named, never quoted."""

from pathlib import Path

import numpy as np
import pandas as pd

from errors import UsageError
from review.calibration.scale import Kind, Scale, number, scale_of
from review.calibration.study import Judged, Study

CANNOT_TELL = frozenset({"", "cannot tell", "cannot_tell", "na", "n/a"})
_FIRST_ROW = 2  # of a CSV with a header, as spreadsheets count


def read_study(
    labels: Path, *, scores: Path | None = None, frame: Path | None = None, kind: Kind = Kind.ORDINAL,
    criterion: str | None = None,
) -> Study:  # fmt: skip
    """Read and check. Raises `UsageError` naming file, row and rule.

    `labels`: `item_id, reviewer, value` and maybe `stratum, probability, cluster, corrected_at` (the latest of an item
    and reviewer counts), `criterion` (other criteria are left out); `scores`: `item_id, judge, value`, maybe
    `probability, criterion`; `frame`: `stratum, size`.
    """
    said = _of_criterion(_read(labels, ("item_id", "reviewer", "value")), labels, criterion)
    notes: list[str] = []
    unclear = said["value"].str.strip().str.casefold().isin(CANNOT_TELL)
    if unclear.any():
        notes.append(f"{int(unclear.sum())} labels say that it cannot be told; they are left out")
    said = said[~unclear]
    if said.empty:
        raise UsageError(f"{labels.name} has no label with a value")
    scale = scale_of(said["value"], kind)
    said = said.assign(number=_numbers(said["value"], scale, labels.name))
    said = _latest(said, labels.name)
    sizes = None if frame is None else _sizes(frame)
    judges: tuple[Judged, ...] = ()
    if scores is not None:
        judged = _of_criterion(_read(scores, ("item_id", "judge", "value")), scores, criterion)
        judges = tuple(
            _judged(str(name), rows, scale, scores.name) for name, rows in judged.groupby("judge", sort=True)
        )
    table, sizes, more = _weighted(said, sizes, labels.name)
    return Study(table, judges, scale, sizes, (*notes, *more))


def _read(path: Path, needed: tuple[str, ...]) -> pd.DataFrame:
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise UsageError(f"there is no file {path.name}") from error
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise UsageError(f"{path.name} cannot be read as CSV ({type(error).__name__})") from error
    missing = [name for name in needed if name not in table.columns]
    if missing:
        raise UsageError(f"{path.name} lacks {' and '.join(missing)}; it needs {', '.join(needed)}")
    table = table.assign(row=np.arange(len(table)) + _FIRST_ROW)
    for name in needed[:2]:
        empty = table["row"][table[name].str.strip() == ""]
        if len(empty):
            raise UsageError(f"{path.name} row {empty.iloc[0]}: {name} is empty")
    return table


def _of_criterion(table: pd.DataFrame, path: Path, criterion: str | None) -> pd.DataFrame:
    if "criterion" not in table or criterion is None:
        return table
    kept = table[table["criterion"].str.strip() == criterion]
    if kept.empty:
        names = ", ".join(sorted(table["criterion"].unique())[:10])
        raise UsageError(f"{path.name} has no row of the criterion asked for; it has {names}")
    return kept


def _numbers(written: pd.Series, scale: Scale, name: str) -> list[float]:
    """Values of people as numbers: one that is not on the scale is an error, it may be a slip of the pen."""
    found = []
    for row, value in zip(written.index + _FIRST_ROW, written, strict=True):
        said = number(value, scale.kind, scale.names)
        if said is None:
            allowed = {"ordinal": "a number", "binary": "yes or no", "nominal": "a category"}[scale.kind.value]
            raise UsageError(f"{name} row {row}: the value is not {allowed}")
        found.append(said)
    return found


def _latest(said: pd.DataFrame, name: str) -> pd.DataFrame:
    """One row per item and reviewer. Two are allowed only where `corrected_at` says which came later."""
    twice = said.duplicated(["item_id", "reviewer"], keep=False)
    if not twice.any():
        return said
    at = said["corrected_at"] if "corrected_at" in said else pd.Series("", index=said.index)
    if said.assign(at=at).duplicated(["item_id", "reviewer", "at"], keep="first").any():
        row = said["row"][said.assign(at=at).duplicated(["item_id", "reviewer", "at"], keep="first")].iloc[0]
        raise UsageError(
            f"{name} row {row}: this reviewer labelled the item before; a correction needs a later corrected_at"
        )
    moments = pd.to_datetime(at.where(at != ""), utc=True, format="ISO8601", errors="coerce")
    unread = said["row"][moments.isna() & (at != "")]
    if len(unread):
        raise UsageError(f"{name} row {unread.iloc[0]}: corrected_at is not an ISO 8601 time")
    ordered = said.assign(moment=moments).sort_values("moment", na_position="first", kind="stable")
    return ordered.drop_duplicates(["item_id", "reviewer"], keep="last").sort_index().drop(columns="moment")


def _sizes(path: Path) -> dict[str, float]:
    table = _read(path, ("stratum", "size"))
    sizes: dict[str, float] = {}
    for row, stratum, written in zip(table["row"], table["stratum"], table["size"], strict=True):
        size = number(written, Kind.ORDINAL)
        if size is None or size < 0 or not size.is_integer():
            raise UsageError(f"{path.name} row {row}: size is not a whole number from 0")
        if stratum in sizes:
            raise UsageError(f"{path.name} row {row}: the stratum is listed twice")
        sizes[stratum] = size
    return sizes


def _judged(name: str, rows: pd.DataFrame, scale: Scale, file: str) -> Judged:
    values = [scale.number(value) for value in rows["value"]]
    read = pd.DataFrame({"item": rows["item_id"].to_numpy(), "value": pd.array(values, dtype="Float64")})
    if "probability" in rows:
        chances = [number(text, Kind.ORDINAL) if text.strip() else None for text in rows["probability"]]
        for row, text, chance in zip(rows["row"], rows["probability"], chances, strict=True):
            if text.strip() and (chance is None or not 0 <= chance <= 1):
                raise UsageError(f"{file} row {row}: probability is not between 0 and 1")
        read["probability"] = pd.array(chances, dtype="Float64")
    unparsable = int(read["value"].isna().sum())
    kept = read.dropna(subset=["value"]).astype({"value": float}).reset_index(drop=True)
    return Judged(name, kept, unparsable)


def _weighted(
    said: pd.DataFrame, sizes: dict[str, float] | None, name: str
) -> tuple[pd.DataFrame, dict[str, float] | None, list[str]]:
    """Labels with weight, stratum and cluster; the sizes that the weights stand for; what was left out, in words."""
    empty = pd.Series("", index=said.index)
    stratum: pd.Series = said.get("stratum", empty)
    _one_per_item(said, stratum, name, "stratum")
    known = "probability" in said and bool((said["probability"].str.strip() != "").any())
    if known:
        weight = 1 / _probabilities(said, name)
    items = said.assign(stratum=stratum).drop_duplicates("item_id").groupby("stratum").size()
    notes: list[str] = []
    if sizes is not None:
        unknown = said["row"][~stratum.isin(list(sizes))]
        if len(unknown):
            raise UsageError(f"{name} row {unknown.iloc[0]}: its stratum is not in the frame")
        for one, drawn in items.items():
            if drawn > sizes[str(one)]:
                raise UsageError(
                    f"the frame says that a stratum has {sizes[str(one)]:.0f} units, but {drawn} are labelled"
                )
        bare = [one for one, size in sizes.items() if size and one not in items.index]
        if bare:
            notes.append(f"{len(bare)} strata of the frame have no label; figures are of the others")
        sizes = {one: size for one, size in sizes.items() if one in items.index}
        weight = weight if known else stratum.map({one: size / items[one] for one, size in sizes.items()})
    elif known:
        firsts = said.assign(stratum=stratum, weight=weight).drop_duplicates("item_id")
        sizes = {str(one): float(total) for one, total in firsts.groupby("stratum")["weight"].sum().items()}
    else:
        weight = pd.Series(1.0, index=said.index)
    cluster = said["cluster"].where(said["cluster"] != "", said["item_id"]) if "cluster" in said else said["item_id"]
    table = pd.DataFrame({
        "item": said["item_id"], "reviewer": said["reviewer"].str.strip(), "value": said["number"], "weight": weight,
        "stratum": stratum, "cluster": cluster,
    })  # fmt: skip
    return table.reset_index(drop=True), sizes, notes


def _probabilities(said: pd.DataFrame, name: str) -> pd.Series:
    chances = []
    for row, text in zip(said["row"], said["probability"], strict=True):
        chance = number(text, Kind.ORDINAL)
        if chance is None or not 0 < chance <= 1:
            raise UsageError(f"{name} row {row}: probability is not above 0 and at most 1")
        chances.append(chance)
    _one_per_item(said, pd.Series(chances, index=said.index), name, "probability")
    return pd.Series(chances, index=said.index)


def _one_per_item(said: pd.DataFrame, values: pd.Series, name: str, what: str) -> None:
    first = values.groupby(said["item_id"]).transform("first")
    other = said["row"][values != first]
    if len(other):
        raise UsageError(f"{name} row {other.iloc[0]}: the item has another {what} in an earlier row")
