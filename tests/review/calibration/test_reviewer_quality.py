"""T7: who is strict, who guesses, who changed; and what is missing where it cannot be told."""

import numpy as np
import pandas as pd
import pytest

from review.calibration.reviewer_quality import COLUMNS, of_criterion, reviewer_quality
from tests.review.labelled import AT, label_table

WEEKS = [f"2026-W{week}" for week in range(38, 48)]


def labels(*, people: int = 4, items: int = 40, seed: int = 3, late_shift: int = 0) -> pd.DataFrame:
    """`items` a week, each by everybody. `dora` guesses half of the time; `ben` is a point stricter from W43 on."""
    random = np.random.default_rng(seed)
    rows = []
    for week in WEEKS:
        for number in range(items):
            truth = int(random.integers(2, 5))
            for name in ("ana", "ben", "chidi", "dora")[:people]:
                said = truth if random.random() < 0.9 else int(random.integers(1, 6))
                if name == "dora" and random.random() < 0.5:
                    said = int(random.integers(1, 6))
                if name == "ben" and week >= "2026-W43":
                    said = max(1, said - late_shift)
                rows.append((week, f"{week}-{number}", name, str(said)))
    made = label_table([row[1:] for row in rows])
    return made.assign(week=[row[0] for row in rows], sample=[f"weekly-{row[0]}" for row in rows])


def test_who_guesses_has_a_low_accuracy_and_kappa_and_nobody_else() -> None:
    found = reviewer_quality(labels()).table.set_index("reviewer")
    assert found["labels"].tolist() == [400] * 4
    assert found.loc["dora", "accuracy"] == pytest.approx(0.9 * 0.5 + 0.1 * 0.6, abs=0.08)
    assert (found.drop("dora")["accuracy"] > 0.85).all()
    assert found["kappa"].idxmin() == "dora"
    assert found["accuracy_items"].tolist() == [400] * 4


def test_who_became_stricter_is_named_with_the_week_and_quiet_ones_are_steady() -> None:
    found = reviewer_quality(labels(late_shift=1)).table.set_index("reviewer")
    assert found.loc["ben", "drift"] in ("stricter since 2026-W42", "stricter since 2026-W43")
    assert float(found["difference"]["ben"]) < -0.25
    assert set(reviewer_quality(labels()).table["drift"]) == {"steady"}


def test_two_reviewers_have_no_accuracy_and_the_reason_says_what_is_missing() -> None:
    found = reviewer_quality(labels(people=2))
    assert found.table["accuracy"].isna().all()
    assert found.notes["accuracy"].startswith("accuracy needs 3 reviewers with 30 items")
    assert found.table["kappa"].notna().all()


def test_a_second_look_counts_for_self_consistency_alone() -> None:
    first = labels(items=6)
    second = first[first["reviewer"] == "ana"].assign(again=True, labelled_at=AT + pd.Timedelta(weeks=4))
    both = pd.concat([first, second.assign(submission=second["submission"] + "-again")])
    found = reviewer_quality(both).table.set_index("reviewer")
    ana = found.loc[["ana"], ["labels", "twice", "same", "own_kappa"]]
    assert ana.to_numpy().tolist() == [[60, 60, 1.0, 1.0]]
    assert found["twice"].notna().sum() == 1


def test_labels_of_other_weeks_criteria_and_older_scales_are_left_out() -> None:
    every = labels(items=2)
    older = every.assign(rubric_version=0, scale="integer 1..3")
    other = every.assign(criterion="resolved")
    found = of_criterion(
        pd.concat([older, other, every]), rubric="answer-quality", criterion="helpfulness", weeks=WEEKS[-2:]
    )
    assert len(found) == 2 * 2 * 4
    assert set(found["scale"]) == {"integer 1..5"}


def test_without_a_blind_label_there_is_nothing_and_a_reason() -> None:
    found = reviewer_quality(labels(items=2).assign(blind=False))
    assert found.table.columns.tolist() == list(COLUMNS)
    assert found.table.empty
    assert found.notes == {"labels": "no blind label of a drawn item"}
