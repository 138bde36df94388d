"""A frozen set that judges score again and again: the items stay, so whatever changes is the judge.

A drift of weekly figures may be the judge's or the application's. Here the application cannot have changed. Each
judging must come in as a score of its own, with its own id; a score that updates an earlier one replaces it.
"""

import datetime as dt
import math
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import sqlalchemy as sa
from scipy import stats

from errors import UsageError
from review import audit, people
from review.adjudication import gold
from review.calibration.confusion import nearest
from review.calibration.few_shot import written_items
from review.calibration.mapping import Mapped, mapped
from review.calibration.reviewed import Reviewed
from review.calibration.scale import Kind, Scale
from storage.ledger_database import Database, our_errors, take_turns
from storage.review_tables import anchor_items, anchor_sets

ITEMS = 50
FALSE_ALARM = 0.05
"""Over all looks at one judge together."""
_COLUMNS = ["round", "week", "items", "flips", "flip_rate", "flip_low", "flip_high", "change", "low", "high"]
_SCORES = """SELECT trace_id AS item, value, label, bool AS yes, coalesce(updated_at, created_at) AS moment
FROM scores WHERE source = 'judge' AND target_level = 'trace' AND NOT coalesce(is_expectation, false)
AND coalesce(judge_name, '') = $judge AND coalesce(judge_version, '') = $version AND coalesce(judge_model, '') = $model
AND coalesce(name, '') = $score AND trace_id IN (SELECT unnest($items)) ORDER BY moment, last_sequence, id"""


@dataclass(frozen=True, slots=True)
class AnchorSet:
    """`items`: trace to the answer that stood when the set was frozen, as written."""

    number: int
    at: dt.datetime
    by: str
    items: Mapping[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Rejudged:
    """`table`: a row per round of judging again, `round, week, items, flips, flip_rate` (share whose level changed)
    with Wilson's 95% interval, and `change` in points from the first score with an interval that may be looked at each
    round (None of categories). `lacks` says what is missing where the table is empty."""

    table: pd.DataFrame
    lacks: str = ""

    @property
    def moved(self) -> bool:
        """Whether some round's interval leaves no change out."""
        known = self.table.dropna(subset=["low", "high"])
        return bool(((known["low"] > 0) | (known["high"] < 0)).any())


def freeze(database: Database, of: Reviewed, *, by: str, now: dt.datetime, items: int = ITEMS) -> AnchorSet:
    """Draw that many labelled items whose answer stands and freeze them; the newest set of a criterion counts.

    Items that were written out as examples for a prompt are left out: a prompt that holds the answer does not drift.
    Raises `UsageError` when there are fewer; `NotAllowed` when `by` may not draw samples.
    """
    with our_errors("being read"), database.reading() as connection:
        people.require(connection, by, people.Right.DRAW)
    stands = gold(database)
    labelled = stands["item"].isin(of.study.labels["item"]) & ~stands["cannot_tell"].astype(bool)
    wanted = labelled & (stands["rubric"] == of.rubric) & (stands["criterion"] == of.criterion.name)
    values = stands[wanted].drop_duplicates("item", keep="last").set_index("item")["value"]
    values = values[~values.index.isin(list(written_items(database)))].sort_index()
    if len(values) < items:
        raise UsageError(f"{items} items are asked for; {len(values)} are labelled, settled and in no judge's prompt")
    seed = secrets.randbits(62)
    drawn = values.iloc[np.sort(np.random.default_rng(seed).choice(len(values), items, replace=False))]
    with our_errors("freezing an anchor set"), database.writing() as connection:
        take_turns(connection, anchor_sets.name)
        people.require(connection, by, people.Right.DRAW)
        row = {"at": now, "by": by, "rubric": of.rubric, "rubric_version": of.rubric_version,
               "criterion": of.criterion.name, "seed": seed}  # fmt: skip
        number = connection.execute(sa.insert(anchor_sets).returning(anchor_sets.c.id), [row]).scalar_one()
        listed = [{"anchor_set": number, "item": item, "value": value} for item, value in drawn.items()]
        connection.execute(sa.insert(anchor_items), listed)
        detail = {"criterion": of.criterion.name, "items": items}
        audit.record(connection, actor=by, action=audit.Action.ANCHORS_FROZEN, subject=str(number), detail=detail,
                     now=now)  # fmt: skip
    return AnchorSet(int(number), now, by, {str(item): str(value) for item, value in drawn.items()})


def newest(database: Database, rubric: str, criterion: str) -> AnchorSet | None:
    """The set that counts; None when none was frozen."""
    one = anchor_sets.c
    asked = sa.select(anchor_sets).where(one.rubric == rubric, one.criterion == criterion).order_by(one.id.desc())
    with our_errors("being read"), database.reading() as connection:
        row = connection.execute(asked.limit(1)).first()
        if row is None:
            return None
        of_set = sa.select(anchor_items).where(anchor_items.c.anchor_set == row.id).order_by(anchor_items.c.item)
        items = {found.item: found.value for found in connection.execute(of_set)}
    return AnchorSet(int(row.id), row.at, row.by, items)


def rejudged(
    ask: Callable[..., pd.DataFrame], of: Reviewed, judge: str, anchors: AnchorSet | None, rules: Mapping[str, Mapped]
) -> Rejudged:
    """How this judge's scores of the anchor items changed, round by round, against its first score of each."""
    nothing = pd.DataFrame(columns=_COLUMNS)
    if anchors is None:
        return Rejudged(nothing, "no anchor set is frozen for this criterion")
    own = of.judged[of.judged["judge"] == judge]
    if own.empty:
        return Rejudged(nothing, "this judge has scored nothing here")
    said = _scores(ask, own.iloc[0], of.study.scale, anchors, rules)
    if said.empty or said["round"].max() == 0:
        return Rejudged(nothing, "no anchor item was judged a second time by this judge")
    return Rejudged(changes(said, of.study.scale))


def changes(said: pd.DataFrame, scale: Scale) -> pd.DataFrame:
    """The table of `Rejudged` from `item, value, round` (0 is the first score) and `week`.

    The k-th round has a t interval at 1 - .05 / (k (k + 1)): all rounds together raise a false alarm in at most 5% of
    judges, however often one looks. Source: union bound; Student 1908; Wilson 1927.
    """
    first = said[said["round"] == 0].set_index("item")["value"]
    rows = []
    for number, found in said[said["round"] > 0].groupby("round"):
        before, after = first.reindex(found["item"]).to_numpy(float), found["value"].to_numpy(float)
        flips, items = int((nearest(before, scale) != nearest(after, scale)).sum()), len(found)
        bounds = stats.binomtest(flips, items).proportion_ci(method="wilson")
        confidence = 1 - FALSE_ALARM / (int(str(number)) * (int(str(number)) + 1))
        rows.append({
            "round": int(str(number)), "week": found["week"].max(), "items": items, "flips": flips,
            "flip_rate": flips / items, "flip_low": float(bounds.low), "flip_high": float(bounds.high),
            **_change(after - before, scale, confidence),
        })  # fmt: skip
    return pd.DataFrame(rows, columns=_COLUMNS)


def _change(apart: np.ndarray, scale: Scale, confidence: float) -> dict[str, float | None]:
    if scale.kind is Kind.NOMINAL or len(apart) < 2:
        return {"change": None, "low": None, "high": None}
    value = float(apart.mean())
    half = float(stats.t.ppf((1 + confidence) / 2, len(apart) - 1)) * float(apart.std(ddof=1)) / math.sqrt(len(apart))
    return {"change": value, "low": value - half, "high": value + half}


def _scores(
    ask: Callable[..., pd.DataFrame], judge: pd.Series, scale: Scale, anchors: AnchorSet, rules: Mapping[str, Mapped]
) -> pd.DataFrame:
    """Every readable score of the anchor items by this judge, in its order: `item, value, week, round`."""
    asked = {"judge": judge["judge_name"], "version": judge["judge_version"], "model": judge["judge_model"],
             "score": judge["name"]}  # fmt: skip
    found = ask(_SCORES, **asked, items=list(anchors.items))
    if found.empty:
        return pd.DataFrame(columns=["item", "value", "week", "round"])
    rule = mapped(asked["judge"], asked["score"], rules)
    values = [
        rule.read(value, label=label, yes=yes, scale=scale)
        for value, label, yes in zip(found["value"], found["label"], found["yes"], strict=True)
    ]
    week = pd.to_datetime(found["moment"], format="ISO8601").dt.strftime("%G-W%V")
    said = found[["item"]].assign(value=pd.array(values, dtype="Float64"), week=week).dropna(subset=["value"])
    return said.assign(value=said["value"].astype(float), round=said.groupby("item").cumcount())
