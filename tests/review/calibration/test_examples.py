"""Examples for a judge's prompt: the worst open disagreements, none held out; what was shown grades no more."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from errors import NotAllowed, UsageError
from review import people
from review.calibration.examples import Exported, Wanted, export_examples, kept_back, to_read
from review.calibration.few_shot import shown_items
from review.calibration.held_out import split_of
from review.calibration.mapping import Mapped
from review.calibration.reviewed import reviewed
from review.calibration.scorecard import scorecard
from review.people import SHELL, Role
from tests.review.calibration.judged import NOW, Home, home
from tests.review.traffic import score

V1, V2 = "house · 1", "house · 2"


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[Home]:
    with home(tmp_path) as made:
        yield made


def taken(filled: Home, wanted: Wanted | None = None, by: str = SHELL) -> Exported:
    return export_examples(filled.database, filled.frame, filled.row(V1), wanted or Wanted(), by=by, now=NOW)


def test_the_worst_disagreements_leave_with_texts_comments_explanation_and_what_stands(filled: Home) -> None:
    found = taken(filled, Wanted(most=8))
    assert [line["judge_less_people"] for line in found.lines] == [3.0] * 8
    first = found.lines[0]
    number = int(str(first["item"]), 16)
    assert number % 5 == 4
    assert first["input"] == f"Question {number}?"
    assert (first["label"], first["judge_said"], first["judge_explanation"]) == (2, 5.0, f"1 on {number}")
    assert first["comments"] == "too kind"
    assert "ben" not in str(found.lines)
    assert found.undecided > 0


def test_held_out_items_are_neither_read_nor_exported_and_asking_for_one_is_refused(filled: Home) -> None:
    before = to_read(filled.database, filled.frame, filled.row(V1), reader="Ana", rows=500)
    assert (before.is_split, before.held_out, len(before.table)) == (False, 0, 200)
    written = {line["item"] for line in taken(filled, Wanted(most=500)).lines}
    split = split_of(filled.database, "answer-quality", "helpfulness")
    held_out = kept_back(filled.row(V1), split)
    after = to_read(filled.database, filled.frame, filled.row(V1), reader="Ana", rows=500)
    assert 0.15 < len(held_out) / 200 < 0.45
    assert after.held_out == len(held_out) == 200 - len(after.table)
    assert written
    assert not held_out & (written | set(after.table["item"]))
    refused = min(held_out)
    with pytest.raises(UsageError, match=f"held out: they grade the next prompt.*{refused}"):
        taken(filled, Wanted(items=(refused,)))


def test_two_turns_of_a_conversation_are_on_one_side(filled: Home) -> None:
    taken(filled)
    held_out = kept_back(filled.row(V1), split_of(filled.database, "answer-quality", "helpfulness"))
    assert {f"{int(item, 16) ^ 1:032x}" for item in held_out} == held_out


def test_the_next_version_is_graded_by_the_held_out_part_and_says_how_many_labels_it_left_out(filled: Home) -> None:
    taken(filled)
    filled.scored("2")
    old, new = filled.row(V1), filled.row(V2)
    shown = shown_items(filled.database, V2)
    assert old.judged.pairs.n_items == 200
    assert new.judged.pairs.n_items == 200 - len(shown)
    assert set(new.reviewed.study.labels["item"]) == kept_back(
        old, split_of(filled.database, "answer-quality", "helpfulness")
    )
    assert any(f"{2 * len(shown)} labels are left out for {V2}" in note for note in new.reviewed.study.notes)
    assert not any("left out" in note for note in old.reviewed.study.notes)
    weights = new.reviewed.study.labels.drop_duplicates("item")["weight"]
    assert weights.sum() == pytest.approx(old.reviewed.study.labels.drop_duplicates("item")["weight"].sum())


@pytest.mark.parametrize(
    ("item", "why"),
    [("nowhere", "not scored by this judge and labelled"), (f"{17:032x}", "people differ|held out")],
    ids=["unknown", "undecided"],
)
def test_an_item_that_can_be_no_example_is_refused_with_the_reason(item: str, why: str, filled: Home) -> None:
    with pytest.raises(UsageError, match=why):
        taken(filled, Wanted(items=(item,)))


def test_who_may_not_export_gets_nothing_and_nothing_is_held_out(filled: Home) -> None:
    people.add_person(filled.database, "Ben", Role.REVIEWER, by=SHELL, now=NOW)
    with pytest.raises(NotAllowed):
        taken(filled, by="Ben")
    assert split_of(filled.database, "answer-quality", "helpfulness") is None
    assert shown_items(filled.database, V2) == set()


def test_two_scores_of_one_judge_on_one_criterion_are_told_apart_by_name(filled: Home) -> None:
    filled.bench.append(*(score(n, 3, id=f"tone-{n}", name="tone", judge_version="1") for n in range(200)),
                        table_name="scores")  # fmt: skip
    filled.bench.warehouse.load()
    rules = {"tone": Mapped(("helpfulness",), 1.0, 5.0)}
    found = scorecard(reviewed(filled.database, filled.bench.warehouse, rules=rules))
    assert [row.judged.judge for row in found] == [f"{V1} · helpfulness", f"{V1} · tone"]
    assert found[1].judged.judge_mean == 3.0
