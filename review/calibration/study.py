"""What a calibration is made from: people's labels, judges' scores, and how the labelled items were drawn."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from review.agreement.design import Design
from review.agreement.others import Others
from review.calibration.entries import Entries
from review.calibration.sampled import sample_of
from review.calibration.scale import Scale
from review.sampling.estimates import Labelled

Numbers = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]


BY_ITEM = "by item"
"""Name of an index that repeats the column `item`; judges who scored the same items share it, and so its lookups."""


_LATE = 0.05
"""Share of the traffic that may have come or gone since a sample of all of it was drawn."""
_OF_LABELS = ("coded", "sample", "units", "part_names", "week_of_items", "_items_by_week", "_per_item", "_places")
"""What a study works out of its labels alone."""


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """One judge's scores: `item, value` and maybe `probability`; what could not be read is counted apart."""

    name: str
    scores: pd.DataFrame
    unparsable: int

    @property
    def answers(self) -> int:
        return len(self.scores) + self.unparsable

    @property
    def unparsable_share(self) -> float:
        return self.unparsable / self.answers if self.answers else 0.0


@dataclass(frozen=True, eq=False)
class Study:
    """One criterion. `labels`: `item, reviewer, value, weight, stratum, cluster`, one row per item and reviewer.

    Of several weeks' samples, `stratum` is that of its week, and `part` the part of the traffic that it is each week.
    `weight` is one over the probability of inclusion. `sizes`: units of the traffic by stratum, None when nothing is
    known of how items were drawn: then they count as a simple random sample of endless traffic. `notes`: what was left
    out, in words. `seen`: labels left out because they were given after seeing the judge, `shown`: because the judge's
    prompt may have learned from their items; None where nobody can know. `samples`: which ones it is made from;
    `week_of`: the week of each trace of the traffic, by item, where that is known.
    """

    labels: pd.DataFrame
    judges: tuple[Judged, ...]
    scale: Scale
    sizes: dict[str, float] | None
    notes: tuple[str, ...] = ()
    seen: int | None = None
    shown: int | None = None
    samples: tuple[str, ...] = ()
    week_of: pd.Series | None = None

    @property
    def part(self) -> str:
        """The column of `labels` that names parts of the traffic."""
        return "part" if "part" in self.labels else "stratum"

    @cached_property
    def part_names(self) -> tuple[str, ...]:
        """Every part of the traffic, also one without a label; none where nothing is known of how items were drawn."""
        if self.sizes is None:
            return ()
        bare = {name for name, size in self.sizes.items() if size} - set(self.labels["stratum"].unique())
        if self.part == "part":
            bare = {name.partition(" ")[2] for name in bare}
        return tuple(sorted({*self.labels[self.part].unique(), *bare}))

    def per_item(self) -> pd.DataFrame:
        """One row per labelled item, by item: `value` is the mean over its `reviewers` (how many); with `weight`,
        `stratum`, `part` and `cluster`. The same table each time: not to be written to."""
        return self._per_item

    def in_weeks(self, weeks: Iterable[str]) -> "Study":
        """The labels of some weeks, without judges. The same study each time, with what it has worked out."""
        chosen = tuple(sorted(set(weeks)))
        if chosen not in self._by_weeks:
            labels = self.labels[self.labels["week"].isin(list(chosen))]
            self._by_weeks[chosen] = Study(labels, (), self.scale, self._sizes_in(chosen), week_of=self.week_of)
        return self._by_weeks[chosen]

    def _sizes_in(self, weeks: Collection[str]) -> dict[str, float]:
        """The sizes of the strata in some weeks. Of those that were drawn from more weeks they are estimated, so that
        all together are as many as the traffic of these weeks."""
        sizes = self.sizes or {}
        shares = {name: self._share_of(name, weeks) for name in sizes}
        found = {name: size * shares[name] for name, size in sizes.items() if shares[name]}
        cut = sum(size for name, size in found.items() if shares[name] < 1)
        if not cut or self.week_of is None or abs(len(self.week_of) / sum(sizes.values()) - 1) > _LATE:
            return found
        units = sum(sizes.values()) * float(self.week_of.isin(list(weeks)).mean())
        fits = max(units - sum(found.values()) + cut, 0.0) / cut
        return {name: size if shares[name] == 1 else size * fits for name, size in found.items()}

    def _share_of(self, stratum: str, weeks: Collection[str]) -> float:
        """The share of a stratum that lies in those weeks: of several weeks' one, as its labelled items do.

        Source: the size of a domain, Cochran 1977, section 2.13.
        """
        drawn = stratum.partition(" ")[0]
        own = self._items_by_week.get(stratum) or self._items_by_week.get(drawn) or {drawn: 1}
        return sum(own.get(week, 0) for week in weeks) / sum(own.values())

    @cached_property
    def _items_by_week(self) -> dict[str, dict[str, int]]:
        """Labelled items by week, of each stratum and of all strata that were drawn in one week."""
        found: dict[str, dict[str, int]] = defaultdict(dict)
        counted = self.labels.drop_duplicates("item").groupby(["stratum", "week"]).size().reset_index()
        for stratum, week, items in counted.itertuples(index=False):
            for own in (found[stratum], found[stratum.partition(" ")[0]]):
                own[week] = own.get(week, 0) + int(items)
        return found

    @cached_property
    def uncovered_share(self) -> float:
        """Share of the traffic that lies in strata without a label: no figure says anything of it."""
        there = {*self.labels["stratum"].unique()}
        bare = sum(size for name, size in (self.sizes or {}).items() if name not in there)
        return bare / sum(self.sizes.values()) if self.sizes and bare else 0.0

    @cached_property
    def week_of_items(self) -> npt.NDArray[np.object_]:
        """The week of each item of `coded`; "" where none is known."""
        found = np.full(len(self.coded.items), "", dtype=object)
        if "week" in self.labels:
            found[self.coded.item] = self.labels["week"].to_numpy(object)
        return found

    def judged_by(self, *judges: Judged) -> "Study":
        """The same labels with these judges, and with what was worked out of the labels."""
        made = replace(self, judges=judges)
        made.__dict__.update({name: self.__dict__[name] for name in _OF_LABELS if name in self.__dict__})
        return made

    @cached_property
    def _by_weeks(self) -> dict[tuple[str, ...], "Study"]:
        return {}

    @cached_property
    def coded(self) -> "Coded":
        """The labels as arrays, made once."""
        return Coded.of(self.labels, part=self.part)

    def noted(self, note: str) -> "Study":
        """The same with one more note."""
        made = self.judged_by(*self.judges)
        object.__setattr__(made, "notes", (*self.notes, note))
        return made

    def weeks_scored(self, by_item: pd.Series) -> tuple[str, ...]:
        """The labelled weeks that a judge scored labelled items of, where those are not all; else nothing."""
        has_score = self.places_in(by_item.index) >= 0 if len(by_item) else np.zeros(0, dtype=bool)
        if has_score.all() or not has_score.any():
            return ()
        scored = {*self.week_of_items[has_score]}
        return tuple(sorted(scored)) if scored < {*self.week_of_items} else ()

    def scores_in(self, by_item: pd.Series, weeks: Collection[str]) -> pd.Series:
        """A judge's scores of the traffic of some weeks; all of them where nobody knows of which week they are."""
        if self.week_of is None:
            return by_item
        return by_item[self.week_of.reindex(by_item.index).isin(list(weeks)).to_numpy(bool)]

    @property
    def others(self) -> Others:
        """Of each label, the other labels of its item."""
        return self.coded.entries.others

    @cached_property
    def sample(self) -> Labelled:
        """The labelled items with people's means, as the stratified sample that they are."""
        items = self._per_item
        return sample_of(items, items["value"].to_numpy(float), self.sizes)

    @cached_property
    def units(self) -> tuple[Places, Places]:
        """What was drawn or varies together: the unit of each item of `coded`, and the stratum of each unit."""
        of = self.coded
        clusters = int(of.clusters.max(initial=0)) + 1
        keys, unit = np.unique(of.strata * clusters + of.clusters, return_inverse=True)
        of_item = np.zeros(len(of.items), dtype=np.intp)
        of_item[of.item] = unit.reshape(-1)
        return of_item, np.asarray(keys // clusters, dtype=np.intp)

    def places_in(self, index: pd.Index) -> Places:
        """The place in `index` of each item of `coded`, -1 where it is not there; judges often share an index."""
        for known, places in self._places:
            if known.is_(index):  # also where pandas made another object of it
                return places
        self._places.append((index, np.asarray(index.get_indexer(self.coded.items), dtype=np.intp)))
        return self._places[-1][1]

    @cached_property
    def _places(self) -> list[tuple[pd.Index, Places]]:
        return []

    @cached_property
    def _per_item(self) -> pd.DataFrame:
        of, labels = self.coded, self.labels
        first = np.zeros(len(of.items), dtype=np.intp)
        first[of.item[::-1]] = np.arange(len(of.item))[::-1]  # the first label of an item is written last
        summed = np.bincount(of.item, of.human, minlength=len(of.items))
        named = {"stratum": "stratum", "part": self.part, "cluster": "cluster"}
        return pd.DataFrame(
            {
                "value": summed / np.maximum(of.labels_of_item, 1),
                "weight": of.weights[first],
                **{name: _categories(labels[column].to_numpy(object)[first]) for name, column in named.items()},
                "reviewers": of.labels_of_item,
            },
            index=of.items,
        )


@dataclass(frozen=True, eq=False)
class Coded:
    """Labels as arrays: `items` are the distinct ids in their order, `item` the place among them of each label;
    `strata` and `clusters` are numbers in the order of the names. `design` is that of all of the labels, an item's
    weight shared among its labels."""

    items: pd.Index
    item: Places
    labels_of_item: Places
    ids: npt.NDArray[np.object_]
    reviewers: npt.NDArray[np.object_]
    parts: npt.NDArray[np.object_]
    human: Numbers
    weights: Numbers
    strata: Places
    clusters: Places
    design: Design

    @classmethod
    def of(cls, labels: pd.DataFrame, *, part: str) -> "Coded":
        """`labels` as those of a `Study`; `part` is the column of parts of the traffic."""
        item, items = pd.factorize(labels["item"], sort=True)
        strata, clusters = (
            np.asarray(pd.factorize(labels[name], sort=True)[0], dtype=np.intp) for name in ("stratum", "cluster")
        )
        labels_of_item = np.bincount(item, minlength=len(items))
        weights = labels["weight"].to_numpy(float)
        design = Design.of(len(labels), weights=weights / labels_of_item[item], strata=strata, clusters=clusters)
        ids, reviewers, parts = (labels[name].to_numpy(object) for name in ("item", "reviewer", part))
        return cls(
            pd.Index(items, dtype=object, name="item"), item, labels_of_item, ids, reviewers, parts,
            labels["value"].to_numpy(float), weights, strata, clusters, design,
        )  # fmt: skip

    @cached_property
    def entries(self) -> Entries:
        """What a judge of every labelled item is put beside."""
        return Entries(
            self.ids, self.item, self.item, self.parts, self.reviewers, self.human, self.weights, self.design
        )


def covered_in_words(uncovered: float) -> str:
    """`70% of the traffic`, of the share that is not; neither all nor nothing where it is almost that."""
    share = f"{1 - uncovered:.0%}"
    return {"100%": "more than 99%", "0%": "less than 1%"}.get(share, share) + " of the traffic"


def _categories(names: npt.NDArray[np.object_]) -> pd.Categorical:
    """The same names as numbers, which are quick to group by."""
    code, known = pd.factorize(names, sort=True)
    return pd.Categorical.from_codes(code, categories=pd.Index(known, dtype=object))
