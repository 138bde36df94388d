"""Disagreements of judge and people as material for a better judge prompt; held-out items are never among them."""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import pandas as pd
import sqlalchemy as sa

from errors import UsageError
from review.adjudication import gold, typed
from review.calibration.anchor_set import newest
from review.calibration.confusion import nearest
from review.calibration.few_shot import Taken, name_of, remember
from review.calibration.held_out import Split, hold_out, split_of
from review.calibration.scorecard import Row, disagreements
from review.exchange.gold import Ask, item_texts
from review.label_frame import items_to_come
from storage.ledger_database import Database, our_errors
from storage.review_tables import sample_items, submissions, withdrawals

_NO_LIMIT = 1_000_000_000
_NAMED_IN_A_REFUSAL = 5
_EXPLANATIONS = """SELECT trace_id, arg_max(explanation, {'at': coalesce(updated_at, created_at), 'id': id}) AS why
FROM scores WHERE source = 'judge' AND coalesce(judge_name, '') = $judge AND coalesce(judge_version, '') = $version
AND coalesce(judge_model, '') = $model AND name = $score AND trace_id IN (SELECT unnest($items)) GROUP BY trace_id"""


@dataclass(frozen=True, slots=True, eq=False)
class ToRead:
    """`table`: `item, human, judge, apart, reviewers, explanation, comments`, farthest apart first.

    `held_out`: items kept back to grade the next prompt, by the split or as anchors; `is_split` says whether there is
    one. `may_come`: items that the reader may still be asked to label.
    """

    table: pd.DataFrame
    held_out: int
    may_come: int
    is_split: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which examples: these items, or the `most` worst disagreements."""

    most: int = 20
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Exported:
    """Examples as objects of JSON; `number` of the export; `undecided`: passed over, for people differ on them."""

    lines: list[dict[str, object]]
    number: int
    chosen_from: int
    undecided: int


def to_read(database: Database, ask: Ask, row: Row, *, reader: str, rows: int = 50) -> ToRead:
    """The worst disagreements that `reader` may see, with the judge's explanation and the reviewers' comments."""
    split = split_of(database, row.reviewed.rubric, row.reviewed.criterion.name)
    held_out = kept_back(row, split) | _anchors(database, row)
    coming = {item for _, item in items_to_come(database, reader)}
    table = disagreements(row, without=held_out | coming, rows=rows)
    labelled = set(row.reviewed.study.labels["item"])
    return ToRead(
        table.assign(
            explanation=table["item"].map(_explanations(ask, row, table["item"])),
            comments=table["item"].map(_comments(database, row, table["item"])),
        ),
        len(held_out), len(labelled & coming - held_out), split is not None,
    )  # fmt: skip


def compared(row: Row) -> pd.DataFrame:
    """Every label of an item that the judge scored: `item, week, part, human, judge` (names of levels), and in points
    `people` (the item's mean), `said` (the judge's own), `apart`; farthest apart first."""
    study, scale = row.reviewed.study, row.reviewed.study.scale
    items = disagreements(row, rows=_NO_LIMIT).set_index("item")
    labels = study.labels[study.labels["item"].isin(items.index)]
    of_item = items.loc[labels["item"]]
    found = pd.DataFrame({
        "item": labels["item"].to_numpy(), "week": labels["week"].to_numpy() if "week" in labels else "",
        "part": labels[study.part].to_numpy(),
        "human": [scale.names[place] for place in nearest(labels["value"].to_numpy(float), scale)],
        "judge": [scale.names[place] for place in nearest(of_item["judge"].to_numpy(float), scale)],
        "people": of_item["human"].to_numpy(), "said": of_item["judge"].to_numpy(),
        "apart": of_item["apart"].to_numpy(),
    })  # fmt: skip
    return found.loc[found["apart"].abs().sort_values(ascending=False, kind="stable").index].reset_index(drop=True)


def not_to_read(database: Database, row: Row, *, reader: str) -> set[str]:
    """Items whose labels `reader` may not see here: held out or frozen as anchors, or still to be labelled by them."""
    split = split_of(database, row.reviewed.rubric, row.reviewed.criterion.name)
    coming = {item for _, item in items_to_come(database, reader)}
    return kept_back(row, split) | _anchors(database, row) | coming


def kept_back(row: Row, split: Split | None) -> set[str]:
    """Labelled items that the split holds out, by the conversation that they are of."""
    if split is None:
        return set()
    labels, units = row.reviewed.study.labels.drop_duplicates("item"), row.reviewed.units
    clusters = labels["item"].map(units.set_index("item")["cluster"]).fillna(labels["cluster"])
    return {item for item, cluster in zip(labels["item"], clusters, strict=True) if split.holds_out(cluster)}


def export_examples(database: Database, ask: Ask, row: Row, wanted: Wanted, *, by: str, now: dt.datetime) -> Exported:
    """Take out open disagreements, worst first, and remember what the judge's next prompt may have seen.

    An item counts where one answer stands: of one person, of all alike, or decided. Draws the held-out split where
    there is none yet. Raises `UsageError` for an item that is held out, not labelled, or still to be labelled by `by`;
    `NotAllowed` when `by` may not export.
    """
    of, judged, items = row.reviewed, row.judged.judge, wanted.items
    split = hold_out(database, of.rubric, of.criterion.name, by=by, now=now)
    held_out, coming = (
        kept_back(row, split) | _anchors(database, row),
        {item for _, item in items_to_come(database, by)},
    )
    open_items = disagreements(row, without=held_out | coming, rows=_NO_LIMIT)
    stands = gold(database)
    stands = stands[(stands["rubric"] == of.rubric) & (stands["criterion"] == of.criterion.name)]
    stands = stands[~stands["cannot_tell"].astype(bool)].drop_duplicates("item", keep="last").set_index("item")
    _refuse(items, "held out: they grade the next prompt, so none becomes an example", held_out)
    _refuse(items, "still to be labelled by who asks", coming)
    _refuse(items, "not scored by this judge and labelled", set(items) - set(open_items["item"]))
    _refuse(items, "without an answer that stands: people differ and nobody decided", set(items) - set(stands.index))
    settled = open_items[open_items["item"].isin(stands.index)]
    picked = settled[settled["item"].isin(list(items))] if items else settled[settled["apart"] != 0].head(wanted.most)
    titles = _versioned(of.judged, judged)
    number = remember(
        database,
        Taken(of.rubric, of.rubric_version, of.criterion.name, judged, titles, frozenset(open_items["item"]),
              frozenset(picked["item"])),
        by=by, now=now,
    )  # fmt: skip
    lines = _lines(database, ask, row, picked, stands)
    return Exported(lines, number, len(open_items), len(open_items) - len(settled))


def _lines(
    database: Database, ask: Ask, row: Row, picked: pd.DataFrame, stands: pd.DataFrame
) -> list[dict[str, object]]:
    """One object per example. Reviewers are not named."""
    why, comments = _explanations(ask, row, picked["item"]), _comments(database, row, picked["item"])
    texts = item_texts(picked[["item"]].assign(unit="trace"), ask)
    lines: list[dict[str, object]] = []
    for (item, said, apart), text in zip(
        picked[["item", "judge", "apart"]].itertuples(index=False, name=None), texts, strict=True
    ):
        answer = stands.loc[item]
        lines.append({
            "item": item, "criterion": row.reviewed.criterion.name,
            "rubric": f"{row.reviewed.rubric} v{row.reviewed.rubric_version}", **text,
            "label": typed(answer["scale"], answer["value"]), "basis": answer["basis"], "judge": row.judged.judge,
            "judge_said": float(said), "judge_less_people": round(float(apart), 6),
            "judge_explanation": why.get(item), "comments": comments.get(item),
        })  # fmt: skip
    return lines


def _anchors(database: Database, row: Row) -> set[str]:
    anchors = newest(database, row.reviewed.rubric, row.reviewed.criterion.name)
    return set() if anchors is None else set(anchors.items) & set(row.reviewed.study.labels["item"])


def _versioned(judged: pd.DataFrame, title: str) -> tuple[str, ...]:
    """Titles of this judge's versions that have scored already; those that say no version are not told apart."""
    own = judged[(judged["judge"].map(name_of) == name_of(title)) & (judged["judge_version"].fillna("") != "")]
    return tuple(sorted(own["judge"].unique()))


def _explanations(ask: Ask, row: Row, items: Iterable[str]) -> dict[str, str]:
    """Item to the latest explanation of this judge."""
    listed = list(items)
    own = row.reviewed.judged[row.reviewed.judged["judge"] == row.judged.judge]
    if own.empty or not listed:
        return {}
    first = own.iloc[0]
    asked = {"judge": first["judge_name"], "version": first["judge_version"], "model": first["judge_model"],
             "score": first["name"], "items": listed}  # fmt: skip
    found = ask(_EXPLANATIONS, **asked)
    return {} if found.empty else dict(found.dropna(subset=["why"])[["trace_id", "why"]].itertuples(index=False))


def _comments(database: Database, row: Row, items: Iterable[str]) -> dict[str, str]:
    """Item to what reviewers wrote about it, without who wrote it."""
    g = submissions.c
    asked = (
        sa.select(sample_items.c.target, g.comment)
        .join_from(submissions, sample_items)
        .where(
            sample_items.c.target.in_(list(items)), g.rubric == row.reviewed.rubric, g.comment.is_not(None),
            g.comment != "", ~sa.exists().where(withdrawals.c.submission == g.id),
        )
        .order_by(g.at, g.id)
    )  # fmt: skip
    found: dict[str, list[str]] = {}
    with our_errors("being read"), database.reading() as connection:
        for item, comment in connection.execute(asked):
            found.setdefault(item, []).append(comment)
    return {item: " | ".join(dict.fromkeys(said)) for item, said in found.items()}


def _refuse(asked: Collection[str], why: str, refused: Collection[str]) -> None:
    named = [item for item in asked if item in refused]
    if named:
        listed = ", ".join(named[:_NAMED_IN_A_REFUSAL])
        raise UsageError(f"{len(named)} of the items asked for are {why}: {listed}")
