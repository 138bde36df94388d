"""The thread that loads: what it does beside loading may fail, and loading goes on."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from errors import Busy, StoreFailed
from ingest.receive import loader as module
from ingest.receive.loader import Loader
from tests.storage.homes import Open, opened, turn


class Clock:
    """Stands for `time` in the module: it moves when it is told."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Open]:
    with opened(tmp_path / "home") as home:
        yield home


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(module, "time", made)
    return made


class Chore:
    """Something that fails as often as it is told to, and counts."""

    def __init__(self, failure: Exception, times: int) -> None:
        self.failure, self.left, self.tried = failure, times, 0

    def __call__(self) -> bool:
        self.tried += 1
        if self.left:
            self.left -= 1
            raise self.failure
        return False


def _tries(there: Open, clock: Clock, what: str, chore: Chore, *, steps: int, seconds: float) -> list[int]:
    """How often it had been tried after each of so many steps, this far apart."""
    said: dict[str, Any] = {what: chore}
    made = Loader(there.warehouse, ledger=there.home.ledger, after_change=lambda: None, **said)
    tried = []
    for _ in range(steps):
        clock.now += seconds
        assert made._step()
        tried.append(chore.tried)
    assert not made.state().is_failing
    return tried


@pytest.mark.parametrize("failure", [StoreFailed("lake", "being erased from", "disk full"), ValueError("of Maria")])
@pytest.mark.parametrize("what", ["erase", "retain"])
def test_loading_goes_on_while_an_erasure_or_a_deletion_fails(
    there: Open, clock: Clock, caplog: pytest.LogCaptureFixture, what: str, failure: Exception
) -> None:
    there.append(turn(1))
    chore = Chore(failure, times=99)
    with caplog.at_level(logging.ERROR):
        tried = _tries(there, clock, what, chore, steps=1, seconds=5_000)

    assert tried == [1]
    assert there.warehouse.rows("SELECT count(*) FROM traces") == [(1,)]
    assert "of Maria" not in caplog.text
    assert ("disk full" in caplog.text) is isinstance(failure, StoreFailed)


def test_what_fails_is_tried_again_later_and_later_and_anew_after_a_success(there: Open, clock: Clock) -> None:
    chore = Chore(StoreFailed("lake", "being erased from", "disk full"), times=3)
    tried = _tries(there, clock, "erase", chore, steps=12, seconds=60)
    # after 1, 2 and 4 minutes; then every minute
    assert tried == [1, 2, 2, 3, 3, 3, 3, 4, 5, 6, 7, 8]


def test_what_is_busy_is_tried_at_its_next_turn(there: Open, clock: Clock) -> None:
    assert _tries(there, clock, "erase", Chore(Busy(1), times=2), steps=4, seconds=60) == [1, 2, 3, 4]


def test_what_is_asked_for_while_an_erasure_fails_is_tried_at_once(there: Open, clock: Clock) -> None:
    tried: list[float] = []

    def erase() -> int:
        tried.append(clock.now)
        if len(tried) == 1:
            made.erase_soon()
        raise StoreFailed("lake", "being erased from", "disk full")

    made = Loader(there.warehouse, ledger=there.home.ledger, after_change=lambda: None, erase=erase)
    for _ in range(4):
        clock.now += 1
        assert made._step()
    assert tried == [1_001, 1_002]


@pytest.mark.parametrize(("failure", "said"), [
    (StoreFailed("lake", "being erased from", "disk full"), "disk full"),
    (ValueError("of Maria"), "an unforeseen error; see the log"),
])  # fmt: skip
def test_an_erasure_that_fails_is_said_until_it_is_done(
    there: Open, clock: Clock, failure: Exception, said: str
) -> None:
    chore = Chore(failure, times=1)
    made = Loader(there.warehouse, ledger=there.home.ledger, after_change=lambda: None, erase=chore)
    undone = []
    for seconds in (1, 1, 120):
        clock.now += seconds
        made._step()
        undone.append(made.state().undone)

    assert undone[0].startswith("erasing what was asked for: ")
    assert undone[0].endswith(said)
    assert undone[1:] == [undone[0], ""]
