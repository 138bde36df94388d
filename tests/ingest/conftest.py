"""A home in a temporary folder, and ingests into it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingest.files import ingest_paths
from ingest.report import IngestReport
from settings import Settings
from storage.home import Home, open_home


@dataclass(frozen=True)
class Desk:
    """A home and what was put into its lake."""

    home: Home

    def ingest(self, *paths: Path, format: str | None = None, processes: int = 0) -> IngestReport:  # noqa: A002
        return ingest_paths(
            paths, settings=self.home.settings, lake=self.home.lake, ledger=self.home.ledger, format=format,
            processes=processes,
        )  # fmt: skip

    def rows(self, table: str = "spans") -> list[dict[str, object]]:
        files = self.home.lake.files(table)
        return pa.concat_tables([pq.read_table(file.path) for file in files]).to_pylist() if files else []

    def commits(self) -> int:
        return len(self.home.lake.files("spans"))

    def ids(self) -> set[tuple[object, object]]:
        return {(row["trace_id"], row["span_id"]) for row in self.rows() if row["arrival"] != "content"}

    def known(self) -> set[tuple[object, object, object]]:
        """What a load would keep: the same content of the same span counts once."""
        return {(row["trace_id"], row["span_id"], row["content_hash"]) for row in self.rows()}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    home = open_home(Settings(home=tmp_path / "home"), now=datetime.now(UTC))
    yield Desk(home)
    home.close()
