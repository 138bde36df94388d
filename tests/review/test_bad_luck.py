"""A process that dies between any two statements, or a disk that is full: all of it is kept, or nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from errors import StoreFailed
from review.exchange.files import label_files
from review.exchange.imports import Import
from review.label_frame import label_frame
from review.labelling.labels import submit
from review.labelling.queue import claim
from review.people import SHELL
from review.rubric.rubrics import ensure_builtin
from review.sampling.samples import draw
from review.words import Words
from scrub import Policy
from storage.ledger_database import Database
from tests.review.queues import ANSWERS, AT, after, drawn, reviewers
from tests.review.traffic import NOW, bank, wanted

HEADER = "item_id,reviewer,criterion,value,stratum,probability,labelled_at\n"


class Died(BaseException):
    """The process is gone: nothing of ours catches this."""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{tmp_path / 'ledger.db'}")
    yield opened
    opened.close()


@contextmanager
def dying(database: Database, before: int) -> Iterator[list[str]]:
    """Dies before the writing statement of that number; yields what was written."""
    written: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith(("INSERT", "UPDATE", "DELETE")):
            if len(written) == before:
                raise Died
            written.append(statement)

    sa.event.listen(database._engine, "before_cursor_execute", count)
    try:
        yield written
    finally:
        sa.event.remove(database._engine, "before_cursor_execute", count)


def everything(database: Database) -> str:
    with database.reading() as connection:
        return "\n".join(connection.connection.driver_connection.iterdump())  # type: ignore[union-attr]


def dies_anywhere(database: Database, do: Callable[[], object]) -> int:
    """Lets `do` die before each of its writing statements in turn; how many there are."""
    untouched = everything(database)
    for statements in range(100):
        with dying(database, statements):
            try:
                do()
            except Died:
                assert everything(database) == untouched, f"after {statements} statements"
                continue
        return statements
    raise AssertionError("it never ends")


def test_a_label_is_kept_whole_or_not_at_all(database: Database) -> None:
    drawn(database, items=2, again_share=1.0, again_weeks=1)
    reviewers(database, "Ana")
    mine = claim(database, reviewer="Ana", now=AT)
    assert mine is not None

    assert (
        dies_anywhere(database, lambda: submit(database, mine.id, reviewer="Ana", answers=ANSWERS, now=after(1))) >= 5
    )

    assert len(label_frame(database)) == 3


def test_an_item_is_claimed_whole_or_not_at_all(database: Database) -> None:
    drawn(database, items=2)
    reviewers(database, "Ana")

    assert dies_anywhere(database, lambda: claim(database, reviewer="Ana", now=AT)) >= 2


def test_a_sample_is_drawn_whole_or_not_at_all(database: Database, tmp_path: Path) -> None:
    ensure_builtin(database, NOW)
    with bank(tmp_path / "home", traces=60) as bench:
        what = wanted(bench)

    assert dies_anywhere(database, lambda: draw(database, what, by=SHELL, now=NOW)) >= 5

    with database.reading() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM queue_slots")).scalar() == 60


def test_labels_are_imported_whole_or_not_at_all(database: Database, tmp_path: Path) -> None:
    ensure_builtin(database, NOW)
    path = tmp_path / "labels-x.csv"
    rows = (f"t{n},ana,helpfulness,4,s,0.5,2026-10-12T09:00:00Z\n" for n in range(50))
    path.write_text(HEADER + "".join(rows))
    one = Import(database, Words(Policy(), b"k" * 32), b"k" * 32, SHELL, NOW)

    assert dies_anywhere(database, lambda: one.take(label_files([path]))) >= 5

    assert len(label_frame(database)) == 50
    again = one.take(label_files([path]))
    assert (again.labels, again.already) == (0, 50)


def test_a_full_disk_keeps_no_half_label_and_the_same_label_is_kept_once_there_is_room(database: Database) -> None:
    drawn(database, items=2)
    reviewers(database, "Ana")
    mine = claim(database, reviewer="Ana", now=AT)
    assert mine is not None
    comment = "long " * 15_000

    @sa.event.listens_for(database._engine, "begin")
    def _fill(connection: sa.Connection) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + room}")

    room = 2
    with pytest.raises(StoreFailed, match="nothing was kept"):
        submit(database, mine.id, reviewer="Ana", answers=ANSWERS, comment=comment, now=after(1))
    assert label_frame(database).empty

    room = 2**20
    submit(database, mine.id, reviewer="Ana", answers=ANSWERS, comment=comment, now=after(2))
    submit(database, mine.id, reviewer="Ana", answers=ANSWERS, comment=comment, now=after(3))
    assert len(label_frame(database)) == 3
