"""Texts as points, so that near ones speak of the same: made from the words of the reference window alone.

It needs no download and knows a team's own words. It does not know that two different words mean the same, unless they
come together in the reference. Vectors that clients send are no part of a trace here: text can be read back from them
(Morris et al. 2023, Text embeddings reveal almost as much as text), so they are dropped when traces are taken in.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import normalize

from metrics.drift.compared import Numbers

Embedding = Callable[[Sequence[str]], Numbers]
"""Texts to rows of length 1 (or 0, for a text without a known word)."""
FitEmbedding = Callable[[Sequence[str]], Embedding | None]
"""The texts of a reference to an embedding; None where they hold too few words."""


@dataclass(frozen=True, slots=True)
class Space:
    """Where texts become points: how it is made of a reference, and what it is, in words."""

    fit: FitEmbedding
    words: str


WORD = r"(?u)\b[^\W\d_]{3,}\b"
"""Three letters or more: no numbers, dates or ids."""
_DIMENSIONS, _MOST_WORDS = 100, 20_000


def fitted_on(reference: Sequence[str], *, seed: int = 0) -> Embedding | None:
    """Latent semantic analysis of the reference: word weights (tf-idf), reduced to at most 100 dimensions.

    None when the reference has fewer than three words that come twice.
    Source: Deerwester et al. 1990, JASIS 41:391-407; Salton and Buckley 1988, for the weights.
    """
    weights = TfidfVectorizer(token_pattern=WORD, min_df=2, max_features=_MOST_WORDS, sublinear_tf=True)
    try:
        words = weights.fit_transform([without_placeholders(text) for text in reference])
    except ValueError:  # no word is common enough
        return None
    dimensions = min(_DIMENSIONS, words.shape[0] - 1, words.shape[1] - 1)
    if dimensions < 2:
        return None
    reduced = TruncatedSVD(dimensions, random_state=seed).fit(words)
    both = make_pipeline(weights, reduced)

    def embedding(texts: Sequence[str]) -> Numbers:
        return np.asarray(normalize(both.transform([without_placeholders(text) for text in texts])))

    return embedding


OF_REFERENCE = Space(fitted_on, "words of half of the reference as points")


def without_placeholders(text: str) -> str:
    """A text without what stands for personal data: `<PERSON_1>`."""
    return " ".join(part for part in text.split() if not part.startswith("<"))
