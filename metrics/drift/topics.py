"""Which topics the texts of two windows have, and how the share of each moved.

Topics are groups of texts that lie near each other; the words that mark a group name it. They are made from both
windows together, without looking at which text is from which, so that their shares can be tested.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats
from sklearn.cluster import KMeans
from sklearn.feature_extraction.text import CountVectorizer

from metrics.drift.compared import FEWEST, Codes, Flags, Numbers, many_of, shares
from metrics.drift.embedding import WORD, fitted_on, without_placeholders

MOST_TOPICS, TEXTS_PER_TOPIC = 12, 25
_WORDS_OF_A_NAME = 4


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic's words, its share of the texts before and now, the change's 95 % interval (0-1), and its q."""

    words: str
    before: float
    now: float
    low: float
    high: float
    q: float
    places: tuple[int, ...]
    """Texts of the newer window that lie nearest to its middle."""


def topics(texts: Sequence[str], conversations: Codes, is_new: Flags, *, seed: int = 0) -> tuple[Topic, ...]:
    """Up to twelve topics, the one that moved most first; none with too few texts or conversations.

    Groups are those of k-means on texts as points (`embedding`); a group is named by the words that it uses more than
    the others do (Grootendorst 2022, BERTopic, arXiv:2203.05794, eq. 2). False discoveries over the topics are
    controlled by Benjamini and Yekutieli 2001, as shares depend on each other.
    """
    many = min(MOST_TOPICS, len(texts) // TEXTS_PER_TOPIC)
    if many < 2 or min(many_of(conversations[side]) for side in (is_new, ~is_new)) < FEWEST:
        return ()
    embedding = fitted_on(texts, seed=seed)
    if embedding is None:
        return ()
    points = embedding(texts)
    grouped = KMeans(many, n_init=4, random_state=seed).fit(points)
    near = points @ grouped.cluster_centers_.T
    names = _names(texts, grouped.labels_, many=many)
    found = [shares(grouped.labels_ == number, conversations, is_new) for number in range(many)]
    q = stats.false_discovery_control([one.p for one in found], method="by")
    said = [
        Topic(name, one.before, one.now, one.low, one.high, float(value),
              _nearest(near[:, number], (grouped.labels_ == number) & is_new))
        for number, (name, one, value) in enumerate(zip(names, found, q, strict=True))
    ]  # fmt: skip
    return tuple(sorted(said, key=lambda topic: -abs(topic.now - topic.before)))


def _nearest(near: Numbers, is_asked: Flags) -> tuple[int, ...]:
    order = np.argsort(np.where(is_asked, -near, np.inf), kind="stable")[: min(10, int(is_asked.sum()))]
    return tuple(int(place) for place in order)


def _names(texts: Sequence[str], labels: Codes, *, many: int) -> list[str]:
    """The words that each group uses often and the others do not."""
    counting = CountVectorizer(token_pattern=WORD, stop_words="english", min_df=2)
    try:
        uses = counting.fit_transform([without_placeholders(text) for text in texts])
    except ValueError:
        return [f"topic {number + 1}" for number in range(many)]
    words = counting.get_feature_names_out()
    counts = np.stack([np.asarray(uses[labels == number].sum(axis=0)).ravel() for number in range(many)]).astype(float)
    shares_of_words = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    weights = shares_of_words * np.log1p(counts.sum() / many / np.maximum(counts.sum(axis=0), 1))
    best = np.argsort(-weights, axis=1, kind="stable")[:, :_WORDS_OF_A_NAME]
    return [", ".join(words[place] for place in row if counts[number, place] > 0) for number, row in enumerate(best)]
