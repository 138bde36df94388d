"""A frozen set tells a judge that changed from one that did not, however often one looks."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from errors import NotAllowed, UsageError
from review import people
from review.calibration.anchor_set import Rejudged, changes, freeze, newest, rejudged
from review.calibration.examples import Wanted, export_examples, to_read
from review.calibration.scale import ordinal
from review.people import SHELL, Role
from tests.review.calibration.judged import NOW, Home, home
from tests.review.traffic import score

V1 = "house · 1"
FIVE = ordinal([1.0, 2.0, 3.0, 4.0, 5.0], declared=True)


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[Home]:
    with home(tmp_path) as made:
        yield made


def again(filled: Home, *, on: int, shift: int, only: set[str]) -> None:
    """The same judge scores the anchor items once more, `on` days later."""
    at = NOW + dt.timedelta(days=on)
    numbers = [number for number in range(200) if f"{number:032x}" in only]
    filled.bench.append(
        *(score(number, min(5, 1 + number % 5 + shift), id=f"again-{on}-{number}", judge_version="1", created_at=at)
          for number in numbers),
        table_name="scores",
    )  # fmt: skip
    filled.bench.warehouse.load()


def found(filled: Home) -> Rejudged:
    anchors = newest(filled.database, "answer-quality", "helpfulness")
    return rejudged(filled.frame, filled.row(V1).reviewed, V1, anchors, {})


def test_a_judge_that_changed_is_named_in_the_round_in_which_it_did(filled: Home) -> None:
    assert found(filled).lacks == "no anchor set is frozen for this criterion"
    made = freeze(filled.database, filled.row(V1).reviewed, by=SHELL, now=NOW, items=40)
    assert made == newest(filled.database, "answer-quality", "helpfulness")
    assert found(filled).lacks == "no anchor item was judged a second time by this judge"

    again(filled, on=7, shift=0, only=set(made.items))
    quiet = found(filled)
    assert not quiet.moved
    assert quiet.table[["round", "week", "items", "flips", "change"]].to_numpy().tolist() == [[1, "2026-W39", 40, 0, 0]]

    again(filled, on=14, shift=1, only=set(made.items))
    moved = found(filled)
    below_the_top = sum(int(item, 16) % 5 != 4 for item in made.items)
    assert moved.moved
    last = moved.table.iloc[-1]
    assert (last["round"], last["week"], last["flips"]) == (2, "2026-W40", below_the_top)
    assert last["change"] == pytest.approx(below_the_top / 40)
    assert last["flip_low"] < below_the_top / 40 < last["flip_high"]


def test_the_set_stays_as_it_was_frozen_until_another_is(filled: Home) -> None:
    first = freeze(filled.database, filled.row(V1).reviewed, by=SHELL, now=NOW, items=40)
    second = freeze(filled.database, filled.row(V1).reviewed, by=SHELL, now=NOW, items=40)
    assert newest(filled.database, "answer-quality", "helpfulness") == second
    assert set(first.items) != set(second.items)
    assert set(first.items.values()) <= {"1", "2", "3", "4", "5"}


def test_examples_and_anchors_have_no_item_in_common(filled: Home) -> None:
    row = filled.row(V1)
    made = freeze(filled.database, row.reviewed, by=SHELL, now=NOW, items=60)
    taken = export_examples(filled.database, filled.frame, row, Wanted(most=500), by=SHELL, now=NOW)
    later = freeze(filled.database, row.reviewed, by=SHELL, now=NOW, items=60)
    written = {line["item"] for line in taken.lines}
    assert written
    assert not written & (set(made.items) | set(later.items))
    read = to_read(filled.database, filled.frame, row, reader="Ana", rows=500)
    assert not set(read.table["item"]) & set(later.items)


def test_more_than_there_is_or_by_who_may_not_is_refused(filled: Home) -> None:
    with pytest.raises(UsageError, match="1000 items are asked for; 188 are labelled, settled"):
        freeze(filled.database, filled.row(V1).reviewed, by=SHELL, now=NOW, items=1000)
    people.add_person(filled.database, "Ben", Role.REVIEWER, by=SHELL, now=NOW)
    with pytest.raises(NotAllowed):
        freeze(filled.database, filled.row(V1).reviewed, by="Ben", now=NOW, items=10)
    assert newest(filled.database, "answer-quality", "helpfulness") is None


def test_ten_looks_at_a_noisy_judge_that_stays_raise_one_false_alarm_in_twenty_at_most() -> None:
    random = np.random.default_rng(11)
    alarms = 0
    for _ in range(200):
        truth = random.integers(1, 6, 50)
        scores = np.clip(truth + np.round(random.normal(0, 0.6, (11, 50))), 1, 5)
        said = pd.DataFrame({
            "item": np.tile(np.arange(50).astype(str), 11), "value": scores.ravel(),
            "round": np.repeat(np.arange(11), 50), "week": "2026-W40",
        })  # fmt: skip
        alarms += Rejudged(changes(said, FIVE)).moved
    assert alarms / 200 <= 0.06
