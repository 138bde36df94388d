"""Samples: the frame is cut, chance draws within strata, and all that a replay needs is kept, once."""

import datetime as dt
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa

from errors import NotAllowed, UsageError
from review import audit, people
from review.sampling import draws, frames, samples
from review.sampling.frames import read_frame, weeks_with_data
from review.sampling.samples import Wanted, draw
from storage.ledger_database import Database
from storage.review_tables import queue_slots, sample_items
from storage.warehouse import Progress
from tests.review.traffic import NOW, WEEK, bank, plan, wanted
from tests.storage.arrivals import Bench


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with bank(tmp_path_factory.mktemp("bank") / "home") as made:
        yield made


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{tmp_path / 'ledger.db'}")
    yield opened
    opened.close()


def sizes(frame: frames.Frame) -> dict[str, int]:
    return {one.name: one.size for one in frame.strata}


def test_every_unit_of_the_week_lies_in_one_stratum(bench: Bench) -> None:
    """200 traces: every 11th hands over, every third has the large model."""
    frame = frames.read_frame(bench.warehouse, plan(), week=WEEK)
    assert sizes(frame) == {
        "escalated=no, model=large": 60, "escalated=no, model=small": 121,
        "escalated=yes, model=large": 7, "escalated=yes, model=small": 12,
    }  # fmt: skip
    assert frame.size == 200 == len(frame.stratum_of())
    assert frame.sequence == 200 * 2 + 19


def test_what_meets_a_certainty_condition_is_a_stratum_of_its_own(bench: Bench) -> None:
    frame = frames.read_frame(bench.warehouse, plan(strata=["model"], certainty=[{"escalated": "yes"}]), week=WEEK)
    assert sizes(frame) == {"all with escalated=yes": 19, "model=large": 60, "model=small": 121}
    assert [one.certainty for one in frame.strata] == [True, False, False]


def test_filters_leave_the_others_out_of_the_frame(bench: Bench) -> None:
    frame = frames.read_frame(bench.warehouse, plan(strata=[], filters={"model": "large"}), week=WEEK)
    assert sizes(frame) == {"everything": 67}


def test_the_smallest_strata_are_put_together_when_there_are_many(bench: Bench) -> None:
    of = plan(strata=["length", "model"], length_cuts=[50, 100, 150, 200, 250, 300], most_strata=4)
    frame = frames.read_frame(bench.warehouse, of, week=WEEK)
    assert len(frame.strata) == 4
    assert frame.strata[-1].name == frames.OTHERS
    assert frame.size == 200


def test_bands_are_named_by_their_bounds(bench: Bench) -> None:
    of = plan(strata=["judge_score"], judge_score={"judge": "house", "score": "helpfulness", "cuts": [2, 4.5]})
    frame = frames.read_frame(bench.warehouse, of, week=WEEK)
    assert sizes(frame) == {"judge_score=2 to below 4.5": 120, "judge_score=4.5 and more": 40,
                            "judge_score=below 2": 40}  # fmt: skip


@pytest.mark.parametrize(("unit", "units"), [("session", 100), ("document", 0)])
def test_sessions_and_documents_are_units_too(bench: Bench, unit: str, units: int) -> None:
    of = plan(unit=unit, strata=[])
    if units:
        assert frames.read_frame(bench.warehouse, of, week=WEEK).size == units
    else:
        with pytest.raises(UsageError, match="holds no document"):
            frames.read_frame(bench.warehouse, of, week=WEEK)


def test_a_week_without_traffic_is_refused_and_the_last_one_that_is_over_is_found(bench: Bench) -> None:
    with pytest.raises(UsageError, match="2026-W30 holds no trace"):
        frames.read_frame(bench.warehouse, plan(), week="2026-W30")
    assert frames.last_complete_week(bench.warehouse, now=NOW) == WEEK
    with pytest.raises(UsageError, match="no week that is over"):
        frames.last_complete_week(bench.warehouse, now=dt.datetime(2026, 9, 3, tzinfo=dt.UTC))


def test_the_order_of_rows_and_what_else_is_there_do_not_matter() -> None:
    units = [f"unit {number}" for number in range(100)]
    first = draws.drawn(units, 10, seed=3)
    random.Random(1).shuffle(units)  # noqa: S311
    assert draws.drawn(units, 10, seed=3) == first
    assert draws.drawn(units, 10, seed=4) != first
    assert draws.drawn(units, 20, seed=3)[:10] == first


def test_each_unit_is_drawn_as_often_as_its_probability_says() -> None:
    """4,000 draws of 5 from 20: 1,000 each, give or take 4 standard deviations of 27."""
    units = [f"u{number}" for number in range(20)]
    counted = Counter(unit for seed in range(4_000) for unit in draws.drawn(units, 5, seed=seed))
    assert sum(counted.values()) == 20_000
    assert all(abs(counted[unit] - 1_000) < 110 for unit in units)
    pairs = Counter("u1" in drawn for seed in range(4_000) if "u0" in (drawn := draws.drawn(units, 5, seed=seed)))
    assert abs(pairs[True] / pairs.total() - 4 / 19) < 0.055  # without replacement: a pair's probability


def test_a_sample_keeps_what_drawing_it_again_needs(bench: Bench, ledger: Database) -> None:
    asked = wanted(bench, seed=draws.default_seed("weekly", WEEK))
    stored = draw(ledger, asked, by="shell", now=NOW)
    assert stored.id == f"weekly-{WEEK}"
    assert stored.plan == asked.plan
    assert (stored.seed, stored.frame_sequence, stored.scores_sequence) == (asked.seed, 419, 200)
    assert {one.name: (one.population, one.drawn) for one in stored.strata} == {
        one.name: (one.size, asked.items[one.name]) for one in asked.frame.strata
    }
    said = stored.as_json()
    assert list(said) == ["sample", "week", "seed", "frame_sequence", "strata", "items"]
    assert all(set(one) == {"stratum", "N", "n", "probability"} for one in said["strata"])
    assert all(one["probability"] == one["n"] / one["N"] for one in said["strata"])
    assert len(set(said["items"])) == 60


def test_each_item_has_its_probability_and_session_and_a_fifth_two_copies(bench: Bench, ledger: Database) -> None:
    of = plan(overlap_share=0.2)
    stored = draw(ledger, wanted(bench, of), by="shell", now=NOW)
    share_of = {one.name: one.probability for one in stored.strata}
    with ledger.reading() as connection:
        items = connection.execute(sa.select(sample_items)).mappings().all()
        slots = connection.execute(sa.select(queue_slots)).mappings().all()
    assert all(row["probability"] == share_of[row["stratum"]] for row in items)
    assert all(row["session"] == f"s{int(row['target'], 16) // 2}" for row in items)
    assert Counter(row["copies"] for row in items) == {1: 48, 2: 12}
    assert len(slots) == 72
    assert {row["state"] for row in slots} == {"open"}
    assert len({row["shuffle"] for row in slots}) == 72


def test_drawing_the_same_sample_again_returns_the_stored_one(bench: Bench, database: Database) -> None:
    first = draw(database, wanted(bench), by="shell", now=NOW)
    later = draw(database, wanted(bench, plan(size=80)), by="shell", now=NOW + dt.timedelta(days=1))
    assert later == first
    assert samples.samples(database)[["frame", "items", "labels", "labelled"]].values.tolist() == [[200, 60, 60, 0]]
    strata = samples.strata_of(database, first.id)
    assert strata["stratum"].tolist() == [one.name for one in first.strata]
    assert strata["labelled"].tolist() == [0, 0, 0, 0]
    assert len(audit.audit_log(database, audit.Asked(actions=("sample.drawn",)))) == 1


def test_another_seed_is_another_sample(bench: Bench, ledger: Database) -> None:
    one, two = (draw(ledger, wanted(bench, seed=seed), by="shell", now=NOW) for seed in (1, 2))
    assert (one.id, two.id) == (f"weekly-{WEEK}-s1", f"weekly-{WEEK}-s2")
    assert set(one.items) != set(two.items)


def test_who_may_not_draw_draws_nothing(bench: Bench, ledger: Database) -> None:
    people.add_person(ledger, "Ben", people.Role.REVIEWER, by="shell", now=NOW)
    for who in ("Ben", "somebody"):
        with pytest.raises(NotAllowed):
            draw(ledger, wanted(bench), by=who, now=NOW)
    assert samples.samples(ledger).empty
    assert audit.audit_log(ledger, audit.Asked(actions=("sample.drawn",))).empty


def test_a_rubric_about_another_unit_is_refused(bench: Bench, ledger: Database) -> None:
    of = plan(unit="session", strata=[])
    with pytest.raises(UsageError, match="the rubric answer-quality is about a trace, the plan weekly draws sessions"):
        draw(ledger, wanted(bench, of), by="shell", now=NOW)


def test_a_picked_item_is_marked_queued_and_in_no_stratum(bench: Bench, ledger: Database) -> None:
    stored = draw(ledger, wanted(bench), by="shell", now=NOW)
    other = next(unit for one in wanted(bench).frame.strata for unit in one.units if unit not in stored.items)
    session = frames.session_of(bench.warehouse, stored.plan.unit, other)
    samples.pick(ledger, stored.id, other, session=session, by="shell", now=NOW)
    with ledger.reading() as connection:
        row = connection.execute(sa.select(sample_items).where(sample_items.c.hand_picked)).mappings().one()
        assert connection.execute(sa.select(queue_slots).where(queue_slots.c.item == row["id"])).mappings().one()
    assert (row["target"], row["probability"], row["stratum"], row["session"]) == (other, None, None, session)
    assert samples.sample(ledger, stored.id) == stored
    with pytest.raises(UsageError, match="has this item already"):
        samples.pick(ledger, stored.id, other, session=session, by="shell", now=NOW)


def test_a_week_of_everything_has_probability_one_and_nothing_to_choose(bench: Bench, ledger: Database) -> None:
    frame = frames.read_frame(bench.warehouse, plan(size=5_000), week=WEEK)
    items = {one.name: one.size for one in frame.strata}
    stored = draw(ledger, Wanted(plan(size=5_000), WEEK, frame, items, 1), by="shell", now=NOW)
    assert {one.probability for one in stored.strata} == {1.0}
    assert len(stored.items) == 200


def test_a_sample_that_is_not_there_is_refused(ledger: Database) -> None:
    with pytest.raises(UsageError, match="there is no drawn sample nothing"):
        samples.sample(ledger, "nothing")


def test_a_frame_is_not_read_while_the_warehouse_is_made_anew(bench: Bench) -> None:
    """Each step of a rebuild is a moment at which somebody may draw."""
    said: list[str] = []

    def draw(_progress: Progress) -> None:
        for read in (lambda: read_frame(bench.warehouse, plan(), week=WEEK), lambda: weeks_with_data(bench.warehouse)):
            with pytest.raises(UsageError, match="being loaded anew"):
                read()
            said.append("refused")

    before = read_frame(bench.warehouse, plan(), week=WEEK)
    bench.warehouse.rebuild(draw)

    assert len(said) >= 4, "after the spans, and after the scores"
    assert read_frame(bench.warehouse, plan(), week=WEEK) == before


def test_a_rebuild_that_begins_while_the_frame_is_read_is_noticed(bench: Bench) -> None:
    class Rebuilt:
        """The rebuild is over before the answer is looked at."""

        @property
        def whole(self) -> str | None:
            return bench.warehouse.whole

        def frame(self, sql: str, **params: object) -> pd.DataFrame:
            found = bench.warehouse.frame(sql, **params)
            if "units AS" in sql:
                bench.warehouse.rebuild()
            return found

    with pytest.raises(UsageError, match="being loaded anew"):
        read_frame(Rebuilt(), plan(), week=WEEK)
