"""What scrubbing costs on files of one's own: `benchbook ingest` of them with the default policy, and without.

    python -m benchmarks.files FILE... [--times 5]

The two take turns, each time on an empty home. *Whole*: the process from its start to its end. *Working*: what the
command says it took, which leaves out starting Python and its imports, the same for both.
"""

import argparse
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import Any, cast

from benchmarks.processes import benchbook

SCRUBBED = {"default policy": False, "unscrubbed": True}


def taken_in(files: list[Path], *, unscrubbed: bool) -> tuple[float, dict[str, Any]]:
    """Seconds of the whole command, and what it printed."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        said = benchbook(Path(folder) / "home", "ingest", *map(str, files), unscrubbed=unscrubbed)
        return time.perf_counter() - began, cast("dict[str, Any]", said)


def main() -> None:
    """Print medians and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE")
    parser.add_argument("--times", type=int, default=5)
    asked = parser.parse_args()
    whole, working = defaultdict[str, list[float]](list), defaultdict[str, list[float]](list)
    for _ in range(asked.times):
        for name, unscrubbed in SCRUBBED.items():
            took, said = taken_in(asked.files, unscrubbed=unscrubbed)
            whole[name].append(took)
            working[name].append(said["seconds"])
    print({name: said[name] for name in ("files", "traces", "spans", "rejected")})
    for name, took_each in (("whole", whole), ("working", working)):
        scrubbed, plain = (median(took_each[one]) for one in SCRUBBED)
        print(f"{name:8} default policy {scrubbed:6.2f} s, unscrubbed {plain:6.2f} s: {scrubbed / plain:.2f} times")


if __name__ == "__main__":
    main()
