"""A home opens, keeps itself to its owner, and one that an earlier version wrote gains what it lacks."""

import datetime as dt
import json
import os
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from errors import StoreFailed, UsageError
from settings import Settings, read_settings
from storage.home import open_home
from storage.key import home_key
from storage.lake import Lake
from storage.ledger import Ledger
from storage.schema import SCHEMA_VERSION, lake_schema
from tests.storage.homes import opened, settings_of, turn
from tests.storage.rows import spans

NOW = dt.datetime(2026, 9, 1, 12, tzinfo=dt.UTC)
ADDED_SINCE = ["retrieval_config", "ttft_ns"]  # columns that the earlier version did not have
ADDED_IN_DOCUMENTS = "last_updated"


def earlier_schema() -> pa.Schema:
    """The lake's schema as a version with fewer columns had it, in the documents too."""
    schema = pa.schema([f for f in lake_schema("spans") if f.name not in ADDED_SINCE])
    at = schema.get_field_index("documents")
    fewer = [f for f in schema.field(at).type.value_type if f.name != ADDED_IN_DOCUMENTS]
    return schema.set(at, pa.field("documents", pa.list_(pa.struct(fewer))))


def earlier_rows(rows: int) -> pa.Table:
    schema = earlier_schema()
    return pa.Table.from_pylist(spans(rows, trace="old").select(schema.names).to_pylist(), schema=schema)


def columns(folder: Path) -> set[str]:
    return {field.name for field in pa.schema(DeltaTable(folder).schema())}


def test_a_new_home_belongs_to_its_owner_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    open_home(Settings(home=home), now=NOW).close()
    assert home.stat().st_mode & 0o777 == 0o700
    assert (home / "lake").stat().st_mode & 0o777 == 0o700
    assert (home / "lake" / "spans").stat().st_mode & 0o777 == 0o700
    assert {(home / name).stat().st_mode & 0o777 for name in ("key", "ledger.db")} == {0o600}


def test_a_home_remembers_its_key_and_when_it_was_made(tmp_path: Path) -> None:
    first = open_home(Settings(home=tmp_path / "home"), now=NOW)
    first.close()
    second = open_home(Settings(home=tmp_path / "home"), now=NOW + dt.timedelta(days=1))
    assert second.key == first.key
    assert second.ledger.about("created") == NOW.isoformat()
    assert second.ledger.about("schema_version") == str(SCHEMA_VERSION)
    second.close()


def test_a_home_in_use_keeps_the_mode_that_its_owner_set(tmp_path: Path) -> None:
    open_home(Settings(home=tmp_path / "home"), now=NOW).close()
    (tmp_path / "home").chmod(0o750)
    open_home(Settings(home=tmp_path / "home"), now=NOW).close()
    assert (tmp_path / "home").stat().st_mode & 0o777 == 0o750


def test_a_home_of_an_earlier_version_gains_the_missing_columns_and_keeps_its_rows(tmp_path: Path) -> None:
    home = tmp_path / "home"
    write_deltalake(home / "lake" / "spans", earlier_rows(3).set_column(
        earlier_schema().get_field_index("sequence"), earlier_schema().field("sequence"), pa.array([1, 2, 3])
    ))  # fmt: skip
    ledger = Ledger(f"sqlite:///{home / 'ledger.db'}")
    ledger.set_about("schema_version", "0")
    ledger.close()

    opened = open_home(Settings(home=home), now=NOW)
    assert opened.ledger.about("schema_version") == str(SCHEMA_VERSION)
    assert set(lake_schema("spans").names) <= columns(home / "lake" / "spans")
    opened.lake.append("spans", spans(2, trace="new"))
    rows = DeltaTable(home / "lake" / "spans").to_pyarrow_table()
    assert sorted(rows["trace_id"].to_pylist()) == ["new", "new", "old", "old", "old"]
    assert rows.select(ADDED_SINCE).to_pylist() == [dict.fromkeys(ADDED_SINCE)] * 5
    opened.lake.compact("spans")
    (file,) = opened.lake.files("spans")
    assert file.rows == 5
    compacted = DeltaTable(home / "lake" / "spans").to_pyarrow_table()
    assert {len(row["documents"][0]) for row in compacted.to_pylist()} == {
        len(lake_schema("spans").field("documents").type.value_type)
    }
    opened.close()


def test_columns_of_a_later_version_stay_while_an_older_one_writes_and_compacts(tmp_path: Path) -> None:
    folder = tmp_path / "lake" / "spans"
    lake = Lake(str(tmp_path / "lake"))
    lake.append("spans", spans(1))
    later = spans(1, trace="later").append_column("mood", pa.array(["calm"]))
    write_deltalake(folder, later, mode="append", schema_mode="merge")
    lake.append("spans", spans(1, trace="c"))
    lake.compact("spans")
    moods = {row["trace_id"]: row["mood"] for row in DeltaTable(folder).to_pyarrow_table().to_pylist()}
    assert moods == {"a": None, "later": "calm", "c": None}
    assert len(lake.files("spans")) == 1


def test_a_home_that_a_later_version_opened_keeps_the_later_number(tmp_path: Path) -> None:
    first = open_home(Settings(home=tmp_path / "home"), now=NOW)
    first.ledger.set_about("schema_version", str(SCHEMA_VERSION + 1))
    first.close()
    second = open_home(Settings(home=tmp_path / "home"), now=NOW)
    assert second.ledger.about("schema_version") == str(SCHEMA_VERSION + 1)
    second.close()


def test_a_start_that_was_killed_while_it_made_the_key_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / f"key.{os.getpid()}").write_bytes(b"half")

    assert home_key(tmp_path / "key") == home_key(tmp_path / "key")


def test_a_key_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreFailed, match="the key failed while being opened: No such file or directory"):
        home_key(tmp_path / "gone" / "key")


def test_a_place_that_cannot_be_a_home_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreFailed, match="home"):
        open_home(Settings(home=tmp_path / "file"), now=NOW)


def test_settings_of_a_home_that_is_a_file_are_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be made: Not a directory; choose another with --home"):
        read_settings(tmp_path / "file")


def test_a_table_that_asks_more_of_its_writers_is_written_by_the_library(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path / "lake"))
    lake.append("spans", spans(1))
    table = DeltaTable(tmp_path / "lake" / "spans")
    table.alter.set_table_properties({"delta.enableChangeDataFeed": "true"})
    done = lake.append("spans", spans(2))
    assert (done.first_sequence, done.last_sequence) == (2, 3)
    entry = (tmp_path / "lake" / "spans" / "_delta_log" / f"{done.version:020d}.json").read_text()
    assert json.loads(entry.splitlines()[0])["commitInfo"]["engineInfo"].startswith("delta-rs")


def test_a_ledger_that_is_gone_is_not_made_anew_in_silence(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with opened(home) as there:
        there.append(turn(1))
    (home / "ledger.db").unlink()

    for _ in range(2):
        with pytest.raises(StoreFailed, match=r"Restore it from a backup.*load --new-ledger"), opened(home):
            pass
    open_home(settings_of(home), now=NOW, new_ledger=True).close()
    with opened(home):
        pass
