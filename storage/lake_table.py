"""One Delta table through the library: made when it is missing, widened when a later version has more columns."""

from pathlib import Path

import pyarrow as pa
import pyarrow.fs as pafs
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError
from deltalake.fs import DeltaStorageHandler

from storage.delta_log import TableFolder, entry_name
from storage.schema import lake_schema
from storage.synced import make_folder, sync

Options = dict[str, str]
_ATTEMPTS = 5
_PLAIN_WRITER_VERSION = 2  # from 3 on: check constraints, change data, column mapping, deletion vectors
_CONFIGURATION: dict[str, str | None] = {
    # the library takes statistics of the first 32 columns only, and ours that matter come last
    "delta.dataSkippingStatsColumns": "trace_id,sequence,start_ns,received_at",
    "delta.logRetentionDuration": "interval 1 days",
    "delta.deletedFileRetentionDuration": "interval 1 days",
}


def local_folder(uri: str) -> Path | None:
    """The folder of a table on this machine's disk, None for an object store."""
    if uri.startswith("file://"):
        return Path(uri.removeprefix("file://"))
    return None if "://" in uri else Path(uri)


def table_folder(uri: str, options: Options | None) -> TableFolder:
    """The table's files for reading; a local table's are told as paths, not URLs."""
    folder = local_folder(uri)
    if folder is None:
        return TableFolder(uri, pafs.PyFileSystem(DeltaStorageHandler(uri, options)))
    return TableFolder(str(folder), pafs.SubTreeFileSystem(str(folder), pafs.LocalFileSystem()))


def is_table(uri: str, options: Options | None) -> bool:
    """Whether the table has been made."""
    try:
        return DeltaTable.is_deltatable(uri, options)
    except TableNotFoundError:  # what the library says of a file:// URL without a folder
        return False


def open_table(uri: str, name: str, options: Options | None) -> DeltaTable:
    """The lake table `name` with every column of this version. Raises `DeltaError` or `OSError`."""
    for attempt in range(_ATTEMPTS):
        try:
            if not is_table(uri, options):
                _make(uri, name, options)
            return _widened(DeltaTable(uri, storage_options=options), lake_schema(name))
        except (CommitFailedError, DeltaError):  # another process made or widened it at the same moment
            if attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError


def is_plain(table: DeltaTable) -> bool:
    """Whether our own entries may be written: the table asks no more of its writers than they do."""
    return table.protocol().min_writer_version <= _PLAIN_WRITER_VERSION


def _make(uri: str, name: str, options: Options | None) -> None:
    folder = local_folder(uri)
    if folder is not None:
        make_folder(folder)
    DeltaTable.create(
        uri, schema=lake_schema(name), name=name, configuration=_columns_there(name), storage_options=options
    )
    sync_commit(uri, 0)


def _columns_there(name: str) -> dict[str, str | None]:
    columns = _CONFIGURATION["delta.dataSkippingStatsColumns"] or ""
    there = [c for c in columns.split(",") if c in lake_schema(name).names]
    return {**_CONFIGURATION, "delta.dataSkippingStatsColumns": ",".join(there)}


def _widened(table: DeltaTable, wanted: pa.Schema) -> DeltaTable:
    there = pa.schema(table.schema())
    if not lacks(there, wanted):
        return table
    write_deltalake(table, wanted.empty_table(), mode="append", schema_mode="merge")
    sync_commit(table.table_uri, table.version())
    return table


def lacks(there: pa.Schema | pa.StructType, wanted: pa.Schema | pa.StructType) -> bool:
    """Whether a column of `wanted` is missing, also inside lists of structs."""
    types = {field.name: field.type for field in there}
    for field in wanted:
        if field.name not in types:
            return True
        is_nested = pa.types.is_list(field.type) and pa.types.is_struct(field.type.value_type)
        if is_nested and lacks(types[field.name].value_type, field.type.value_type):
            return True
    return False


def sync_commit(uri: str, version: int) -> None:
    """Sync what the library wrote for one commit: files, entry, folders. Nothing to do on an object store."""
    folder = local_folder(uri)
    if folder is None:
        return
    entry = table_folder(uri, None).entry(version)
    for file in entry.added if entry else ():
        sync(Path(file.path))
    sync(folder)
    sync(folder / "_delta_log" / entry_name(version))
    sync(folder / "_delta_log")
