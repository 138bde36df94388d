"""Do the rules of alerts keep quiet where nothing happened? Real conversations, put into the windows at random.

`python -m benchmarks.null --files EXPORT ...` (or `--home HOME`; else the sample data) gives every conversation a
random moment of the days that the rules look at, evaluates all rules, and does so again and again. Since moments are
random nothing differs between the windows, so each alert is a false alarm. A table per rule: how often it warned and
acted, with Wilson's 95 % interval. Rules that compare no windows (versions, budgets, corrected quality) are left out.

With `--stand-ins` calls of which no tokens, cost or time are known get some by the length of their texts, and those
that answer `Error` failed: so that exports without figures can be looked at by more of the rules.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.resampled import Pool
from metrics.alerts.budget_figures import BUDGET
from metrics.alerts.evaluate import Level, evaluate
from metrics.alerts.figures import Window, family_of
from metrics.alerts.outcome_figures import outcome_figures
from metrics.alerts.quality import QUALITY
from metrics.alerts.rules import Rules, rules_of
from metrics.alerts.score_figures import compared_scores
from metrics.drift.changes import COLUMNS, changes_of
from metrics.versions.flags import Flag
from metrics.wilson import wilson_interval
from settings import Settings

AT = datetime(2026, 6, 1, tzinfo=UTC)
SEED = 20261121
WORDS = "words"
"""The metric of which only what changed is listed: it is always looked at."""
ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Row:
    """A rule: in how many evaluations it had anything to look at, warned at most, and acted."""

    rule: str
    looked: int
    warned: int
    acted: int


def of_windows(settings: Settings) -> Rules:
    """The rules that compare windows: not those over versions, budgets (which have a limit) and corrected quality
    (which has a control chart)."""
    rules, others = rules_of(settings), {Flag.SILENT.value, BUDGET, QUALITY}
    return rules.model_copy(update={"rules": tuple(one for one in rules.rules if one.metric not in others)})


def evaluations(
    pool: Pool, rules: Rules, *, times: int, conversations: int, first: int = 0, seed: int = SEED
) -> Iterator[pd.DataFrame]:
    """A frame per evaluation: `rule, looked, level` of the gravest alert (empty for none)."""
    days = rules.reference_days + max(rule.persistence * rule.window_days for rule in rules.rules)
    for number in range(first, first + times):
        randomness = np.random.default_rng([seed, number])
        picked = randomness.permutation(pool.conversations)[:conversations]
        moments = randomness.random(len(picked)) * days
        yield _evaluation(pool, rules, picked, [AT - timedelta(days=float(ago)) for ago in moments])


@dataclass(slots=True)
class Drawn:
    """The conversations `picked` of a pool at their moments, as the tables that rules look at; each is made once."""

    pool: Pool
    picked: np.ndarray
    moments: list[datetime]
    made: dict[tuple[str, Window, Window], pd.DataFrame] = field(default_factory=dict)

    def table(self, metric: str, window: Window, reference: Window) -> pd.DataFrame:
        """As `metrics.alerts.figures.Figures.table`."""
        family = family_of(metric)
        if (key := (family, window, reference)) not in self.made:
            is_new, is_old = (
                np.array([since <= moment < until for moment in self.moments]) for since, until in (window, reference)
            )
            of_both = is_new | is_old
            self.made[key] = self._table(family, self.picked[of_both], is_new[of_both])
        return self.made[key]

    def _table(self, family: str, picked: np.ndarray, is_new: np.ndarray) -> pd.DataFrame:
        match family:
            case "changes":
                return changes_of(self.pool.draw(picked, is_new))
            case "outcomes":
                ended = self.pool.ended(picked, is_new)
                if len(ended):
                    return outcome_figures(ended[~ended["is_new"]], ended[ended["is_new"]])
            case "scores":
                scores = self.pool.scores(picked, is_new)
                if len(scores):
                    return compared_scores(scores)
        return pd.DataFrame(columns=list(COLUMNS))


def _evaluation(pool: Pool, rules: Rules, picked: np.ndarray, moments: list[datetime]) -> pd.DataFrame:
    drawn = Drawn(pool, picked, moments)
    found = evaluate(drawn, rules, at=AT)
    figures = pd.concat(drawn.made.values())[["step", "metric", "value"]].drop_duplicates()
    levels = {one.rule.name: one.level for one in reversed(found)}
    shown = list(figures.itertuples(index=False, name=None))
    return pd.DataFrame([
        {"rule": rule.name, "looked": rule.metric == WORDS or any(rule.watches(*figure) for figure in shown),
         "level": str(levels.get(rule.name, ""))} for rule in rules.rules
    ])  # fmt: skip


def by_rule(found: Iterator[pd.DataFrame]) -> list[Row]:
    """The evaluations counted, a row per rule."""
    every = pd.concat(list(found))
    counted = every.assign(warned=every["level"] != "", acted=every["level"] == Level.ACT)
    sums = counted.groupby("rule", sort=False)[["looked", "warned", "acted"]].sum()
    return [Row(str(rule), int(row["looked"]), int(row["warned"]), int(row["acted"])) for rule, row in sums.iterrows()]


def pool_of(home: Path | None, files: list[Path], *, until: datetime | None, stand_ins: bool = False) -> Pool:
    """What is in the home, or in the files, which are taken into a home that is thrown away."""
    if home is not None:
        return Pool.of(home, until=until, stand_ins=stand_ins)
    with tempfile.TemporaryDirectory() as folder:
        asked = [sys.executable, str(ROOT / "cli.py"), "ingest", *map(str, files), "--home", folder]
        done = subprocess.run(asked, capture_output=True, check=False, cwd=ROOT)
        if done.returncode not in {0, 3}:  # 3: some of it was rejected, as exports may hold anything
            raise SystemExit(done.stderr.decode())
        return Pool.of(Path(folder), until=until, stand_ins=stand_ins)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--home", type=Path)
    options.add_argument("--files", type=Path, nargs="+", default=[ROOT / "sample_data"])
    options.add_argument("--until", type=datetime.fromisoformat, help="conversations before this day")
    options.add_argument("--stand-ins", action="store_true")
    options.add_argument("--times", type=int, default=1_000)
    options.add_argument("--first", type=int, default=0, help="number of the first, to do a long run in parts")
    options.add_argument("--conversations", type=int, default=10**9, help="of them at most, drawn anew each time")
    options.add_argument("--rules", nargs="+", help="these alone")
    options.add_argument("--seed", type=int, default=SEED)
    said = options.parse_args()
    until = said.until and said.until.replace(tzinfo=UTC)
    pool = pool_of(said.home, said.files, until=until, stand_ins=said.stand_ins)
    many = min(pool.conversations, said.conversations)
    sys.stdout.write(f"{said.times:,} evaluations of {many:,} conversations at random moments, seed {said.seed}\n\n")
    sys.stdout.write("| rule | had figures in | warned | acted | acted, 95 % interval |\n|---|---|---|---|---|\n")
    rules = of_windows(Settings(home=Path("unused")))
    if said.rules:
        rules = rules.model_copy(update={"rules": tuple(one for one in rules.rules if one.name in said.rules)})
    found = evaluations(pool, rules, times=said.times, conversations=many, first=said.first, seed=said.seed)
    for row in by_rule(found):
        ends = wilson_interval(row.acted, row.looked)
        told = "nothing to look at" if ends is None else f"{100 * ends[0]:.2f} to {100 * ends[1]:.2f} %"
        sys.stdout.write(f"| {row.rule} | {row.looked} | {row.warned} | {row.acted} | {told} |\n")


if __name__ == "__main__":
    main()
