"""The served app in Chromium, in each of its three ways to know people: a name, a sign-in, a proxy's header."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from review import people
from review.people import SHELL, Role
from settings import read_settings
from storage.ledger_database import Database
from tests.pages.browser import IN_A_BROWSER
from tests.receive.served import Served

pytestmark = IN_A_BROWSER
ENGINEERS = "/cost"
"""A page that a reviewer may not open."""
REFUSAL = "You may not open this page"


@pytest.fixture
def visitor(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context()
    yield context
    context.close()


def ledger(home: Path) -> Database:
    return Database(read_settings(home).ledger_url)


def team(home: Path) -> None:
    """Ana is admin, Ben is a reviewer."""
    database = ledger(home)
    for name, role in (("Ana", Role.ADMIN), ("Ben", Role.REVIEWER)):
        login = f"{name.lower()}@example.org"
        people.add_person(database, name, role, login=login, by=SHELL, now=datetime.now(UTC))
    database.close()


def set_role(home: Path, name: str, role: Role) -> None:
    database = ledger(home)
    people.change_role(database, name, role, by=SHELL, now=datetime.now(UTC))
    database.close()


def cold(context: BrowserContext, url: str) -> Page:
    page = context.new_page()
    page.goto(url)
    return page


def titled(page: Page, title: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(title, timeout=30_000)


def kept_name(page: Page, name: str | None) -> None:
    """Waits until the browser keeps this name in a cookie that other sites cannot send."""
    for _ in range(100):
        kept = [one for one in page.context.cookies() if one.get("name", "").startswith("benchbook_")]
        if [one.get("value") for one in kept] == ([name] if name else []):
            assert [one.get("sameSite") for one in kept] == (["Strict"] if name else [])
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"the browser does not keep {name}")


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    app = Served(tmp_path_factory.mktemp("local") / "home").start()
    yield app
    app.stop()


def test_a_name_is_asked_for_once_and_kept_through_a_reload_and_a_cold_link(
    local: Served, visitor: BrowserContext
) -> None:
    others: list[str] = []
    visitor.on("request", lambda request: others.append(request.url))
    page = cold(visitor, f"{local.url}/record")
    titled(page, "Who are you?")
    page.get_by_label("Your name").first.fill("Ana")
    page.keyboard.press("Enter")
    titled(page, "My record")
    expect(page.get_by_text("Ana, admin")).to_have_count(2)
    kept_name(page, "Ana")

    page.reload()
    titled(page, "My record")
    titled(cold(visitor, f"{local.url}/record"), "My record")

    assert [url for url in others if urlsplit(url).hostname not in ("127.0.0.1", None)] == []


def test_without_a_name_reading_is_open_and_a_reviewer_is_refused_an_engineers_page(
    local: Served, visitor: BrowserContext
) -> None:
    database = ledger(local.home)
    people.add_person(database, "Kim", Role.ADMIN, by=SHELL, now=datetime.now(UTC))
    people.add_person(database, "Ben", Role.REVIEWER, by=SHELL, now=datetime.now(UTC))
    database.close()
    page = cold(visitor, local.url + ENGINEERS)
    titled(page, "Cost")

    page.goto(f"{local.url}/record")
    page.get_by_label("Your name").first.fill("Ben")
    page.keyboard.press("Enter")
    titled(page, "My record")

    page = cold(visitor, local.url + ENGINEERS)
    titled(page, REFUSAL)
    expect(page.get_by_text('benchbook user role "Ben" engineer')).to_be_visible()
    page.get_by_role("button", name="Change name").click()
    titled(page, "Cost")
    kept_name(page, None)
    page.reload()
    titled(page, "Cost")


@pytest.fixture(scope="module")
def signed_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An app whose people sign in at a provider."""
    provider, port = free_port(), free_port()
    home = tmp_path_factory.mktemp("oidc") / "home"
    url = f"http://127.0.0.1:{provider}"
    said = f"""
[access]
mode = "oidc"
server_metadata_url = "{url}/.well-known/openid-configuration"
client_id = "benchbook"
client_secret = "of a test"
redirect_uri = "http://127.0.0.1:{port}/oauth2callback"
"""
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(provider)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(f"{url}/.well-known/openid-configuration")
        app = Served(home, said)
        team(home)
        app.start(port=port)
        yield app
        app.stop()
    finally:
        process.terminate()
        process.wait(20)


def sign_in(page: Page, login: str) -> None:
    titled(page, "Sign in")
    page.get_by_role("button", name="Sign in").click()
    page.locator("input[name=sub]").fill(login)
    page.get_by_role("button", name="Authorize").click()


def test_who_signs_in_gets_the_role_of_the_ledger(signed_in: Served, visitor: BrowserContext) -> None:
    page = cold(visitor, signed_in.url + ENGINEERS)
    sign_in(page, "ana@example.org")
    titled(page, "Overview")

    page.goto(signed_in.url + ENGINEERS)
    titled(page, "Cost")


def test_a_reviewer_who_signed_in_is_refused_and_out_when_removed_though_the_cookie_lives(
    signed_in: Served, visitor: BrowserContext
) -> None:
    page = cold(visitor, signed_in.url)
    sign_in(page, "ben@example.org")
    titled(page, "Label")
    titled(cold(visitor, signed_in.url + ENGINEERS), REFUSAL)

    set_role(signed_in.home, "Ben", Role.NONE)
    titled(cold(visitor, f"{signed_in.url}/record"), "Not on the list")
    set_role(signed_in.home, "Ben", Role.REVIEWER)
    titled(cold(visitor, f"{signed_in.url}/record"), "My record")


def test_a_stranger_who_signed_in_is_not_on_the_list_and_can_sign_out(
    signed_in: Served, visitor: BrowserContext
) -> None:
    page = cold(visitor, signed_in.url)
    sign_in(page, "eve@example.org")
    titled(page, "Not on the list")
    expect(page.get_by_text('--login "eve@example.org"')).to_be_visible()

    page.get_by_role("button", name="Sign out").click()
    titled(page, "End Session")  # the provider asks too
    titled(cold(visitor, signed_in.url), "Sign in")


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("proxy") / "home"
    app = Served(home, '[access]\nmode = "proxy"\nheader = "X-Forwarded-User"\n')
    team(home)
    app.start()
    yield app
    app.stop()


@pytest.mark.parametrize(
    ("headers", "title"),
    [
        ({"X-Forwarded-User": "ana@example.org"}, "Cost"),
        ({"X-Forwarded-User": "ben@example.org"}, REFUSAL),
        ({"X-Forwarded-User": "eve@example.org"}, "Not on the list"),
        ({"X-Forwarded-Email": "ana@example.org"}, "Not on the list"),
        ({}, "Not on the list"),
    ],
    ids=["admin", "reviewer", "stranger", "another header", "no header"],
)
def test_a_proxy_says_who_it_is_and_the_ledger_what_they_may(
    proxied: Served, browser: Browser, headers: dict[str, Any], title: str
) -> None:
    context = browser.new_context(extra_http_headers=headers)
    titled(cold(context, proxied.url + ENGINEERS), title)
    context.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str) -> None:
    for _ in range(150):
        try:
            with urlopen(url, timeout=1):  # noqa: S310 - our own loopback server
                return
        except (URLError, OSError):
            time.sleep(0.1)  # no browser is involved yet, so nothing is missed
    raise RuntimeError("the provider did not answer")
