"""What a home holds for a calibration: labels of the ledger's samples beside what judges said of the same traffic."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pandas as pd
import sqlalchemy as sa

from review import weeks
from review.calibration.mapping import Mapped, mapped
from review.calibration.scale import Kind, Scale, ordinal
from review.calibration.study import Judged, Study
from review.criteria import Criterion
from review.criteria import Scale as Asked
from review.label_frame import current, label_frame
from review.scales import criterion_of
from storage.ledger_database import Database, our_errors
from storage.review_tables import sample_items, samples

_HERE = Path(__file__).parent
_FAMILY = re.compile(r"[a-z]+")
_JUDGEMENT = (
    "item", "judge_name", "judge_model", "judge_version", "name", "value", "label", "yes", "start_ts", "cluster",
    "app", "app_version", "model", "prompt", "retrieval", "words",
)  # fmt: skip
_S = 1_000_000_000
ENOUGH_LABELLED = 0.5
"""Share of a drawn sample that must be labelled before it counts: a few early labels would stand for a whole week."""
_EVER = (dt.datetime(1970, 1, 1, tzinfo=dt.UTC), dt.datetime(2200, 1, 1, tzinfo=dt.UTC))


class Warehouse(Protocol):
    """What reading judgements needs of `storage.warehouse`."""

    def frame(self, sql: str, **params: Any) -> pd.DataFrame: ...


@dataclass(frozen=True, slots=True, eq=False)
class Reviewed:
    """One criterion of one rubric version with its labels and judges.

    `judged`: a row per trace and judge with `item, week, judge, value, start_ts, cluster, app, app_version, model,
    prompt, retrieval, words, own_family`; `units`: a row per trace of the windows, without what is a judge's.
    """

    rubric: str
    rubric_version: int
    criterion: Criterion
    study: Study
    weeks: tuple[str, ...]
    judged: pd.DataFrame
    units: pd.DataFrame


def reviewed(
    database: Database, warehouse: Warehouse, *, rules: Mapping[str, Mapped] | None = None, last_weeks: int = 8
) -> tuple[Reviewed, ...]:
    """Every criterion that has labels in the latest `last_weeks` sampled weeks, in the rubrics' order.

    `rules` say which score of a judge is which criterion, and how its scale turns into the rubric's; without a rule a
    score of the same name is taken as it is. Items that somebody picked, second looks, labels that were not blind, and
    "cannot tell" are left out; the last two are counted in the study's notes.
    """
    labels = current(label_frame(database))
    labels = labels[(labels["unit"] == "trace") & ~labels["hand_picked"].astype(bool)]
    if labels.empty:
        return ()
    windows = _windows(database, labels["sample"].unique())
    done = _labelled_shares(database, labels)
    waiting = [
        f"sample {name} is left out until half of it is labelled ({share:.0%} so far)"
        for name, share in sorted(done.items())
        if share < ENOUGH_LABELLED
    ]
    windows = {sample: at for sample, at in windows.items() if done.get(sample, 1.0) >= ENOUGH_LABELLED}
    if not windows:
        return ()
    kept = sorted({week for week, _, _ in windows.values()})[-last_weeks:]
    windows = {sample: at for sample, at in windows.items() if at[0] in kept}
    labels = labels[labels["sample"].isin(list(windows))]
    since, until = min(at[1] for at in windows.values()), max(at[2] for at in windows.values())
    said = _in_weeks(_judgements(warehouse, since, until), labels, windows)
    units = said.drop_duplicates("item").drop(
        columns=["judge_name", "judge_model", "judge_version", "name", "value", "label", "yes"]
    )
    said = said.dropna(subset=["name"])
    made = []
    for (rubric, version, name), rows in labels.groupby(["rubric", "rubric_version", "criterion"], sort=False):
        criterion = criterion_of(str(name), str(rows["scale"].iloc[0]))
        scale = None if criterion is None else scale_of_criterion(criterion)
        if criterion is None or scale is None:
            continue
        judged, judges = _judges(said, str(name), scale, rules or {})
        study = _study(rows, judges, scale, windows, waiting)
        made.append(Reviewed(str(rubric), int(str(version)), criterion, study, tuple(kept), judged, units))
    return tuple(made)


def scale_of_criterion(criterion: Criterion) -> Scale | None:
    """The criterion's scale for figures; None for free text and lists of categories."""
    match criterion.scale:
        case Asked.YES_NO:
            return Scale(Kind.BINARY, (0.0, 1.0), ("no", "yes"), 1.0, declared=True)
        case Asked.INTEGER:
            return ordinal([float(value) for value in criterion.values], declared=True)
        case Asked.CATEGORY:
            places = tuple(float(place) for place in range(len(criterion.categories)))
            return Scale(Kind.NOMINAL, places, criterion.categories, None, declared=True)
        case _:
            return None


def _windows(database: Database, wanted: Iterable[str]) -> dict[str, tuple[str, dt.datetime, dt.datetime]]:
    """Sample to its ISO week and the window of its traffic; one without a window is a week of its own, by its name."""
    asked = sa.select(samples.c.id, samples.c.week, samples.c.since, samples.c.until)
    with our_errors("being read"), database.reading() as connection:
        rows = connection.execute(asked.where(samples.c.id.in_(list(wanted)))).all()
    found = {}
    for sample, week, since, until in rows:
        if since is None or until is None:
            found[sample] = (sample, *_EVER) if week is None else (week, *weeks.window(week))
        else:
            found[sample] = (week or weeks.week_of(since), since, until)
    return found


def _labelled_shares(database: Database, labels: pd.DataFrame) -> dict[str, float]:
    """Sample to the share of its drawn items that somebody labelled; imported ones hold only what was labelled."""
    asked = (
        sa.select(samples.c.id, sa.func.count())
        .join(sample_items, sample_items.c.sample == samples.c.id)
        .where(samples.c.source == "drawn", sample_items.c.hand_picked.is_(False))
        .group_by(samples.c.id)
    )
    with our_errors("being read"), database.reading() as connection:
        drawn = {str(name): int(items) for name, items in connection.execute(asked)}
    seen = labels.groupby("sample")["item"].nunique()
    return {str(name): float(items) / drawn[str(name)] for name, items in seen.items() if str(name) in drawn}


def _in_weeks(
    said: pd.DataFrame, labels: pd.DataFrame, windows: Mapping[str, tuple[str, dt.datetime, dt.datetime]]
) -> pd.DataFrame:
    """The traffic of the sampled weeks, with its `week`; of a sample without a window, its own items."""
    week = said["start_ts"].dt.strftime("%G-W%V")
    alone = [sample for sample, at in windows.items() if at[1:] == _EVER]
    if alone:
        own = labels[labels["sample"].isin(alone)].drop_duplicates("item").set_index("item")["sample"]
        week = said["item"].map(own).fillna(week)
    inside: pd.DataFrame = said.assign(week=week)[week.isin({at[0] for at in windows.values()})]
    return inside


def _judgements(warehouse: Warehouse, since: dt.datetime, until: dt.datetime) -> pd.DataFrame:
    asked = (_HERE / "judgements.sql").read_text()
    bounds = {name: int(at.timestamp()) * _S for name, at in (("since_ns", since), ("until_ns", until))}
    found = warehouse.frame(asked, **bounds).reindex(columns=_JUDGEMENT)  # rows alone, of none, have no columns
    return found.assign(start_ts=pd.to_datetime(found["start_ts"], format="ISO8601"))  # text, when a shell asks


def _judges(
    said: pd.DataFrame, criterion: str, scale: Scale, rules: Mapping[str, Mapped]
) -> tuple[pd.DataFrame, tuple[Judged, ...]]:
    """The judges that score this criterion, with what could not be read counted apart."""
    fits = [
        criterion in mapped(judge, name, rules).criteria
        for judge, name in zip(said["judge_name"], said["name"], strict=True)
    ]
    chosen = said[pd.Series(fits, index=said.index, dtype=bool)]
    parts, judges = [], []
    for (name, model, version, score), rows in chosen.groupby(["judge_name", "judge_model", "judge_version", "name"]):
        rule = mapped(str(name), str(score), rules)
        title = " · ".join(part for part in (str(name), str(version), str(model)) if part) or "unnamed judge"
        values = pd.Series(
            [
                rule.read(value, label=label, yes=yes, scale=scale)
                for value, label, yes in zip(rows["value"], rows["label"], rows["yes"], strict=True)
            ],
            index=rows.index,
            dtype="Float64",
        )
        read = values.notna()
        judges.append(
            Judged(
                title,
                pd.DataFrame({"item": rows.loc[read, "item"].to_numpy(str), "value": values[read].to_numpy(float)}),
                int((~read).sum()),
            )
        )
        parts.append(
            rows.loc[read].assign(
                judge=title,
                value=values[read].astype(float),
                own_family=_same_family(rows.loc[read, "model"], str(model)),
            )
        )
    judged = pd.concat(parts, ignore_index=True) if parts else said.head(0).assign(judge="", own_family=None)
    return judged, tuple(judges)


def _study(
    rows: pd.DataFrame,
    judges: tuple[Judged, ...],
    scale: Scale,
    windows: Mapping[str, tuple[str, dt.datetime, dt.datetime]],
    waiting: Iterable[str],
) -> Study:
    notes = [*waiting]
    for column, what in (("cannot_tell", "say that it cannot be told"), ("blind", "were given after seeing the judge")):
        out = rows[column].astype(bool) if column == "cannot_tell" else ~rows[column].astype(bool)
        if out.any():
            notes.append(f"{int(out.sum())} labels {what}; they are left out")
        rows = rows[~out]
    week = rows["sample"].map({sample: at[0] for sample, at in windows.items()})
    part = rows["stratum"].fillna("")
    stratum = week + " " + part
    per_item = rows.assign(key=stratum).drop_duplicates(["sample", "item"])
    drawn = per_item.groupby("key").size()
    known = per_item.groupby("key")["stratum_size"].first()
    chances = per_item.groupby("key")["probability"].apply(lambda given: float((1 / pd.to_numeric(given)).sum()))
    sizes = {str(key): float(known[key]) if pd.notna(known[key]) else float(chances[key]) for key in drawn.index}
    table = pd.DataFrame({
        "item": rows["item"].astype(str), "reviewer": rows["reviewer"].astype(str),
        "value": [scale.number(value) for value in rows["value"]], "stratum": stratum, "part": part,
        "weight": stratum.map({key: sizes[str(key)] / count for key, count in drawn.items()}),
        "cluster": rows["session"].fillna(rows["item"]).astype(str), "week": week,
    })  # fmt: skip
    table = table.dropna(subset=["value"]).drop_duplicates(["item", "reviewer"], keep="last").reset_index(drop=True)
    return Study(table.astype({"value": float, "weight": float}), judges, scale, sizes, tuple(notes))


def _same_family(models: pd.Series, judge_model: str) -> pd.Series:
    own = family(judge_model)
    return pd.Series(
        [None if own is None or family(one) is None else family(one) == own for one in models],
        index=models.index,
        dtype=object,
    )


def family(model: str) -> str | None:
    """`gpt` of gpt-4o-2024-11-20, `claude` of anthropic/claude-haiku-4-5; None when the name has no letters first."""
    found = _FAMILY.match(model.rpartition("/")[2].casefold())
    return found[0] if found else None
