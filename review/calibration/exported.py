"""A calibration from the labels that `benchbook labels export` printed: the study that the pages make of the ledger."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from errors import UsageError
from review.calibration.drawn_from import exported_from
from review.calibration.reviewed import ENOUGH_LABELLED, LAST_WEEKS, left_out, scale_of_criterion, study_of
from review.calibration.study import Study
from review.calibration.tables import decimal, read_table, refuse
from review.exchange.cells import as_meant
from review.label_frame import COLUMNS, current
from review.rubric.scales import criterion_of

_FLAGS = ("hand_picked", "cannot_tell", "blind", "again")
_NUMBERS = ("stratum_size", "stratum_drawn", "probability", "rubric_version")


@dataclass(frozen=True, eq=False)
class ExportedStudy(Study):
    """The study, and the name of its criterion."""

    criterion: str = ""


def is_export(columns: Collection[str]) -> bool:
    """Whether a file with these columns is an export of labels."""
    return "item_id" not in columns and {*COLUMNS} <= {*columns}


def study_of_export(path: Path, criterion: str | None) -> ExportedStudy:
    """The study of one criterion, without judges: of its newest rubric version, the latest eight weeks.

    Raises `UsageError` naming file, row and rule.
    """
    labels = _read(path)
    labels = labels[(labels["unit"] == "trace") & ~labels["hand_picked"]]
    labels, notes = _half_labelled(labels)
    labels = current(labels[labels["scale"] != "text"].sort_values(["labelled_at", "submission"]))
    found = sorted(labels["criterion"].unique())
    if criterion is None and len(found) > 1:
        raise UsageError(f"{path.name} has {len(found)} criteria; choose one with --criterion: {', '.join(found[:10])}")
    labels = labels[labels["criterion"] == (criterion or (found or [""])[0])]
    if labels.empty:
        raise UsageError(f"{path.name} has no label of that criterion on a drawn trace")
    if labels["rubric"].nunique() > 1:
        raise UsageError(f"{path.name} has this criterion in several rubrics; export one sample at a time")
    if (labels["rubric_version"] != labels["rubric_version"].max()).any():
        labels = labels[labels["rubric_version"] == labels["rubric_version"].max()]
        notes.append(
            f"labels by earlier versions than {labels['rubric_version'].iloc[0]:.0f} of the rubric are left out"
        )
    weeks = labels["week"].where(labels["week"] != "", labels["sample"])
    kept = sorted(weeks.unique())[-LAST_WEEKS:]
    if len(kept) < weeks.nunique():
        notes.append(f"labels before {kept[0]} are left out")
    labels = labels[weeks.isin(kept)]
    name = str(labels["criterion"].iloc[0])
    asked = criterion_of(name, str(labels["scale"].iloc[0]))
    scale = None if asked is None else scale_of_criterion(asked)
    if scale is None:
        raise UsageError(f"{path.name}: that criterion has a scale that no judge can be compared on")
    frames = exported_from(labels, dict(zip(labels["sample"], weeks[weeks.isin(kept)], strict=True)))
    made = study_of(labels, (), scale, frames, notes)
    if made.labels.empty:
        raise UsageError(f"{path.name} has no label with a value")
    return ExportedStudy(made.labels, (), scale, made.sizes, made.notes, made.seen, made.shown, criterion=name)


def _half_labelled(labels: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Without samples of which less than half is labelled, as on the pages, and notes that say so; all where none is.

    An export holds what was labelled: a stratum without any label is not seen, nor what an import was drawn from.
    """
    drawn = labels.drop_duplicates(["sample", "stratum"]).groupby("sample")["stratum_drawn"].sum(min_count=1)
    shares = (labels[~labels["again"]].groupby("sample")["item"].nunique() / drawn).dropna()
    waiting = shares[shares < ENOUGH_LABELLED]
    is_waiting = labels["sample"].isin(waiting.index)
    if is_waiting.all():
        return labels, [f"sample {name} is not half labelled ({share:.0%} so far)" for name, share in waiting.items()]
    return labels[~is_waiting], [left_out(str(name), share) for name, share in waiting.items()]


def _read(path: Path) -> pd.DataFrame:
    table = read_table(path, COLUMNS)
    table = table.assign(**{name: table[name].map(as_meant) for name in COLUMNS})
    for name in ("sample", "item", "reviewer", "criterion", "scale"):
        refuse(table, table[name] == "", path.name, f"{name} is empty")
    for name in _FLAGS:
        refuse(table, ~table[name].isin(["true", "false"]), path.name, f"{name} is not true or false")
        table[name] = table[name] == "true"
    for name in _NUMBERS:
        numbers = pd.Series([decimal(text) for text in table[name]], index=table.index, dtype=float)
        refuse(table, numbers.isna() & (table[name] != ""), path.name, f"{name} is not a number")
        table[name] = numbers
    drawn = ~table["hand_picked"]
    is_chance = (table["probability"] > 0) & (table["probability"] <= 1)
    refuse(table, drawn & ~is_chance, path.name, "probability is not above 0 and at most 1")
    refuse(table, ~(table["stratum_size"].isna() | (table["stratum_size"] >= 1)), path.name, "stratum_size is below 1")
    refuse(table, table["rubric_version"].isna(), path.name, "rubric_version is empty")
    return table.assign(session=table["session"].where(table["session"] != "", None))
