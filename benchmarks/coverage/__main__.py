"""`python -m benchmarks.coverage [--weeks 1000]`: coverage of every interval of the judge pages, as tables.

`--into FOLDER` keeps a CSV per setting and size, so that a long run may be done in parts: what is there is read.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.coverage import quiet
from benchmarks.coverage.figures import faults_of_week, of_week, truths
from benchmarks.coverage.weeks import SETTINGS, Setting, census, traffic, week
from review.calibration.corrected_mean import tuned_on
from review.calibration.pairs import one_value

SEED = 20261121
SIZES = (12, 30, 50)
PAST_WEEKS = 4


def held(setting: Setting, *, per_stratum: int, weeks: int, seed: int, faults: bool = False) -> pd.DataFrame:
    """A row per key: `figure, key, few, coverage, width, intervals` of `weeks` samples of one traffic.

    `faults`: of the checks for known faults, else of all other figures.
    """
    of = traffic(setting, seed=seed)
    true = truths(of)
    past = [tuned_on(week(of, per_stratum=per_stratum, seed=seed + 10_000_000 + at)) for at in range(PAST_WEEKS)]
    past_weight = float(np.mean([one for one in past if one is not None]))
    by_item = one_value(census(of).judges[0].scores, is_nominal=False)
    samples = (week(of, per_stratum=per_stratum, seed=seed + at) for at in range(weeks))
    rows = [
        (one.figure, one.key, one.few, one.low - 1e-12 <= true[one.key] <= one.high + 1e-12, one.high - one.low)
        for one_week in samples
        for one in (faults_of_week(of, one_week) if faults else of_week(of, one_week, by_item, past_weight=past_weight))
        if one.key in true
    ]
    table = pd.DataFrame(rows, columns=["figure", "key", "few", "held", "width"])
    found = table.groupby(["figure", "key"], sort=False).agg(
        few=("few", "mean"), coverage=("held", "mean"), width=("width", "mean"), intervals=("held", "size")
    )
    return found.reset_index().assign(setting=setting.name, per_stratum=per_stratum)


def seed_of(place: int, per_stratum: int) -> int:
    return SEED + 1_000_003 * place + 1_009 * per_stratum


def _part(faults: bool, items: int, place: int, *, weeks: int, into: Path | None) -> pd.DataFrame:  # noqa: FBT001
    """One setting and size, from its file if there is one."""
    setting = SETTINGS[place]
    kept = None if into is None else into / f"{'faults' if faults else 'all'}-{items}-{place}.csv"
    if kept is not None and kept.exists():
        return pd.read_csv(kept)
    found = held(setting, per_stratum=items, weeks=weeks, seed=seed_of(place, items), faults=faults)
    if kept is not None:
        found.to_csv(kept, index=False)
    return found


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--weeks", type=int, default=1_000)
    asked.add_argument("--per-stratum", type=int, nargs="+", default=list(SIZES))
    asked.add_argument("--years", type=int, default=1_000)
    asked.add_argument("--into", type=Path)
    given = asked.parse_args()
    jobs = [
        (faults, items, place) for faults in (False, True) for items in given.per_stratum
        for place in range(len(SETTINGS))
    ]  # fmt: skip
    found = pd.concat([_part(*job, weeks=given.weeks, into=given.into) for job in jobs])
    sys.stdout.write(
        f"{given.weeks} weeks each, seed {SEED}.\n\n## Coverage\n\n{_markdown(_by_figure(found, 'coverage'))}\n"
    )
    sys.stdout.write(f"## Mean width\n\n{_markdown(_by_figure(found, 'width'))}\n")
    years = quiet.table(years=given.years, seed=SEED)
    alarms = pd.DataFrame([{"setting": f"{name} {items}", **shares} for name, items, shares in years])
    sys.stdout.write(f"## Quiet years that alarm\n\n{_markdown(alarms)}")


def _by_figure(found: pd.DataFrame, column: str) -> pd.DataFrame:
    """Figures by setting and size; of several of a kind the mean over all of their intervals."""
    weighed = found.assign(product=found[column] * found["intervals"])
    summed = weighed.groupby(["figure", "setting", "per_stratum"], sort=False)[["product", "intervals"]].sum()
    wide = (summed["product"] / summed["intervals"]).rename(column).reset_index()
    wide = wide.pivot_table(index="figure", columns=["setting", "per_stratum"], values=column, sort=False)
    columns = [(one.name, items) for one in SETTINGS for items in sorted(set(found["per_stratum"]))]
    wide = wide[columns].set_axis([f"{name} {items}" for name, items in columns], axis="columns")
    return wide.reset_index()


def _markdown(table: pd.DataFrame) -> str:
    rows = [list(table.columns), ["---"] * len(table.columns), *table.to_numpy(object).tolist()]
    return "\n".join(f"| {' | '.join(_cell(one) for one in row)} |" for row in rows) + "\n"


def _cell(one: object) -> str:
    if isinstance(one, float):
        return "" if np.isnan(one) else f"{one:.3f}".lstrip("0")
    return str(one)


if __name__ == "__main__":
    main()
