"""A whole home for tests of erasing: lake, warehouse, word index and ledger, opened and closed together."""

import datetime as dt
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from settings import Settings
from settings.service import Storage
from storage.erasing import gone, intents, victims
from storage.erasing.lake_reading import reading
from storage.erasing.run import Stores, erase_pending
from storage.erasing.wanted import Victims, Wanted
from storage.home import Home, open_home
from storage.key import KEY_BYTES
from storage.warehouse import Warehouse
from tests.storage.arrivals import call, span, table

NOW = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)


def word_of(number: int) -> str:
    """A word of this turn alone. Its beginning differs from all others', as a word index leaves out what it shares."""
    return f"{chr(97 + number % 26)}{chr(97 + number // 26)}x{canary_of(number)}"


def canary_of(number: int) -> str:
    """What to look for: the end of the turn's word."""
    return f"{number:04d}canary"


def turn(number: int, *, canary: str | None = None, **said: Any) -> list[dict[str, Any]]:
    """Two spans and a document of the trace `trace-<number>`, with a word of its own in every text; an hour apart."""
    word = canary or word_of(number)
    name = said.pop("trace", f"trace-{number}")
    said = {"app": "bank", "session_id": f"s_{number // 2}", "user_id": f"u_{number // 4}"} | said
    document = [{"rank": 1, "role": "retrieved", "doc_id": f"d{number}", "content": f"page {word}", "title": word}]
    return [
        span(f"{name}-a", trace=name, at=number * 3600, name=f"plan {word}", step="plan", input_text=f"ask {word}",
             output_text=f"told {word}", documents=document, attributes=f'{{"note": "{word}"}}', **said),
        call(f"{name}-b", f"{name}-a", trace=name, at=number * 3600 + 0.1, name="answer", step="answer",
             messages_in=f'[{{"role": "user", "parts": [{{"type": "text", "text": "{word}"}}]}}]', **said),
    ]  # fmt: skip


def judged(number: int, **said: Any) -> dict[str, Any]:
    """A judge's score of a turn, with its words."""
    return {
        "id": f"score-{number}", "target_level": "trace", "trace_id": f"trace-{number}", "name": "helpfulness",
        "value": 1.0, "source": "judge", "judge_name": "house", "explanation": f"because {word_of(number)}",
        "created_at": NOW, "received_at": NOW, "ingest_batch": "b1",
    } | said  # fmt: skip


@dataclass
class Open:
    """A home that is open."""

    settings: Settings
    home: Home
    warehouse: Warehouse

    @property
    def stores(self) -> Stores:
        return Stores(self.settings, self.home.lake, self.warehouse, self.home.ledger.database)

    def append(self, rows: Iterable[dict[str, Any]], name: str = "spans") -> None:
        self.home.lake.append(name, table(list(rows), name))

    def ask(self, kind: str, wanted: Wanted) -> Victims:
        """Note in the ledger that this is to go."""
        with reading(self.home.lake) as lake:
            going = victims.find(lake, wanted)
            counts = victims.counts(lake, going)
        request = intents.Request(kind, "a keyed hash", "asked for in a test", "shell", NOW)
        with self.home.ledger.database.writing() as connection:
            key = gone.erasure_key(self.settings.home)
            intents.begin(connection, request, wanted, going, key=key, counts=counts)
        return going

    def erase(self, kind: str, wanted: Wanted) -> Victims:
        going = self.ask(kind, wanted)
        assert erase_pending(self.stores) == 1
        return going


def with_known_key(home: Path) -> Path:
    """The home with a key that is the same in every run: so are the ids made with it, and what is drawn by them."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "key").write_bytes(b"k" * KEY_BYTES)
    return home


def settings_of(home: Path, ledger: str | None = None, lake: str | None = None) -> Settings:
    return Settings(home=home, storage=Storage(database_url=ledger, lake_url=lake))


@contextmanager
def opened(home: Path, ledger: str | None = None, lake: str | None = None) -> Iterator[Open]:
    """The stores of a home; everything is closed afterwards, so that its files can be searched."""
    settings = settings_of(home, ledger, lake)
    stores = open_home(settings, now=NOW)
    warehouse = Warehouse.open(settings, stores.lake)
    try:
        yield Open(settings, stores, warehouse)
    finally:
        warehouse.close()
        stores.close()


def fill(there: Open, turns: int = 24) -> None:
    """Traffic in several commits, scored, loaded."""
    for first in range(0, turns, 6):
        numbers = range(first, min(first + 6, turns))
        there.append(row for number in numbers for row in turn(number))
        there.append([judged(number) for number in numbers], "scores")
    there.warehouse.load()
