"""How close the texts of two windows lie: similarity of their centres, their spread, and how far out they reach.

A similarity of 1 is the same centre. What is said when nothing changed depends on how many conversations there are, so
each figure has a null band: the same figure of two samples, as large as the windows, drawn from the reference alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from sklearn.preprocessing import normalize

from metrics.drift.compared import Codes, Numbers
from metrics.drift.psi import binned, edges_of, psi_of_counts

RESAMPLED = 999
LEVEL = 0.95
SIMILARITY_WATCH, SIMILARITY_DRIFT = 0.9, 0.85
PSI_WATCH, PSI_DRIFT = 0.1, 0.2
"""The marks of practitioners' guides, which know nothing of n."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure, the band that it stays in where nothing changed (95 %), and the p-value of being so far out."""

    name: str
    value: float
    low: float
    high: float
    p: float
    guide: str
    """What the marks of practitioners' guides say of the value; empty where there is none."""


def closeness(fit: Numbers, reference: Numbers, now: Numbers, *, seed: int = 0) -> tuple[Figure, ...]:
    """Three figures of rows of length 1, a row per conversation.

    `fit` are the conversations that the space was made from: they tell a direction, and are not compared, as a space
    flatters what it was made from. `reference` are other conversations of the reference window.
    """
    middle = normalize(fit.mean(axis=0, keepdims=True))[0]
    near = [part @ middle for part in (reference, now)]
    seen = np.r_[_of_centres(reference.mean(axis=0), now.mean(axis=0)), _psi(*near)]
    randomness = np.random.default_rng(seed)
    drawn = [randomness.integers(0, len(reference), (RESAMPLED, many)) for many in (len(reference), len(now))]
    centres = [_means(reference, places) for places in drawn]
    psis = [_psi(near[0][one], near[0][other]) for one, other in zip(*drawn, strict=True)]
    return tuple(_judged(seen, np.c_[_of_centres(*centres), psis]))


def _means(points: Numbers, drawn: Codes) -> Numbers:
    """The mean of each draw of points."""
    weights = np.zeros((len(drawn), len(points)))
    np.add.at(weights, (np.arange(len(drawn))[:, None], drawn), 1.0)
    return np.asarray(weights @ points / drawn.shape[1])


def _of_centres(before: Numbers, now: Numbers) -> Numbers:
    """Similarity, and how much wider the newer points are spread: 1 less the cosine to the own centre, in the mean."""
    lengths = [np.linalg.norm(centre, axis=-1) for centre in (before, now)]
    similarity = (before * now).sum(axis=-1) / np.maximum(lengths[0] * lengths[1], 1e-12)
    return np.stack([similarity, lengths[0] - lengths[1]], axis=-1)


def _psi(before: Numbers, now: Numbers) -> float:
    edges = edges_of(before)
    counts = [np.bincount(binned(values, edges), minlength=len(edges) + 1) for values in (before, now)]
    return psi_of_counts(counts[0], counts[1])


def _judged(seen: Numbers, null: Numbers) -> Iterator[Figure]:
    """Figures held against those of the draws; columns are similarity, spread and PSI."""
    similarity, spread, psi = (float(value) for value in seen)
    share = (1 + np.array([(null[:, 0] <= similarity).sum(), (null[:, 2] >= psi).sum()])) / (len(null) + 1)
    low, high = np.quantile(null, [1 - LEVEL, LEVEL], axis=0)
    yield Figure("similarity of the centres", similarity, float(low[0]), 1.0, float(share[0]),
                 _guide(-similarity, -SIMILARITY_WATCH, -SIMILARITY_DRIFT))  # fmt: skip
    apart = null[:, 1] - null[:, 1].mean()
    both = (1 + (np.abs(apart) >= abs(spread - null[:, 1].mean())).sum()) / (len(null) + 1)
    ends = np.quantile(null[:, 1], [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    yield Figure("change of the spread", spread, float(ends[0]), float(ends[1]), float(both), "")
    yield Figure("PSI of the nearness to the centre", psi, 0.0, float(high[2]), float(share[1]),
                 _guide(psi, PSI_WATCH, PSI_DRIFT))  # fmt: skip


def _guide(value: float, watch: float, drift: float) -> str:
    return "drift" if value >= drift else "watch" if value >= watch else "stable"
