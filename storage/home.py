"""Opening a home: its key, its ledger, its lake with every column of this version; readable by its owner only."""

import datetime as dt
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from errors import StoreFailed
from settings import Settings
from storage.erasing.gone import Gone, erasure_key
from storage.key import home_key
from storage.lake import LAKE_TABLES, Lake
from storage.ledger import Ledger
from storage.schema import SCHEMA_VERSION
from storage.sqlite_files import make_private_file

_OWNER_ONLY = 0o700
_SCHEMA_VERSION = "schema_version"
_CREATED = "created"
_HAD_LEDGER = "ledger.known"
"""An empty file of a home whose ledger was opened once."""


@dataclass(frozen=True, slots=True)
class Home:
    """The stores that hold what cannot be derived. The warehouse is opened apart: one process at a time owns it."""

    settings: Settings
    key: bytes
    lake: Lake
    ledger: Ledger

    def close(self) -> None:
        self.ledger.close()


def open_home(settings: Settings, *, now: dt.datetime, new_ledger: bool = False) -> Home:
    """The home's stores, made on first use; one of an earlier version gains what is missing.

    With `new_ledger` an empty one is taken although the lake has traces. Raises `StoreFailed` naming the store that
    cannot be opened, also when the ledger of such a lake is gone.
    """
    _keep_private(settings.home)
    key = home_key(settings.key_path)
    ledger = Ledger(settings.ledger_url)
    try:
        gone = Gone(ledger.database, erasure_key(settings.home))
        lake = Lake(settings.lake_location, dict(settings.storage.lake_options), screen=gone.less_erased)
        lake.prepare()
        if not new_ledger:
            _refuse_lost_ledger(settings, ledger, lake)
        _note_version(ledger, now)
        _remember_ledger(settings)
    except StoreFailed:
        ledger.close()
        raise
    return Home(settings, key, lake, ledger)


def _keep_private(folder: Path) -> None:
    """Mode 700 for a home that is new; what its owner set on one that is in use stays."""
    try:
        folder.mkdir(mode=_OWNER_ONLY, parents=True, exist_ok=True)
        if not any(folder.iterdir()):
            folder.chmod(_OWNER_ONLY)
    except OSError as error:
        raise StoreFailed("home", "being opened", error.strerror or type(error).__name__) from error


def _refuse_lost_ledger(settings: Settings, ledger: Ledger, lake: Lake) -> None:
    """A ledger that nobody has opened yet, in a home that had one: labels would be missing, and nobody told."""
    had_one = (settings.home / _HAD_LEDGER).exists()
    if had_one and ledger.about(_SCHEMA_VERSION) is None and any(lake.files(table) for table in LAKE_TABLES):
        hint = (
            "it is new, but this home had one: labels, samples, the audit log and what was erased are not in it. "
            "Restore it from a backup; to begin without: benchbook load --new-ledger"
        )
        raise StoreFailed("ledger", "being opened", hint)


def _remember_ledger(settings: Settings) -> None:
    with suppress(OSError):  # a home that cannot be written to can still be read
        make_private_file(settings.home / _HAD_LEDGER)


def _note_version(ledger: Ledger, now: dt.datetime) -> None:
    """The newest schema that this home has seen; an older program on it leaves the number alone."""
    seen = ledger.about(_SCHEMA_VERSION)
    if seen is None:
        ledger.set_about(_CREATED, now.astimezone(dt.UTC).isoformat())
    if seen is None or int(seen) < SCHEMA_VERSION:
        ledger.set_about(_SCHEMA_VERSION, str(SCHEMA_VERSION))
