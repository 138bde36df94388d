"""The ledger keeps what was ingested and refused, counts requests in memory, and quotes no secret."""

import datetime as dt
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from errors import StoreFailed, UsageError
from storage.ledger import REJECTS_KEPT, IngestRecord, Ledger, State
from tests.storage.databases import KINDS, database

AT = dt.datetime(2026, 9, 1, 12, 34, 56, 789, tzinfo=dt.UTC)
HOUR = dt.datetime(2026, 9, 1, 12, tzinfo=dt.UTC)
STARTED = IngestRecord("b1", "traces.jsonl", "otlp-json", "d1", State.STARTED, {}, AT)
DONE = replace(STARTED, state=State.DONE, counts={"spans": 7, "scores": 2, "rejected": 1}, finished_at=AT)


@dataclass(frozen=True)
class Bad:
    position: str = "line 1"
    reason: str = "no trace id"
    digest: str = "k1"
    spans: int = 1


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    yield from database(request.param, tmp_path)


@pytest.fixture
def ledger(url: str) -> Iterator[Ledger]:
    opened = Ledger(url)
    yield opened
    opened.close()


def test_content_counts_as_taken_only_when_its_ingest_is_done(ledger: Ledger) -> None:
    ledger.record_ingest(STARTED)
    assert ledger.taken("d1") is None
    ledger.record_ingest(DONE)
    assert ledger.taken("d1") == DONE
    assert ledger.taken("d2") is None
    assert list(ledger.ingests()["state"]) == ["done"]


def test_a_ledger_whose_file_is_damaged_is_told_and_not_read_as_if_rows_were_never_there(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    opened = Ledger(f"sqlite:///{path}")
    for number in range(400):
        opened.record_ingest(replace(DONE, batch=f"b{number}", digest=f"d{number}"))
    opened.close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = bytearray(path.read_bytes())
    at = whole.index(b"traces.jsonl", len(whole) // 2) // 4096 * 4096
    whole[at + 3 : at + 5] = b"\0\0"  # the page says that it has no rows
    path.write_bytes(whole)

    with pytest.raises(StoreFailed, match=r"ledger\.db is damaged; restore it from a backup"):
        Ledger(f"sqlite:///{path}")
    assert path.read_bytes() == bytes(whole)


def test_a_ledger_whose_table_has_no_readable_name_is_told(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    Ledger(f"sqlite:///{path}").close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA writable_schema=ON")
        connection.execute("UPDATE sqlite_master SET name = CAST(x'fffe80' AS TEXT), sql = 'x' WHERE name = 'labels'")
        connection.commit()

    with pytest.raises(StoreFailed, match="restore it from a backup"):
        Ledger(f"sqlite:///{path}")


_FULL = """
import resource, signal, sys, time
from errors import StoreFailed
from storage.ledger import Ledger
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
waited = []
time.sleep = waited.append
try:
    Ledger(sys.argv[1])
except StoreFailed:
    print(len(waited))
"""


def test_a_disk_without_room_is_told_at_once(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _FULL, f"sqlite:///{tmp_path / 'ledger.db'}"]
    said = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True)
    assert said.stdout == "0\n"


def test_a_finished_ingest_without_its_time_is_refused(ledger: Ledger) -> None:
    with pytest.raises(StoreFailed):
        ledger.record_ingest(replace(DONE, finished_at=None))
    assert ledger.ingests().empty


def test_rejects_are_kept_one_by_one_up_to_a_limit_and_counted_beyond_it(ledger: Ledger) -> None:
    many = [Bad(position=f"line {n}", spans=2) for n in range(REJECTS_KEPT + 5)]
    ledger.add_rejects(many, batch="b1", source="traces.jsonl", at=AT)
    assert len(ledger.rejects(limit=10_000)) == REJECTS_KEPT
    (row,) = ledger.rejected_by_reason(AT).to_dict("records")
    assert row == {"hour": HOUR, "source": "traces.jsonl", "reason": "no trace id", "spans": 2 * len(many)}


def test_requests_are_summed_by_hour_and_written_by_flush(ledger: Ledger) -> None:
    for _ in range(3):
        ledger.add_received(AT, client="otel-python", source_format="otlp", spans=10, refused=[Bad(spans=2)])
    assert ledger.received(AT).empty
    ledger.flush()
    ledger.add_received(AT, client="otel-python", source_format="otlp", spans=1, scores=4)
    ledger.flush()
    (row,) = ledger.received(AT).to_dict("records")
    assert row == {
        "hour": HOUR, "client": "otel-python", "format": "otlp", "requests": 4, "spans": 31, "scores": 4, "rejected": 6,
    }  # fmt: skip
    assert list(ledger.rejected_by_reason(AT)["spans"]) == [6]
    assert len(ledger.rejects()) == 3


def test_what_waits_is_written_when_the_ledger_is_closed(url: str) -> None:
    first = Ledger(url)
    first.add_received(AT, client="c", source_format="otlp", spans=10)
    first.close()
    second = Ledger(url)
    assert list(second.received(AT)["spans"]) == [10]
    second.close()


def test_a_day_sums_files_and_requests(ledger: Ledger) -> None:
    ledger.record_ingest(STARTED)
    ledger.record_ingest(replace(DONE, batch="b2"))
    ledger.add_received(AT, client="otel-python", source_format="otlp", spans=10)
    ledger.flush()
    by_day = ledger.ingested_by_day(AT)
    assert list(by_day["day"]) == [AT.date(), AT.date()]
    columns = ["source", "format", "arrivals", "spans", "scores", "rejected"]
    assert by_day[columns].to_numpy().tolist() == [
        ["otel-python", "otlp", 1, 10, 0, 0],
        ["traces.jsonl", "otlp-json", 1, 7, 2, 1],
    ]
    assert ledger.ingested_by_day(AT + dt.timedelta(days=1)).empty


def test_times_come_back_in_utc(ledger: Ledger) -> None:
    elsewhere = AT.astimezone(dt.timezone(dt.timedelta(hours=-7)))
    ledger.record_ingest(replace(DONE, started_at=elsewhere, finished_at=elsewhere))
    taken = ledger.taken("d1")
    assert taken is not None
    assert (taken.started_at, taken.started_at.utcoffset()) == (AT, dt.timedelta(0))


def test_a_setting_is_replaced(ledger: Ledger) -> None:
    assert ledger.about("schema_version") is None
    ledger.set_about("schema_version", "1")
    ledger.set_about("schema_version", "2")
    assert ledger.about("schema_version") == "2"


def test_threads_count_without_losing_any(ledger: Ledger) -> None:
    def count() -> None:
        for n in range(100):
            ledger.add_received(AT, client="c", source_format="otlp", spans=1)
            if n % 25 == 0:
                ledger.flush()

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ledger.flush()
    assert list(ledger.received(AT)["spans"]) == [800]


_WRITER = """
import datetime as dt, sys
from storage.ledger import IngestRecord, Ledger, State
url, who = sys.argv[1:]
at = dt.datetime(2026, 9, 1, 12, tzinfo=dt.UTC)
import alembic.command
print("ready", flush=True)
sys.stdin.readline()
ledger = Ledger(url)  # all of them find an empty database and migrate it
for n in range(8):
    ledger.record_ingest(IngestRecord(f"{who}-{n}", "f", "otlp", f"{who}-{n}", State.DONE, {"spans": 1}, at, at))
    ledger.add_received(at, client="c", source_format="otlp", spans=1)
    ledger.flush()
ledger.close()
"""


def test_processes_open_an_empty_ledger_at_once_and_lose_nothing(url: str) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-W", "error", "-c", _WRITER, url, str(who)], cwd=Path(__file__).parents[2],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for who in range(4)
    ]  # fmt: skip
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate(timeout=120)
    assert [writer.returncode for writer in writers] == [0, 0, 0, 0]
    ledger = Ledger(url)
    assert len(ledger.ingests(limit=1_000)) == 32
    assert list(ledger.received(AT)["spans"]) == [32]
    ledger.close()


@pytest.mark.postgres
def test_a_connection_that_the_server_closed_meanwhile_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for url in database("postgresql", tmp_path):
        ledger = Ledger(url)
        with ledger.database.reading() as connection:
            pid = connection.execute(sa.text("select pg_backend_pid()")).scalar_one()
        other = sa.create_engine(url)
        with other.begin() as connection:
            connection.execute(sa.text("select pg_terminate_backend(:pid, 5000)"), {"pid": pid})
        other.dispose()
        monkeypatch.setattr("storage.ledger_database._RESTED_SECONDS", 0.0)

        ledger.set_about("a", "b")

        assert ledger.about("a") == "b"
        ledger.close()


def test_sqlite_syncs_each_commit_and_keeps_its_file_to_its_owner(tmp_path: Path) -> None:
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    with ledger._database.reading() as connection:
        assert connection.execute(sa.text("pragma synchronous")).scalar() == 2
        assert connection.execute(sa.text("pragma journal_mode")).scalar() == "wal"
    ledger.set_about("a", "b")
    assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o600}
    ledger.close()


def test_a_failed_flush_keeps_its_counts_for_the_next(tmp_path: Path) -> None:
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    ledger.add_received(AT, client="c", source_format="otlp", spans=10)
    with ledger._database.writing() as connection:
        connection.execute(sa.text("alter table received rename to hidden"))
    with pytest.raises(StoreFailed):
        ledger.flush()
    with ledger._database.writing() as connection:
        connection.execute(sa.text("alter table hidden rename to received"))
    ledger.flush()
    assert list(ledger.received(AT)["spans"]) == [10]
    ledger.close()


@pytest.mark.parametrize("url", ["not a url with pa55word", "mysql://u:pa55word@h/d", "sqlite://"])
def test_a_url_that_cannot_be_used_is_refused_without_quoting_it(url: str) -> None:
    with pytest.raises(UsageError) as refused:
        Ledger(url)
    assert "pa55word" not in str(refused.value)


def test_an_unreachable_database_says_so_without_its_password() -> None:
    with pytest.raises(StoreFailed) as failed:
        Ledger("postgresql://u:pa55word@127.0.0.1:9/d")
    assert "pa55word" not in str(failed.value)
    assert "cannot be reached" in str(failed.value)
