"""DORA's figures by pencil, and which deployment an alert is laid to."""

import datetime as dt
from pathlib import Path

import pytest
from scipy import stats

from errors import UsageError
from metrics.alerts.evaluate import Level
from metrics.alerts.states import Incident, incidents, keep
from metrics.versions.deployments import Deployment, Registered, deployments, register
from metrics.versions.dora import Dora, dora
from review.people import SHELL
from storage.ledger_database import Database
from tests.command_line.test_commands import Shell
from tests.metrics.test_alerts import an_alert, day


def gone_live(at: float, number: int, committed: float | None = None, **changed: str) -> Registered:
    when = None if committed is None else day(committed)
    return Registered(Deployment(day(at), changed or {"prompt": f"v{number}"}, None, "", when), number, "Eli")


def acted(since: float, closed: float | None, number: int = 1, where: str = "") -> Incident:
    over = None if closed is None else day(closed)
    return Incident(number, "slower", f"step {number}", day(since), day(since + 2), over, where, window_days=2)


def four_weeks(live: list[Registered], *alerts: Incident) -> Dora:
    return dora(live, alerts, since=day(0), until=day(28))


def test_the_four_figures_are_those_of_a_pencil() -> None:
    live = [gone_live(at, number, committed=at - hours / 24)
            for number, (at, hours) in enumerate([(1, 6), (8, 30), (15, 12), (22, 48)])]  # fmt: skip

    said = four_weeks(live, acted(8, 12), acted(22, None, 2))

    assert (said.deployments, said.per_week.value) == (4, 1.0)
    poisson = stats.chi2.ppf([0.025, 0.975], [8, 10]) / 2 / 4
    assert (said.per_week.low, said.per_week.high) == pytest.approx(tuple(poisson))
    assert said.lead_time_hours.value == pytest.approx(21)
    assert said.lead_time_hours.n == 4
    assert said.lead_time_hours.low is None, "four values say nothing of where the median of all lies"
    wilson = stats.binomtest(2, 4).proportion_ci(method="wilson")
    rate = said.change_failure_rate
    assert (rate.value, rate.low, rate.high) == pytest.approx((0.5, wilson.low, wilson.high))
    assert (said.restore_days.value, said.restore_days.n, said.unrestored) == (4, 1, 1)
    assert [one.deployment.number for one in said.failures] == [1, 3]


def test_a_median_has_an_interval_from_ranks_where_there_are_enough() -> None:
    live = [gone_live(at, at, committed=at - at / 24) for at in range(1, 12)]

    lead = four_weeks(live).lead_time_hours

    assert lead.value == pytest.approx(6)
    assert (lead.low, lead.high) == pytest.approx((2, 10)), "ranks 2 and 10 of 11: binomial, 1.2 % in each tail"
    assert stats.binom.cdf(1, 11, 0.5) < 0.025 < stats.binom.cdf(2, 11, 0.5)


def test_an_alert_is_laid_to_the_version_it_names_else_to_the_newest_before_it() -> None:
    live = [gone_live(5, 1, prompt="v4"), gone_live(7, 2, app_version="4.4.0"), gone_live(9, 3, retrieval="dense")]

    def blamed(incident: Incident) -> list[int]:
        return [one.deployment.number for one in four_weeks(live, incident).failures]

    assert blamed(acted(7.5, None)) == [3], "the first window, of two days, holds the deployment"
    assert blamed(acted(7, None)) == [2]
    assert blamed(acted(7, None, where="prompt version v4")) == [1]
    assert blamed(acted(8, None, where="retrieval config dense")) == [3]
    assert blamed(acted(8, None, where="app version 4.4.0")) == [2]
    assert blamed(acted(17, None)) == [], "more than a week after"
    assert blamed(acted(1, None)) == [], "before any"
    assert blamed(Incident(1, "slower", "step", day(8), None, None, "", 2)) == [], "it only warned"


def test_what_went_live_outside_of_the_window_is_not_counted() -> None:
    said = four_weeks([gone_live(40, 1)], acted(41, 44))

    assert (said.deployments, said.change_failure_rate.value, said.failures) == (0, None, ())
    assert said.per_week.value == 0
    assert said.restore_days.value is None


def test_incidents_are_what_alerts_add_up_to(database: Database) -> None:
    keep(database, [an_alert(Level.WARN)], at=day(2), now=day(2))
    keep(database, [an_alert()], at=day(3), now=day(3))
    keep(database, [], at=day(5), now=day(5))
    keep(database, [an_alert(Level.WARN)], at=day(6), now=day(6))

    first, again = incidents(database)

    assert (first.since, first.acted_at, first.closed_at) == (day(1), day(3), day(5))
    assert (again.acted_at, again.closed_at, again.window_days) == (None, None, 1)


def test_a_pipeline_says_when_it_was_committed(database: Database, tmp_path: Path) -> None:
    register(database, Deployment(day(2), {"prompt": "v4"}, committed_at=day(1)), by=SHELL, now=day(2))
    assert deployments(database)[0].deployment.committed_at == day(1)
    with pytest.raises(UsageError, match="before it goes live"):
        register(database, Deployment(day(2), {"prompt": "v5"}, committed_at=day(3)), by=SHELL, now=day(2))

    shell = Shell(tmp_path)
    shell.json("deploy", "prompt=v4", "--at", "2026-11-02T08:00", "--committed", "2026-11-01T20:00")
    said = shell.json("versions", "--dora", "--from", "2026-11-01", "--to", "2026-11-15")

    assert (said["deployments"], said["lead_time_hours"]["value"]) == (1, 12)
    assert said["per_week"]["value"] == 0.5
    assert (said["change_failure_rate"]["value"], said["failures"]) == (0, [])
    assert dt.datetime.fromisoformat(said["from"]) == dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
