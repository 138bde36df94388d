"""Dawid-Skene: true classes and each rater's own confusion matrix, from raters who disagree."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from errors import UsageError

_TOLERANCE = 1e-10
_MOST_STEPS = 1_000


@dataclass(frozen=True, slots=True)
class DawidSkene:
    """`shares[k]` of class k; `confusion[r, k, j]` chance that rater r says j when the truth is k (rows sum to 1);
    `posterior[i, k]` chance that item i is of class k; `steps` of EM; `log_likelihood` at the end."""

    shares: np.ndarray
    confusion: np.ndarray
    posterior: np.ndarray
    log_likelihood: float
    steps: int

    def accuracy(self) -> np.ndarray:
        """Each rater's chance to say the true class, over the classes as they are shared out (0 to 1)."""
        diagonal = np.diagonal(self.confusion, axis1=1, axis2=2)
        return np.asarray(diagonal @ self.shares)


def dawid_skene(
    items: Sequence[int], raters: Sequence[int], classes: Sequence[int], *, weights: Sequence[float] | None = None
) -> DawidSkene:
    """EM from the majority's fractions. One entry per label: indexes of item, rater and the class said, from 0.

    A rater may label an item several times. `weights` per label (1 without). With two raters the model is not
    identified, which raises `UsageError`; below 30 items per rater it cannot tell much.

    Source: Dawid & Skene (1979), Applied Statistics 28:20, equations 2.3 to 2.5, start 3.1.
    """
    if len(set(raters)) < 3:
        raise UsageError("Dawid-Skene needs labels of at least three raters")
    counts = np.zeros((max(raters) + 1, max(items) + 1, max(classes) + 1))
    np.add.at(counts, (np.asarray(raters), np.asarray(items), np.asarray(classes)), 1.0 if weights is None else weights)
    said = counts.sum(axis=0)
    posterior = said / said.sum(axis=1, keepdims=True)
    before = -np.inf
    likelihood, steps = before, 0
    while steps < _MOST_STEPS:
        steps += 1
        shares = posterior.mean(axis=0)
        confusion = np.einsum("ik,rij->rkj", posterior, counts)
        total = confusion.sum(axis=2, keepdims=True)
        confusion = np.divide(confusion, total, out=np.zeros_like(confusion), where=total > 0)
        log_joint = _log(shares) + np.einsum("rij,rkj->ik", counts, _log(confusion))
        top = log_joint.max(axis=1, keepdims=True)
        likelihood = float((top[:, 0] + np.log(np.exp(log_joint - top).sum(axis=1))).sum())
        posterior = np.exp(log_joint - top)
        posterior /= posterior.sum(axis=1, keepdims=True)
        if abs(likelihood - before) < _TOLERANCE:
            break
        before = likelihood
    return DawidSkene(shares, confusion, posterior, likelihood, steps)


def _log(chance: np.ndarray) -> np.ndarray:
    return np.asarray(np.log(np.clip(chance, 1e-300, None)))
