"""The warehouse as it stood: made again in a scratch folder from what had arrived up to a sequence number."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from errors import StoreFailed
from settings import Settings
from storage import warehouse_file
from storage.lake import Lake
from storage.loading import loader
from storage.warehouse import Warehouse


@contextmanager
def as_of(settings: Settings, lake: Lake, *, spans: int, scores: int) -> Iterator[Warehouse]:
    """A warehouse of the spans and scores with at most these sequence numbers; its files are gone afterwards.

    The same code loads it, so compaction, later arrivals and a rebuild change nothing in it. It takes as long as a
    rebuild, and as much disk as the warehouse. It has no text index. Raises `StoreFailed`.
    """
    scratch = _folder(settings)
    try:
        storage = settings.storage.model_copy(update={"lake_url": settings.lake_location})
        there = settings.model_copy(update={"home": scratch, "storage": storage})
        connection = warehouse_file.connect(there)
        try:
            cursor = connection.cursor()
            loader.load(cursor, lake, templates=warehouse_file.templates(there), watch=None,
                        upto={"spans": spans, "scores": scores})  # fmt: skip
            cursor.close()
            yield Warehouse(connection, there, lake)
        except duckdb.Error as error:
            raise StoreFailed("warehouse", "being made as it was", type(error).__name__) from error
        finally:
            connection.close()
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _folder(settings: Settings) -> Path:
    try:
        return Path(tempfile.mkdtemp(prefix="replay-", dir=settings.home))
    except OSError as error:
        raise StoreFailed("warehouse", "being made as it was", error.strerror or type(error).__name__) from error
