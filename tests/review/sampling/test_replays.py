"""A stored sample is drawn again from what had arrived by then: the same items, whatever happened to the lake since."""

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from review.rubric.rubrics import parse_rubric, save_rubric
from review.sampling.plans import Plan
from review.sampling.replays import Replay, replayed
from review.sampling.samples import Sample, draw
from storage.ledger_database import Database
from storage.replay import as_of
from tests.review.traffic import DAY_S, NOW, bank, plan, score, trace, wanted
from tests.storage.arrivals import Bench, call, span

JUDGED = plan(
    strata=["escalated", "length", "judge_score"],
    length_cuts=[100, 300],
    judge_score={"judge": "house", "score": "helpfulness", "cuts": [2.5, 4]},
    certainty=[{"escalated": "yes"}],
    most_strata=6,
)
TALK = """
name = "talk"
unit = "session"
[[criteria]]
name = "settled"
question = "Was it settled?"
scale = "yes_no"
"""


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with bank(tmp_path / "home") as made:
        yield made


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{tmp_path / 'ledger.db'}")
    save_rubric(opened, parse_rubric(TALK), by="shell", now=NOW)
    yield opened
    opened.close()


def again(bench: Bench, sample: Sample) -> Replay:
    with as_of(bench.settings, bench.lake, spans=sample.frame_sequence, scores=sample.scores_sequence) as warehouse:
        return replayed(sample, warehouse)


def compacted(bench: Bench) -> None:
    for table in ("spans", "scores"):
        assert bench.lake.compact(table).files_before > 1
        bench.warehouse.load()
        bench.lake.vacuum(table, grace_seconds=0)


def rebuilt(bench: Bench) -> None:
    bench.start_over()


def joined_by_late_arrivals(bench: Bench) -> None:
    """New traces of that week, a late root that moves one into another week, a late hand-over, a second opinion."""
    late = [row for number in range(500, 560) for row in trace(number, at=3600.0 + number)]
    moved = span("early", trace=f"{1:032x}", at=-30 * DAY_S, app="other", session_id="s0")
    handed = span("late", f"{2:032x}a", trace=f"{2:032x}", at=130, kind="tool", tool_name="transfer_to_human")
    longer = call("more", f"{4:032x}a", trace=f"{4:032x}", at=250, tok=(10, 5_000), model="another")
    bench.append(*late, moved, handed, longer)
    newer = dt.datetime(2026, 9, 5, tzinfo=dt.UTC)
    bench.append(*(score(n, 5.0 - n % 5, updated_at=newer) for n in range(100)), table_name="scores")
    bench.append(*(score(n, 3.0) for n in range(500, 560)), table_name="scores")
    bench.warehouse.load()


def all_of_it(bench: Bench) -> None:
    joined_by_late_arrivals(bench)
    compacted(bench)
    rebuilt(bench)


@pytest.mark.parametrize("happening", [compacted, rebuilt, joined_by_late_arrivals, all_of_it])
@pytest.mark.parametrize("of", [plan(), JUDGED, plan(unit="session", strata=["model"], size=40, rubric="talk")],
                         ids=["by model", "by judge score", "sessions"])  # fmt: skip
def test_drawing_again_gives_the_same_items(
    bench: Bench, ledger: Database, happening: Callable[[Bench], None], of: Plan
) -> None:
    stored = draw(ledger, wanted(bench, of), by="shell", now=NOW)
    happening(bench)
    assert again(bench, stored).is_same


def test_late_arrivals_would_have_changed_a_frame_that_is_read_now(bench: Bench, ledger: Database) -> None:
    """Otherwise the tests above would show nothing."""
    stored = draw(ledger, wanted(bench, JUDGED), by="shell", now=NOW)
    joined_by_late_arrivals(bench)
    now = replayed(stored, bench.warehouse)
    assert not now.is_same
    assert now.changed_strata
    assert now.added
    assert now.missing


def test_a_sample_whose_items_were_chosen_by_hand_is_found_out(bench: Bench, ledger: Database) -> None:
    stored = draw(ledger, wanted(bench), by="shell", now=NOW)
    chosen = next(unit for one in wanted(bench).frame.strata for unit in one.units if unit not in stored.items)
    forged = Sample(**{name: getattr(stored, name) for name in stored.__slots__} | {
        "items": (*stored.items[1:], chosen)})  # fmt: skip
    found = again(bench, forged)
    assert found.added == (stored.items[0],)
    assert found.missing == (chosen,)


def test_nothing_of_the_replay_stays_in_the_home(bench: Bench, ledger: Database) -> None:
    stored = draw(ledger, wanted(bench), by="shell", now=NOW)
    before = {path.name for path in bench.home.iterdir()}
    again(bench, stored)
    assert {path.name for path in bench.home.iterdir()} == before
