"""Where the items of reviewers are read: the warehouse that this process holds, or the one that the app holds."""

from dataclasses import dataclass
from typing import Any, Protocol

import pandas as pd

from settings import Settings
from storage import desk, texts
from storage.warehouse import Warehouse


class Traffic(Protocol):
    """Questions about traffic, and the texts of a few spans."""

    def rows(self, sql: str, **params: Any) -> list[tuple[Any, ...]]:
        """The answer as tuples."""

    def span_texts(self, spans: list[tuple[str, str]]) -> pd.DataFrame:
        """As `storage.texts.span_texts`."""

    def trace_documents(self, trace_id: str) -> pd.DataFrame:
        """As `storage.texts.trace_documents`."""


@dataclass(frozen=True, slots=True)
class HeldTraffic:
    """Traffic of a warehouse that is open here."""

    warehouse: Warehouse

    def rows(self, sql: str, **params: Any) -> list[tuple[Any, ...]]:
        return self.warehouse.rows(sql, **params)

    def span_texts(self, spans: list[tuple[str, str]]) -> pd.DataFrame:
        return texts.span_texts(self.warehouse, spans)

    def trace_documents(self, trace_id: str) -> pd.DataFrame:
        return texts.trace_documents(self.warehouse, trace_id)


@dataclass(frozen=True, slots=True)
class DeskTraffic:
    """Traffic of a home, asked of the running app; the warehouse is opened for each question when none runs."""

    settings: Settings

    def rows(self, sql: str, **params: Any) -> list[tuple[Any, ...]]:
        return [tuple(row.values()) for row in desk.sql(self.settings, sql, **params)]

    def span_texts(self, spans: list[tuple[str, str]]) -> pd.DataFrame:
        return desk.span_texts(self.settings, spans)

    def trace_documents(self, trace_id: str) -> pd.DataFrame:
        return desk.trace_documents(self.settings, trace_id)
