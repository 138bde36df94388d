"""The page Changes: what changed, said in figures; nothing where nothing did."""

from datetime import timedelta

import pytest

from pages.parts.opened import Opened
from tests.metrics.built import START, BuiltWarehouse, llm
from tests.pages.conftest import OpenPage
from tests.pages.test_pages import figures_of, words_of

DAY_S = 86_400
WINDOW = {"window": "custom", "from": f"{START + timedelta(days=10):%Y-%m-%dT%H:%M}",
          "to": f"{START + timedelta(days=20):%Y-%m-%dT%H:%M}"}  # fmt: skip


def served(*, slower: float, tokens: int) -> Opened:
    """Twenty days of a model call every hour; from the tenth on it takes `slower` times as long."""
    rows = [
        llm(f"t{hour}", at_s=hour * 3600 + 1, session_id=f"s{hour}", tok_in=(tokens if late else 100) + hour % 11,
            lasts_s=(1 + hour % 7 / 10) * (slower if late else 1))
        for hour in range(20 * 24) for late in [hour >= 10 * 24]
    ]  # fmt: skip
    return Opened(warehouse=BuiltWarehouse().load(rows), home=f"slower {slower} {tokens}")


def test_a_slower_step_is_named_with_how_much(open_page: OpenPage) -> None:
    app = open_page("traffic/changes", served(slower=2, tokens=100), **WINDOW)

    assert figures_of(app)["Changed"] == "1"
    (row,) = app.dataframe[0].value.to_dict("records")
    assert (row["step"], row["figure"], row["before"], row["now"]) == ("synthesis", "duration (ms)", "1,300", "2,600")
    assert row["change (95 % interval)"].startswith("x 2.00 (")
    assert row["verdict"] == "changed"


def test_a_sure_but_small_change_is_kept_apart(open_page: OpenPage) -> None:
    shown = figures_of(open_page("traffic/changes", served(slower=1, tokens=104), **WINDOW))

    assert (shown["Changed"], shown["Small changes"]) == ("0", "1")


def test_the_same_traffic_shows_no_sign_of_change(open_page: OpenPage) -> None:
    app = open_page("traffic/changes", served(slower=1, tokens=100), **WINDOW)

    assert "No sign of change" in words_of(app)
    assert "240 conversations before, 240 now." in app.success[0].value
    assert not app.dataframe


def test_few_conversations_are_too_few_to_tell_and_no_good_news(open_page: OpenPage) -> None:
    until = START + timedelta(days=10)
    window = {"window": "custom", "from": f"{until - timedelta(hours=10):%Y-%m-%dT%H:%M}",
              "to": f"{until:%Y-%m-%dT%H:%M}"}  # fmt: skip

    app = open_page("traffic/changes", served(slower=1, tokens=100), **window)

    assert not app.success
    assert "Too few to tell" in app.info[0].value
    assert "10 conversations before, 10 now." in app.info[0].value


def test_the_page_opens_on_the_newest_days_where_traffic_has_stopped(open_page: OpenPage) -> None:
    app = open_page("traffic/changes", served(slower=2, tokens=100))

    assert "168 conversations before, 168 now" in words_of(app)
    assert not app.info


def test_several_applications_are_named_and_a_change_by_one_of_them_sits_in_it(open_page: OpenPage) -> None:
    rows = [
        llm(f"{app}{hour}", at_s=hour * 3600 + 1, session_id=f"{app}{hour}", app=app,
            lasts_s=(1 + hour % 7 / 10) * (3 if app == "beta" else 1))
        for hour in range(20 * 24) for app in (["alpha", "beta"] if hour >= 10 * 24 else ["alpha"])
    ]  # fmt: skip
    several = Opened(warehouse=BuiltWarehouse().load(rows), home="several")

    app = open_page("traffic/changes", several, **WINDOW)

    assert "2 applications are in these windows" in app.warning[0].value
    assert "alpha, beta" in words_of(app)
    slower = next(row for row in app.dataframe[0].value.to_dict("records") if row["figure"] == "duration (ms)")
    assert slower["sits in"] == "app beta"
    alone = open_page("traffic/changes", several, **WINDOW, app="alpha")
    assert not alone.warning
    assert "No sign of change" in words_of(alone)


def test_a_window_without_a_time_before_says_what_to_do(open_page: OpenPage) -> None:
    app = open_page("traffic/changes", served(slower=1, tokens=100), window="all")

    assert "The time compared with holds 0 conversations, and needs 4: choose a shorter time" in words_of(app)
    app.button[-1].click().run()
    assert "168 conversations before, 168 now" in words_of(app)
    overlapping = open_page("traffic/changes", served(slower=1, tokens=100), **WINDOW, reference="a week before")
    assert "the two windows overlap" in words_of(overlapping)


def test_a_fixed_time_to_compare_with_is_taken_from_the_link(open_page: OpenPage) -> None:
    reference = {"reference": "a fixed time", "ref_from": f"{START:%Y-%m-%dT%H:%M}",
                 "ref_to": f"{START + timedelta(days=5):%Y-%m-%dT%H:%M}"}  # fmt: skip
    app = open_page("traffic/changes", served(slower=2, tokens=100), **WINDOW, **reference)

    assert "Compared with 2 Mar 2026 09:00 to 7 Mar 2026 09:00" in words_of(app)
    assert figures_of(app)["Changed"] == "1"
    backwards = reference | {"ref_from": reference["ref_to"], "ref_to": reference["ref_from"]}
    told = open_page("traffic/changes", served(slower=2, tokens=100), **WINDOW, **backwards)
    assert "ends before it begins" in words_of(told)


def test_without_a_deployment_the_page_says_how_to_register_one(open_page: OpenPage) -> None:
    app = open_page("traffic/changes", served(slower=2, tokens=100), **WINDOW, reference="since the last deployment")

    assert "no deployment is registered" in words_of(app)


@pytest.mark.parametrize(
    ("closer", "said"),
    [("documents", "there are no retrievals"), ("questions", "Too few conversations: texts are compared from 20")],
)
def test_a_table_that_has_nothing_to_show_says_why(open_page: OpenPage, closer: str, said: str) -> None:
    assert said in words_of(open_page("traffic/changes", served(slower=1, tokens=100), **WINDOW, closer=closer))


def test_names_of_calls_are_compared_with_test_effect_and_verdict_in_columns_of_their_own(open_page: OpenPage) -> None:
    rows = [
        llm(f"t{hour}", at_s=hour * 3600 + 1, session_id=f"s{hour}", model="m-2" if late and hour % 3 else "m-1")
        for hour in range(20 * 24) for late in [hour >= 10 * 24]
    ]  # fmt: skip
    app = open_page("traffic/changes", Opened(warehouse=BuiltWarehouse().load(rows), home="names"), **WINDOW,
                    closer="models, tools, versions")  # fmt: skip

    (row,) = app.dataframe[1].value.to_dict("records")
    assert (row["step"], row["name"], row["verdict"], row["new"]) == (
        "synthesis",
        "model",
        "changed",
        "m-2 (160 calls)",
    )
    assert row["carry another value"] == "66.7 %"
    assert row["n before / now"] == "240 / 240"
    assert row["design effect"] == "1.0"
    assert row["chi-square (df)"].endswith(" (1)")
