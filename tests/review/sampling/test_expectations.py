"""What is known before drawing, from labels of earlier weeks, and what labels say afterwards of all units."""

import datetime as dt
import math
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from review import people
from review.exchange.files import label_files
from review.exchange.imports import Import
from review.labelling.labels import submit
from review.labelling.leases import skip
from review.labelling.queue import claim
from review.rubric import rubrics
from review.sampling import frames, samples
from review.sampling.earlier_labels import earlier_labels, earlier_values
from review.sampling.expectations import by_size, expectations, half_width
from review.sampling.findings import findings
from review.sampling.planning import planned
from review.sampling.spreads import Basis, Spreads
from review.words import Words
from scrub import Policy
from storage.ledger_database import Database
from tests.review.traffic import NOW, WEEK, bank, plan, trace, wanted
from tests.storage.arrivals import Bench

NEXT = "2026-W37"
WEEK_S = 7 * 86_400.0
OF = plan(strata=["model"], criterion="helpfulness", allocation="neyman", size=40)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """200 traces of one week, 120 of the next."""
    with bank(tmp_path_factory.mktemp("bank") / "home") as made:
        made.take(*(row for number in range(300, 420) for row in trace(number, at=WEEK_S + number)))
        yield made


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{tmp_path / 'ledger.db'}")
    people.add_person(opened, "Ben", people.Role.REVIEWER, by="shell", now=NOW)
    yield opened
    opened.close()


def label_all(ledger: Database, bench: Bench) -> samples.Sample:
    """The week's sample, labelled by Ben: the large model is helpful (4 or 5), the small one anything from 1 to 5."""
    drawn = samples.draw(ledger, wanted(bench, OF), by="shell", now=NOW)
    large = set(next(one for one in wanted(bench, OF).frame.strata if one.name == "model=large").units)
    now = NOW
    while (mine := claim(ledger, reviewer="Ben", sample=drawn.id, now=now)) is not None:
        number = int(mine.target, 16)
        helpful = 4 + number % 2 if mine.target in large else 1 + number % 5
        answers = {"helpfulness": helpful, "groundedness": 3, "resolved": helpful >= 4}
        submit(ledger, mine.id, reviewer="Ben", answers=answers, now=now)
        now += dt.timedelta(seconds=30)
    return drawn


def test_without_labels_the_worst_case_is_expected_and_judges_stand_in_where_they_can(
    bench: Bench, ledger: Database
) -> None:
    frame = frames.read_frame(bench.warehouse, OF, week=WEEK)
    known = planned(ledger, bench.warehouse, OF, frame, week=WEEK)
    rubric = rubrics.ensure_builtin(ledger, NOW)
    found = {one.criterion: one for one in expectations(known.proposal, rubric, known.earlier)}
    assert {name: one.spreads.basis for name, one in found.items()} == {
        "helpfulness": Basis.JUDGE, "groundedness": Basis.NOTHING, "resolved": Basis.NOTHING,
    }  # fmt: skip
    assert set(found["resolved"].spreads.of.values()) == {0.5}
    assert found["groundedness"].spreads.of["model=large"] == pytest.approx(math.sqrt(2))  # 1 to 5, all as frequent
    assert all(one.mean is None for one in found.values())


def test_earlier_labels_say_how_much_answers_differ_in_the_strata_of_now(bench: Bench, ledger: Database) -> None:
    label_all(ledger, bench)
    frame = frames.read_frame(bench.warehouse, OF, week=NEXT)
    known = planned(ledger, bench.warehouse, OF, frame, week=NEXT)
    spreads = known.proposal.spreads
    assert (spreads.basis, spreads.values) == (Basis.LABELS, 40)
    assert spreads.of["model=small"] > 1.5 * spreads.of["model=large"]
    share = known.proposal.items["model=small"] / known.proposal.size
    sizes = {one.name: one.size for one in frame.strata}
    assert share > sizes["model=small"] / frame.size  # more than proportional
    rubric = rubrics.ensure_builtin(ledger, NOW)
    resolved = next(one for one in expectations(known.proposal, rubric, known.earlier) if one.criterion == "resolved")
    assert resolved.is_share
    assert resolved.mean == pytest.approx(known.earlier["resolved"].mean(frame))
    assert resolved.half_width < half_width(frame, known.proposal.items, Spreads(dict.fromkeys(sizes, 0.5),
                                                                                 Basis.NOTHING))  # fmt: skip


def test_labels_of_this_week_or_later_and_picked_items_are_no_earlier_labels(bench: Bench, ledger: Database) -> None:
    drawn = samples.draw(ledger, wanted(bench, OF), by="shell", now=NOW)
    picked = next(unit for one in wanted(bench, OF).frame.strata for unit in one.units if unit not in drawn.items)
    samples.pick(ledger, drawn.id, picked, session=None, by="shell", now=NOW)
    assert earlier_values(ledger, OF, week=NEXT).empty
    label_all(ledger, bench)
    assert earlier_values(ledger, OF, week=WEEK).empty
    values = earlier_values(ledger, OF, week=NEXT)
    assert set(values["target"]) == set(drawn.items)
    assert set(values["criterion"]) == {"helpfulness", "groundedness", "resolved"}
    frame = frames.read_frame(bench.warehouse, OF, week=NEXT)
    assert earlier_labels(ledger, bench.warehouse, OF, frame, week=NEXT)["resolved"].units == 40


def test_the_half_width_is_that_of_the_textbook() -> None:
    """W = .75, .25; S = 1, 2; n = 30 of 300, 20 of 100: 1.96 sqrt(.5625 x .9/30 + .0625 x 4 x .8/20)."""
    strata = [
        frames.Stratum(name, {f"{name}{n}": None for n in range(size)}) for name, size in (("a", 300), ("b", 100))
    ]
    frame, items = frames.Frame(NOW, NOW, tuple(strata), 1, 1), {"a": 30, "b": 20}
    expected = 1.959964 * math.sqrt(0.5625 * 0.9 / 30 + 0.25 * 0.8 / 20)
    assert half_width(frame, items, Spreads({"a": 1.0, "b": 2.0}, Basis.LABELS)) == pytest.approx(expected)


def test_more_items_are_more_precise_and_all_of_them_leave_no_doubt(bench: Bench, ledger: Database) -> None:
    frame = frames.read_frame(bench.warehouse, OF, week=WEEK)
    known = planned(ledger, bench.warehouse, OF, frame, week=WEEK)
    sizes = by_size(known.proposal, rubrics.ensure_builtin(ledger, NOW), known.earlier)
    for _, rows in sizes.groupby("criterion"):
        halves = rows.sort_values("items")["half_width"].tolist()
        assert halves == sorted(halves, reverse=True)
        assert halves[-1] == 0
        assert 40 in rows["items"].tolist()


def test_what_labels_say_of_all_units_is_weighted_by_strata(bench: Bench, ledger: Database) -> None:
    drawn = label_all(ledger, bench)
    found = findings(ledger, drawn.id, rubric="answer-quality", version=1).set_index("criterion")
    resolved = found.loc["resolved"]
    assert resolved["items"] == 40
    assert resolved["low"] < resolved["value"] < resolved["high"]
    assert found.loc["groundedness", "value"] == 3
    said = pd.DataFrame({"target": drawn.items})
    large = set(next(one for one in wanted(bench, OF).frame.strata if one.name == "model=large").units)
    said["number"] = [int(target, 16) for target in said["target"]]
    said["is_large"] = said["target"].isin(large)
    said["helpful"] = [4 + n % 2 if big else 1 + n % 5 for n, big in zip(said["number"], said["is_large"], strict=True)]
    by_model = said.groupby("is_large")["helpful"].mean()
    by_hand = (by_model[True] * len(large) + by_model[False] * (200 - len(large))) / 200
    assert found.loc["helpfulness", "value"] == pytest.approx(by_hand)


def test_before_the_first_label_there_is_no_figure_but_a_reason(bench: Bench, ledger: Database) -> None:
    drawn = samples.draw(ledger, wanted(bench, OF), by="shell", now=NOW)
    found = findings(ledger, drawn.id, rubric="answer-quality", version=1)
    assert found["value"].isna().all()
    assert set(found["lacks"]) == {"no labelled item"}


HEADER = "item,sample,week,reviewer,criterion,value,stratum,stratum_size,stratum_drawn,labelled_at,blind\n"


def imported(ledger: Database, folder: Path, *rows: str) -> None:
    """Labels of a sample of 60 from 600, from a file."""
    path = folder / "labels.csv"
    path.write_text(HEADER + "".join(f"{row}\n" for row in rows))
    done = Import(ledger, Words(Policy(), b"k" * 32), b"k" * 32, people.SHELL, NOW).take(label_files([path]))
    assert done.refused == []


def test_a_label_that_its_reviewer_went_back_on_is_in_no_estimate(ledger: Database, tmp_path: Path) -> None:
    rows = [
        f"{number:032x},mind-{WEEK},{WEEK},ana,helpfulness,{value},all,600,60,{day}T09:00:00+00:00,true"
        for number in range(60) for day, value in (("2026-09-05", 1), ("2026-09-06", 5))
    ]  # fmt: skip
    imported(ledger, tmp_path, *rows)
    found = findings(ledger, f"mind-{WEEK}", rubric="answer-quality", version=1).set_index("criterion")
    assert found.loc["helpfulness", "value"] == 5.0
    assert set(earlier_values(ledger, OF, week=NEXT)["value"]) == {5.0}


def test_labels_given_after_seeing_the_judge_plan_nothing(ledger: Database, tmp_path: Path) -> None:
    rows = [f"{number:032x},seen-{WEEK},{WEEK},ana,helpfulness,3,all,600,60,2026-09-05T09:00:00+00:00,false"
            for number in range(60)]  # fmt: skip
    imported(ledger, tmp_path, *rows)
    assert earlier_values(ledger, OF, week=NEXT).empty


def test_a_stratum_without_a_label_is_not_in_the_figure_and_that_is_said(bench: Bench, ledger: Database) -> None:
    drawn = samples.draw(ledger, wanted(bench, OF), by="shell", now=NOW)
    large = set(next(one for one in wanted(bench, OF).frame.strata if one.name == "model=large").units)
    while (mine := claim(ledger, reviewer="Ben", sample=drawn.id, now=NOW)) is not None:
        if mine.target in large:
            skip(ledger, mine.id, reviewer="Ben", reason="later", now=NOW)
            continue
        answers = {"helpfulness": 4, "groundedness": 3, "resolved": True}
        submit(ledger, mine.id, reviewer="Ben", answers=answers, now=NOW)
    found = findings(ledger, drawn.id, rubric="answer-quality", version=1)
    assert set(found["covered"]) == {1 - len(large) / 200}
