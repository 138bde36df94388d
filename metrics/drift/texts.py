"""Whether what users ask, or what they are answered, is other than before: in a space of meanings, and to a classifier.

Conversations are the units; those that go on from one window into the other are left out. Nothing is said with fewer
than `FEWEST` in the newer window or twice as many in the reference; half of the reference makes the space of meanings.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.preprocessing import normalize

from metrics.drift.changes import POINTS_THAT_MATTER, SURE, Verdict
from metrics.drift.closeness import Figure, closeness
from metrics.drift.compared import Codes, Numbers, many_of
from metrics.drift.embedding import OF_REFERENCE, Embedding, Space
from metrics.drift.told_apart import FEWEST, FOLDS, told_apart
from metrics.drift.topics import topics
from metrics.drift.windows import Windows, read_texts
from metrics.questions import Warehouse

AUC_MATTERS, SPREAD_MATTERS = 0.6, 0.03
MOST_CONVERSATIONS = 4_000
"""Per window, drawn at random; more make the figures no surer than they need to be."""
COLUMNS = ("figure", "value", "low", "high", "of", "p", "q", "guide", "verdict", "n_before", "n_now", "method")
TOPIC_COLUMNS = ("topic", "before", "now", "effect", "low", "high", "q", "verdict", "n_before", "n_now", "traces")


class Of(StrEnum):
    """Which texts."""

    QUESTIONS = "questions"
    ANSWERS = "answers"


class Band(StrEnum):
    """What `low` and `high` are: where the figure stays when nothing changed, or how sure it is (both 95 %)."""

    NULL = "null band"
    INTERVAL = "interval"


def text_drift(
    warehouse: Warehouse, windows: Windows, *, of: Of = Of.QUESTIONS, space: Space = OF_REFERENCE
) -> pd.DataFrame:
    """A row per figure (`COLUMNS`): similarity of the centres, spread, PSI of the nearness to the centre, AUC.

    q: false discovery rate over the figures. guide: what practitioners' marks say of the value alone. n are
    conversations. Empty with too few of them.
    """
    return text_drift_of(read_texts(warehouse, windows, answers=of is Of.ANSWERS), space=space)


def text_drift_of(texts: pd.DataFrame, *, space: Space = OF_REFERENCE) -> pd.DataFrame:
    """As `text_drift`, of texts that were read."""
    whole = _whole(texts)
    figures = list(_figures(whole, space)) if len(whole) else []
    if not figures:
        return pd.DataFrame(columns=list(COLUMNS))
    table = pd.DataFrame(figures)
    table["q"] = stats.false_discovery_control(table["p"].to_numpy(float), method="by")
    sure = table["q"] < SURE
    table["verdict"] = np.where(sure, np.where(table["matters"], Verdict.CHANGED, Verdict.SMALL), Verdict.NONE)
    return table[list(COLUMNS)]


def topic_drift(warehouse: Warehouse, windows: Windows, *, of: Of = Of.QUESTIONS) -> pd.DataFrame:
    """A row per topic (`TOPIC_COLUMNS`), the one whose share moved most first. n are texts."""
    return topic_drift_of(read_texts(warehouse, windows, answers=of is Of.ANSWERS))


def topic_drift_of(texts: pd.DataFrame) -> pd.DataFrame:
    """As `topic_drift`, of texts that were read."""
    if texts.empty or texts["is_new"].all() or not texts["is_new"].any():
        return pd.DataFrame(columns=list(TOPIC_COLUMNS))
    is_new = texts["is_new"].to_numpy(bool)
    found = topics([str(text) for text in texts["preview"]], texts["code"].to_numpy(np.intp), is_new)
    traces = texts["trace_id"].to_numpy(object)
    counts = {"n_before": int((~is_new).sum()), "n_now": int(is_new.sum())}
    rows = [
        {"topic": one.words, "before": one.before, "now": one.now, "effect": one.now - one.before, "low": one.low,
         "high": one.high, "q": one.q, "verdict": _verdict(one.q, one.now - one.before), **counts,
         "traces": [str(traces[place]) for place in one.places]} for one in found
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(TOPIC_COLUMNS))


def _verdict(q: float, effect: float) -> Verdict:
    if not q < SURE:
        return Verdict.NONE
    return Verdict.CHANGED if abs(effect) >= POINTS_THAT_MATTER else Verdict.SMALL


def _whole(texts: pd.DataFrame) -> pd.DataFrame:
    """Texts of conversations that lie in one window, of at most `MOST_CONVERSATIONS` in each."""
    if texts.empty:
        return texts
    windows = texts.groupby("code")["is_new"].agg(["min", "max"])
    kept: list[int] = []
    for is_new in (False, True):
        own = windows.index[(windows["min"] == is_new) & (windows["max"] == is_new)].to_numpy()
        kept += np.random.default_rng(0).permutation(own)[:MOST_CONVERSATIONS].tolist()
    return texts[texts["code"].isin(kept)]


def _figures(texts: pd.DataFrame, space: Space) -> Iterator[dict[str, Any]]:
    old, new = (texts[texts["is_new"] == side] for side in (False, True))
    n_before, n_now = many_of(old["code"].to_numpy()), many_of(new["code"].to_numpy())
    if n_now < FEWEST or n_before < 2 * FEWEST:
        return
    count = {"n_before": n_before, "n_now": n_now}
    order = np.random.default_rng(0).permutation(old["code"].unique())
    fitting = old["code"].isin(order[: len(order) // 2])
    embedding = space.fit([str(text) for text in old.loc[fitting, "preview"]])
    if embedding is not None:
        points = [_points(part, embedding) for part in (old[fitting], old[~fitting], new)]
        for one in closeness(*points):
            yield count | _said(one, space)
    whole = texts.groupby("code", sort=True).agg(text=("preview", "\n".join), is_new=("is_new", "first"))
    told = told_apart(whole["text"].tolist(), whole["is_new"].to_numpy(bool))
    if told is not None:
        yield count | {
            "figure": "told apart by a classifier (AUC)", "value": told.auc, "low": told.low, "high": told.high,
            "of": Band.INTERVAL, "p": told.p, "guide": "", "matters": told.auc >= AUC_MATTERS,
            "method": f"ridge regression on words, {FOLDS} folds of whole conversations; 0.5 is chance",
        }  # fmt: skip


def _points(texts: pd.DataFrame, embedding: Embedding) -> Numbers:
    """A point of length 1 per conversation: the mean of its texts; conversations without a known word are left out."""
    points = embedding([str(text) for text in texts["preview"]])
    places: Codes = np.unique(texts["code"].to_numpy(), return_inverse=True)[1]
    sums = np.zeros((int(places.max()) + 1, points.shape[1]))
    np.add.at(sums, places, points)
    return np.asarray(normalize(sums[np.linalg.norm(sums, axis=1) > 0]))


def _said(one: Figure, space: Space) -> dict[str, Any]:
    matters = abs(one.value) >= SPREAD_MATTERS if not one.guide else one.guide != "stable"
    return {
        "figure": one.name, "value": one.value, "low": one.low, "high": one.high, "of": Band.NULL, "p": one.p,
        "guide": one.guide, "matters": matters,
        "method": f"{space.words}; band: samples as large, from the reference's other half",
    }  # fmt: skip
