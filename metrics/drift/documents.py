"""Which documents are returned no more, or only now; counted in conversations.

What it cannot tell: whether a document was removed, or nobody asks for what it says any more.
"""

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from metrics.drift.changes import SURE
from metrics.drift.compared import FEWEST
from metrics.drift.windows import Traffic, Windows, read
from metrics.questions import Warehouse

COLUMNS = ("step", "document", "before", "now", "n_before", "n_now", "q", "verdict", "traces")
NO_MORE, ONLY_NOW = "returned no more", "returned only now"


def documents(warehouse: Warehouse, windows: Windows) -> pd.DataFrame:
    """A row per step and document that only one of the windows has, surest first (`COLUMNS`).

    before, now: conversations that it was returned in; n: those that retrieved anything in that step. q: that none of
    its conversations lies in the other window by chance, with false discoveries over all documents of both windows
    controlled (Benjamini and Hochberg 1995). verdict: empty where that is not sure. Source: Fisher's exact test, with
    conversations as units.
    """
    return documents_of(read(warehouse, windows))


def documents_of(traffic: Traffic) -> pd.DataFrame:
    """As `documents`, of traffic that was read."""
    if traffic.documents.empty or traffic.spans.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    spans = traffic.spans.loc[traffic.spans["kind"] == "retriever", ["trace_id", "span_id", "step", "code", "is_new"]]
    found = spans.merge(traffic.documents[["trace_id", "span_id", "doc_id"]], on=["trace_id", "span_id"])
    found = found[found["doc_id"].notna()]
    rows = [row for step, own in found.groupby("step", sort=True) for row in _of_step(str(step), own)]
    if not rows:
        return pd.DataFrame(columns=list(COLUMNS))
    table = pd.DataFrame(rows)
    table["q"] = stats.false_discovery_control(table["p"].to_numpy(float), method="bh")
    table = table[(table["before"] == 0) | (table["now"] == 0)]
    way = np.where(table["now"] == 0, NO_MORE, ONLY_NOW)
    table["verdict"] = np.where(table["q"] < SURE, way, "")
    ordered = table.sort_values(["q", "step", "document"], ignore_index=True)
    return ordered[list(COLUMNS)]


def _of_step(step: str, found: pd.DataFrame) -> list[dict[str, Any]]:
    """A row per document, with the p-value of Fisher's exact test."""
    in_all = found.groupby("is_new")["code"].nunique()
    n_before, n_now = int(in_all.get(False, 0)), int(in_all.get(True, 0))
    if min(n_before, n_now) < FEWEST:
        return []
    rows = []
    for document, own in found.groupby("doc_id", sort=True):
        with_it = own.groupby("is_new")["code"].nunique()
        before, now = int(with_it.get(False, 0)), int(with_it.get(True, 0))
        table = [[before, n_before - before], [now, n_now - now]]
        rows.append({
            "step": step, "document": str(document), "before": before, "now": now, "n_before": n_before,
            "n_now": n_now, "p": float(stats.fisher_exact(table).pvalue),
            "traces": [str(trace) for trace in own["trace_id"].drop_duplicates().tolist()[:10]],
        })  # fmt: skip
    return rows
