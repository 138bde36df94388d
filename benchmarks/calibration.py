"""The tables of judges on a large home: seconds, memory, and beside plain scikit-learn on the same labels and scores.

`python -m benchmarks.calibration` fills a home (seeded; 50,000 labels of 8 weeks, 10 judges, 8 criteria, 1.6 million
scores) and makes every table of every judge on every criterion, then those that one page shows. Wall time and CPU time
of the process; the machine may be shared. Peak memory is that of a process that only reads.
"""

import argparse
import datetime as dt
import gc
import resource
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.metrics import cohen_kappa_score, confusion_matrix, mean_absolute_error

from benchmarks.calibration_filled import Size, fill
from review.calibration.levels import by_level, split
from review.calibration.over_weeks import over_weeks
from review.calibration.parts import by_part
from review.calibration.reviewed import Reviewed, reviewed
from review.calibration.reviewer_quality import of_criterion, reviewer_quality
from review.calibration.score_shift import score_shift
from review.calibration.scorecard import Row, faults, scorecard
from review.label_frame import label_frame
from settings import read_settings
from storage.home import open_home
from storage.ledger_database import Database
from storage.warehouse import Warehouse

Made = TypeVar("Made")


class Clock:
    """Seconds of each step, wall and CPU, over several rounds."""

    def __init__(self) -> None:
        self.wall: dict[str, list[float]] = {}
        self.cpu: dict[str, list[float]] = {}

    def time(self, step: str, make: Callable[[], Made]) -> Made:
        began, used = time.perf_counter(), time.process_time()
        made = make()
        self.wall.setdefault(step, []).append(time.perf_counter() - began)
        self.cpu.setdefault(step, []).append(time.process_time() - used)
        return made

    def medians(self, *steps: str) -> tuple[float, float]:
        """Wall and CPU seconds of the steps together."""
        return (
            sum(statistics.median(self.wall[one]) for one in steps),
            sum(statistics.median(self.cpu[one]) for one in steps),
        )


def every_table(database: Database, warehouse: Warehouse, clock: Clock) -> None:
    """All eight tables of all judges and criteria, each step timed; then those of one page."""
    found = clock.time("read", lambda: reviewed(database, warehouse))
    rows = clock.time("T1 T3", lambda: scorecard(found))
    clock.time("T2 T8", lambda: [(over_weeks(r.reviewed, r.judged.judge), score_shift(r.reviewed, r.judged.judge))
                                 for r in rows])  # fmt: skip
    clock.time("T4", lambda: [parts(row) for row in rows])
    clock.time("T5", lambda: [faults(row) for row in rows])
    clock.time("T6", lambda: [levels(row) for row in rows])
    clock.time("T7", lambda: reviewers(database, found))
    row = rows[len(rows) // 2]
    clock.time("one T2 T8", lambda: (over_weeks(row.reviewed, row.judged.judge),
                                     score_shift(row.reviewed, row.judged.judge)))  # fmt: skip
    clock.time("one T4", lambda: parts(row))
    clock.time("one T5", lambda: faults(row))
    clock.time("one T6", lambda: levels(row))
    clock.time("one T7", lambda: reviewers(database, (row.reviewed,)))
    clock.time("scikit-learn", lambda: plainly(rows))


def parts(row: Row) -> pd.DataFrame:
    corrected = row.judged.corrected
    return by_part(row.reviewed.study, row.judged.pairs, weight=corrected.weight if corrected else 0.0)


def levels(row: Row) -> tuple[object, object]:
    scale = row.reviewed.study.scale
    return by_level(row.judged.pairs, scale), split(row.judged.pairs, scale)


def reviewers(database: Database, found: tuple[Reviewed, ...]) -> list[object]:
    labels = label_frame(database)
    return [
        reviewer_quality(of_criterion(labels, rubric=of.rubric, criterion=of.criterion.name, weeks=of.weeks))
        for of in found
    ]


def plainly(rows: tuple[Row, ...]) -> list[tuple[float, ...]]:
    """What scikit-learn and scipy say of the same labels and scores: points without intervals, strata or sessions."""
    said: list[tuple[float, ...]] = []
    for row in rows:
        labels, of = row.reviewed.study.labels, row.reviewed
        (judged,) = [one for one in of.study.judges if one.name == row.judged.judge]
        both = labels.merge(judged.scores.rename(columns={"value": "judge"}), on="item")
        human, judge, weight = both["value"], both["judge"], both["weight"]
        quadratic = "quadratic" if of.study.scale.span > 1 else None
        said.append((
            cohen_kappa_score(human, judge, weights=quadratic, sample_weight=weight),
            float(confusion_matrix(human, judge, sample_weight=weight).sum()),
            mean_absolute_error(human, judge, sample_weight=weight), float(np.average(judge - human, weights=weight)),
            float(stats.spearmanr(human, judge).statistic), float(stats.kendalltau(human, judge).statistic),
        ))  # fmt: skip
    return said


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--home", type=Path, help="filled already by an earlier run, or empty")
    options.add_argument("--share", type=float, default=1.0, help="of the traffic and labels")
    options.add_argument("--times", type=int, default=3)
    said = options.parse_args()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        home = said.home or Path(folder)
        if not (home / "ledger.db").exists():
            home.mkdir(exist_ok=True)
            filling = get_context("spawn").Process(target=fill, args=(home, Size(share=said.share)))
            filling.start()
            filling.join()
        measure(home, said.times)


def measure(home: Path, times: int) -> None:
    """Open the home, make the tables, print the medians."""
    settings, clock = read_settings(home), Clock()
    opened = open_home(settings, now=dt.datetime.now(dt.UTC))
    with closing(Database(settings.ledger_url)) as database, closing(Warehouse.open(settings, opened.lake)) as rows:
        rows.load(with_index=False)
        counts = rows.rows("SELECT (SELECT count(*) FROM traces), (SELECT count(*) FROM scores)")[0]
        gc.collect()
        gc.freeze()  # as the app does at its start
        print(f"{len(label_frame(database)):,} labels, {counts[0]:,} traces, {counts[1]:,} scores; median of {times}")
        for _ in range(times):
            every_table(database, rows, clock)
    opened.close()
    gc.unfreeze()  # or DuckDB's binding complains at the end of what nobody freed
    shown = {step: (step,) for step in clock.wall} | {
        "T1-T4 of a page": ("read", "T1 T3", "one T2 T8", "one T4"),
        "all eight of a page": ("read", "T1 T3", *(step for step in clock.wall if step.startswith("one "))),
        "T1-T4, all judges": ("read", "T1 T3", "T2 T8", "T4"),
        "all eight, all judges": ("read", "T1 T3", "T2 T8", "T4", "T5", "T6", "T7"),
    }
    print(f"{'':24}{'wall s':>8}{'CPU s':>8}")
    for name, steps in shown.items():
        wall, cpu = clock.medians(*steps)
        print(f"{name:24}{wall:8.2f}{cpu:8.2f}")
    plain, own = clock.medians("scikit-learn"), clock.medians("T1 T3")
    print(
        f"T1 and T3 of all beside plain scikit-learn and scipy: {own[0] / plain[0]:.2f} (CPU {own[1] / plain[1]:.2f})"
    )
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB")


if __name__ == "__main__":
    main()
