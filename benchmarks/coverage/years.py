"""Simulated weeks one after the other, as a home would hold them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from benchmarks.coverage.weeks import Setting, Traffic, traffic, week
from review.calibration.reviewed import Reviewed
from review.calibration.study import Judged, Study
from review.rubric.criteria import Criterion, Scale

JUDGE = "judge"


def year(shifts: Sequence[tuple[float, float]], *, setting: Setting, per_stratum: int, seed: int) -> Reviewed:
    """A week for each (shift of the judge, shift of the application's quality), in units of the latent quality."""
    made = {}
    for at, (of_judge, of_quality) in enumerate(shifts):
        its = traffic(setting, seed=seed + 1_000 * at, judge_shift=of_judge, quality_shift=of_quality)
        name = f"2026-W{at + 1:02d}"
        made[name] = (its, week(its, per_stratum=per_stratum, seed=seed + 1_000 * at + 1))
    return joined(made)


def joined(weeks: Mapping[str, tuple[Traffic, Study]]) -> Reviewed:
    """Weeks by name as one study, items and strata named by their week."""
    labels, judged = [], []
    sizes: dict[str, float] = {}
    for name, (its, study) in weeks.items():
        labels.append(
            study.labels.assign(
                week=name, part=study.labels["stratum"], stratum=name + " " + study.labels["stratum"],
                item=name + " " + study.labels["item"], cluster=name + " " + study.labels["cluster"],
            )
        )  # fmt: skip
        sizes |= {f"{name} {part}": size for part, size in (study.sizes or {}).items()}
        scores = study.judges[0].scores
        judged.append(pd.DataFrame({"item": name + " " + scores["item"], "week": name, "value": its.judge}))
    table = pd.concat(judged, ignore_index=True).assign(judge=JUDGE, prompt="v1", words=100, own_family=None)
    one = next(iter(weeks.values()))[1]
    whole = replace(one, labels=pd.concat(labels, ignore_index=True), sizes=sizes,
                    judges=(Judged(JUDGE, table[["item", "value"]], 0),))  # fmt: skip
    asked = Criterion(name="helpfulness", question="Does it help?", scale=Scale.INTEGER, low=1, high=5)
    return Reviewed("answers", 1, asked, whole, tuple(weeks), lambda: table, table.drop(columns=["judge", "value"]))
