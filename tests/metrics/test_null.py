"""Where nothing happened the rules of alerts keep quiet: conversations put into the windows at random."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from benchmarks.null import by_rule, evaluations, of_windows
from benchmarks.resampled import Pool
from metrics.drift.changes import Verdict, changes_of
from settings import Settings
from tests.command_line.test_commands import ROOT, Shell
from tests.storage.homes import with_known_key

TAU_BENCH = ROOT.parent / "shared" / "fixtures" / "exports" / "tau-bench"
RULES = of_windows(Settings(home=Path("unused")))


@pytest.fixture(scope="module")
def pool(bank: Shell) -> Pool:
    return Pool.of(bank.home, until=datetime(2026, 10, 5, tzinfo=UTC))


def test_conversations_at_random_moments_raise_no_alarm(pool: Pool) -> None:
    rows = by_rule(evaluations(pool, RULES, times=5, conversations=120))

    looked = {row.rule: row.looked for row in rows}
    assert [row.rule for row in rows if row.acted] == []
    assert sum(row.warned for row in rows) <= 1
    assert looked["slower_step"] == looked["more_tokens"] == 5


def test_conversations_of_real_traffic_at_random_moments_raise_no_alarm(tmp_path: Path) -> None:
    if not TAU_BENCH.exists():
        pytest.skip("the recorded conversations are not beside the repository")
    shell = Shell(tmp_path)
    with_known_key(shell.home)
    shell.json("ingest", str(TAU_BENCH))
    real = Pool.of(shell.home, stand_ins=True)

    rows = {row.rule: row for row in by_rule(evaluations(real, RULES, times=2, conversations=200))}

    assert real.conversations == 200
    assert [row.rule for row in rows.values() if row.acted] == []
    assert {name for name, row in rows.items() if row.looked} >= {"slower_step", "looping_tool", "dearer_step"}


def test_a_drawn_conversation_keeps_its_rows_and_one_drawn_twice_is_two(pool: Pool) -> None:
    once = pool.draw(np.array([3]), np.array([False]))
    twice = pool.draw(np.array([3, 5, 3]), np.array([False, False, True]))

    own, new = len(once.spans), twice.spans[twice.spans["is_new"]]
    assert len(new) == own
    assert new["trace_id"].nunique() == once.spans["trace_id"].nunique()
    assert set(twice.spans["code"]) == {0, 1, 2}
    assert not set(new["trace_id"]) & set(twice.spans.loc[~twice.spans["is_new"], "trace_id"])
    assert set(new["step"]) == set(once.spans["step"])


def test_the_same_draw_with_a_slower_step_is_named(pool: Pool) -> None:
    picked = np.random.default_rng(1).permutation(pool.conversations)[:160]
    drawn = pool.draw(picked, np.arange(160) >= 80)
    is_slow = drawn.spans["is_new"] & (drawn.spans["step"] == "synthesise")
    drawn.spans.loc[is_slow, "duration_ms"] *= 1.5

    rows = changes_of(drawn)

    (named,) = rows[rows["verdict"] == Verdict.CHANGED].to_dict("records")
    assert (named["step"], named["metric"]) == ("synthesise", "duration (ms)")
    assert named["effect"] == pytest.approx(1.5, rel=0.15)
