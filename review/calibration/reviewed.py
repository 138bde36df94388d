"""What a home holds for a calibration: labels of the ledger's samples beside what judges said of the same traffic."""

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd
import sqlalchemy as sa

from review.calibration.drawn_from import DrawnFrom, counted_once, drawn_from
from review.calibration.few_shot import BETWEEN, shown_to, unshown
from review.calibration.judgements import Traffic, Warehouse, judgements
from review.calibration.mapping import Mapped, mapped
from review.calibration.scale import Kind, Scale, ordinal
from review.calibration.study import BY_ITEM, Judged, Study, covered_in_words
from review.label_frame import current, label_frame
from review.rubric.criteria import Criterion
from review.rubric.criteria import Scale as Asked
from review.rubric.scales import criterion_of
from storage.ledger_database import Database, our_errors
from storage.review_tables import labels as label_table
from storage.review_tables import sample_items, samples, submissions, withdrawals

_FAMILY = re.compile(r"[a-z]+")
LAST_WEEKS = 8
"""Weeks of labels that a calibration is made from."""
EARLIER_WEEKS = 4
"""Weeks before them that the judge's weight is taken from."""
ENOUGH_LABELLED = 0.5
"""Share of a drawn sample that must be labelled before it counts: a few early labels would stand for a whole week."""
_COLUMNS = (
    "sample", "unit", "item", "session", "stratum", "stratum_size", "probability", "hand_picked", "reviewer", "rubric",
    "rubric_version", "criterion", "scale", "value", "cannot_tell", "blind", "again",
)  # fmt: skip
_EVER = (dt.datetime(1970, 1, 1, tzinfo=dt.UTC), dt.datetime(2200, 1, 1, tzinfo=dt.UTC))


@dataclass(frozen=True, slots=True, eq=False)
class Reviewed:
    """One criterion of one rubric version with its labels and judges.

    `judged`: a row per trace and judge with `item, week, value, judge` (its title) `, judge_name, judge_model,
    judge_version, name` (of the score); `units`: a row per trace of the windows, by item, with `item, week, start_ts,
    cluster, app, app_version, model, prompt, retrieval, tenant, words`. `shown`: judge to the items that its prompt may
    have learned from. `earlier`: the labelled weeks before these, at most four, for the weight that a judge is given.
    `said` makes `judged`, when somebody first asks: the scorecard does without it.
    """

    rubric: str
    rubric_version: int
    criterion: Criterion
    study: Study
    weeks: tuple[str, ...]
    said: Callable[[], pd.DataFrame]
    units: pd.DataFrame
    shown: Mapping[str, frozenset[str]] = field(default_factory=dict)
    earlier: "Reviewed | None" = None

    @property
    def judged(self) -> pd.DataFrame:
        return self.said()

    def graded_by(self, judge: str) -> "Reviewed":
        """The same with the labels that may grade this judge: none that its prompt may have learned from."""
        study = unshown(self.study, judge, self.shown.get(judge, frozenset()))
        if study is self.study:
            return self
        earlier = None if self.earlier is None else replace(self.earlier, shown=self.shown).graded_by(judge)
        return replace(self, study=study, earlier=earlier)


def reviewed(
    database: Database, warehouse: Warehouse, *, rules: Mapping[str, Mapped] | None = None, last_weeks: int = LAST_WEEKS
) -> tuple[Reviewed, ...]:
    """Every criterion that has labels in the latest `last_weeks` sampled weeks, in the rubrics' order.

    `rules` say which score of a judge is which criterion, and how its scale turns into the rubric's; without a rule a
    score of the same name is taken as it is. Items that somebody picked, second looks, labels that were not blind, and
    "cannot tell" are left out; the last two are counted in the study's notes.
    """
    done = _labelled_shares(database)
    waiting = [left_out(name, share) for name, share in sorted(done.items()) if share < ENOUGH_LABELLED]
    frames = drawn_from(database, [sample for sample, share in done.items() if share >= ENOUGH_LABELLED])
    if not frames:
        return ()
    sampled = sorted({frame.week for frame in frames.values()})[-last_weeks - EARLIER_WEEKS :]
    frames = {sample: frame for sample, frame in frames.items() if frame.week in sampled}
    earlier, kept = sampled[:-last_weeks], sampled[-last_weeks:]
    with ThreadPoolExecutor(1) as beside:  # the two stores are read at the same time
        said = beside.submit(judgements, warehouse, *_window(frames.values()))
        labels = _labels(database, frames)
        week = labels["sample"].map({sample: frame.week for sample, frame in frames.items()})
        now = _unjudged(labels[week.isin(kept)], frames, waiting)
        before = _unjudged(labels[week.isin(earlier)], frames, ())
        traffic = _with_weeks(said.result(), labels, frames)
    now, before = _judged(now, traffic, rules or {}), _judged(before, traffic, rules or {})
    known = {(one.rubric, one.rubric_version, one.criterion.name): one for one in before}
    return tuple(
        replace(
            one, shown=shown_to(database, [judged.name for judged in one.study.judges]),
            earlier=known.get((one.rubric, one.rubric_version, one.criterion.name)),
        )
        for one in now
    )  # fmt: skip


def _unjudged(labels: pd.DataFrame, frames: Mapping[str, DrawnFrom], waiting: Iterable[str]) -> list[Reviewed]:
    """Each criterion of some samples' labels, without judges and traffic."""
    made = []
    for (rubric, version, name), rows in labels.groupby(["rubric", "rubric_version", "criterion"], sort=False):
        criterion = criterion_of(str(name), str(rows["scale"].iloc[0]))
        scale = None if criterion is None else scale_of_criterion(criterion)
        if criterion is None or scale is None:
            continue
        study = study_of(rows, (), scale, frames, waiting)
        samples_of = study.samples or rows["sample"].unique()
        weeks = sorted({week for sample in samples_of for week in frames[str(sample)].weeks})
        made.append(
            Reviewed(str(rubric), int(str(version)), criterion, study, tuple(weeks), pd.DataFrame, pd.DataFrame())
        )
    return made


def _judged(found: Iterable[Reviewed], traffic: Traffic, rules: Mapping[str, Mapped]) -> list[Reviewed]:
    """The same beside what judges said of the traffic of their weeks."""
    made = []
    of_weeks: dict[tuple[str, ...], Traffic] = {}
    for one in found:
        if one.weeks not in of_weeks:
            of_weeks[one.weeks] = traffic.of_weeks(one.weeks)
        own = of_weeks[one.weeks]
        said, judges = _judges(own, one.criterion.name, one.study.scale, rules)
        study = replace(_by_trace(one, own.units), judges=judges)
        made.append(replace(one, study=study, said=said, units=own.units))
    return made


def _by_trace(one: Reviewed, units: pd.DataFrame) -> Study:
    """The study with the week of each trace, also where a sample is of several weeks."""
    week_of = units.set_index("item")["week"]
    labels = one.study.labels
    if len(one.weeks) > labels["week"].nunique():
        labels = labels.assign(week=labels["item"].map(week_of.astype(object)).fillna(labels["week"]))
    return replace(one.study, labels=labels, week_of=week_of)


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


def _window(frames: Iterable[DrawnFrom]) -> tuple[dt.datetime, dt.datetime]:
    """From the first to the last traffic of all of them."""
    known = [(one.since, one.until) if one.since and one.until else _EVER for one in frames]
    return min(since for since, _ in known), max(until for _, until in known)


def _labels(database: Database, wanted: Collection[str]) -> pd.DataFrame:
    """The labels of drawn traces of some samples."""
    labels = current(label_frame(database, columns=_COLUMNS))
    is_drawn = (labels["unit"] == "trace") & ~labels["hand_picked"].astype(bool)
    return labels[is_drawn & labels["sample"].isin(list(wanted))]


def left_out(sample: str, labelled: float) -> str:
    """What is said of a sample that does not count yet."""
    return f"sample {sample} is left out until half of it is labelled ({labelled:.0%} so far)"


def _labelled_shares(database: Database) -> dict[str, float]:
    """Sample of traces that somebody labelled to the share of its drawn items that they did; imported ones hold only
    what was labelled."""
    stands = ~sa.exists().where(withdrawals.c.submission == submissions.c.id)
    is_labelled = sa.exists().where(
        submissions.c.item == sample_items.c.id, submissions.c.again.is_(False), stands,
        sa.exists().where(label_table.c.submission == submissions.c.id),
    )  # fmt: skip
    asked = (
        sa.select(samples.c.id, samples.c.source, sa.func.count(), sa.func.sum(sa.case((is_labelled, 1), else_=0)))
        .join(sample_items, sample_items.c.sample == samples.c.id)
        .where(samples.c.unit == "trace", sample_items.c.hand_picked.is_(False))
        .group_by(samples.c.id, samples.c.source)
    )
    with our_errors("being read"), database.reading() as connection:
        found = connection.execute(asked).all()
    return {name: seen / drawn if source == "drawn" else 1.0 for name, source, drawn, seen in found if seen}


def _with_weeks(said: Traffic, labels: pd.DataFrame, frames: Mapping[str, DrawnFrom]) -> Traffic:
    """The traffic that samples were drawn from, with its `week`; of a sample without a window, its own items."""
    day = said.units["start_ts"].dt.floor("D")
    names = {at: at.strftime("%G-W%V") for at in day.unique()}
    week = day.map(names).astype(object)
    alone = [sample for sample, frame in frames.items() if frame.since is None]
    if alone:
        own = labels[labels["sample"].isin(alone)].drop_duplicates("item").set_index("item")["sample"]
        week = said.units["item"].map(own).fillna(week)
    kept = week.isin({each for frame in frames.values() for each in frame.weeks}).to_numpy(bool)
    inside = said.only(kept)
    return Traffic(inside.units.assign(week=pd.Categorical(week[kept])), inside.said)


def _judges(
    traffic: Traffic, criterion: str, scale: Scale, rules: Mapping[str, Mapped]
) -> tuple[Callable[[], pd.DataFrame], tuple[Judged, ...]]:
    """The judges that score this criterion, with what could not be read counted apart; and what makes their table."""
    chosen = [
        (one, rule) for one in traffic.said if criterion in (rule := mapped(one.judge, one.score, rules)).criteria
    ]
    scores_of = Counter((one.judge, one.model, one.version) for one, _ in chosen)
    items = traffic.units["item"].set_axis(pd.Index(traffic.units["item"], dtype=object, name=BY_ITEM), axis="index")
    judges, places, numbers = [], [], []
    for one, rule in chosen:
        which = one.score if scores_of[one.judge, one.model, one.version] > 1 else ""
        title = BETWEEN.join(part for part in (one.judge or "unnamed judge", one.version, one.model, which) if part)
        values = one.values(rule, scale)
        read = ~np.isnan(values)
        places.append(one.places[read])
        numbers.append(values[read])
        of_judge = items if len(places[-1]) == len(items) else items.iloc[places[-1]]
        scores = pd.DataFrame({"item": of_judge}).assign(value=numbers[-1])
        judges.append(Judged(title, scores, int(np.count_nonzero(~read))))
    of = {
        "judge": [one.name for one in judges], "judge_name": [one.judge for one, _ in chosen],
        "judge_model": [one.model for one, _ in chosen], "judge_version": [one.version for one, _ in chosen],
        "name": [one.score for one, _ in chosen],
    }  # fmt: skip
    return _Once(partial(_table, traffic.units, places, numbers, of)), tuple(judges)


class _Once:
    """What `make` gives, made when it is first asked for; unlike `functools.cache` the pages can keep it."""

    def __init__(self, make: Callable[[], pd.DataFrame]) -> None:
        self._make = make
        self._made: pd.DataFrame | None = None

    def __call__(self) -> pd.DataFrame:
        if self._made is None:
            self._made = self._make()
        return self._made


def _table(
    units: pd.DataFrame, places: list[npt.NDArray[np.intp]], numbers: list[npt.NDArray[np.float64]],
    of: Mapping[str, list[str]],
) -> pd.DataFrame:  # fmt: skip
    """`Reviewed.judged` of each judge's places among the units and its numbers; `of`: the names of each judge."""
    place = np.concatenate([np.empty(0, dtype=np.intp), *places])
    which = np.repeat(np.arange(len(places)), [len(one) for one in places])
    return pd.DataFrame({
        "item": units["item"].iloc[place].reset_index(drop=True),
        "week": units["week"].iloc[place].reset_index(drop=True),
        "value": np.concatenate([np.empty(0), *numbers]),
        **{name: _repeated(said, which) for name, said in of.items()},
    })  # fmt: skip


def _repeated(names: list[str], which: npt.NDArray[np.intp]) -> pd.Series:
    """The name of each row's judge; the empty name is always a category, for it stands for what is not known."""
    known = sorted({"", *names})
    codes = np.array([known.index(name) for name in names], dtype=np.intp)
    return pd.Series(pd.Categorical.from_codes(codes[which] if len(codes) else which, categories=pd.Index(known)))


def study_of(
    rows: pd.DataFrame,
    judges: tuple[Judged, ...],
    scale: Scale,
    frames: Mapping[str, DrawnFrom],
    waiting: Iterable[str],
) -> Study:
    """The study of one criterion's labels (columns of `review.label_frame`, current ones of drawn items).

    `frames` of each sample; `waiting` are notes that come first.
    """
    notes = [*waiting]
    seen = 0
    for column, what in (("cannot_tell", "say that it cannot be told"), ("blind", "were given after seeing the judge")):
        out = rows[column].astype(bool) if column == "cannot_tell" else ~rows[column].astype(bool)
        if out.any():
            notes.append(f"{int(out.sum())} labels {what}; they are left out")
        seen = int(out.sum())
        rows = rows[~out]
    items_of = {str(name): int(count) for name, count in rows.groupby("sample")["item"].nunique().items()}
    kept, others = counted_once(items_of, frames)
    if len(kept) < len(items_of):
        rows = rows[rows["sample"].isin(kept)]
    table, sizes = _strata(rows, {name: frames[name] for name in kept})
    numbers = {said: scale.number(said) for said in rows["value"].unique()}
    table = table.assign(
        reviewer=rows["reviewer"].astype(str), value=pd.to_numeric(rows["value"].map(numbers)),
        cluster=rows["session"].fillna(rows["item"]).astype(str),
    )  # fmt: skip
    by = [pd.factorize(table[name], sort=True)[0] for name in ("reviewer", "item")]
    order = np.lexsort(by)  # the same sums on every database; of two looks the last stays last
    table = table.iloc[order].dropna(subset=["value"]).drop_duplicates(["item", "reviewer"], keep="last")
    table = table.reset_index(drop=True).astype({"value": float, "weight": float})
    made = Study(table, judges, scale, sizes, tuple(notes), seen=seen, shown=0, samples=tuple(kept))
    return replace(made, notes=(*notes, *others, *_uncovered(made)))


def _uncovered(study: Study) -> list[str]:
    """A note of strata without a label."""
    there = {*study.labels["stratum"].unique()}
    bare = [name for name, size in (study.sizes or {}).items() if size and name not in there]
    if not bare or not there:
        return []
    what = f"stratum {bare[0]} has" if len(bare) == 1 else f"{len(bare)} strata have"
    return [f"{what} no label; figures are of the others, {covered_in_words(study.uncovered_share)}"]


def _strata(rows: pd.DataFrame, frames: Mapping[str, DrawnFrom]) -> tuple[pd.DataFrame, dict[str, float]]:
    """Item, stratum, part, weight and week of each label; and the sizes of all strata, those without a label too.

    An item counts once and in one stratum, however many samples it is in. Where the size of a stratum is not known, its
    items say it by their probabilities.
    """
    item, items = pd.factorize(rows["item"].astype(str), sort=True)
    part, parts = pd.factorize(rows["stratum"].fillna(""), sort=True)
    week, weeks = pd.factorize(rows["sample"].map({name: frame.week for name, frame in frames.items()}), sort=True)
    last = np.zeros(len(items), dtype=np.intp)
    last[item] = np.arange(len(item))
    stratum, keys = pd.factorize((week * len(parts) + part)[last], sort=True)  # of each item
    weeks_of = np.asarray(weeks, dtype=object)[keys // max(len(parts), 1)]
    parts_of = np.asarray(parts, dtype=object)[keys % max(len(parts), 1)]
    names = np.asarray(weeks_of + " " + parts_of, dtype=object)
    sizes: dict[str, float] = {}
    for frame in frames.values():
        for name, size in frame.strata.items():
            sizes[f"{frame.week} {name}"] = max(size, sizes.get(f"{frame.week} {name}", 0.0))
    chances = 1 / pd.to_numeric(rows["probability"]).to_numpy(float)[last]
    summed, counts = np.bincount(stratum, chances, len(names)), np.bincount(stratum, minlength=len(names))
    of_stratum = np.array([sizes.get(str(name), np.nan) for name in names])
    weights = np.where(np.isnan(of_stratum)[stratum], chances, (of_stratum / counts)[stratum])
    sizes |= {str(name): float(own) for name, own in zip(names, summed, strict=True) if str(name) not in sizes}
    table = pd.DataFrame({
        "item": items[item], "stratum": names[stratum[item]], "part": parts_of[stratum[item]],
        "weight": weights[item], "week": weeks_of[stratum[item]],
    }, index=rows.index)  # fmt: skip
    return table, dict(sorted(sizes.items()))


def family(model: str) -> str | None:
    """`gpt` of gpt-4o-2024-11-20, `claude` of anthropic/claude-haiku-4-5; None when the name has no letters first."""
    found = _FAMILY.match(model.rpartition("/")[2].casefold())
    return found[0] if found else None
