"""Back-tests: what rules would have done is what they do, evaluation by evaluation."""

from datetime import timedelta
from pathlib import Path

import pytest

from errors import UsageError
from metrics.alerts.backtest import Tried, backtest
from metrics.alerts.figures import Figures
from metrics.alerts.rules import Rule, Rules, rules_from
from metrics.alerts.states import keep, open_alerts
from metrics.alerts.watching import Watched, arrived_until, first_look, newest_closed
from settings import Settings
from settings.traffic import AlertSettings
from storage.ledger_database import Database
from tests.metrics.built import START, BuiltWarehouse
from tests.metrics.test_alerts import SLOWER, day, served

DAY = timedelta(days=1)
RULES = Rules(reference_days=7, rules=(SLOWER, SLOWER.model_copy(update={"name": "off", "enabled": False})))


def tried(built: BuiltWarehouse, *, first: int = 9, last: int = 17) -> Tried:
    return backtest(Watched(Figures(built), RULES, (), ()), since=day(first), until=day(last), each=DAY)


def test_an_alert_opens_acts_and_closes_when_it_would_have() -> None:
    said = tried(served(slow=range(10, 14)))

    (one,) = said.episodes
    assert (one.opened_at, one.acted_at, one.closed_at) == (day(11), day(12), day(15))
    assert [str(level) for _, level in one.levels] == ["warn", "act", "act", "act"]
    assert said.by_rule(RULES)[0] == {
        "rule": "slower", "metric": "duration (ms)", "alerts": 1, "acted": 1, "looks": 9, "looks_acting": 3,
    }  # fmt: skip
    assert said.by_rule(RULES)[1]["alerts"] == 0
    assert one.as_json()["since"] == day(10).isoformat()


def test_it_says_what_the_ledger_would_hold(database: Database) -> None:
    built = served(slow=range(10, 18))
    watching = Watched(Figures(built), RULES, (), ())
    for number in range(9, 15):
        opened = tuple(one.as_open() for one in open_alerts(database))
        keep(database, watching.at(day(number), opened), at=day(number), now=day(number))

    (kept,), (thought,) = open_alerts(database), tried(built, last=14).episodes

    assert (kept.opened_at, kept.evidence) == (thought.opened_at, thought.evidence)


def test_quiet_traffic_opens_nothing() -> None:
    assert tried(served(slow=range(0))).episodes == ()


def test_the_first_look_waits_for_windows_and_some_days_before_them() -> None:
    built = served(slow=range(0), days=4)
    midnight = START - timedelta(hours=9)

    assert first_look(built, RULES, each=DAY) == midnight + timedelta(days=2 + 3)
    assert first_look(BuiltWarehouse(), RULES, each=DAY) is None


def test_whole_days_and_hours_close_when_they_are_over() -> None:
    built = served(slow=range(0), days=1)  # until Tuesday, half past eight
    tuesday = START - timedelta(hours=9) + DAY

    assert newest_closed(built, now=day(30), each=DAY) == tuesday + DAY
    assert newest_closed(built, now=tuesday + timedelta(hours=8.7), each=DAY) == tuesday
    assert newest_closed(built, now=tuesday + timedelta(hours=8.7), each=timedelta(hours=1)) == tuesday + timedelta(
        hours=8
    )
    assert newest_closed(BuiltWarehouse(), now=day(30), each=DAY) is None
    assert arrived_until(built, START) == 0
    assert arrived_until(built, day(0.5)) < arrived_until(built, day(2))


def test_rules_of_a_file_are_tried_alone_with_what_they_leave_out_as_it_is(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, alerts=AlertSettings(rules={"slower_step": {"owner": "Eli"}}))
    path = tmp_path / "new.toml"
    path.write_text('[rules.slower_step]\nact = 3.0\n[rules.mine]\nmetric = "tokens out"\nwarn = 1.2\n')

    first, mine = rules_from(path, settings).rules

    assert (first.act, first.warn, first.owner, first.metric) == (3.0, 1.25, "Eli", "duration (ms)")
    assert mine == Rule(name="mine", metric="tokens out", warn=1.2)
    for wrong, key in (("x = 1", "expected"), ("[rules.mine]\nwarn = 1", "rules.mine.metric"), ("[", "cannot be read"),
                       ("alerts = 3", "expected")):  # fmt: skip
        path.write_text(wrong)
        with pytest.raises(UsageError, match=key):
            rules_from(path, settings)
