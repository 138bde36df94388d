"""Real conversations drawn again into two windows."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from metrics.alerts.score_figures import scores_of
from metrics.drift.windows import Traffic, Windows, read
from metrics.filters import TrafficFilter
from metrics.outcomes.conversations import conversations
from metrics.outcomes.rules import built_in
from settings import read_settings
from storage.desk import DeskWarehouse

Places = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]
_BEFORE_ALL = (datetime(1970, 1, 2, tzinfo=UTC), datetime(1970, 1, 3, tzinfo=UTC))
_MOST_TRACES = 10_000_000
"""Above any number of a trace, so that one drawn twice is two."""


@dataclass(frozen=True, slots=True)
class Pool:
    """All conversations of a home (or of a part of its time), to draw from."""

    conversations: int
    _spans: "_Grouped"
    _questions: "_Grouped"
    _documents: "_Grouped"
    _ended: "_Grouped | None" = None
    _scores: "_Grouped | None" = None

    @classmethod
    def of(cls, home: Path, *, until: datetime | None = None, stand_ins: bool = False) -> "Pool":
        """The conversations of a home, or those before `until`; see `with_stand_ins`."""
        warehouse = DeskWarehouse(read_settings(home))
        wanted = TrafficFilter(datetime(1980, 1, 1, tzinfo=UTC), until or datetime(2200, 1, 1, tzinfo=UTC))
        traffic = read(warehouse, Windows(wanted, *_BEFORE_ALL))
        ended = conversations(warehouse, wanted, {None: built_in()})
        scores = scores_of(warehouse, (wanted.since, wanted.until), _BEFORE_ALL)
        return cls.from_traffic(with_stand_ins(traffic, warehouse) if stand_ins else traffic, ended, scores)

    @classmethod
    def from_traffic(
        cls, traffic: Traffic, ended: pd.DataFrame | None = None, scores: pd.DataFrame | None = None
    ) -> "Pool":
        """Of rows as they were read; traces get numbers instead of ids. `ended` and `scores`: how conversations ended
        and what judges said, as `metrics.outcomes.conversations` and `metrics.alerts.score_figures` read them."""
        traces = traffic.spans[["trace_id", "conversation"]].drop_duplicates("trace_id")
        numbers = pd.DataFrame({"number": range(len(traces)), "code": pd.factorize(traces["conversation"])[0]})
        numbers.index = pd.Index(traces["trace_id"])

        def numbered(rows: pd.DataFrame) -> _Grouped:
            known = rows[rows["trace_id"].isin(numbers.index)] if len(rows) else rows
            found = numbers.loc[known["trace_id"]] if len(known) else numbers[:0]
            return _Grouped.of(known.assign(trace_id=found["number"].to_numpy(), code=found["code"].to_numpy()))

        def of_conversations(rows: pd.DataFrame | None, column: str) -> _Grouped:
            if rows is None or rows.empty:
                return _Grouped.of(pd.DataFrame())
            codes = pd.Series(numbers["code"].to_numpy(), traces["conversation"].to_numpy())
            code = rows[column].map(codes[~codes.index.duplicated()])
            return _Grouped.of(rows[code.notna()].assign(code=code.dropna().astype(int)))

        spans, questions, documents = (numbered(rows) for rows in (traffic.spans, traffic.questions, traffic.documents))
        return cls(
            int(numbers["code"].nunique()), spans, questions, documents,
            of_conversations(ended, "conversation_id"), of_conversations(scores, "conversation"),
        )  # fmt: skip

    def draw(self, picked: Places, is_new: Flags) -> Traffic:
        """The conversations `picked` (one that comes twice is two conversations), new where `is_new`."""
        return Traffic(
            self._spans.draw(picked, is_new), self._documents.draw(picked, is_new), self._questions.draw(picked, is_new)
        )

    def ended(self, picked: Places, is_new: Flags) -> pd.DataFrame:
        """How the conversations `picked` ended, with `is_new`."""
        return pd.DataFrame() if self._ended is None else self._ended.of_conversations(picked, is_new)

    def scores(self, picked: Places, is_new: Flags) -> pd.DataFrame:
        """What judges said of the conversations `picked`, with `is_new`."""
        return pd.DataFrame() if self._scores is None else self._scores.of_conversations(picked, is_new)


def with_stand_ins(traffic: Traffic, warehouse: DeskWarehouse) -> Traffic:
    """Figures for spans that have none, from the lengths of their texts: as alike within a conversation as real ones.

    A token is four characters, costs 2.5 or 10 dollars a million and takes 20 ms to write. What answers `Error` failed.
    """
    texts = warehouse.frame(
        """SELECT trace_id, span_id, length(input_text) / 4.0 AS read, length(output_text) / 4.0 AS written,
        coalesce(output_text LIKE 'Error%', false) AS failed FROM spans"""
    )
    spans = traffic.spans.merge(texts, on=["trace_id", "span_id"], how="left")
    read_in, written = (pd.to_numeric(spans[name]).fillna(0).round() for name in ("read", "written"))
    filled = spans.assign(
        tok_in=pd.to_numeric(spans["tok_in"]).fillna(read_in), tok_out=pd.to_numeric(spans["tok_out"]).fillna(written),
        cost_usd=pd.to_numeric(spans["cost_usd"]).fillna((2.5 * read_in + 10 * written) / 1e6),
        duration_ms=pd.to_numeric(spans["duration_ms"]).fillna(20 * written + 1),
        is_error=spans["is_error"] | spans["failed"].fillna(value=False).astype(bool),
    )  # fmt: skip
    return Traffic(filled.drop(columns=["read", "written", "failed"]), traffic.documents, traffic.questions)


@dataclass(frozen=True, slots=True)
class _Grouped:
    """Rows in the order of their conversations' numbers, and where each conversation begins."""

    rows: pd.DataFrame
    starts: Places
    sizes: Places

    @classmethod
    def of(cls, rows: pd.DataFrame) -> "_Grouped":
        if rows.empty:
            return cls(rows, np.empty(0, np.intp), np.empty(0, np.intp))
        ordered = rows.sort_values("code", kind="stable", ignore_index=True)
        sizes = np.bincount(ordered["code"].to_numpy(np.intp))
        return cls(ordered, np.cumsum(sizes) - sizes, sizes)

    def draw(self, picked: Places, is_new: Flags) -> pd.DataFrame:
        """Rows of spans: a trace that comes twice gets two numbers."""
        rows = self.of_conversations(picked, is_new)
        return rows if rows.empty else rows.assign(trace_id=rows["trace_id"].to_numpy() + _MOST_TRACES * rows["code"])

    def of_conversations(self, picked: Places, is_new: Flags) -> pd.DataFrame:
        """The rows of the conversations, with `is_new`; `code` is the place in `picked`."""
        if self.rows.empty:
            return self.rows
        known = picked < len(self.sizes)
        sizes = np.where(known, self.sizes[np.where(known, picked, 0)], 0)
        starts = self.starts[np.where(known, picked, 0)]
        code = np.repeat(np.arange(len(picked)), sizes)
        within = np.arange(len(code)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        rows: pd.DataFrame = self.rows.iloc[np.repeat(starts, sizes) + within]
        return rows.assign(code=code, is_new=is_new[code]).reset_index(drop=True)
