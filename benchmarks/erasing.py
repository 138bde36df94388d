"""How long it takes to erase one trace, and one person, until no byte is left; step by step, and beside a rebuild.

    python -m benchmarks.erasing [--spans 100000] [--home FOLDER]

Text as it comes, without scrubbing; the home is compacted and its word index fed. A person has 20 traces all over the
time. The baseline is the other way to the same end: delete in the lake, then make warehouse and word index anew.
"""

import argparse
import datetime as dt
import tempfile
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.filled import fill
from review.rights.asking import Rights
from review.rights.subjects import Kind
from settings import read_settings
from storage.erasing import everywhere, run
from storage.erasing.everywhere import Stores
from storage.home import open_home
from storage.warehouse import Warehouse

TRACES_OF_A_PERSON = 20


@contextmanager
def _timed(into: dict[str, float], name: str) -> Any:
    began = time.perf_counter()
    yield
    into[name] = into.get(name, 0.0) + time.perf_counter() - began


def _watched(into: dict[str, float], name: str, does: Callable[..., Any]) -> Callable[..., Any]:
    def watched(*given: Any, **named: Any) -> Any:
        with _timed(into, name):
            return does(*given, **named)

    return watched


def erased(home: Path, traces: list[str], warehouse: Warehouse, opened: Any) -> dict[str, float]:
    """Seconds of each step, and in all."""
    settings, took = read_settings(home), {}
    rights = Rights(settings, opened.lake, opened.ledger.database)
    plain = {"take_out": run.take_out, "leave_no_byte": run.leave_no_byte}
    parts = {"forget_words": everywhere.forget_words, "purge": everywhere.purge}
    renew, tidy = warehouse.renew, warehouse.text_index.tidy
    began = time.perf_counter()
    with _timed(took, "find"):
        found = rights.find(Kind.TRACE, traces)
    with _timed(took, "note"):
        rights.ask(found, traces, reason="a measurement", by="shell", now=dt.datetime.now(dt.UTC))
    for module, listed in ((run, plain), (everywhere, parts)):
        for name, does in listed.items():
            setattr(module, name, _watched(took, name, does))
    warehouse.renew = _watched(took, "renew", renew)  # type: ignore[method-assign]
    warehouse.text_index.tidy = _watched(took, "tidy", tidy)  # type: ignore[method-assign]
    try:
        run.erase_pending(Stores(settings, opened.lake, warehouse, opened.ledger.database))
    finally:
        for module, listed in ((run, plain), (everywhere, parts)):
            for name, does in listed.items():
                setattr(module, name, does)
        warehouse.renew, warehouse.text_index.tidy = renew, tidy  # type: ignore[method-assign]
    return took | {"in_all": time.perf_counter() - began}


def main() -> None:
    """Print seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spans", type=int, default=100_000)
    parser.add_argument("--home", type=Path, help="a filled home to go on with")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = asked.home or Path(folder) / "home"
        if not (home / "lake").exists():
            print({name: round(took, 2) for name, took in fill(home, asked.spans).items()})
        opened = open_home(read_settings(home), now=dt.datetime.now(dt.UTC))
        warehouse = Warehouse.open(read_settings(home), opened.lake)
        listed = [str(one) for (one,) in warehouse.rows("SELECT trace_id FROM traces ORDER BY hash(trace_id) LIMIT 21")]
        sizes = {path.name: round(path.stat().st_size / 1e6, 1) for path in home.iterdir() if path.is_file()}
        print({"spans": warehouse.status()["spans"], "lake_mb": round(warehouse.status()["lake_bytes"] / 1e6), **sizes})
        for name, traces in (("one trace", listed[:1]), ("one person", listed[1:])):
            took = erased(home, traces, warehouse, opened)
            print(name, {step: round(seconds, 2) for step, seconds in took.items()})
        began = time.perf_counter()
        warehouse.rebuild()
        print("rebuild", round(time.perf_counter() - began, 2))
        warehouse.close()
        opened.close()


if __name__ == "__main__":
    main()
