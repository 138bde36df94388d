"""A warehouse over a lake, and a home filled with traffic, each in a temporary folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.storage.arrivals import Bench
from tests.storage.homes import Open, fill, opened


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "home")
    yield made
    made.close()


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Open]:
    """A home with 24 turns, open."""
    with opened(tmp_path / "home") as home:
        fill(home)
        yield home
