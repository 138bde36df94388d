"""Can a classifier tell the texts of two windows apart? The share of pairs that it puts in the right order (AUC).

0.5 is no better than chance: nothing that words could show has changed. 1 is told apart without fail. What it cannot
tell: whether the difference matters; days and months that are written out are words as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import linalg, stats
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import StratifiedKFold

from metrics.drift.compared import Flags, Numbers
from metrics.drift.embedding import WORD, without_placeholders

FOLDS = 5
FEWEST = 20
"""Conversations per window."""
MOST = 1_000
"""Conversations per window, drawn at random."""
_RIDGE, _PERMUTATIONS = 1.0, 499


@dataclass(frozen=True, slots=True)
class ToldApart:
    """The AUC with its 95 % interval, and the p-value of telling nothing (one-sided, from permutations)."""

    auc: float
    low: float
    high: float
    p: float


def told_apart(texts: Sequence[str], is_new: Flags, *, seed: int = 0) -> ToldApart | None:
    """Of a text per conversation; each is judged by a classifier that has not seen it. None with too few, or no words.

    The classifier is ridge regression on word weights, so that all permutations are fitted at once. The interval is
    that of the ranks of what was not seen, but no narrower than permutations spread: the former takes the fitted
    classifiers as given, and held the truth in 81 of 100 samples of one distribution only.
    Source: Lopez-Paz and Oquab 2017, Revisiting classifier two-sample tests, ICLR; Ojala and Garriga 2010, Permutation
    tests for studying classifier performance, JMLR 11:1833-1863; LeDell, Petersen and van der Laan 2015, Electronic
    Journal of Statistics 9:1583-1607, sec. 4, for the ranks.
    """
    randomness = np.random.default_rng(seed)
    sides = [randomness.permutation(np.flatnonzero(is_new == side))[:MOST] for side in (False, True)]
    if min(len(side) for side in sides) < FEWEST:
        return None
    kept = np.sort(np.concatenate(sides))
    weights = TfidfVectorizer(token_pattern=WORD, min_df=2, ngram_range=(1, 2), max_features=20_000, sublinear_tf=True)
    try:
        words = weights.fit_transform([without_placeholders(texts[place]) for place in kept])
    except ValueError:  # no word is common enough
        return None
    return _judged((words @ words.T).toarray(), is_new[kept], randomness)


def _judged(near: Numbers, is_new: Flags, randomness: np.random.Generator) -> ToldApart:
    """Of the products of all pairs of texts; the label that is true, and others that are exchanged within a fold."""
    splitter = StratifiedKFold(FOLDS, shuffle=True, random_state=int(randomness.integers(2**31)))
    folds = list(splitter.split(near, is_new))
    labels = np.repeat(is_new[:, None], 1 + _PERMUTATIONS, axis=1)
    for _, held in folds:
        labels[held, 1:] = randomness.permuted(labels[held, 1:], axis=0)
    areas, influences = np.zeros(1 + _PERMUTATIONS), []
    for fitted, held in folds:
        ridge = near[np.ix_(fitted, fitted)] + _RIDGE * np.eye(len(fitted))
        centred = labels[fitted] - labels[fitted].mean(axis=0)
        scores = near[np.ix_(held, fitted)] @ linalg.solve(ridge, centred, assume_a="pos")
        areas += _areas(scores, labels[held]) / FOLDS
        influences.append(float(np.mean(area_of(scores[:, 0], is_new[held], share=float(is_new.mean()))[1] ** 2)))
    auc, by_chance = float(areas[0]), areas[1:]
    half = 1.959964 * max(float(np.sqrt(np.mean(influences) / len(near))), float(by_chance.std()))
    p = float(((by_chance >= auc).sum() + 1) / (1 + _PERMUTATIONS))
    return ToldApart(auc, max(0.0, auc - half), min(1.0, auc + half), p)


def _areas(scores: Numbers, is_new: Flags) -> Numbers:
    """The AUC of each column."""
    new = is_new.sum(axis=0)
    ranks = (stats.rankdata(scores, axis=0) * is_new).sum(axis=0)
    return np.asarray((ranks - new * (new + 1) / 2) / (new * (len(is_new) - new)))


def area_of(scores: Numbers, is_new: Flags, *, share: float) -> tuple[float, Numbers]:
    """AUC of some scores (ties count half), and each score's influence on it; `share`: of new ones in all folds."""
    new, old = scores[is_new], scores[~is_new]
    ranks = stats.rankdata(scores)
    below_new = (ranks[is_new] - stats.rankdata(new)) / len(old)
    above_old = 1 - (ranks[~is_new] - stats.rankdata(old)) / len(new)
    area = float(below_new.mean())
    influence = np.empty(len(scores))
    influence[is_new] = (below_new - area) / share
    influence[~is_new] = (above_old - area) / (1 - share)
    return area, influence
