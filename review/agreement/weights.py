"""How much two different answers count as agreement: 1 when they are the same, less the further apart they are."""

from enum import StrEnum

import numpy as np

from review.agreement.coefficient import Floats


class Weights(StrEnum):
    """The usual ones. `ORDINAL` is Gwet's, which is not the metric of Krippendorff's ordinal alpha."""

    IDENTITY = "identity"
    LINEAR = "linear"
    QUADRATIC = "quadratic"
    ORDINAL = "ordinal"


def agreement_weights(weights: "Weights | Floats", levels: Floats) -> Floats:
    """The matrix of agreement between `levels`, which are sorted; a matrix of one's own is returned as it is.

    Source: Cohen 1968 (linear, quadratic); Gwet 2014, Handbook of Inter-Rater Reliability 4th ed., chapter 3 (ordinal).
    """
    if isinstance(weights, np.ndarray):
        if weights.shape != (len(levels), len(levels)):
            raise ValueError("the weights need a row and a column for each level")
        return weights
    apart = np.abs(levels[:, None] - levels[None, :])
    widest = apart.max(initial=0) or 1.0
    match weights:
        case Weights.IDENTITY:
            return np.eye(len(levels))
        case Weights.LINEAR:
            return np.asarray(1 - apart / widest, dtype=float)
        case Weights.QUADRATIC:
            return np.asarray(1 - (apart / widest) ** 2, dtype=float)
        case Weights.ORDINAL:
            place = np.arange(len(levels))
            steps = np.abs(place[:, None] - place[None, :])
            pairs = steps * (steps + 1) / 2
            return np.asarray(1 - pairs / max(1.0, float(pairs.max(initial=0))), dtype=float)
