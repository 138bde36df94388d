"""Part by part of the traffic: what one conversation alone cannot say."""

import numpy as np
import pandas as pd
import pytest

from review.calibration.pairs import pairs_of
from review.calibration.parts import by_part, heterogeneity
from review.calibration.scale import ordinal
from review.calibration.study import Study

FIVE = ordinal([1.0, 2.0, 3.0, 4.0, 5.0], declared=True)


def test_a_part_of_one_conversation_has_a_bias_and_no_interval_and_accuses_nobody() -> None:
    """Forty items each of x and y, where the judge is right; of z three turns of one conversation, four points off."""
    part = np.repeat(["x", "y", "z"], [40, 40, 3])
    item = np.array([f"{name}{at}" for at, name in enumerate(part)], dtype=object)
    human = np.where(part == "z", 1.0, np.tile([2.0, 3.0, 4.0], 28)[:83])
    labels = pd.DataFrame({
        "item": item, "reviewer": "ana", "value": human, "weight": 10.0, "stratum": part, "part": part,
        "cluster": np.where(part == "z", "talk", item),
    })  # fmt: skip
    study = Study(labels, (), FIVE, {"x": 400.0, "y": 400.0, "z": 30.0})
    noise = np.tile([0.5, -0.5, 0.0, 0.5, 0.0, -0.5], 14)[:83]
    pairs = pairs_of(study, pd.Series(np.where(part == "z", 5.0, human + noise), index=item))
    table = by_part(study, pairs, weight=0.5).set_index("part")
    assert table.loc["z", "bias"] == 4
    assert table.loc["z", ["low", "high", "p"]].isna().all()
    assert table.loc[["x", "y"], "p"].to_numpy(float) == pytest.approx([1, 1], abs=0.5)
    assert heterogeneity(table.reset_index()) == pytest.approx(1, abs=0.5)
