"""Plans are read from TOML, say what is wrong with them, and are kept in versions."""

import datetime as dt
from typing import Any

import pytest

from errors import NotAllowed, UsageError
from review import people
from review.rubric.rubric import Unit
from review.sampling import weeks
from review.sampling.plans import Allocation, Plan, parse_plan, plan_of
from review.sampling.stored_plans import builtin, plan, plan_names, plans, save_plan
from storage.ledger_database import Database

AT = dt.datetime(2026, 11, 16, 9, tzinfo=dt.UTC)
LEAST = {"name": "small", "size": 20}


def test_a_plan_needs_no_more_than_a_name_and_a_size() -> None:
    small = parse_plan('name = "small"\nsize = 20')
    assert (small.unit, small.allocation, small.weeks) == (Unit.TRACE, Allocation.PROPORTIONAL, 1)
    assert small.strata == ()


def test_the_weekly_plan_draws_a_hundred_items_or_more_and_a_fifth_twice() -> None:
    assert builtin().name == "weekly"
    assert builtin().size >= 100
    assert builtin().overlap_share == 0.2
    assert builtin().rubric == "answer-quality"


def test_what_is_kept_of_a_plan_reads_back_to_the_same() -> None:
    said = parse_plan("""
        name = "all-in"
        size = 300
        strata = ["app", "judge_score", "length"]
        allocation = "neyman"
        criterion = "helpfulness"
        certainty = [{escalated = true}, {error = "yes", app = ["bank", "shop"]}]
        filters = {environment = "production"}
        length_cuts = [50, 500]
        judge_score = {judge = "house", score = "helpfulness", cuts = [2.5, 4]}
    """)
    assert plan_of(said.definition()) == said
    assert said.certainty == ({"escalated": ("yes",)}, {"error": ("yes",), "app": ("bank", "shop")})
    assert said.filters == {"environment": ("production",)}


@pytest.mark.parametrize("where", ["strata", "filters", "certainty"])
def test_a_column_that_does_not_exist_yet_is_refused_by_name_with_those_that_do(where: str) -> None:
    said: dict[str, Any] = {"strata": ["language"], "filters": {"language": "de"}, "certainty": [{"language": "de"}]}
    with pytest.raises(UsageError, match=r"no column language yet; there are: app, environment, tenant, model"):
        plan_of(LEAST | {where: said[where]})


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"size": 1}, "the plan's size"),
        ({"name": "Bad Name"}, "the plan's name: lower-case letters"),
        ({"colour": "red"}, "the plan's colour"),
        ({"overlap_share": 1.5}, "the plan's overlap_share"),
        ({"strata": ["judge_score"]}, "judge_score needs a table"),
        ({"strata": ["app", "app"]}, "a column cuts the traffic once"),
        ({"certainty": [{}]}, "a certainty condition names a column"),
        ({"length_cuts": [5, 2]}, "cuts go up"),
        ({"unit": "span"}, "the plan's unit"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_plan_that_cannot_be_drawn_says_where_it_is_wrong(said: dict[str, Any], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        plan_of(LEAST | said)


def test_what_is_no_toml_is_refused() -> None:
    with pytest.raises(UsageError, match="the plan is not TOML"):
        parse_plan("size = ")


def test_plans_are_kept_in_versions_and_the_same_again_is_none(database: Database) -> None:
    first, second = plan_of(LEAST), plan_of(LEAST | {"size": 40})
    kept = [save_plan(database, one, by="shell", now=AT) for one in (first, first, second)]
    assert kept == [1, 1, 2]
    assert plan(database, "small") == second
    assert plans(database)["version"].tolist() == [2, 1]


def test_the_built_in_plan_is_there_until_the_team_keeps_its_own(database: Database) -> None:
    assert plan(database, "weekly") == builtin()
    own = Plan.model_validate(builtin().definition() | {"size": 200})
    save_plan(database, own, by="shell", now=AT)
    assert plan(database, "weekly").size == 200
    assert plan_names(database) == ["weekly"]


def test_a_plan_that_nobody_keeps_is_refused_with_those_there_are(database: Database) -> None:
    with pytest.raises(UsageError, match="there is no such plan; there are: weekly"):
        plan(database, "daily")


def test_a_reviewer_keeps_no_plan(database: Database) -> None:
    people.add_person(database, "Ben", people.Role.REVIEWER, by="shell", now=AT)
    with pytest.raises(NotAllowed):
        save_plan(database, plan_of(LEAST), by="Ben", now=AT)
    assert plans(database).empty


def test_a_week_begins_on_monday_in_utc_also_around_new_year() -> None:
    assert weeks.week_of(dt.datetime(2026, 11, 15, 23, 59, tzinfo=dt.UTC)) == "2026-W46"
    assert weeks.week_of(dt.datetime(2026, 11, 16, tzinfo=dt.UTC)) == "2026-W47"
    assert weeks.week_of(dt.datetime(2027, 1, 3, tzinfo=dt.UTC)) == "2026-W53"
    assert weeks.window("2026-W46", weeks=2) == (
        dt.datetime(2026, 11, 2, tzinfo=dt.UTC),
        dt.datetime(2026, 11, 16, tzinfo=dt.UTC),
    )


@pytest.mark.parametrize("said", ["2026-46", "2026-W54", "2026-W00", "next", "2026-W4", "2026-W461"])
def test_what_is_no_week_is_refused(said: str) -> None:
    with pytest.raises(UsageError, match="a week is an ISO week"):
        weeks.monday_of(said)
