"""The desk: where other processes ask the one that holds the warehouse, over a socket in the home (mode 600).

DuckDB lets one process open the file. So a shell command asks the running app, and opens the file itself when no app
runs. One request per connection: a line of JSON, answered by lines of JSON, the last with `result` or `error`.
"""

import contextlib
import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pandas as pd

from errors import BenchbookError, HomeHeld, StoreFailed, UsageError
from settings import Settings
from storage import asking, texts
from storage.lake import Lake
from storage.warehouse import Counts, Progress, Warehouse

if TYPE_CHECKING:
    from storage.erasing.everywhere import Stores
    from storage.ledger_database import Database

Advance = Callable[[int, int], None]
"""Called with rows done and rows in all."""
_AT_ONCE = 4
"""Requests answered at the same time; more wait, so that shells cannot starve the pages."""
_LONGEST_REQUEST = 2**20
_MOST_ROWS = 3_000_000
"""Of an answer to one of our own questions; what somebody types has `storage.asking`'s limit."""
_SECONDS_TO_ASK = 10.0
PATIENCE_SECONDS = 5.0
"""How long a shell waits for another one, or for an app that starts."""
_PEER = struct.Struct("3i")  # pid, uid, gid


def load(settings: Settings, advance: Advance | None = None) -> dict[str, int]:
    """Bring the warehouse up to the lake, in the app if it runs. Returns what was new, by kind."""
    return dict(_ask(settings, {"op": "load"}, advance))


def rebuild(settings: Settings, advance: Advance | None = None) -> dict[str, int]:
    """Make warehouse and text index anew from the lake. Returns what was loaded, by kind."""
    return dict(_ask(settings, {"op": "rebuild"}, advance))


def status(settings: Settings) -> dict[str, Any]:
    """What is kept and how fresh it is; `app` tells whether the app runs. It does not load."""
    return dict(_ask(settings, {"op": "status"}, None))


def whole(settings: Settings) -> str | None:
    """As `Warehouse.whole`."""
    said: str | None = _ask(settings, {"op": "whole"}, None)
    return said


def erase(settings: Settings) -> int:
    """Do every erasure that the ledger says is to be done, in the app if it runs; returns how many."""
    return int(_ask(settings, {"op": "erase"}, None))


def follow(settings: Settings) -> int:
    """Bring warehouse and words up to texts that were rewritten in the lake, in the app if it runs; how many runs."""
    return erase(settings)


def retain(settings: Settings, *, dry_run: bool = False) -> list[dict[str, Any]]:
    """Delete what is older than the rules keep, or say what would be; what each rule did."""
    said: list[dict[str, Any]] = _ask(settings, {"op": "retain", "dry_run": dry_run}, None)
    return said


def sql(settings: Settings, query: str, **params: Any) -> list[dict[str, Any]]:
    """Rows of one reading statement; `params` are its `$name`s. Raises `UsageError` when it is refused or wrong."""
    rows: list[dict[str, Any]] = _ask(settings, {"op": "sql", "query": query, "params": params}, None)
    return rows


class DeskWarehouse:
    """The home's warehouse as metrics and reviews ask it: loaded once, then asked as `sql` asks."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._is_loaded = False

    @property
    def data_version(self) -> object:
        """Of a shell's command there is one: it ends with its answer."""
        return self._settings.home

    def frame(self, sql: str, **params: Any) -> pd.DataFrame:
        """The answer of one reading statement, with the moments as ISO text."""
        self._load_once()
        asked = {"op": "sql", "query": sql, "params": params, "most_rows": _MOST_ROWS}
        return pd.DataFrame(_ask(self._settings, asked, None))

    @property
    def whole(self) -> str | None:
        """As `Warehouse.whole`."""
        self._load_once()
        return whole(self._settings)

    def _load_once(self) -> None:
        if not self._is_loaded:
            load(self._settings)
            self._is_loaded = True


def span_texts(settings: Settings, spans: list[tuple[str, str]]) -> pd.DataFrame:
    """As `storage.texts.span_texts`."""
    return _frame(_ask(settings, {"op": "span_texts", "spans": spans}, None))


def trace_documents(settings: Settings, trace_id: str) -> pd.DataFrame:
    """As `storage.texts.trace_documents`; moments as ISO text."""
    return _frame(_ask(settings, {"op": "trace_documents", "trace_id": trace_id}, None))


def counted(settings: Settings, batches: list[str], advance: Advance | None = None) -> dict[str, Counts]:
    """Load, then tell what was new in each of these ingest batches, whoever loaded them."""
    said: dict[str, dict[str, int]] = _ask(settings, {"op": "counted", "batches": batches}, advance)
    return {batch: Counts(**counts) for batch, counts in said.items()}


def _ask(settings: Settings, request: dict[str, Any], advance: Advance | None) -> Any:
    """Raises `HomeHeld` when whoever holds the warehouse neither answers nor lets go of it for a while."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        with contextlib.suppress(ConnectionRefusedError, FileNotFoundError):
            return _ask_app(settings, request, advance)
        try:
            lake = Lake(settings.lake_location, dict(settings.storage.lake_options))
            return _ask_here(At(settings, Warehouse.open(settings, lake), lake), request, advance)
        except HomeHeld:  # the app is starting, or another shell is at it
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


@dataclass(frozen=True, slots=True)
class At:
    """What requests are answered from. `forget` drops what this process itself remembers of erased traces."""

    settings: Settings
    warehouse: Warehouse
    lake: Lake
    forget: Callable[[Sequence[str]], None] = field(default=lambda _traces: None)
    database: "Database | None" = None
    """The ledger, where this process has it open."""

    def erase(self) -> int:
        """Do the erasures that wait, and follow texts that were rewritten in the lake; how many.

        What fails keeps nothing else from being done; it is raised then: `StoreFailed` or `Busy`.
        """
        from storage.erasing.run import erase_pending, every  # with it comes the ledger, which most requests spare
        from storage.rewriting import follow_pending

        with self._stores() as stores:
            return every([partial(erase_pending, stores), partial(follow_pending, stores)])

    def retain(self, *, dry_run: bool = False) -> list[dict[str, Any]]:
        """Delete what is older than the rules keep; what each rule did."""
        from storage.retention import retain

        self.warehouse.load(with_index=False)
        with self._stores() as stores:
            return [one.as_json() for one in retain(stores, now=datetime.now(UTC), dry_run=dry_run)]

    def retain_daily(self) -> bool:
        """Delete what is too old, once a day; whether anything was."""
        from storage import retention

        if not retention.has_rules(self.settings):
            return False
        with self._stores() as stores:
            now = datetime.now(UTC)
            if not retention.is_due(stores.database, now=now):
                return False
            done = retention.retain(stores, now=now)
            retention.note_look(stores.database, now=now)
            return any(one.counts for one in done)

    @contextlib.contextmanager
    def _stores(self) -> "Iterator[Stores]":
        from storage.erasing.everywhere import Stores
        from storage.ledger_database import Database

        database = self.database or Database(self.settings.ledger_url)
        try:
            yield Stores(self.settings, self.lake, self.warehouse, database, self.forget)
        finally:
            if database is not self.database:
                database.close()


def _ask_here(at: At, request: dict[str, Any], advance: Advance | None) -> Any:
    try:
        if request["op"] == "sql":  # no app that keeps it fresh
            at.warehouse.load(with_index=False)
        if request["op"] in ("load", "rebuild", "counted"):  # what was broken off is ended first
            at.erase()
        return _answer(at, request, advance, app=False)
    finally:
        at.warehouse.close()


def _answer(at: At, request: dict[str, Any], advance: Advance | None, *, app: bool) -> Any:
    warehouse = at.warehouse

    def watch(progress: Progress) -> None:
        if advance:
            advance(progress.rows_done, progress.rows_in_all)

    match request:
        case {"op": "sql", "query": str(query)}:
            most = int(request.get("most_rows") or asking.MOST_ROWS)
            return asking.answer(warehouse, query, params=dict(request.get("params") or {}), most_rows=most)
        case {"op": "span_texts", "spans": list(spans)}:
            return _said(texts.span_texts(warehouse, [(str(trace), str(span)) for trace, span in spans]))
        case {"op": "trace_documents", "trace_id": str(trace_id)}:
            return _said(texts.trace_documents(warehouse, trace_id))
        case {"op": "load" | "rebuild" as op}:
            return (warehouse.load if op == "load" else warehouse.rebuild)(watch).total.as_dict()
        case {"op": "status"}:
            return {"app": app, **warehouse.status()}
        case {"op": "counted", "batches": list(batches)}:
            warehouse.load(watch)
            return {batch: counts.as_dict() for batch, counts in warehouse.counts_of(batches).items()}
    return _answer_shortly(at, request)


def _answer_shortly(at: At, request: dict[str, Any]) -> Any:
    match request:
        case {"op": "erase"}:
            return at.erase()
        case {"op": "retain"}:
            return at.retain(dry_run=bool(request.get("dry_run")))
        case {"op": "whole"}:
            return at.warehouse.whole
    raise UsageError("the running app does not know this request; is it of another version?")


def _said(frame: pd.DataFrame) -> dict[str, Any]:
    whole = frame.astype(object).where(frame.notna(), None)
    rows = [[asking.plain(value) for value in row] for row in whole.to_numpy().tolist()]
    return {"columns": list(frame.columns), "rows": rows}


def _frame(said: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(said["rows"], columns=said["columns"], dtype=object)


def _ask_app(settings: Settings, request: dict[str, Any], advance: Advance | None) -> Any:
    """Raises `ConnectionRefusedError` or `FileNotFoundError` when no app listens."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line, _short_path(settings.socket_path) as path:
        line.settimeout(_SECONDS_TO_ASK)
        line.connect(path)
        line.settimeout(None)
        line.sendall(orjson.dumps(request) + b"\n")
        with line.makefile("rb") as answers:
            for answer in answers:
                said = orjson.loads(answer)
                if "progress" in said:
                    if advance:
                        advance(*said["progress"])
                elif "error" in said:
                    raise UsageError(said["error"]) if said["usage"] else _Told(said["error"])
                else:
                    return said["result"]
    raise StoreFailed("app", "being asked", "it ended before it answered; ask again")


class _Told(StoreFailed):
    """A failure in the app, in its words."""

    def __init__(self, message: str) -> None:
        BenchbookError.__init__(self, message)


class Desk:
    """The app's side: answers whoever may use this account, in threads of its own."""

    def __init__(self, settings: Settings, warehouse: Warehouse, *, at: At | None = None) -> None:
        self._settings = settings
        self._at = at or At(settings, warehouse, Lake(settings.lake_location, dict(settings.storage.lake_options)))
        self._places = threading.BoundedSemaphore(_AT_ONCE)
        self._listening = _listen(settings.socket_path)
        self._thread = threading.Thread(target=self._serve, name="desk", daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def close(self) -> None:
        """Stop listening; requests under way end with the warehouse."""
        self._settings.socket_path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits in accept
        self._listening.close()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._attend, args=(line,), name="desk visitor", daemon=True).start()

    def _attend(self, line: socket.socket) -> None:
        with line, contextlib.suppress(OSError):  # who asked may be gone
            if _owner(line) not in (os.getuid(), 0):
                return
            line.settimeout(_SECONDS_TO_ASK)
            request = _request(line)
            line.settimeout(None)
            with self._places:
                line.sendall(orjson.dumps(self._answered(line, request)) + b"\n")

    def _answered(self, line: socket.socket, request: dict[str, Any]) -> dict[str, Any]:
        def advance(done: int, in_all: int) -> None:
            line.sendall(orjson.dumps({"progress": [done, in_all]}) + b"\n")

        try:
            return {"result": _answer(self._at, request, advance, app=True)}
        except BenchbookError as error:
            return {"error": str(error), "usage": isinstance(error, UsageError)}


def _request(line: socket.socket) -> dict[str, Any]:
    with line.makefile("rb") as said:
        try:
            request = orjson.loads(said.readline(_LONGEST_REQUEST))
        except orjson.JSONDecodeError:
            return {}
    return request if isinstance(request, dict) else {}


def _listen(path: Path) -> socket.socket:
    """A listening socket that only this account can open. One that is there is stale: we hold the warehouse."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        path.unlink(missing_ok=True)
        with _short_path(path) as short:
            listening.bind(short)
        path.chmod(0o600)  # before it listens, so nobody was let in
        listening.listen(16)
    except OSError as error:
        listening.close()
        raise StoreFailed("desk", "being opened", f"{error.strerror or 'no socket'} at {path}") from error
    return listening


@contextlib.contextmanager
def _short_path(path: Path) -> Iterator[str]:
    """Another name of the socket: a socket's path may have 107 bytes, a home's any number."""
    if not Path("/proc/self/fd").exists():
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def _owner(line: socket.socket) -> int:
    """User id of the process at the other end."""
    if not hasattr(socket, "SO_PEERCRED"):  # the socket's mode keeps others out
        return os.getuid()
    said = line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size)
    return int(_PEER.unpack(said)[1])
