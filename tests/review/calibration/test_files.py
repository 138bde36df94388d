"""Calibration from files: bad input is refused by row and rule; odd input gets words instead of nan."""

from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pandas as pd
import pytest

from cli import app
from errors import UsageError
from review.calibration.assessment import Options, assess, people
from review.calibration.files import read_study
from review.calibration.mapping import Mapped
from review.calibration.report import as_json
from review.calibration.scale import Kind, number, scale_of

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


@pytest.mark.parametrize(
    ("written", "meant"),
    [("0.93", 0.93), ("yes", 1.0), ("0", 0.0), ("1", 1.0), ("1.2", None), ("-0.1", None), ("maybe", None)],
)
def test_what_a_judge_says_of_yes_or_no_is_read_alike_from_files_and_from_traces(
    tmp_path: Path, written: str, meant: float | None
) -> None:
    said = write(tmp_path, "scores.csv", f"item_id,judge,value\na,j,{written}\n")
    study = read_study(write(tmp_path, "labels.csv", LABELS + "a,ana,yes\n"), scores=said, kind=Kind.BINARY)
    (judged,) = study.judges
    assert judged.scores["value"].tolist() == ([] if meant is None else [meant])
    assert judged.unparsable == (meant is None)
    rule, scale = Mapped(("resolved",)), scale_of([], Kind.BINARY)
    assert rule.read(None, label=written, yes=None, scale=scale) == meant
    if (value := number(written, Kind.ORDINAL)) is not None:
        assert rule.read(value, label=None, yes=None, scale=scale) == meant
        (among_many,) = rule.read_numbers(np.array([value]), scale)
        assert among_many == meant or (meant is None and np.isnan(among_many))


def test_a_label_beyond_the_declared_scale_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="row 3: the value is not from 1 to 5"):
        read_study(write(tmp_path, "labels.csv", LABELS + "a,ana,4\nb,ana,6\n"), ends=(1, 5))


def test_a_score_beyond_the_declared_scale_is_unparsable(tmp_path: Path) -> None:
    scores = write(tmp_path, "scores.csv", "item_id,judge,value\na,j,5.5\nb,j,4.5\n")
    study = read_study(write(tmp_path, "labels.csv", LABELS + "a,ana,4\nb,ana,5\n"), scores=scores, ends=(1, 5))
    assert (study.judges[0].unparsable, study.scale.levels) == (1, (1.0, 2.0, 3.0, 4.0, 5.0))


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--low", "1"), "together"),
        (("--low", "5", "--high", "1"), "lower one first"),
        (("--low", "nan", "--high", "5"), "lower one first"),
        (("--low", "0", "--high", "1", "--scale", "binary"), "belong to --scale ordinal"),
    ],
)
def test_a_scale_that_is_declared_wrongly_is_refused(tmp_path: Path, options: tuple[str, ...], why: str) -> None:
    labels = write(tmp_path, "labels.csv", LABELS + "a,ana,4\n")
    with pytest.raises(UsageError, match=why):
        app(["calibrate", "--labels", str(labels), *options], standalone_mode=False)


def test_the_answer_in_words_says_that_no_scale_is_declared_and_what_it_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = write(tmp_path, "labels.csv", LABELS + "".join(f"{i},ana,{4 + i % 2}\n" for i in range(40)))
    scores = write(tmp_path, "scores.csv", "item_id,judge,value\n" + "".join(f"{i},j,{4 + i % 2}\n" for i in range(40)))
    asked = ["calibrate", "--labels", str(labels), "--scores", str(scores)]
    assert app(asked, standalone_mode=False) == 0
    said = capsys.readouterr().out
    assert "not asked: people used 4 to 5" in said
    assert "scale: taken to be what people used, 4 to 5" in said
    assert app([*asked, "--low", "1", "--high", "5"], standalone_mode=False) == 0
    assert "--low" not in capsys.readouterr().out


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
