"""Has the spread of a judge's scores changed, week by week? Needs no label, so it is the first sign to look at."""

import numpy as np
import pandas as pd

from review.calibration.confusion import nearest
from review.calibration.reviewed import Reviewed
from review.calibration.stability import null_line, population_stability


def score_shift(of: Reviewed, judge: str) -> pd.DataFrame:
    """A row per week from the second: `week, scores, psi, line, moved`: its scores by level against all weeks before.

    Above the `line`, which knows how few scores there are, lies one quiet week in twenty: two in a row mean something.
    Source: `review.calibration.stability`.
    """
    scale = of.study.scale
    own = of.judged.loc[of.judged["judge"] == judge, ["week", "value"]].astype({"week": str})
    counts = {
        str(week): np.bincount(nearest(said.to_numpy(float), scale), minlength=len(scale.levels)).astype(float)
        for week, said in own.groupby("week")["value"]
    }
    before, rows = np.zeros(len(scale.levels)), []
    for week in (one for one in of.weeks if one in counts):
        if before.sum():
            psi = population_stability(before, counts[week])
            used = int(((before + counts[week]) > 0).sum())
            line = null_line(bins=max(used, 2), reference=int(before.sum()), window=int(counts[week].sum()))
            rows.append(
                {"week": week, "scores": int(counts[week].sum()), "psi": psi, "line": line, "moved": psi > line}
            )
        before = before + counts[week]
    return pd.DataFrame(rows, columns=["week", "scores", "psi", "line", "moved"])
