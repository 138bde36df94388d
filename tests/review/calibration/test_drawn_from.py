"""Which samples stand for all of the traffic, and what a study of several of them says."""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pytest

from review.calibration.corrected_mean import corrected_mean, human_mean
from review.calibration.drawn_from import DrawnFrom, counted_once, drawn_from, exported_from
from review.calibration.reviewed import reviewed, study_of
from review.calibration.scale import ordinal
from review.calibration.study import Study
from review.labelling.labels import submit
from review.labelling.queue import claim
from review.people import SHELL, register_locally
from review.sampling.samples import draw
from storage.ledger_database import Database
from tests.review.labelled import label_table
from tests.review.traffic import WEEK, bank, plan, score, trace, wanted
from tests.storage.arrivals import Bench

FIVE = ordinal([1.0, 2.0, 3.0, 4.0, 5.0], declared=True)
MONDAY = dt.datetime(2026, 11, 9, tzinfo=dt.UTC)
NOW = dt.datetime(2026, 9, 14, 9, tzinfo=dt.UTC)


def week(number: int = 46, *, weeks: int = 1, **said: object) -> DrawnFrom:
    """The frame of a sample of all traffic of the weeks that end with this one."""
    until = MONDAY + (number - 45) * dt.timedelta(weeks=1)
    usual: dict[str, object] = {"strata": {"everything": 1_000.0}} | said
    return DrawnFrom(f"2026-W{number}", until - weeks * dt.timedelta(weeks=1), until, **usual)  # type: ignore[arg-type]


def labels(
    sample: str, values: Mapping[str, int], *, stratum: str = "everything", probability: float = 0.1
) -> pd.DataFrame:
    """A label of ana for each item."""
    rows = [(item, "ana", str(value)) for item, value in values.items()]
    return label_table(rows, sample=sample, stratum=stratum, probability=probability)


def made(frames: Mapping[str, DrawnFrom], *rows: pd.DataFrame) -> Study:
    return study_of(pd.concat(rows, ignore_index=True), (), FIVE, frames, ())


def some(value: int, count: int, name: str) -> dict[str, int]:
    return {f"{name}{at}": value + at % 2 for at in range(count)}


def test_a_sample_of_a_part_of_the_traffic_does_not_move_the_mean_of_all_of_it() -> None:
    frames = {"all": week(), "vips": week(part='{"tenant":["vip"]}', cut="v", strata={"everything": 300.0})}
    whole = labels("all", some(4, 20, "a"))
    both = made(frames, whole, labels("vips", some(1, 60, "v")))
    assert human_mean(both).value == human_mean(made(frames, whole)).value == 4.5
    assert both.sizes == {"2026-W46 everything": 1_000.0}
    assert both.notes == ("sample vips is left out: it was drawn from a part of the traffic",)


def test_where_every_sample_is_of_the_same_part_the_figures_are_of_that_part_and_say_so() -> None:
    part = '{"tenant":["vip"]}'
    found = made({"vips": week(part=part, strata={"everything": 300.0})}, labels("vips", some(1, 20, "v")))
    assert human_mean(found).value == 1.5
    assert found.notes == ("every sample was drawn from a part of the traffic; figures are of that part",)


def test_two_samples_of_the_same_strata_are_one_in_which_each_item_counts_once() -> None:
    """Of 10 certain items both took all; of 100 others 4 and 4, one of them twice: 7 that stand for 100."""
    strata = {"certain": 10.0, "rest": 100.0}
    frames = {"one": week(strata=strata), "two": week(strata=strata)}
    certain = some(2, 10, "c")
    first, second = {"r0": 5, "r1": 5, "r2": 5, "r3": 1}, {"r3": 1, "r4": 1, "r5": 5, "r6": 1}
    found = made(
        frames,
        *(labels(name, certain, stratum="certain", probability=1.0) for name in frames),
        labels("one", first, stratum="rest"), labels("two", second, stratum="rest"),
    )  # fmt: skip
    weights = found.per_item()["weight"]
    assert weights["c0"] == 1.0
    assert weights["r0"] == pytest.approx(100 / 7)
    assert weights.sum() == pytest.approx(110)
    assert human_mean(found).value == pytest.approx((10 * 2.5 + 100 * 23 / 7) / 110)


def test_of_two_ways_to_cut_the_same_traffic_the_one_with_the_most_labels_stays() -> None:
    frames = {"big": week(cut="tenant"), "small": week(cut="model"), "before": week(45, cut="model")}
    kept, notes = counted_once({"big": 90, "small": 40, "before": 40}, frames)
    assert kept == ["before", "big"]
    assert notes == ["sample small is left out: big stands for the same traffic, or for a part of it"]


def test_a_sample_of_two_weeks_and_one_of_the_second_are_not_added_up() -> None:
    frames = {"fortnight": week(weeks=2, cut="f"), "weekly": week(cut="w")}
    assert counted_once({"fortnight": 90, "weekly": 40}, frames)[0] == ["fortnight"]
    assert frames["fortnight"].weeks == ("2026-W45", "2026-W46")


def test_labels_that_all_say_that_it_cannot_be_told_still_have_their_weeks(tmp_path: Path) -> None:
    with bank(tmp_path / "home") as bench:
        database = Database(f"sqlite:///{tmp_path / 'ledger.db'}")
        register_locally(database, "Ana", now=NOW, as_reviewer=True)
        drawn = draw(database, wanted(bench), by=SHELL, now=NOW)
        labelled(database, drawn.id, "cannot tell")
        (of,) = [one for one in reviewed(database, bench.warehouse) if one.criterion.name == "helpfulness"]
        assert of.study.labels.empty
        assert of.weeks == (WEEK,)
        database.close()


def test_an_imported_sample_gives_way_to_one_whose_frame_is_known() -> None:
    frames = {"drawn": week(cut="d"), "imported": week(cut="i", is_drawn=False)}
    assert counted_once({"drawn": 10, "imported": 90}, frames)[0] == ["drawn"]
    assert counted_once({"imported": 90}, frames) == (["imported"], [])


def test_a_stratum_without_a_label_is_not_forgotten() -> None:
    """30% of the traffic: people's mean is of the rest, and no judge's mean can be corrected."""
    found = made({"all": week(strata={"std": 700.0, "vip": 300.0})}, labels("all", some(4, 20, "s"), stratum="std"))
    assert found.sizes == {"2026-W46 std": 700.0, "2026-W46 vip": 300.0}
    assert found.uncovered_share == 0.3
    assert found.notes == ("stratum 2026-W46 vip has no label; figures are of the others, 70% of the traffic",)
    assert human_mean(found).lacks == "of 70% of the traffic: its other strata have no label"
    scores = pd.Series({**{f"s{at}": 4.0 for at in range(20)}, **{f"o{at}": 3.0 for at in range(900)}}).sort_index()
    told = corrected_mean(found, scores)
    assert told.value is None
    assert told.lacks == "30% of the traffic is in strata without an item that has label and score"


def test_a_little_stratum_without_a_label_is_said_too() -> None:
    found = made({"all": week(strata={"std": 999.0, "vip": 1.0})}, labels("all", some(4, 20, "s"), stratum="std"))
    assert found.notes == (
        "stratum 2026-W46 vip has no label; figures are of the others, more than 99% of the traffic",
    )


def test_a_judge_that_scored_one_of_two_weeks_has_a_corrected_mean_of_that_week_and_says_so() -> None:
    frames = {"old": week(45), "new": week(46)}
    found = made(frames, labels("old", some(1, 40, "old")), labels("new", some(4, 40, "new")))
    scores = pd.Series({f"new{at}": 4.0 + at % 2 for at in range(1_000)}).sort_index()
    told = corrected_mean(found, scores, weight=1.0)
    assert told.value == pytest.approx(4.5)
    assert told.lacks == "of 2026-W46 alone: it scored no other labelled week"


def test_an_item_drawn_with_another_probability_counts_by_its_own() -> None:
    """No sizes are known: 100 drawn at .9 say 1 and stand for 111, 100 drawn at .05 say 5 and stand for 2,000."""
    frame = {"imported": week(is_drawn=False, strata={})}
    rows = [labels("imported", {f"{chance}-{at}": value for at in range(100)}, probability=chance)
            for chance, value in ((0.9, 1), (0.05, 5))]  # fmt: skip
    told = human_mean(made(frame, *rows))
    assert told.value == pytest.approx((100 / 0.9 + 500 / 0.05) / (100 / 0.9 + 100 / 0.05))
    assert (told.low or 0) < (told.value or 0) < (told.high or 0)


def test_an_export_of_two_samples_of_a_week_counts_the_one_of_the_larger_frame() -> None:
    both = pd.concat([
        labels("all", some(4, 20, "a")).assign(stratum_size=1_000.0),
        labels("vips", some(1, 60, "v")).assign(stratum_size=300.0),
    ])  # fmt: skip
    frames = exported_from(both, {"all": "2026-W46", "vips": "2026-W46"})
    assert human_mean(made(frames, both)).value == 4.5


def labelled(database: Database, sample: str, value: int | str) -> None:
    """All items of the sample, by Ana."""
    while (one := claim(database, reviewer="Ana", sample=sample, now=NOW)) is not None:
        submit(database, one.id, reviewer="Ana", answers={"helpfulness": value, "groundedness": 5, "resolved": True},
               now=NOW)  # fmt: skip


def test_of_a_home_with_a_plan_for_all_and_one_for_a_part_the_first_alone_is_calibrated_with(tmp_path: Path) -> None:
    with bank(tmp_path / "home") as bench:
        database = Database(f"sqlite:///{tmp_path / 'ledger.db'}")
        register_locally(database, "Ana", now=NOW, as_reviewer=True)
        plans = (plan(), plan(name="handed-over", size=10, filters={"escalated": "yes"}, strata=[]))
        for one, value in zip(plans, (4, 1), strict=True):
            labelled(database, draw(database, wanted(bench, one), by=SHELL, now=NOW).id, value)
        names = [f"{one.name}-{WEEK}-s7" for one in plans]
        frames = drawn_from(database, names)
        assert [bool(frames[name].part) for name in names] == [False, True]
        (of,) = [one for one in reviewed(database, bench.warehouse) if one.criterion.name == "helpfulness"]
        assert set(of.study.labels["value"]) == {4.0}
        assert sum((of.study.sizes or {}).values()) == 200
        assert of.study.notes == (f"sample {names[1]} is left out: it was drawn from a part of the traffic",)
        database.close()


def test_a_sample_of_two_weeks_keeps_the_scores_of_both_and_gives_each_item_its_own_week(tmp_path: Path) -> None:
    bench, database = Bench(tmp_path / "home"), Database(f"sqlite:///{tmp_path / 'ledger.db'}")
    later = 7 * 86_400
    for number in range(80):
        bench.append(*trace(number, at=float(number * 60 + later * (number % 2))))
    bench.append(*(score(number, 2 + 2 * (number % 2)) for number in range(80)), table_name="scores")
    bench.warehouse.load()
    register_locally(database, "Ana", now=NOW, as_reviewer=True)
    one = plan(name="fortnight", weeks=2, size=40, strata=[])
    labelled(database, draw(database, wanted(bench, one, week="2026-W37"), by=SHELL, now=NOW).id, 3)
    (of,) = [one for one in reviewed(database, bench.warehouse) if one.criterion.name == "helpfulness"]
    assert of.weeks == ("2026-W36", "2026-W37")
    assert len(of.judged) == 80
    assert set(of.study.labels["week"]) == {"2026-W36", "2026-W37"}
    assert [of.study.in_weeks([name]).sizes for name in of.weeks] == [{"2026-W37 everything": 40.0}] * 2
    database.close()
    bench.close()
