"""Calibration from files: bad input is refused by row and rule; odd input gets words instead of nan."""

from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pandas as pd
import pytest

from errors import UsageError
from review.calibration.assessment import Options, assess, people
from review.calibration.files import read_study
from review.calibration.report import as_json
from review.calibration.scale import Kind

LABELS = "item_id,reviewer,value\n"


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("labels", "rule"),
    [
        ("", "cannot be read"),
        ("item_id,value\na,1\n", "lacks reviewer"),
        (LABELS, "no label with a value"),
        (LABELS + "a,ana,4\nb,ana,good\n", "row 3: the value is not a number"),
        (LABELS + "a,ana,4\n,ana,4\n", "row 3: item_id is empty"),
        (LABELS + "a,ana,4\na,ana,5\n", "row 3: this reviewer labelled the item before"),
        ("item_id,reviewer,value,probability\na,ana,4,0\n", "row 2: probability is not above 0"),
        ("item_id,reviewer,value,probability\na,ana,4,.5\na,ben,4,.4\n", "row 3: the item has another probability"),
        ("item_id,reviewer,value,corrected_at\na,ana,4,\na,ana,5,soon\n", "row 3: corrected_at is not"),
    ],
)
def test_a_wrong_label_file_is_refused_by_row_and_rule(tmp_path: Path, labels: str, rule: str) -> None:
    with pytest.raises(UsageError, match=rule):
        read_study(write(tmp_path, "labels.csv", labels))


@pytest.mark.parametrize(
    ("frame", "rule"),
    [
        ("stratum,size\nx,10\n", "row 2: its stratum is not in the frame"),
        ("stratum,size\ny,0\n", "has 0 units, but 1 are labelled"),
        ("stratum,size\ny,ten\n", "row 2: size is not a whole number"),
        ("stratum,size\ny,10\ny,11\n", "row 3: the stratum is listed twice"),
    ],
)
def test_a_frame_that_does_not_fit_the_labels_is_refused(tmp_path: Path, frame: str, rule: str) -> None:
    labels = write(tmp_path, "labels.csv", "item_id,reviewer,value,stratum\na,ana,4,y\n")
    with pytest.raises(UsageError, match=rule):
        read_study(labels, frame=write(tmp_path, "frame.csv", frame))


def test_an_error_does_not_quote_what_the_row_says(tmp_path: Path) -> None:
    labels = write(tmp_path, "labels.csv", LABELS + "a,ana,Maria Lopez\n")
    with pytest.raises(UsageError) as told:
        read_study(labels)
    assert "Lopez" not in str(told.value)


def test_a_correction_replaces_the_label_before_it(tmp_path: Path) -> None:
    labels = write(
        tmp_path, "labels.csv",
        "item_id,reviewer,value,corrected_at\na,ana,5,2026-11-02T10:00:00Z\na,ana,1,\na,ben,3,\n",
    )  # fmt: skip
    study = read_study(labels)
    assert study.labels.set_index("reviewer")["value"].to_dict() == {"ana": 5.0, "ben": 3.0}


def test_what_could_not_be_told_is_left_out_and_counted(tmp_path: Path) -> None:
    study = read_study(write(tmp_path, "labels.csv", LABELS + "a,ana,4\nb,ana,cannot tell\nc,ana,\n"))
    assert len(study.labels) == 1
    assert study.notes == ("2 labels say that it cannot be told; they are left out",)


def figures(folder: Path, labels: str, scores: str | None = None, kind: Kind = Kind.ORDINAL) -> dict[str, Any]:
    judged = None if scores is None else write(folder, "scores.csv", "item_id,judge,value\n" + scores)
    study = read_study(write(folder, "labels.csv", LABELS + labels), scores=judged, kind=kind)
    among = people(study)
    found = as_json(study, among, [assess(study, one, among, Options()) for one in study.judges])
    assert b"NaN" not in orjson.dumps(found)
    return found


def test_raters_who_always_say_the_same_have_no_variation_not_perfect_agreement(tmp_path: Path) -> None:
    rows = "".join(f"{i},{name},4\n" for i in range(40) for name in ("ana", "ben"))
    found = figures(tmp_path, rows, "".join(f"{i},j,4\n" for i in range(40)))
    assert found["human_human"]["alpha"] is None
    assert found["notes"]["human_human"] == "no variation"
    judge = found["judges"]["j"]
    assert judge["kappa"]["value"] is None
    assert judge["notes"]["kappa"] == "no variation"
    assert judge["notes"]["spearman"] == "no variation"
    assert judge["verdict"] == "not_enough_evidence"


def test_one_rater_has_no_agreement_among_people(tmp_path: Path) -> None:
    found = figures(tmp_path, "".join(f"{i},ana,{i % 5 + 1}\n" for i in range(40)))
    assert found["human_human"]["alpha"] is None
    assert found["notes"]["human_human"] == "no item with two ratings"
    assert found["human_mean"]["value"] == pytest.approx(3.0)


def test_a_judge_that_nobody_can_read_is_counted_and_not_graded(tmp_path: Path) -> None:
    found = figures(
        tmp_path, "".join(f"{i},ana,{i % 5 + 1}\n" for i in range(40)), "".join(f"{i},j,?\n" for i in range(40))
    )
    judge = found["judges"]["j"]
    assert judge["unparsable"] == 40
    assert judge["n_items"] == 0
    assert judge["kappa"]["value"] is None
    assert judge["verdict"] == "not_enough_evidence"


def test_scores_of_items_that_nobody_labelled_are_the_rest_of_the_traffic(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    truth = rng.random(1_000) < 0.7
    rows = "".join(f"{i},ana,{'yes' if truth[i] else 'no'}\n" for i in range(60))
    found = figures(
        tmp_path, rows, "".join(f"{i},j,{'pass' if one else 'fail'}\n" for i, one in enumerate(truth)), Kind.BINARY
    )
    corrected = found["judges"]["j"]["corrected_mean"]
    assert corrected["lambda"] > 0.9  # a perfect judge gets nearly all of the weight
    assert corrected["high"] - corrected["low"] < found["human_mean"]["high"] - found["human_mean"]["low"]


def test_two_categories_given_as_one_judge_by_several_rows_take_the_most_frequent(tmp_path: Path) -> None:
    found = figures(
        tmp_path, "a,ana,fee\nb,ana,card\nc,ana,fee\n", "a,j,fee\na,j,fee\na,j,card\nb,j,card\n", Kind.NOMINAL
    )
    assert found["judges"]["j"]["confusion"]["counts"] == [[1, 0], [0, 1]]
    assert found["judges"]["j"]["bias"] is None


def test_weights_from_the_frame_make_equal_allocation_fair(tmp_path: Path) -> None:
    """Strata of 900 and 100 with 10 labels each; means 1 and 5: the traffic's mean is 0.9 x 1 + 0.1 x 5."""
    rows = "".join(f"x{i},ana,1,x\n" for i in range(10)) + "".join(f"y{i},ana,5,y\n" for i in range(10))
    labels = write(tmp_path, "labels.csv", "item_id,reviewer,value,stratum\n" + rows)
    study = read_study(labels, frame=write(tmp_path, "frame.csv", "stratum,size\nx,900\ny,100\n"))
    mean = people(study).mean
    assert mean is not None
    assert mean.value == pytest.approx(1.4)
    assert pd.Series(study.labels["weight"]).unique().tolist() == [90.0, 10.0]
