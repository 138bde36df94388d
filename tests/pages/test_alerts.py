"""The page Alerts: what is open, and what people do about it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from metrics.alerts.backtest import backtest
from metrics.alerts.evaluate import Level
from metrics.alerts.figures import Figures
from metrics.alerts.rules import Rule, Rules
from metrics.alerts.states import keep, open_alerts
from metrics.alerts.watching import Watched
from pages.parts.opened import Opened
from storage.ledger_database import Database
from tests.metrics.built import BuiltWarehouse, llm
from tests.metrics.test_alerts import SLOWER, an_alert, day, served
from tests.pages.conftest import OpenPage
from tests.pages.test_pages import figures_of, words_of


def test_an_alert_is_taken_and_kept_quiet_with_a_reason(team: Opened, ledger: Database, open_page: OpenPage) -> None:
    keep(ledger, [an_alert(), an_alert(Level.WARN, step="synthesise")], at=day(2), now=day(2))
    app = open_page("traffic/alerts", team, "Eli")
    assert figures_of(app)["Ask for action"] == "1"
    assert "plan: slower" in words_of(app)

    number = next(one.number for one in open_alerts(ledger) if one.level is Level.ACT)
    app.button(key=f"take {number}").click().run()
    assert f"Alert {number} is yours." in words_of(app)
    app.button(key=f"snooze {number}").click().run()
    assert "needs a reason" in words_of(app)

    (mine,) = [one for one in open_alerts(ledger) if one.acknowledged_by]
    assert (mine.number, mine.acknowledged_by, mine.snoozed_until) == (number, "Eli", None)


def test_nothing_open_says_how_rules_are_looked_at(ledger: Database, open_page: OpenPage) -> None:
    app = open_page(
        "traffic/alerts", Opened(warehouse=BuiltWarehouse().load([llm("a")]), home="quiet", database=ledger)
    )

    assert "benchbook watch" in words_of(app)
    assert "Nothing is open." not in words_of(app), "as long as nobody has looked"
    keep(ledger, [], at=day(3), now=day(3.5))
    assert "Traffic until 5 Mar 2026 09:00 UTC was looked at, on 5 Mar 2026 21:00 UTC." in words_of(app.run())
    assert "Nothing is open." in words_of(app)


def test_a_rule_is_tried_on_the_past_and_nothing_is_kept(ledger: Database, open_page: OpenPage) -> None:
    built, asked = served(slow=range(10, 14)), []

    def beside(name: str, changed: Mapping[str, float], since: datetime, until: datetime) -> dict[str, Any]:
        asked.append((name, changed, since, until))
        rules = Rules(reference_days=7, rules=(SLOWER,))
        tried = backtest(Watched(Figures(built), rules, (), ()), since=day(9), until=day(17))
        return {"from": day(9).isoformat(), "to": day(17).isoformat(), "looks": len(tried.moments),
                "rules": tried.by_rule(rules), "episodes": [one.as_json() for one in tried.episodes]}  # fmt: skip

    rules = Rules(reference_days=7, rules=(SLOWER, Rule(name="over_budget", metric="budget")))
    app = open_page("traffic/alerts", Opened(built, home="tried", database=ledger, rules=rules, backtest=beside))
    app.number_input(key="act slower").set_value(1.8)
    app.button(key="try it").click().run()

    assert not app.exception
    ((name, changed, since, until),) = asked
    assert (name, changed) == ("slower", {"warn": 1.25, "act": 1.8, "window_days": 1, "persistence": 2})
    assert until - since == timedelta(days=21)
    said = words_of(app)
    assert "1 alert, 1 of them would have asked for action, at 3 of 9 looks" in said
    assert open_alerts(ledger) == ()
    app.selectbox(key="tried rule").select("over_budget").run()
    assert not app.exception
