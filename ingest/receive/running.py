"""What runs in the app's process: the stores it has opened, its workers, its committer and its loader."""

import socket
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime

from errors import Busy, HomeHeld
from ingest.receive.body import Bodies
from ingest.receive.committer import Committer
from ingest.receive.indexer import Indexer
from ingest.receive.loader import Loader
from ingest.receive.places import Places
from ingest.receive.pool import Pool, started_pool
from ingest.receive.upkeep import Upkeep
from settings import Settings
from storage.desk import At, Desk
from storage.home import open_home
from storage.lake import Lake
from storage.ledger import Ledger
from storage.warehouse import Warehouse

BODIES_TOGETHER = 4
"""Largest requests whose bodies may be in memory at the same time."""
RETRY_SECONDS = 5
HELD_SECONDS = 20.0
"""A shell command that reads holds the warehouse for a moment; it is waited for this long."""


@dataclass(frozen=True, slots=True)
class Running:
    """Everything of one home while it is served."""

    settings: Settings
    lake: Lake
    warehouse: Warehouse
    ledger: Ledger
    pool: Pool
    committer: Committer
    loader: Loader
    indexer: Indexer
    upkeep: Upkeep
    bodies: Bodies
    places: Places
    _open: ExitStack

    def close(self) -> None:
        """Answer what was accepted, then end workers, committer and loader and close the stores."""
        self._open.close()
        _current.clear()


_current: list[Running] = []


def running() -> Running:
    """What runs in this process; raises `Busy` before it has started and after it has ended."""
    if not _current:
        raise Busy(RETRY_SECONDS)
    return _current[0]


def start(settings: Settings) -> Running:
    """Open the stores of the home and start everything; raises `StoreFailed`."""
    with ExitStack() as open_now:
        pool = started_pool(settings.home, workers=settings.server.workers)
        open_now.callback(pool.close)
        home = open_home(settings, now=datetime.now(UTC))
        open_now.callback(home.close)
        lake = home.lake
        warehouse = _warehouse(settings, lake)
        open_now.callback(warehouse.close)
        indexer = Indexer(warehouse)

        def forget(traces: Sequence[str]) -> None:
            committer.forget(traces)

        at = At(settings, warehouse, lake, forget, home.ledger.database)
        desk = Desk(settings, warehouse, at=at)
        open_now.callback(desk.close)
        loader = Loader(warehouse, ledger=home.ledger, after_change=indexer.poke, erase=at.erase,
                        retain=at.retain_daily)  # fmt: skip

        def committed() -> None:
            loader.poke()
            indexer.poke()

        committer = Committer(lake, after_commit=committed)
        upkeep = Upkeep(lake, quiet_seconds=loader.quiet_seconds)
        open_now.callback(indexer.close)
        open_now.callback(loader.close)
        open_now.callback(upkeep.close)
        open_now.callback(committer.close)
        committer.start()
        desk.start()
        loader.start()
        indexer.start()
        upkeep.start()
        limit_bytes = settings.server.max_body_mib * 2**20
        now = Running(
            settings=settings,
            lake=lake,
            warehouse=warehouse,
            ledger=home.ledger,
            pool=pool,
            committer=committer,
            loader=loader,
            indexer=indexer,
            upkeep=upkeep,
            bodies=Bodies(limit_bytes=limit_bytes, together_bytes=BODIES_TOGETHER * limit_bytes),
            places=Places(settings.server.waiting_requests),
            _open=open_now.pop_all(),
        )
    _current[:] = [now]
    return now


def _warehouse(settings: Settings, lake: Lake) -> Warehouse:
    """The home's warehouse; raises `HomeHeld` when an app or another process keeps it."""
    given_up_at = time.monotonic() + HELD_SECONDS
    while True:
        try:
            return Warehouse.open(settings, lake)
        except HomeHeld:
            if time.monotonic() > given_up_at or _is_served(settings):
                raise
            time.sleep(0.2)


def _is_served(settings: Settings) -> bool:
    """Whether an app listens in the home."""
    with socket.socket(socket.AF_UNIX) as line:
        try:
            line.connect(str(settings.socket_path))
        except OSError:
            return False
    return True
