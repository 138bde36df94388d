"""Words are fed in large steps: in a pause of the stream, and before they are seconds late; none is left out."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from errors import StoreFailed
from ingest.receive import indexer
from ingest.receive.indexer import BEHIND_SECONDS, PAUSE_SECONDS, RETRY_SECONDS, Indexer
from storage.found import traces_with
from tests.storage.arrivals import Bench, span


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "home")
    yield made
    made.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def _arrive(bench: Bench, fed: Indexer, number: int) -> None:
    """One span comes and is loaded, as rows only."""
    bench.append(span(f"{number}", trace=f"trace-{number}", input_text=f"word{number}"))
    bench.warehouse.load(with_index=False)
    fed.poke()


def _found(bench: Bench, number: int) -> bool:
    return traces_with(bench.warehouse, f"word{number}") == (f"trace-{number}",)


def test_words_are_fed_in_a_pause_of_the_stream(bench: Bench, clock: Clock) -> None:
    fed = Indexer(bench.warehouse, clock=clock)
    _arrive(bench, fed, 1)
    clock.now += PAUSE_SECONDS / 2
    _arrive(bench, fed, 2)
    clock.now += PAUSE_SECONDS * 0.9

    assert not fed.look()
    assert not _found(bench, 1)
    clock.now += PAUSE_SECONDS * 0.2
    assert fed.look()
    assert _found(bench, 1)
    assert _found(bench, 2)
    assert not fed.look()


def test_a_stream_without_a_pause_does_not_keep_words_waiting(bench: Bench, clock: Clock) -> None:
    fed = Indexer(bench.warehouse, clock=clock)
    clock.now += PAUSE_SECONDS
    assert fed.look()
    began, number = clock.now, 0
    _arrive(bench, fed, number)
    while not fed.look():
        clock.now += PAUSE_SECONDS / 2
        number += 1
        _arrive(bench, fed, number)

    assert clock.now - began <= BEHIND_SECONDS + PAUSE_SECONDS / 2
    assert _found(bench, 0)
    assert _found(bench, number)


def test_what_an_earlier_process_left_is_fed_after_the_start(bench: Bench, clock: Clock) -> None:
    bench.append(span("1", trace="trace-1", input_text="word1"))
    bench.warehouse.load(with_index=False)
    fed = Indexer(bench.warehouse, clock=clock)
    clock.now += PAUSE_SECONDS

    assert fed.look()
    assert _found(bench, 1)


def test_a_failure_is_tried_again_later_and_loses_no_word(
    bench: Bench, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    fed = Indexer(bench.warehouse, clock=clock)
    _arrive(bench, fed, 1)
    clock.now += PAUSE_SECONDS
    with monkeypatch.context() as failing:
        failing.setattr(bench.warehouse.text_index, "catch_up", _full_disk)
        with pytest.raises(StoreFailed):
            fed.look()

    assert not fed.look()
    clock.now += RETRY_SECONDS
    assert fed.look()
    assert _found(bench, 1)


def _full_disk(*_: object, **__: object) -> int:
    raise StoreFailed("text index", "being fed", "the disk is full")


def test_many_rows_are_fed_in_several_steps(bench: Bench, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexer, "ROWS_AT_ONCE", 2)
    fed = Indexer(bench.warehouse, clock=clock)
    for number in range(5):
        _arrive(bench, fed, number)
    clock.now += PAUSE_SECONDS

    assert fed.look()
    assert all(_found(bench, number) for number in range(5))
