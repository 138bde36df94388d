"""A download's address works once, soon, and for the one who asked; the ledger is asked again when it is fetched."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from pages.parts import downloads
from pages.parts import opened as held
from pages.parts.opened import Opened
from review import people
from review.people import Person, Right, Role
from settings.service import Access
from tests.pages.conftest import NOW

ELI = Person("Eli", Role.ENGINEER)
Offered = Callable[..., str]


@pytest.fixture
def client(team: Opened) -> Iterator[TestClient]:
    held.use(team)
    yield TestClient(Starlette(routes=downloads.routes()))
    held._held.clear()
    downloads._offers.clear()


def offered(made: list[str] | None = None, *, right: Right = Right.EXPORT, said: tuple[str, ...] = ()) -> str:
    """The address of a file for Eli; `made` gains a line each time it is made."""
    made = [] if made is None else made

    def make() -> bytes:
        made.append("made")
        return b"a,b\n1,2\n"

    access = held.opened().access
    proof = downloads.proof_of(access, cookies={"_streamlit_user": "eli's"}, said=said)
    return downloads.offer(downloads.File("lab els é.csv", "text/csv", make), person=ELI, right=right, proof=proof)


def test_a_file_is_given_once_under_an_address_that_nobody_guesses(client: TestClient) -> None:
    made: list[str] = []
    path = offered(made)
    assert made == []

    first, second = client.get(path), client.get(path)

    assert (first.status_code, first.content) == (200, b"a,b\n1,2\n")
    assert first.headers["content-disposition"] == "attachment; filename*=UTF-8''lab%20els%20%C3%A9.csv"
    assert first.headers["cache-control"] == "no-store"
    assert (second.status_code, made) == (404, ["made"])
    assert len(path.removeprefix("/download/")) >= 40
    assert offered() != offered()


def test_asking_about_a_file_does_not_use_its_link_up(client: TestClient) -> None:
    path = offered()

    assert client.head(path).status_code == 405
    assert client.get(path).status_code == 200


def test_a_link_is_of_no_use_after_a_minute(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "LIVES_SECONDS", -1)

    assert client.get(offered()).status_code == 404


def test_who_was_given_another_role_meanwhile_gets_nothing(client: TestClient, team: Opened) -> None:
    assert team.database is not None
    made: list[str] = []
    path = offered(made)
    people.change_role(team.database, "Eli", Role.REVIEWER, by="Ana", now=NOW)

    answer = client.get(path)

    assert (answer.status_code, made) == (403, [])
    assert "Eli may not export" in answer.text


def test_somebody_else_who_got_the_link_gets_nothing_and_uses_it_up(team: Opened, client: TestClient) -> None:
    oidc = Access(
        mode="oidc", server_metadata_url="u", client_id="c", client_secret="s", redirect_uri="/oauth2callback"
    )
    held.use(replace(team, access=oidc))
    path, mine = offered(), offered()

    assert client.get(path).status_code == 403
    assert client.get(path, headers={"Cookie": "_streamlit_user=eli's"}).status_code == 404
    assert client.get(mine, headers={"Cookie": "_streamlit_user=eli's; other=1"}).status_code == 200


def test_behind_a_proxy_the_header_must_be_the_same_and_single(team: Opened, client: TestClient) -> None:
    held.use(replace(team, access=Access(mode="proxy", header="X-User")))

    assert client.get(offered(said=("eli",)), headers={"X-User": "eve"}).status_code == 403
    assert client.get(offered(said=("eli",)), headers=[("X-User", "eli"), ("X-User", "eve")]).status_code == 403
    assert client.get(offered(said=("eli",)), headers={"X-User": "eli"}).status_code == 200


@pytest.mark.usefixtures("client")
def test_links_that_nobody_fetches_do_not_pile_up() -> None:
    for _ in range(downloads.MOST_WAITING + 20):
        offered()

    assert len(downloads._offers) == downloads.MOST_WAITING
