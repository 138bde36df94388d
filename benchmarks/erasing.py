"""How long it takes to erase one trace, and one person, until no byte is left; beside a rebuild.

    python -m benchmarks.erasing [--spans 100000] [--home FOLDER]

Text as it comes, without scrubbing; the home is compacted and its word index fed. A person has 20 traces all over the
time. The baseline is the other way to the same end: delete in the lake, then make warehouse and word index anew.
"""

import argparse
import datetime as dt
import tempfile
import time
from itertools import pairwise
from pathlib import Path

from benchmarks.filled import fill
from review.rights.asking import Rights
from review.rights.subjects import Kind
from settings import read_settings
from storage.erasing.run import Stores, erase_pending
from storage.home import Home, open_home
from storage.warehouse import Warehouse


def erased(home: Path, traces: list[str], warehouse: Warehouse, opened: Home) -> dict[str, float]:
    """Seconds to find what goes, to note it, and to erase it; and of that to write anew what keeps deleted rows."""
    rights = Rights(read_settings(home), opened.lake, opened.ledger.database)
    moments = [time.perf_counter()]
    found = rights.find(Kind.TRACE, traces)
    moments.append(time.perf_counter())
    rights.ask(found, traces, reason="a measurement", by="shell", now=dt.datetime.now(dt.UTC))
    moments.append(time.perf_counter())
    erase_pending(Stores(read_settings(home), opened.lake, warehouse, opened.ledger.database))
    moments.append(time.perf_counter())
    warehouse.renew()
    warehouse.text_index.tidy()
    moments.append(time.perf_counter())
    steps = dict(zip(("find", "note", "erase", "of that anew"), pairwise(moments), strict=True))
    return {name: round(end - began, 2) for name, (began, end) in steps.items()}


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
            print(name, erased(home, traces, warehouse, opened))
        began = time.perf_counter()
        warehouse.rebuild()
        print("rebuild", round(time.perf_counter() - began, 2))
        warehouse.close()
        opened.close()


if __name__ == "__main__":
    main()
