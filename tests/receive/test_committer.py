"""One committer: at once when idle, together when busy, each request for itself when one cannot be kept."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from errors import Busy, StoreFailed
from ingest.prepared import Prepared
from ingest.receive.committer import Committer
from storage.lake import Commit, Lake
from storage.schema import lake_schema
from tests.receive.requests import prepared


class SlowLake(Lake):
    """The real lake, whose appends wait until they are let go."""

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.go = threading.Event()
        self.appends: list[int] = []
        self.alone_only = False

    def append(self, table: str, rows: pa.Table) -> Commit:
        self.go.wait(20)
        if self.alone_only and rows.num_rows > 1:
            raise ValueError
        self.appends.append(rows.num_rows)
        return super().append(table, rows)


@pytest.fixture
def lake(tmp_path: Path) -> SlowLake:
    return SlowLake(str(tmp_path / "lake"))


@pytest.fixture
def committer(lake: SlowLake) -> Committer:
    one = Committer(lake, after_commit=lambda: None)
    one.start()
    return one


def _kept(lake: Lake, table: str, column: str) -> list[str]:
    files = [file.path for file in lake.files(table)]
    return sorted(value for path in files for value in pq.read_table(path)[column].to_pylist())


def test_an_idle_request_is_committed_at_once_and_is_in_the_lake_when_it_is_done(
    lake: SlowLake, committer: Committer
) -> None:
    lake.go.set()
    committer.keep(prepared(["a", "b"])).result(20)
    assert _kept(lake, "spans", "name") == ["a", "b"]
    committer.close()


def test_what_waits_while_a_commit_runs_is_committed_together(lake: SlowLake, committer: Committer) -> None:
    waiting = [committer.keep(prepared([f"s{number}"])) for number in range(50)]
    assert not any(one.done() for one in waiting)
    lake.go.set()
    for one in waiting:
        one.result(20)
    assert len(lake.appends) <= 3
    assert sum(lake.appends) == 50
    committer.close()


def test_spans_and_scores_of_a_request_are_both_there(lake: SlowLake, committer: Committer) -> None:
    lake.go.set()
    committer.keep(prepared(["a"], scores=["helpful"])).result(20)
    committer.keep(prepared([], scores=["tone"])).result(20)
    assert _kept(lake, "scores", "name") == ["helpful", "tone"]
    committer.close()


def test_one_request_that_cannot_be_kept_does_not_fail_the_others(lake: SlowLake, committer: Committer) -> None:
    poisoned = prepared(["a"])
    poisoned.spans = pa.table({"trace_id": pa.array([[1]])})
    sent = [prepared(["b"]), poisoned, prepared(["c"])]
    waiting: list[Future[None]] = [committer.keep(one) for one in sent]
    lake.go.set()
    waiting[0].result(20)
    waiting[2].result(20)
    with pytest.raises(StoreFailed):
        waiting[1].result(20)
    assert _kept(lake, "spans", "name") == ["b", "c"]
    committer.close()


def test_a_fault_that_only_requests_together_have_costs_none_of_them_and_is_told(
    lake: SlowLake, committer: Committer, caplog: pytest.LogCaptureFixture
) -> None:
    lake.alone_only = True
    waiting = [committer.keep(prepared([name])) for name in "abc"]
    lake.go.set()
    for one in waiting:
        one.result(20)
    assert _kept(lake, "spans", "name") == ["a", "b", "c"]
    assert "unforeseen error while committing requests together: ValueError at" in caplog.text
    committer.close()


def test_a_lake_that_fails_fails_the_requests_and_not_the_committer(lake: SlowLake, committer: Committer) -> None:
    lake.go.set()
    committer.keep(prepared(["a"])).result(20)
    folder, away = Path(lake.location), Path(lake.location + "-away")
    folder.rename(away)
    folder.write_text("in the way")
    with pytest.raises(StoreFailed):
        committer.keep(prepared(["b"])).result(20)
    folder.unlink()
    away.rename(folder)
    committer.keep(prepared(["c"])).result(20)
    assert "c" in _kept(lake, "spans", "name")
    committer.close()


def test_closing_answers_what_was_accepted_and_refuses_what_comes_later(lake: SlowLake, committer: Committer) -> None:
    accepted = [committer.keep(prepared([f"s{number}"])) for number in range(20)]
    lake.go.set()
    committer.close()
    assert all(one.done() and one.exception() is None for one in accepted)
    with pytest.raises(Busy):
        committer.keep(prepared(["late"])).result(1)


def test_a_client_that_has_gone_stops_nothing(lake: SlowLake, committer: Committer) -> None:
    gone, there = committer.keep(prepared(["a"])), committer.keep(prepared(["b"]))
    assert gone.cancel()
    lake.go.set()
    there.result(20)
    assert _kept(lake, "spans", "name") == ["a", "b"]
    committer.close()


def test_people_keep_their_number_over_commits(lake: SlowLake, committer: Committer) -> None:
    lake.go.set()
    tag: Callable[[str], str] = lambda letter: f"<PERSON_\ue000{letter * 13}\ue001>"  # noqa: E731
    for letters in ("a", "ba"):
        rows = [{"trace_id": "t1", "span_id": letters, "name": " ".join(tag(letter) for letter in letters)}]
        one = prepared([])
        one.spans = pa.Table.from_pylist(rows, schema=lake_schema("spans"))
        committer.keep(one).result(20)
    assert _kept(lake, "spans", "name") == ["<PERSON_1>", "<PERSON_2> <PERSON_1>"]
    committer.close()


def test_prepared_rows_cross_processes_unchanged() -> None:
    one = prepared(["a"], scores=["tone"])
    again = Prepared.from_ipc(one.to_ipc())
    assert again.spans.equals(one.spans)
    assert again.scores.equals(one.scores)
