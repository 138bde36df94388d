"""What is held out stays out; what a judge's prompt may have seen does not grade its next version."""

import datetime as dt

import pandas as pd
import pytest
import sqlalchemy as sa

from errors import NotAllowed, StoreFailed, UsageError
from review import audit, people
from review.calibration.few_shot import Taken, remember, shown_items, shown_to, unshown
from review.calibration.held_out import SHARE, Split, hold_out, split_of
from review.calibration.scale import ordinal
from review.calibration.study import Study
from review.people import SHELL, Role
from review.rubric.rubrics import ensure_builtin
from storage.ledger_database import Database, our_errors
from storage.review_tables import held_out_splits

NOW = dt.datetime(2026, 11, 16, 9, tzinfo=dt.UTC)
RUBRIC = "answer-quality"
V1, V2 = "house · 1 · gpt-4o", "house · 2 · gpt-4o"


def taken(**changed: object) -> Taken:
    usual: dict[str, object] = {
        "rubric": RUBRIC, "rubric_version": 1, "criterion": "helpfulness", "judge": V1, "spared": (V1,),
        "chosen_from": frozenset({"a", "b", "c"}), "written": frozenset({"a"}),
    }  # fmt: skip
    return Taken(**(usual | changed))  # type: ignore[arg-type]


@pytest.fixture
def ledger(database: Database) -> Database:
    ensure_builtin(database, NOW)
    return database


def test_the_split_is_drawn_once_and_is_the_same_ever_after(ledger: Database) -> None:
    assert split_of(ledger, RUBRIC, "helpfulness") is None
    first = hold_out(ledger, RUBRIC, "helpfulness", by=SHELL, now=NOW)
    assert (
        hold_out(ledger, RUBRIC, "helpfulness", by=SHELL, now=NOW) == first == split_of(ledger, RUBRIC, "helpfulness")
    )
    assert first.share == SHARE
    assert hold_out(ledger, RUBRIC, "groundedness", by=SHELL, now=NOW, share=0.5).seed != first.seed
    logged = audit.audit_log(ledger, audit.Asked(actions=("items.held_out",)))
    assert logged["subject"].tolist() == [f"{RUBRIC}/groundedness", f"{RUBRIC}/helpfulness"]


def test_a_third_of_the_conversations_is_held_out_and_another_seed_holds_out_others() -> None:
    clusters = [f"session {number}" for number in range(4_000)]
    one, two = (Split(RUBRIC, "helpfulness", seed, 0.3).open_part(clusters) for seed in (1, 2))
    assert 0.67 < len(one) / 4_000 < 0.73
    assert 0.46 < len(one & two) / 4_000 < 0.52


def test_another_share_would_leak_what_was_kept_back(ledger: Database) -> None:
    hold_out(ledger, RUBRIC, "helpfulness", by=SHELL, now=NOW, share=0.4)
    with pytest.raises(UsageError, match="40% are held out already"):
        hold_out(ledger, RUBRIC, "helpfulness", by=SHELL, now=NOW, share=0.2)
    with pytest.raises(UsageError, match="between 0 and 1"):
        hold_out(ledger, RUBRIC, "resolved", by=SHELL, now=NOW, share=1.0)


def test_the_database_itself_refuses_another_seed(ledger: Database) -> None:
    hold_out(ledger, RUBRIC, "helpfulness", by=SHELL, now=NOW)
    with pytest.raises(StoreFailed), our_errors("trying"), ledger.writing() as connection:
        connection.execute(sa.update(held_out_splits).values(seed=1))


def test_who_may_not_export_holds_nothing_out_and_takes_nothing(ledger: Database) -> None:
    people.add_person(ledger, "Ben", Role.REVIEWER, by=SHELL, now=NOW)
    with pytest.raises(NotAllowed):
        hold_out(ledger, RUBRIC, "helpfulness", by="Ben", now=NOW)
    with pytest.raises(NotAllowed):
        remember(ledger, taken(), by="Ben", now=NOW)
    assert shown_items(ledger, V2) == set()


def test_the_next_version_may_have_seen_all_that_stood_to_choice_and_the_one_before_nothing(ledger: Database) -> None:
    remember(ledger, taken(), by=SHELL, now=NOW)
    assert shown_items(ledger, V2) == shown_items(ledger, "house") == {"a", "b", "c"}
    assert shown_items(ledger, V1) == set()
    assert shown_items(ledger, "panel · 1") == set()
    remember(ledger, taken(spared=(V1, V2), chosen_from=frozenset({"d"}), written=frozenset({"d"})), by=SHELL, now=NOW)
    assert shown_items(ledger, V2) == {"a", "b", "c"}
    assert shown_items(ledger, "house · 3") == {"a", "b", "c", "d"}
    assert shown_to(ledger, [V1, V2, "panel · 1"]) == {V2: frozenset({"a", "b", "c"})}


def test_a_judge_without_versions_counts_as_having_seen_what_was_taken(ledger: Database) -> None:
    remember(ledger, taken(judge="house", spared=()), by=SHELL, now=NOW)
    assert shown_items(ledger, "house") == {"a", "b", "c"}


def test_what_is_left_stands_for_its_stratum_and_the_notes_count_what_is_not() -> None:
    labels = pd.DataFrame({
        "item": ["a", "a", "b", "c", "d", "e"], "reviewer": ["ana", "ben", "ana", "ana", "ana", "ana"], "value": 3.0,
        "weight": [10.0] * 4 + [5.0, 5.0], "stratum": ["x"] * 4 + ["y", "z"], "cluster": list("aabcde"),
    })  # fmt: skip
    study = Study(labels, (), ordinal([1.0, 5.0]), {"x": 30.0, "y": 5.0, "z": 5.0})
    kept = unshown(study, V2, {"a", "e"})
    assert kept.labels[["item", "weight"]].to_numpy().tolist() == [["b", 15.0], ["c", 15.0], ["d", 5.0]]
    assert kept.sizes == {"x": 30.0, "y": 5.0, "z": 5.0}  # z has no label any more, and is said to be uncovered
    assert kept.uncovered_share == 5 / 40
    assert kept.notes == (f"3 labels are left out for {V2}: the examples in its prompt were chosen among them",)
    assert unshown(study, V2, {"q"}) is study
