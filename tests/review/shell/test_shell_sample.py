"""`benchbook sample`, with and without a running app."""

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from errors import UsageError
from review.shell.sample import sample
from storage.desk import Desk
from storage.ledger_database import Database
from tests.review.traffic import WEEK, bank, trace
from tests.storage.arrivals import Bench

PLAN = 'name = "daily"\nsize = 60\nstrata = ["escalated", "model"]\nallocation = "neyman"\ncriterion = "helpfulness"\n'


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with bank(tmp_path / "home") as made:
        yield made


def printed(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    said: dict[str, object] = orjson.loads(capsys.readouterr().out)
    return said


def test_a_repeat_prints_the_stored_sample_also_after_more_has_arrived(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.close()
    assert sample("weekly", home=bench.home, json=True) == 0
    first = printed(capsys)
    bench.append(*(row for number in range(500, 540) for row in trace(number, at=number)))
    assert sample("weekly", home=bench.home, json=True) == 0
    assert printed(capsys) == first
    assert list(first) == ["sample", "week", "seed", "frame_sequence", "strata", "items"]
    assert (first["sample"], first["week"]) == (f"weekly-{WEEK}", WEEK)
    assert sample("weekly", home=bench.home, replay=True, json=True) == 0
    again = printed(capsys)
    assert again["same"] is True
    assert {name: again[name] for name in first} == first


def test_while_the_app_runs_it_is_asked_and_the_sample_is_the_same(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = Desk(bench.settings, bench.warehouse)
    desk.start()
    try:
        sample("weekly", week=WEEK, seed=5, home=bench.home, json=True)
        asked = printed(capsys)
        assert sample("weekly", week=WEEK, seed=5, home=bench.home, replay=True, json=True) == 0
        assert printed(capsys)["same"] is True
    finally:
        desk.close()
    assert asked["sample"] == f"weekly-{WEEK}-s5"


def test_a_plan_in_a_file_is_kept_under_its_name(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.close()
    file = bench.home.parent / "daily.toml"
    file.write_text(PLAN)
    sample(str(file), home=bench.home, json=True)
    first = printed(capsys)
    sample("daily", home=bench.home, json=True)
    assert printed(capsys) == first
    ledger = Database(bench.settings.ledger_url)
    try:
        from review.sampling.stored_plans import plan_names

        assert plan_names(ledger) == ["daily", "weekly"]
    finally:
        ledger.close()


def test_a_repeat_after_the_plan_was_changed_says_that_the_items_are_of_the_plan_as_it_was(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.close()
    file = bench.home.parent / "daily.toml"
    file.write_text(PLAN)
    sample(str(file), home=bench.home, json=True)
    first = printed(capsys)
    assert "note" not in first

    file.write_text(PLAN.replace("60", "80"))
    sample(str(file), home=bench.home, json=True)

    again = printed(capsys)
    assert "changed after this sample was drawn" in str(again.pop("note"))
    assert again == first
    sample("daily", home=bench.home)
    assert "changed after this sample was drawn" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("plan", "week", "why"),
    [
        ("monthly", None, "there is no such plan; there are: weekly"),
        ("weekly", "2020-W01", "2020-W01 holds no trace"),
        ("weekly", "last", "a week is an ISO week"),
        ("nowhere.toml", None, r"nowhere.toml cannot be read"),
    ],
    ids=["plan", "empty week", "no week", "no file"],
)
def test_what_cannot_be_drawn_says_why(bench: Bench, plan: str, week: str | None, why: str) -> None:
    bench.close()
    with pytest.raises(UsageError, match=why):
        sample(plan, week=week, home=bench.home)


def test_a_sample_that_was_never_drawn_is_not_replayed(bench: Bench) -> None:
    bench.close()
    with pytest.raises(UsageError, match=f"no drawn sample weekly-{WEEK}"):
        sample("weekly", week=WEEK, home=bench.home, replay=True)


def test_in_words_it_names_each_stratum(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.close()
    sample("weekly", home=bench.home)
    said = capsys.readouterr().out
    assert f"weekly-{WEEK}: 120 items of 200" in said
    assert "escalated=yes, model=large: 7 of 7" in said


@pytest.mark.parametrize("said", [
    '[filters]\ntenant = "maria.gonzalez@bank.example"', 'handover = ["call 4111 1111 1111 1111"]',
    'certainty = [{ app = "ask maria.gonzalez@bank.example" }]',
], ids=["filters", "handover", "certainty"])  # fmt: skip
def test_a_plan_that_says_what_is_personal_is_not_kept(bench: Bench, said: str) -> None:
    bench.close()
    file = bench.home.parent / "daily.toml"
    file.write_text(PLAN + said)
    with pytest.raises(UsageError, match="looks personal") as refused:
        sample(str(file), home=bench.home)
    assert "maria" not in str(refused.value)
    ledger = (bench.home / "ledger.db").read_bytes()
    assert b"maria" not in ledger
    assert b"4111" not in ledger
