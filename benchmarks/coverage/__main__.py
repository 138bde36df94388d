"""`python -m benchmarks.coverage [--weeks 1000]`: coverage of every interval of the judge pages, as a table."""

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pandas as pd

from benchmarks.coverage.weeks import SETTINGS, Setting, Traffic, traffic, week
from review.agreement.alpha import krippendorff_alpha
from review.agreement.gwet import gwet_ac
from review.agreement.kappa import weighted_kappa
from review.calibration.assessment import METRICS, WEIGHTS, Options, assess, people
from review.calibration.closeness import Estimate
from review.calibration.study import Study

SEED = 20261121
FIGURES = ("human mean", "corrected mean", "corrected mean, lambda of the same labels", "kappa", "AC", "bias", "MAE",
           "TPR", "TNR", "alpha")  # fmt: skip


def truths(of: Traffic) -> dict[str, float | None]:
    """Each figure over all units, labelled by both people and judged."""
    both = np.array([of.first, of.second])
    pairs = (np.tile(of.judge, 2), both.ravel())
    passes, threshold = both >= (of.scale.threshold or 0), of.scale.threshold or 0
    judged = np.broadcast_to(of.judge >= threshold, passes.shape)
    weights, levels = WEIGHTS[of.scale.kind], of.scale.levels
    alpha = krippendorff_alpha(both.T, metric=METRICS[of.scale.kind], resamples=2)
    mean = float(both.mean())
    return {
        "human mean": mean, "corrected mean": mean, "corrected mean, lambda of the same labels": mean,
        "kappa": weighted_kappa(*pairs, weights=weights, levels=levels).value,
        "AC": gwet_ac(np.column_stack(pairs), weights=weights, levels=levels).value,
        "bias": float((of.judge - both).mean()), "MAE": float(np.abs(of.judge - both).mean()),
        "TPR": float(judged[passes].mean()), "TNR": float((~judged)[~passes].mean()), "alpha": alpha.value,
    }  # fmt: skip


def intervals(study: Study, *, past_weight: float) -> Iterator[tuple[str, float | None, float | None]]:
    """Name, low, high of each figure of one week."""
    among = people(study)
    past = assess(study, study.judges[0], among, Options(weight=past_weight))
    same = assess(study, study.judges[0], among, Options())
    assert among.mean is not None
    assert past.corrected is not None
    assert same.corrected is not None
    shown: list[Estimate | object] = [
        among.mean, past.corrected, same.corrected, past.kappa, past.ac, past.bias, past.mae, past.tpr, past.tnr,
        among.alpha,
    ]  # fmt: skip
    for name, one in zip(FIGURES, shown, strict=True):
        yield name, getattr(one, "low", None), getattr(one, "high", None)


def held(setting: Setting, *, per_stratum: int, weeks: int, seed: int) -> pd.DataFrame:
    """Per figure: share of weeks whose interval holds the truth, mean width, weeks without an interval."""
    of = traffic(setting, seed=seed)
    true = truths(of)
    before = [week(of, per_stratum=per_stratum, seed=seed + 10_000_000 + at) for at in range(4)]
    fits = [assess(one, one.judges[0], people(one), Options()).corrected for one in before]
    past_weight = float(np.mean([fit.weight for fit in fits if fit is not None]))
    found: dict[str, list[tuple[bool, float]]] = defaultdict(list)
    for at in range(weeks):
        for name, low, high in intervals(week(of, per_stratum=per_stratum, seed=seed + at), past_weight=past_weight):
            truth = true[name]
            if low is not None and high is not None and truth is not None:
                found[name].append((low - 1e-12 <= truth <= high + 1e-12, high - low))
    rows = [
        {"setting": setting.name, "per stratum": per_stratum, "figure": name, "coverage": np.mean([x[0] for x in seen]),
         "width": np.mean([x[1] for x in seen]), "without": weeks - len(seen)}
        for name, seen in found.items()
    ]  # fmt: skip
    return pd.DataFrame(rows)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--weeks", type=int, default=1_000)
    asked.add_argument("--per-stratum", type=int, nargs="+", default=[12, 30, 50])
    asked.add_argument("--processes", type=int, default=2)
    given = asked.parse_args()
    with ProcessPoolExecutor(given.processes) as pool:
        jobs = [
            pool.submit(held, setting, per_stratum=items, weeks=given.weeks, seed=SEED + 1_000_003 * at)
            for at, setting in enumerate(SETTINGS)
            for items in given.per_stratum
        ]
        table = pd.concat([job.result() for job in jobs])
    wide = table.pivot_table(index="figure", columns=["setting", "per stratum"], values="coverage", sort=False)
    sys.stdout.write(f"seed {SEED}, {given.weeks} weeks each; share of 95% intervals that hold the truth\n\n")
    sys.stdout.write(wide.round(3).to_string() + "\n\nwidth\n\n")
    sys.stdout.write(table.pivot_table(index="figure", columns=["setting", "per stratum"], values="width", sort=False)
                     .round(3).to_string() + "\n")  # fmt: skip


if __name__ == "__main__":
    main()
