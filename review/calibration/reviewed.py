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

from review.calibration.few_shot import BETWEEN, shown_to, unshown
from review.calibration.judgements import Traffic, Warehouse, judgements
from review.calibration.mapping import Mapped, mapped
from review.calibration.scale import Kind, Scale, ordinal
from review.calibration.study import BY_ITEM, Judged, Study
from review.label_frame import current, label_frame
from review.rubric.criteria import Criterion
from review.rubric.criteria import Scale as Asked
from review.rubric.scales import criterion_of
from review.sampling import weeks
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
    windows = _windows(database, done)
    waiting = [
        f"sample {name} is left out until half of it is labelled ({share:.0%} so far)"
        for name, share in sorted(done.items())
        if share < ENOUGH_LABELLED
    ]
    windows = {sample: at for sample, at in windows.items() if done[sample] >= ENOUGH_LABELLED}
    if not windows:
        return ()
    weeks = sorted({week for week, _, _ in windows.values()})[-last_weeks - EARLIER_WEEKS :]
    windows = {sample: at for sample, at in windows.items() if at[0] in weeks}
    since, until = min(at[1] for at in windows.values()), max(at[2] for at in windows.values())
    week_of = {sample: at[0] for sample, at in windows.items()}
    earlier, kept = weeks[:-last_weeks], weeks[-last_weeks:]
    with ThreadPoolExecutor(1) as beside:  # the two stores are read at the same time
        said = beside.submit(judgements, warehouse, since, until)
        labels = _labels(database, windows)
        week = labels["sample"].map(week_of)
        now = _unjudged(labels[week.isin(kept)], week_of, waiting)
        before = _unjudged(labels[week.isin(earlier)], week_of, ())
        traffic = _in_weeks(said.result(), labels, windows)
    now = _judged(now, traffic.of_weeks(kept), rules or {})
    before = _judged(before, traffic.of_weeks(earlier), rules or {}) if before else []
    known = {(one.rubric, one.rubric_version, one.criterion.name): one for one in before}
    return tuple(
        replace(
            one, weeks=tuple(kept), shown=shown_to(database, [judged.name for judged in one.study.judges]),
            earlier=known.get((one.rubric, one.rubric_version, one.criterion.name)),
        )
        for one in now
    )  # fmt: skip


def _unjudged(labels: pd.DataFrame, week_of: Mapping[str, str], waiting: Iterable[str]) -> list[Reviewed]:
    """Each criterion of some weeks' labels, without judges and traffic."""
    made = []
    weeks = tuple(sorted({week_of[sample] for sample in labels["sample"].unique()}))
    for (rubric, version, name), rows in labels.groupby(["rubric", "rubric_version", "criterion"], sort=False):
        criterion = criterion_of(str(name), str(rows["scale"].iloc[0]))
        scale = None if criterion is None else scale_of_criterion(criterion)
        if criterion is None or scale is None:
            continue
        study = study_of(rows, (), scale, week_of, waiting)
        made.append(Reviewed(str(rubric), int(str(version)), criterion, study, weeks, pd.DataFrame, pd.DataFrame()))
    return made


def _judged(found: Iterable[Reviewed], traffic: Traffic, rules: Mapping[str, Mapped]) -> list[Reviewed]:
    """The same beside what judges said of the traffic of their weeks."""
    made = []
    for one in found:
        said, judges = _judges(traffic, one.criterion.name, one.study.scale, rules)
        made.append(replace(one, study=replace(one.study, judges=judges), said=said, units=traffic.units))
    return made


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


def _labels(database: Database, wanted: Collection[str]) -> pd.DataFrame:
    """The labels of drawn traces of some samples."""
    labels = current(label_frame(database, columns=_COLUMNS))
    is_drawn = (labels["unit"] == "trace") & ~labels["hand_picked"].astype(bool)
    return labels[is_drawn & labels["sample"].isin(list(wanted))]


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


def _in_weeks(
    said: Traffic, labels: pd.DataFrame, windows: Mapping[str, tuple[str, dt.datetime, dt.datetime]]
) -> Traffic:
    """The traffic of the sampled weeks, with its `week`; of a sample without a window, its own items."""
    day = said.units["start_ts"].dt.floor("D")
    names = {at: at.strftime("%G-W%V") for at in day.unique()}
    week = day.map(names).astype(object)
    alone = [sample for sample, at in windows.items() if at[1:] == _EVER]
    if alone:
        own = labels[labels["sample"].isin(alone)].drop_duplicates("item").set_index("item")["sample"]
        week = said.units["item"].map(own).fillna(week)
    kept = week.isin({at[0] for at in windows.values()}).to_numpy(bool)
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
    week_of: Mapping[str, str],
    waiting: Iterable[str],
) -> Study:
    """The study of one criterion's labels (columns of `review.label_frame`, current ones of drawn items).

    `week_of` names the week of each sample; `waiting` are notes that come first.
    """
    notes = [*waiting]
    seen = 0
    for column, what in (("cannot_tell", "say that it cannot be told"), ("blind", "were given after seeing the judge")):
        out = rows[column].astype(bool) if column == "cannot_tell" else ~rows[column].astype(bool)
        if out.any():
            notes.append(f"{int(out.sum())} labels {what}; they are left out")
        seen = int(out.sum())
        rows = rows[~out]
    sample, samples_of = pd.factorize(rows["sample"], sort=True)
    item, items = pd.factorize(rows["item"].astype(str), sort=True)
    part, parts = pd.factorize(rows["stratum"].fillna(""), sort=True)
    stratum, keys = pd.factorize(sample * len(parts) + part, sort=True)
    weeks_of = [week_of[str(samples_of[int(key) // len(parts)])] for key in keys]
    names = [f"{week} {parts[int(key) % len(parts)]}" for week, key in zip(weeks_of, keys, strict=True)]
    one = np.unique(sample * len(items) + item, return_index=True)[1]  # a label of each drawn item, in their order
    by_stratum = pd.DataFrame({
        "name": np.array(names, dtype=object)[stratum[one]],
        "known": pd.to_numeric(rows["stratum_size"]).to_numpy(float)[one],
        "stands_for": 1 / pd.to_numeric(rows["probability"]).to_numpy(float)[one],
    }).groupby("name")  # fmt: skip
    found = by_stratum.agg(drawn=("known", "size"), known=("known", "first"), chances=("stands_for", "sum"))
    sizes = {
        str(key): float(chances if pd.isna(known) else known)
        for key, known, chances in zip(found.index, found["known"], found["chances"], strict=True)
    }
    weights = {str(key): sizes[str(key)] / count for key, count in found["drawn"].items()}
    numbers = {said: scale.number(said) for said in rows["value"].unique()}
    reviewer, reviewers = pd.factorize(rows["reviewer"].astype(str), sort=True)
    table = pd.DataFrame({
        "item": items[item], "reviewer": reviewers[reviewer], "value": pd.to_numeric(rows["value"].map(numbers)),
        "stratum": np.array(names, dtype=object)[stratum], "part": parts[part],
        "weight": np.array([weights[name] for name in names])[stratum],
        "cluster": rows["session"].fillna(rows["item"]).astype(str),
        "week": np.array(weeks_of, dtype=object)[stratum],
    }, index=rows.index)  # fmt: skip
    order = np.lexsort((reviewer, item))  # the same sums on every database; of two looks the last stays last
    table = table.iloc[order].dropna(subset=["value"]).drop_duplicates(["item", "reviewer"], keep="last")
    table = table.reset_index(drop=True)
    return Study(
        table.astype({"value": float, "weight": float}), judges, scale, sizes, tuple(notes), seen=seen, shown=0
    )


def family(model: str) -> str | None:
    """`gpt` of gpt-4o-2024-11-20, `claude` of anthropic/claude-haiku-4-5; None when the name has no letters first."""
    found = _FAMILY.match(model.rpartition("/")[2].casefold())
    return found[0] if found else None
