"""How many requests may be under way before clients are told to come back later."""

from collections.abc import Iterator
from contextlib import contextmanager

from errors import Busy

RETRY_SECONDS = 1


class Places:
    """A bounded counter. Lives on the event loop's thread."""

    def __init__(self, places: int) -> None:
        self._free = places

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place for one request until the block ends; raises `Busy` when all are taken."""
        if self._free == 0:
            raise Busy(RETRY_SECONDS)
        self._free -= 1
        try:
            yield
        finally:
            self._free += 1
