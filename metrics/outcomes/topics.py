"""Topics of conversations that were given none: fitted here, on their own words, and named by their terms."""

import warnings
from collections.abc import Sequence

import numpy as np
from sklearn.decomposition import NMF
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfVectorizer

NO_TOPIC = "(no topic)"
_FEWEST_WITH = 5
"""Conversations that must use a word, lest a name becomes a topic."""
_PER_TOPIC = 10
"""Conversations for each topic that is looked for."""
_TERMS = 3
_PATTERN = r"(?u)\b[^\W\d_]{3,}\b"


def topics(words: Sequence[str], *, most: int) -> list[str]:
    """The topic of each text, in their order: up to `most`, each named by its three strongest terms.

    `NO_TOPIC` where none of the terms is used, and for all where there are too few texts. The same texts give the same
    topics; other windows give others, so compare within one.
    Source: Lee and Seung 1999, Nature 401:788-791, on tf-idf weights, in scikit-learn.
    """
    wanted = min(most, len(words) // _PER_TOPIC)
    if wanted < 2:
        return [NO_TOPIC] * len(words)
    counting = TfidfVectorizer(token_pattern=_PATTERN, min_df=_FEWEST_WITH, max_df=0.8, max_features=4000,
                               stop_words="english", sublinear_tf=True)  # fmt: skip
    try:
        weights = counting.fit_transform(words)
    except ValueError:  # no word is common enough
        return [NO_TOPIC] * len(words)
    wanted = min(wanted, *weights.shape)
    if wanted < 2:
        return [NO_TOPIC] * len(words)
    model = NMF(wanted, init="nndsvda", max_iter=200, tol=1e-3, random_state=0)
    with np.errstate(invalid="ignore"), warnings.catch_warnings():  # a distance of nothing may round to below 0
        warnings.simplefilter("ignore", ConvergenceWarning)  # names of topics do not need the last digit
        held = model.fit_transform(weights)
    terms = counting.get_feature_names_out()
    names = [", ".join(terms[place] for place in np.argsort(-row)[:_TERMS]) for row in model.components_]
    best, strength = held.argmax(axis=1), held.max(axis=1)
    return [names[place] if strong > 1e-6 else NO_TOPIC for place, strong in zip(best, strength, strict=True)]
