"""Who may open which page, by role and without a name; a page that is refused is never run."""

from dataclasses import replace

import pytest

from pages import menu
from pages.parts.opened import Opened
from review import people
from review.people import RIGHTS, SHELL, Right, Role
from settings.service import Access
from tests.pages.conftest import NOW, OpenPage
from tests.pages.test_pages import words_of

ENTRIES = [entry for entries in menu.MENU.values() for entry in entries if menu._exists(entry)]
NAMES = {"Ana": Role.ADMIN, "Ben": Role.REVIEWER, "Eli": Role.ENGINEER, "Pia": Role.PRODUCT_OWNER}
COLD_LINKS = [
    (entry, name)
    for name in ("Ben", "Eli", "Pia")
    for entry in ENTRIES
    if name == "Ben" or entry.right is not Right.SEE_TRAFFIC  # the others may all see traffic: once is enough
]
REFUSED = "You may not open this page"


@pytest.mark.parametrize(("entry", "name"), COLD_LINKS, ids=lambda value: getattr(value, "script", value))
def test_a_cold_link_shows_the_page_or_a_refusal_by_role(
    entry: menu.Entry, name: str, team: Opened, open_page: OpenPage
) -> None:
    app = open_page(entry.script, team, name=name)

    assert not app.exception
    titles = [title.value for title in app.title]
    if entry.right in RIGHTS[NAMES[name]]:
        assert titles
        assert titles != [REFUSED]
    else:
        assert titles == [REFUSED]
        assert f"You are {name}" in words_of(app)
        assert f'benchbook user role "{name}"' in words_of(app)
        assert not app.dataframe
        assert not app.metric


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.script)
def test_without_a_name_traffic_is_read_and_everything_else_asks_for_one(
    entry: menu.Entry, team: Opened, open_page: OpenPage
) -> None:
    app = open_page(entry.script, team)

    assert not app.exception
    asked = [title.value for title in app.title] == ["Who are you?"]
    assert asked == (entry.right is not Right.SEE_TRAFFIC)


@pytest.mark.parametrize("mode", ["proxy", "oidc"])
@pytest.mark.parametrize("entry", ENTRIES[::4], ids=lambda entry: entry.script)
def test_in_a_team_nobody_comes_in_by_a_chosen_name(
    entry: menu.Entry, mode: str, team: Opened, open_page: OpenPage
) -> None:
    access = Access(mode="proxy") if mode == "proxy" else Access(
        mode="oidc", server_metadata_url="u", client_id="c", client_secret="s", redirect_uri="/oauth2callback"
    )  # fmt: skip

    app = open_page(entry.script, replace(team, access=access), name="Ana")

    assert [title.value for title in app.title] in (["Not on the list"], ["Sign in"])
    assert not app.dataframe
    assert not app.metric


def test_a_name_is_chosen_once_and_the_page_follows(team: Opened, open_page: OpenPage) -> None:
    app = open_page("review/record", team)

    app.text_input(key="name to choose ").set_value("  Zoë ")
    app.button(key="FormSubmitter:name -That is me").click().run()

    assert "You are Zoë, reviewer" in words_of(app)
    assert people.person(team.database, "Zoë") is not None  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["", "shell", "<b>", "Gus"])
def test_a_name_that_will_not_do_says_why(name: str, team: Opened, open_page: OpenPage) -> None:
    assert team.database is not None
    people.add_person(team.database, "Gus", Role.NONE, by=SHELL, now=NOW)
    app = open_page("review/record", team)

    app.text_input(key="name to choose ").set_value(name)
    app.button(key="FormSubmitter:name -That is me").click().run()

    assert len(app.error) == 1
    assert [title.value for title in app.title] == ["Who are you?"]


def test_who_is_removed_is_out_at_the_next_run(team: Opened, open_page: OpenPage) -> None:
    assert team.database is not None
    app = open_page("traffic/cost", team, name="Eli")
    assert [title.value for title in app.title] == ["Cost"]

    people.change_role(team.database, "Eli", Role.REVIEWER, by="Ana", now=NOW)
    app.run()
    assert [title.value for title in app.title] == [REFUSED]

    people.change_role(team.database, "Eli", Role.NONE, by="Ana", now=NOW)
    assert [title.value for title in open_page("review/record", team, name="Eli").title] == ["Who are you?"]


def test_who_gives_up_their_name_is_nobody(team: Opened, open_page: OpenPage) -> None:
    app = open_page("review/record", team, name="Ben")

    app.button(key="change_name").click().run()

    assert [title.value for title in app.title] == ["Who are you?"]
