"""What is planted in the sample data is alerted on, where and when it was planted; in its quiet weeks nothing is."""

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest

from metrics.alerts.evaluate import Found, Level
from metrics.alerts.rules import rules_of
from metrics.alerts.watching import Watched, watched
from sample_data import truths
from sample_data.truths import COMMITTED
from settings import read_settings
from settings.traffic import Budgets
from storage.lake import Lake
from storage.ledger_database import Database
from storage.warehouse import Warehouse
from tests.command_line.test_commands import Shell


@pytest.fixture(scope="module")
def watching(bank: Shell, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """The rules as they come over the sample data, with a budget for turns."""
    home = tmp_path_factory.mktemp("truths") / "home"
    shutil.copytree(bank.home, home)
    said = read_settings(home)
    budgets = Budgets.model_validate({"conversation": {"turn_seconds": 12}})
    settings = said.model_copy(update={"budgets": budgets})
    warehouse = Warehouse.open(settings, Lake(settings.lake_location, {}))
    warehouse.load()
    database = Database(settings.ledger_url)
    yield watched(settings, warehouse, rules_of(settings), database=database, deployments=())
    database.close()
    warehouse.close()


def after(day: date, days: int) -> datetime:
    """Midnight so many whole days after a truth began."""
    return datetime.combine(day, time(), UTC) + timedelta(days=days)


def acting(watching: Watched, at: datetime) -> dict[tuple[str, str, str], Found]:
    """What asks for action, by rule, step and value."""
    return {(one.rule.name, one.step, one.value_of): one for one in watching.at(at) if one.level is Level.ACT}


@pytest.mark.parametrize("day", [8, 14])
def test_nothing_is_alerted_on_in_the_quiet_weeks(watching: Watched, day: int) -> None:
    assert watching.at(after(COMMITTED.first, day)) == []


def test_the_slower_step_acts_three_days_after_and_says_since_when(watching: Watched) -> None:
    found = acting(watching, after(COMMITTED.latency, 3))

    slow = found["slower_step", truths.REGRESSED_STEP, ""]
    assert slow.effect == pytest.approx(truths.REGRESSION_FACTOR, rel=0.25)
    assert abs(slow.since - after(COMMITTED.latency, 0)) <= timedelta(days=1)
    assert list(found) == [("slower_step", truths.REGRESSED_STEP, "")], "and nothing else"


def test_stale_documents_and_the_cost_jump_act_with_the_version_they_sit_in(watching: Watched) -> None:
    found = acting(watching, after(COMMITTED.cost, 3))

    stale = found["stale_documents", "retrieve_policies", "older than 180 days"]
    assert stale.where == f"retrieval config {truths.STALE_CONFIG}"
    assert stale.reference is not None
    assert stale.reference < 0.1, "the first of the stale days are among those before"
    assert abs(stale.since - after(COMMITTED.stale, 0)) <= timedelta(days=2)
    tokens = found["more_tokens", "synthesise", ""]
    assert tokens.where == f"prompt version {truths.COSTLY_PROMPT}"
    assert abs(tokens.since - after(COMMITTED.cost, 0)) <= timedelta(days=1)


def test_the_new_topic_acts_with_its_words_and_the_model_that_changed_by_itself_at_once(watching: Watched) -> None:
    found = acting(watching, after(COMMITTED.topic, 8))

    topic = found["new_topic", "(question)", ""]
    assert {"fee", "letter"} & set(topic.words.replace('"', " ").split())
    assert abs(topic.since - after(COMMITTED.topic, 0)) <= timedelta(days=1)
    swapped = found["another_model", "(version)", truths.SWAPPED_TO]
    assert swapped.since.date() == COMMITTED.model
    assert truths.SWAPPED_FROM in swapped.words


def test_the_looping_tool_acts_while_it_loops(watching: Watched) -> None:
    loop = acting(watching, after(COMMITTED.loop_last, 1))["looping_tool", truths.LOOPED_TOOL, ""]

    assert (loop.reference, loop.value) == (1, truths.LOOP_CALLS)
    assert loop.since == after(COMMITTED.loop, 0)


def test_escalations_act_by_version(watching: Watched) -> None:
    found = acting(watching, after(COMMITTED.escalation, 8))

    version = f"app version {truths.ESCALATING_VERSION}"
    escalated = found["handed_over_by_version", "(conversation)", version]
    assert escalated.value == pytest.approx(truths.ESCALATION_AFTER, abs=0.12)
    assert escalated.reference == pytest.approx(truths.ESCALATION_BEFORE, abs=0.05)
    assert found["handed_over", "(conversation)", ""].traces
