"""Alerts: what the rules find, how long it must last, how it ends, and what people do about it."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa

from errors import NotAllowed, UsageError
from metrics.alerts.evaluate import Found, Known, Level, Open, evaluate
from metrics.alerts.figures import Figures, Said
from metrics.alerts.quality import QUALITY, QualityWeeks
from metrics.alerts.rules import Rule, Rules, rules_of
from metrics.alerts.states import acknowledge, keep, open_alerts, snooze
from metrics.alerts.watching import newest_closed
from metrics.budgets.limits import limits_of
from metrics.versions.flags import Flag
from review.audit import audit_log
from review.people import SHELL, Role, add_person
from settings import Settings
from settings.traffic import AlertSettings, Budgets
from storage.ledger_database import Database
from storage.traffic_tables import alert_events
from tests.command_line.test_commands import Shell
from tests.metrics.built import START, BuiltWarehouse, llm, span

DAY_S = 86_400
SLOWER = Rule(name="slower", metric="duration (ms)", warn=1.25, act=1.5, owner="Eli", action="look", window_days=1)


def served(*, slow: range, factor: float = 2.0, days: int = 20) -> BuiltWarehouse:
    """A model call every half hour, on some days slower."""
    rows = [
        llm(f"t{place}", session_id=f"s{place}", at_s=place * 1800 + 1,
            lasts_s=(1 + place % 7 / 10) * (factor if place // 48 in slow else 1))
        for place in range(48 * days)
    ]  # fmt: skip
    return BuiltWarehouse().load(rows)


def day(number: float) -> datetime:
    """Midnight after so many whole days of traffic."""
    return START + timedelta(days=number)


def found(built: BuiltWarehouse, at: float, *opened: Open, rule: Rule = SLOWER) -> list[Found]:
    return evaluate(Figures(built), Rules(reference_days=7, rules=(rule,)), at=day(at), opened=opened)


def test_a_change_warns_in_its_first_window_and_acts_in_its_second() -> None:
    built = served(slow=range(10, 20))

    assert found(built, 10) == []
    (warned,) = found(built, 11)
    (acts,) = found(built, 12)

    assert (warned.level, warned.step, warned.since) == (Level.WARN, "synthesis", day(10))
    assert (acts.level, acts.since, acts.rule.owner) == (Level.ACT, day(10), "Eli")
    assert acts.effect == pytest.approx(2, rel=0.1)
    assert acts.traces
    assert "median duration (ms)" in acts.words


def test_a_change_below_the_acting_size_only_warns_and_a_fall_is_no_rise() -> None:
    assert [one.level for one in found(served(slow=range(10, 20), factor=1.35), 13)] == [Level.WARN]
    assert found(served(slow=range(10, 20), factor=1.1), 13) == []
    assert found(served(slow=range(10, 20), factor=0.5), 13) == []
    down = SLOWER.model_copy(update={"direction": "down", "warn": 0.8, "act": 0.6})
    assert [one.level for one in found(served(slow=range(10, 20), factor=0.5), 13, rule=down)] == [Level.ACT]


def test_what_is_open_is_held_against_the_reference_it_was_opened_with_until_it_is_over() -> None:
    built = served(slow=range(8, 16), days=20)
    (acts,) = found(built, 10)
    before = Open("slower", acts.series, acts.reference_window)

    assert found(built, 16) == [], "by now the slow days are the reference themselves"
    assert [one.level for one in found(built, 16, before)] == [Level.ACT]
    assert found(built, 17, before) == []


def test_windows_that_grew_into_an_open_alert_s_reference_get_another() -> None:
    built = served(slow=range(8, 16), days=20)
    (acts,) = found(built, 10)
    wide = SLOWER.model_copy(update={"window_days": 3})
    before = Open("slower", acts.series, acts.reference_window)

    assert [one.level for one in found(built, 14, before, rule=wide)] == [Level.ACT]


def test_a_step_that_became_free_is_not_dearer_and_one_that_costs_now_is() -> None:
    def priced(cost: Callable[[int], float]) -> BuiltWarehouse:
        return BuiltWarehouse().load([
            llm(f"t{place}", session_id=f"s{place}", at_s=place * 1800 + 1, cost=cost(place // 48))
            for place in range(48 * 14)
        ])  # fmt: skip

    dearer = Rule(name="dearer", metric="cost (US$)", warn=1.25, act=1.5, owner="Eli", window_days=1)

    assert found(priced(lambda at: 0.01 if at < 10 else 0.0), 12, rule=dearer) == []
    (rose,) = found(priced(lambda at: 0.0 if at < 10 else 0.01), 12, rule=dearer)
    assert (rose.level, rose.effect) == (Level.ACT, None), "no number says how many times nothing"


def test_a_trace_with_a_clock_in_the_future_is_not_the_newest_traffic(database: Database) -> None:
    built = BuiltWarehouse().load([llm("a", at_s=1), llm("late", at_s=1_000 * DAY_S)])

    assert newest_closed(built, now=day(2.5), each=timedelta(days=1)) == datetime(2026, 3, 3, tzinfo=UTC)
    with pytest.raises(UsageError, match="still to come"):
        keep(database, [], at=day(3), now=day(2.5))


def test_a_window_of_few_spans_says_nothing() -> None:
    many = SLOWER.model_copy(update={"fewest": 49})
    assert found(served(slow=range(10, 20)), 12, rule=many) == []


def test_a_model_that_changed_by_itself_acts_at_once() -> None:
    changed = {"flag": Flag.SILENT.value, "value": "m-2", "why": "m-2 answers for m"}
    odd = pd.DataFrame([changed | {"first_seen": pd.Timestamp(day(3))}])
    rule = Rule(name="another model", metric=Flag.SILENT)
    rules = Rules(reference_days=7, rules=(rule,))

    (one,) = evaluate(Figures(BuiltWarehouse()), rules, at=day(4), known=Known(odd))

    assert (one.level, one.value_of, one.since) == (Level.ACT, "m-2", day(3))
    assert evaluate(Figures(BuiltWarehouse()), rules, at=day(2), known=Known(odd)) == []


def an_alert(level: Level = Level.ACT, step: str = "plan") -> Found:
    return Found(SLOWER, step, "", level, day(1), 2.0, 1.0, 2.0, "plan: slower", reference_window=(day(-7), day(0)))


def test_alerts_open_change_and_close_once(database: Database) -> None:
    (one,) = keep(database, [an_alert(Level.WARN)], at=day(2), now=day(2))
    keep(database, [an_alert(Level.WARN)], at=day(2), now=day(2))
    later = replace(an_alert(), since=day(2))
    (same,) = keep(database, [later], at=day(3), now=day(3))
    assert (one.number, one.level, same.number, same.level) == (same.number, Level.WARN, one.number, Level.ACT)
    assert (same.opened_at, same.evidence["since"]) == (day(2), day(1).isoformat())
    assert same.as_open() == Open("slower", "plan", (day(-7), day(0)), Level.ACT, "plan")

    assert keep(database, [], at=day(4), now=day(4)) == ()

    with database.reading() as connection:
        events = connection.execute(sa.select(alert_events.c.event).order_by(alert_events.c.id)).scalars().all()
    assert events == ["opened", "changed", "closed"]


def test_an_evaluation_of_the_past_does_not_reopen_what_is_over(database: Database) -> None:
    keep(database, [an_alert()], at=day(3), now=day(3))

    with pytest.raises(UsageError, match="evaluated for 2026-03-05"):
        keep(database, [], at=day(2), now=day(4))

    assert len(open_alerts(database)) == 1


def test_people_take_an_alert_and_keep_it_quiet_for_a_while_with_a_reason(database: Database) -> None:
    add_person(database, "Eli", Role.ENGINEER, by=SHELL, now=START)
    add_person(database, "Ben", Role.REVIEWER, by=SHELL, now=START)
    (one,) = keep(database, [an_alert()], at=day(2), now=day(2))

    acknowledge(database, one.number, by="Eli", reason="rolling back", now=day(2))
    with pytest.raises(NotAllowed):
        acknowledge(database, one.number, by="Ben", now=day(2))
    with pytest.raises(UsageError, match="needs a reason"):
        snooze(database, one.number, until=day(5), by="Eli", reason=" ", now=day(2))
    with pytest.raises(UsageError, match="no alert 999"):
        acknowledge(database, 999, by="Eli", now=day(2))
    snooze(database, one.number, until=day(5), by="Eli", reason="known", now=day(2))

    (quiet,) = keep(database, [an_alert()], at=day(3), now=day(3))
    assert (quiet.acknowledged_by, quiet.reason) == ("Eli", "known")
    assert quiet.is_quiet(day(4))
    assert not quiet.is_quiet(day(5))
    assert audit_log(database)["action"].tolist()[:2] == ["alert.snoozed", "alert.acknowledged"]


def test_a_team_s_own_rules_stand_beside_the_built_in_ones() -> None:
    own = AlertSettings(persistence=3, rules={"slower_step": {"act": 2.0}, "mine": {"metric": "tokens out", "warn": 2}})
    said = {one.name: one for one in rules_of(Settings(home=Path("unused"), alerts=own)).rules}

    assert (said["slower_step"].act, said["slower_step"].warn, said["slower_step"].persistence) == (2.0, 1.25, 3)
    assert said["mine"].watches("any step", "tokens out", "")
    assert said["handed_over"].watches("(conversation)", "escalated", "")
    assert not said["handed_over"].watches("(conversation)", "escalated", "app version 4.4.0")
    assert said["handed_over_by_version"].watches("(conversation)", "escalated", "app version 4.4.0")


@pytest.mark.parametrize(
    ("own", "key"),
    [({"slower_step": {"warm": 2}}, "alerts.rules.slower_step.warm"), ({"mine": {}}, "alerts.rules.mine.metric")],
)
def test_a_rule_that_cannot_be_read_is_refused_with_its_key(own: dict[str, dict[str, Any]], key: str) -> None:
    with pytest.raises(UsageError, match=key):
        rules_of(Settings(home=Path("unused"), alerts=AlertSettings(rules=own)))


def test_a_window_with_too_little_traffic_leaves_what_is_open_as_it_is_and_a_step_that_is_gone_is_over() -> None:
    rows = [
        llm(f"t{place}", session_id=f"s{place}", at_s=place * 1800 + 1, lasts_s=2 if place // 48 >= 8 else 1)
        for place in range(48 * 14) if place // 48 < 10 or place % 16 == 0
    ]  # fmt: skip
    built = BuiltWarehouse().load(rows)
    (acts,) = found(built, 10)
    before = Open("slower", acts.series, acts.reference_window, acts.level, acts.step)

    (thin,) = found(built, 11, before)
    assert (thin.is_held, thin.level, thin.step) == (True, Level.ACT, "synthesis")
    assert "too little traffic" in thin.words
    assert found(built, 12, before) == [], "neither window has enough any more"


def test_what_is_held_changes_nothing_in_the_ledger(database: Database) -> None:
    (before,) = keep(database, [an_alert()], at=day(2), now=day(2))
    (after,) = keep(database, [replace(an_alert(), is_held=True, words="?", value=None)], at=day(3), now=day(3))

    assert after == before


ENDS = Rule(name="handed over", metric="escalated", value="", warn=0.03, act=0.05, window_days=2)


def talks(*, handing: range, version: str = "2", share: int = 3, days: int = 16) -> BuiltWarehouse:
    """A conversation every half hour; on some days every so-manieth of the newer version is handed to a person."""
    rows = []
    for place in range(48 * days):
        own = version if place // 48 in handing and place % 3 else "1"
        said = {"session_id": f"s{place}", "at_s": place * 1800 + 1, "app_version": own}
        rows.append(span(f"t{place}", span_id="root", **said))
        if place % 50 == 0 or (own == version and place % share == 1):
            rows.append(span(f"t{place}", parent_span_id="root", step="transfer_to_human", **said))
    return BuiltWarehouse().load(rows)


def test_more_conversations_handed_over_act_after_two_windows_and_name_the_version() -> None:
    built = talks(handing=range(10, 16))

    assert found(built, 10, rule=ENDS) == []
    assert [one.level for one in found(built, 12, rule=ENDS)] == [Level.WARN]
    (acts,) = found(built, 14, rule=ENDS)

    assert (acts.level, acts.step, acts.since, acts.where) == (Level.ACT, "(conversation)", day(10), "app version 2")
    assert acts.value == pytest.approx(1 / 3 + 0.01, abs=0.02)
    assert acts.traces
    by_version = ENDS.model_copy(update={"value": "app version *"})
    assert [one.value_of for one in found(built, 14, rule=by_version)] == ["app version 2"]
    contained = ENDS.model_copy(update={"metric": "contained", "direction": "down"})
    assert [one.level for one in found(built, 14, rule=contained)] == [Level.ACT]


def judged(*, worse: range, judge_version: str = "1", days: int = 16) -> BuiltWarehouse:
    rows = [span(f"t{place}", session_id=f"s{place}", at_s=place * 1800 + 1) for place in range(48 * days)]
    scores = [
        {"id": f"j{place}", "target_level": "trace", "trace_id": f"t{place}", "name": "helpful", "source": "judge",
         "judge_name": "house", "judge_version": judge_version if place // 48 in worse else "1", "created_at": 0,
         "value": 1.0 + place % 5 - (2 if place // 48 in worse else 0)}
        for place in range(48 * days)
    ]  # fmt: skip
    return BuiltWarehouse().load(rows, scores=scores)


JUDGED = Rule(name="worse", metric="judge score", direction="down", warn=0.3, act=0.5, window_days=2)


def test_a_judge_s_lower_scores_act_said_in_the_spread_of_the_time_before() -> None:
    assert found(judged(worse=range(0)), 14, rule=JUDGED) == []
    (acts,) = found(judged(worse=range(10, 16)), 14, rule=JUDGED)

    assert (acts.level, acts.value_of) == (Level.ACT, "house helpful")
    assert (acts.reference, acts.value) == pytest.approx((3, 1), abs=0.03)
    assert acts.effect == pytest.approx(-2 / 2**0.5, rel=0.02)
    assert "uncalibrated" in acts.words
    assert {int(trace[1:]) % 5 for trace in acts.traces} == {0}, "the lowest scores"


def test_another_version_of_a_judge_and_one_that_labels_stand_behind_are_left_out() -> None:
    assert found(judged(worse=range(10, 16), judge_version="2"), 14, rule=JUDGED) == []
    figures = Figures(judged(worse=range(10, 16)), Said(calibrated=frozenset({"house helpful"})))
    assert evaluate(figures, Rules(reference_days=7, rules=(JUDGED,)), at=day(14)) == []


def test_a_broken_budget_warns_then_acts_and_is_over_when_it_is_kept_again() -> None:
    budgets = Budgets.model_validate({"steps": {"synth*": {"seconds": 1.65}}})
    limits = limits_of(Settings(home=Path("unused"), budgets=budgets))
    built = served(slow=range(10, 14))
    rules = Rules(reference_days=7, rules=(Rule(name="over", metric="budget", window_days=1),))

    def at(number: int, *opened: Open) -> list[Found]:
        return evaluate(Figures(built, Said(limits=limits)), rules, at=day(number), opened=opened)

    assert at(10) == []
    assert [one.level for one in at(11)] == [Level.WARN]
    (acts,) = at(12)
    assert (acts.level, acts.step, acts.value_of) == (Level.ACT, "synthesis", "step synth* latency")
    assert (acts.reference, acts.since) == (0.95, day(10))
    assert acts.value is not None
    assert acts.value < 0.2
    assert acts.traces
    assert at(15, Open("over", acts.series, acts.reference_window)) == []


def test_quality_by_people_s_labels_acts_by_its_control_chart() -> None:
    weeks = [f"2026-W{week}" for week in range(10, 26)]
    noise = [0.05, -0.04, 0.02, -0.03, 0.04, -0.05, 0.01, 0.0] * 2
    table = pd.DataFrame({
        "week": weeks, "corrected": [4 + wobble - (0.5 if place >= 10 else 0) for place, wobble in enumerate(noise)],
        "corrected_error": 0.05, "corrected_df": 60.0, "effective_items": 80.0,
    })  # fmt: skip
    known = Known(quality=(QualityWeeks("house", "helpful", frozenset(), table),))
    rule = Rule(name="worse", metric=QUALITY, direction="down")

    def at(week: int, direction: str = "down") -> list[Found]:
        rules = Rules(reference_days=7, rules=(rule.model_copy(update={"direction": direction}),))
        monday = datetime.fromisocalendar(2026, week, 1).replace(tzinfo=UTC)
        return evaluate(Figures(BuiltWarehouse()), rules, at=monday, known=known)

    assert at(20) == [], "ten weeks on one level"
    (acts,) = at(26)
    assert (acts.level, acts.value_of) == (Level.ACT, "helpful, house")
    assert acts.since == datetime.fromisocalendar(2026, 20, 1).replace(tzinfo=UTC)
    assert acts.effect == pytest.approx(-0.5, abs=0.05)
    assert at(26, "up") == []


def test_watching_from_a_shell_exits_6_until_somebody_keeps_it_quiet(bank: Shell, tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    shutil.copytree(bank.home, shell.home)
    (shell.home / "benchbook.toml").write_text(ONLY_SLOWER)

    said = shell.json("watch", "--at", "2026-10-17", expect=6)

    (slow,) = said["alerts"]
    assert slow.keys() >= {"rule", "metric", "step", "where", "since", "value", "reference", "effect", "level",
                           "persistence", "owner", "action", "traces"}  # fmt: skip
    assert (slow["rule"], slow["step"], slow["level"]) == ("slower_step", "lookup_transactions", "act")
    shell.json("alert", "snooze", str(slow["alert"]), "--days", "3", "--reason", "asked Maria Lopez, known")
    (again,) = shell.json("watch", "--at", "2026-10-17", "--if-new")["alerts"]
    assert again["snoozed"]
    assert {name: again[name] for name in ("rule", "step", "effect", "traces")} == {
        name: slow[name] for name in ("rule", "step", "effect", "traces")
    }
    assert b"Lopez" not in (shell.home / "ledger.db").read_bytes()


ONLY_SLOWER = "".join(
    f"[alerts.rules.{one.name}]\nenabled = false\n"
    for one in rules_of(Settings(home=Path("unused"))).rules if one.name != "slower_step"
)  # fmt: skip
