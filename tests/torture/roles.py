"""Roles attacked: by address, by websocket messages that no page of ours sends, by forged and replayed sign-ins."""

import asyncio
import json
import secrets
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa
from websockets.exceptions import WebSocketException

from pages.menu import MENU
from review import people
from review.people import SHELL, Role
from settings import read_settings
from storage.key import home_key
from storage.ledger_database import Database
from tests.receive.served import Served
from tests.torture.attack import OneRound, Place
from tests.torture.shell import filled
from tests.torture.sockets import Drawn, Visitor

HEADER = "X-Forwarded-Email"
CLIENT_SECRET, REDIRECT = "of a test", "http://127.0.0.1:{port}/oauth2callback"
_REFUSED = (WebSocketException, ValueError)
"""A connection that is refused at the door is an answer too, and so is a header that no client may send."""
REFUSALS = ("You may not open this page", "Not on the list", "Sign in", "Who are you?")
MAY = {
    "label": "reviewer engineer product_owner admin", "record": "reviewer engineer product_owner admin",
    "samples": "engineer product_owner admin", "reviewers": "engineer product_owner admin",
    "labels": "engineer product_owner admin", "rubrics": "engineer product_owner admin",
    "judges": "engineer product_owner admin", "judge": "engineer product_owner admin",
    "gate": "engineer product_owner admin",
    "adjudicate": "product_owner admin", "audit": "product_owner admin", "people": "admin", "erasures": "admin",
}  # fmt: skip
"""By hand, from the table in docs/review.md; all other pages show traffic: to everybody but reviewers."""
TRAFFIC = "engineer product_owner admin"
TEAM = {"Ana": Role.ADMIN, "Ben": Role.REVIEWER, "Eli": Role.ENGINEER, "Pia": Role.PRODUCT_OWNER}
PAGES_AT_ONCE = 10
ADDRESSES = (
    "/media/{token}.csv", "/download/{token}", "/_stcore/host-config", "/app/static/../../key", "/static/../../../key",
    "/component/../../key", "/%2e%2e/key", "/..%2f..%2fkey", "/ledger.db", "/key", "/benchbook.toml",
    "/_stcore/upload_file/x/y",
    "/_stcore/metrics", "/_stcore/component/x/../../key", "/_stcore/bidi-components/x/../../../key",
    "/warehouse.duckdb",
)  # fmt: skip


def login(name: str) -> str:
    return f"{name.lower()}@example.org"


@contextmanager
def attacked(place: Place) -> Iterator[OneRound]:
    """One app behind a proxy's header, one with a provider's sign-in; each round is another attack on them."""
    home = filled(place.folder)
    _team(home)
    proxied = Served(home, f'[access]\nmode = "proxy"\nheader = "{HEADER}"\n{_NOTHING_BY_ITSELF}')
    signed = _signed_in(place)
    proxied.start()
    attacks: tuple[Callable[[Place, Served], Coroutine[Any, Any, None]], ...] = (
        _by_address,
        _by_messages,
        _by_headers,
        _while_open,
    )
    try:

        def one_round() -> None:
            turn = place.round % (len(attacks) + 2)
            if turn < len(attacks):
                asyncio.run(attacks[turn](place, proxied))
            elif turn == len(attacks):
                asyncio.run(_by_cookies(place, signed))
            else:
                _by_plain_requests(place, proxied, signed)

        yield one_round
    finally:
        proxied.close()
        signed.close()


def _team(home: Path) -> None:
    database = Database(read_settings(home).ledger_url)
    for name, role in TEAM.items():
        people.add_person(database, name, role, login=login(name), by=SHELL, now=datetime.now(UTC))
    database.close()


def _signed_in(place: Place) -> Served:
    home, port = place.folder / "signed-in", _free_port()
    app = Served(
        home,
        f"""[access]
mode = "oidc"
server_metadata_url = "http://127.0.0.1:9/.well-known/openid-configuration"
client_id = "benchbook"
client_secret = "{CLIENT_SECRET}"
redirect_uri = "{REDIRECT.format(port=port)}"
""",
    )
    _team(home)
    return app.start(port=port)


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_refused(drawn: Drawn) -> bool:
    return any(title in drawn.text for title in REFUSALS)


async def _by_address(place: Place, app: Served) -> None:
    """Pages of the menu, by listing it, as everybody and as nobody: each time others, so that all are asked for."""
    pages, dice = [entry.script.split("/")[1] for entries in MENU.values() for entry in entries], place.dice()
    for name, role in {**TEAM, "Eve": None}.items():
        async with Visitor(app.url, {HEADER: login(name)}) as visitor:
            for page in dice.sample(pages, PAGES_AT_ONCE):
                drawn = await visitor.open(page, "trace=x&session=y")
                place.count("pages asked for")
                may = role is not None and role.value in MAY.get(page, TRAFFIC).split()
                who = role.value if role else "a stranger"
                if not may:
                    place.expect(_is_refused(drawn), f"/{page} is shown to {who}", zero="role bypasses")
                elif _is_refused(drawn):
                    place.found(f"/{page} is refused to {who}")


_NOTHING_BY_ITSELF = "[alerts]\nevery_minutes = 0\n[verify]\nweekly_sample = 0\n"
"""What the app looks at by itself is written down too: a change is to be somebody's."""
_BESIDE = ("received", "ingest_log", "rejects", "reject_counts", "assignments", "queue_slots")
"""Tables that change while nobody does anything."""


def _state(home: Path) -> dict[str, str]:
    """All that people can change, as text, by table."""
    engine = sa.create_engine(read_settings(home).ledger_url)
    with engine.connect() as connection:
        names = sorted(sa.inspect(connection).get_table_names())
        said = {
            name: json.dumps([list(map(str, row)) for row in connection.execute(sa.text(f'SELECT * FROM "{name}"'))])
            for name in names if name not in _BESIDE
        }  # fmt: skip
    engine.dispose()
    return said


def _changed(home: Path, before: dict[str, str]) -> str:
    """The tables that are not as they were."""
    now = _state(home)
    return ", ".join(name for name in sorted({*now, *before}) if now.get(name) != before.get(name))


async def _by_messages(place: Place, app: Served) -> None:
    """What an admin's pages let them press, pressed by everybody else through the socket."""
    for page in ("people", "rubrics", "samples", "adjudicate", "labels", "gate", "alerts", "versions"):
        async with Visitor(app.url, {HEADER: login("Ana")}) as ana:
            shown = await ana.open(page)
        allowed = MAY.get(page, TRAFFIC).split()
        for name, role in {**TEAM, "Eve": None}.items():
            if role is not None and role.value in allowed:
                continue
            before = _state(app.home)
            async with Visitor(app.url, {HEADER: login(name)}) as visitor:
                await visitor.open("record")
                filled_in = dict.fromkeys(shown.inputs.values(), f"Mal{secrets.randbelow(10**6)}") | dict.fromkeys(
                    shown.selects.values(), 1
                )
                drawn = [await visitor.press(shown.page_hash, buttons=shown.buttons, filled=filled_in)]
                for label, widget in shown.buttons.items():
                    drawn.append(await visitor.press(shown.page_hash, buttons={label: widget}, filled=filled_in))
                place.count("messages of others' buttons", len(drawn))
            who = role.value if role else "a stranger"
            changed = _changed(app.home, before)
            place.expect(not changed, f"{who} changed {changed} through /{page}", zero="role bypasses")
            seen = {heading for one in drawn for heading in one.headings}
            place.expect(
                not seen & set(shown.headings[:1]), f"{who} is shown /{page} by its hash", zero="role bypasses"
            )


async def _by_headers(place: Place, app: Served) -> None:
    """Headers from outside beside the proxy's: nobody becomes somebody else by them."""
    forged: tuple[Mapping[str, str], ...] = (
        {}, {HEADER: ""}, {HEADER: " "}, {HEADER: f"{login('Ben')}, {login('Ana')}"}, {HEADER: f"{login('Ana')}\t"},
        {"X-Forwarded-User": login("Ana")}, {HEADER: login("Ana").upper()},
        {HEADER: f"{login('Ana')}\u00a0".encode().decode("latin-1")},
        {HEADER: "Ana"}, {HEADER: "shell"}, {HEADER: "' OR 1=1 --"}, {HEADER: "%"}, {HEADER: "*"},
        {"Cookie": "benchbook_x=Ana"},
        {HEADER: login("Ben"), "Cookie": "_streamlit_user=Ana; benchbook=Ana"},
        {HEADER.replace("-", "_"): login("Ana")},
    )  # fmt: skip
    for headers in forged:
        try:
            async with Visitor(app.url, headers) as visitor:
                drawn = await visitor.open("people")
        except _REFUSED as error:
            place.count(f"connections refused ({type(error).__name__})")
            continue
        place.count("forged headers")
        # blanks around a header's value are no part of it, and an address has no capitals
        exact = headers.get(HEADER, "").strip().lower() == login("Ana")
        place.expect(
            exact or _is_refused(drawn),
            f"/people is shown to whom the header says {sorted(headers)!r}",
            zero="role bypasses",
        )
    async with Visitor(app.url, {HEADER: login("Ana")}) as ana:
        await ana.open("people")
    async with Visitor(app.url, {HEADER: login("Ben")}, session=ana.session) as ben:
        drawn = await ben.open("people")
        place.expect(_is_refused(drawn), "/people is shown to who takes up an admin's session", zero="role bypasses")
    for path in ("people", "cost"):
        raw = await _twice(app, path)
        place.expect(
            raw is None or _is_refused(raw), f"/{path} is shown to whom two headers vouch for", zero="role bypasses"
        )


async def _twice(app: Served, page: str) -> Drawn:
    """A header that came twice: one of the two may be from outside."""
    from websockets.datastructures import Headers

    headers = Headers([(HEADER, login("Ben")), (HEADER, login("Ana"))])
    visitor = Visitor(app.url, {})
    visitor._headers = headers  # type: ignore[assignment]
    async with visitor:
        return await visitor.open(page)


async def _while_open(place: Place, app: Served) -> None:
    """Somebody who loses their role while a page is open is out at the next message."""
    database = Database(read_settings(app.home).ledger_url)
    try:
        async with Visitor(app.url, {HEADER: login("Pia")}) as pia:
            drawn = await pia.open("adjudicate")
            place.expect(not _is_refused(drawn), "/adjudicate is refused to product_owner")
            people.change_role(database, "Pia", Role.REVIEWER, by="Ana", now=datetime.now(UTC))
            again = await pia.press(drawn.page_hash, buttons={}, filled={})
            lives = "Adjudicate" in again.headings
            place.expect(not lives, "a role that was taken lives on in an open page", zero="role bypasses")
            people.change_role(database, "Pia", Role.NONE, by="Ana", now=datetime.now(UTC))
            for page in ("label", "record", "cost"):
                place.expect(
                    _is_refused(await pia.open(page)), f"/{page} is shown to who was removed", zero="role bypasses"
                )
            place.count("roles taken while a page was open", 2)
    finally:
        people.change_role(database, "Pia", Role.PRODUCT_OWNER, by="Ana", now=datetime.now(UTC))
        database.close()


async def _by_cookies(place: Place, app: Served) -> None:
    """Sign-ins that nobody made, of another home, of another origin, for another cookie, or of who was removed."""
    import hmac

    from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

    right = hmac.digest(home_key(app.home / "key"), b"streamlit cookie", "sha256").hex()
    origin = app.url
    said = {"origin": origin, "is_logged_in": True, "email": login("Ana"), "email_verified": True}

    def signed(secret: str, name: str = "_streamlit_user", **more: object) -> str:
        return create_signed_value(secret, name, json.dumps(said | more)).decode()

    good = signed(right)
    async with Visitor(app.url, {"Cookie": f"_streamlit_user={good}", "Origin": origin}) as ana:
        place.expect(not _is_refused(await ana.open("people")), "the control: a good sign-in is refused")
    head, _, tail = good.partition(".")
    forged = {
        "another home's key": signed(secrets.token_hex(32)), "the client secret": signed(CLIENT_SECRET),
        "no secret": signed(""),
        "another cookie's salt": signed(right, "_streamlit_user_tokens"), "another origin": signed(right, origin="http://evil.example"),
        "no signature": head, "a changed signature": f"{head}.{tail[:-3]}AAA",
        "plain JSON": json.dumps(said).replace(";", ""),
        "not signed in": signed(right, is_logged_in=False), "no verified address": signed(right, email_verified=False),
        "nobody": "", "a list for an address": signed(right, email=[login("Ana")]),
        "a stranger": signed(right, email="eve@example.org"),
    }  # fmt: skip
    for what, cookie in forged.items():
        await _must_refuse(place, app, {"Cookie": f"_streamlit_user={cookie}", "Origin": origin}, what)
    await _must_refuse(
        place, app, {"Cookie": f"_streamlit_user={good}", "Origin": "http://evil.example"}, "a page of another origin"
    )
    await _must_refuse(place, app, {HEADER: login("Ana"), "Origin": origin}, "a proxy's header without a proxy")
    await _must_refuse(place, app, {"Cookie": "benchbook_x=Ana", "Origin": origin}, "a chosen name")
    database = Database(read_settings(app.home).ledger_url)
    people.add_person(database, "Zoe", Role.ADMIN, login="zoe@example.org", by=SHELL, now=datetime.now(UTC))
    people.change_role(database, "Zoe", Role.NONE, by=SHELL, now=datetime.now(UTC))
    database.close()
    await _must_refuse(
        place,
        app,
        {"Cookie": f"_streamlit_user={signed(right, email='zoe@example.org')}", "Origin": origin},
        "who was removed",
    )


async def _must_refuse(place: Place, app: Served, headers: Mapping[str, str], what: str) -> None:
    place.count("forged sign-ins")
    try:
        async with Visitor(app.url, headers) as visitor:
            for page in ("people", "cost", "label"):
                drawn = await visitor.open(page)
                place.expect(_is_refused(drawn), f"/{page} is shown by a sign-in with {what}", zero="role bypasses")
    except _REFUSED as error:
        place.count(f"connections refused ({type(error).__name__})")


def _by_plain_requests(place: Place, *apps: Served) -> None:
    """Addresses that are no page: guesses of downloads, of files of the home, ways out of the static folders."""
    dice = place.dice()
    for app in apps:
        kept = [path.read_bytes() for path in (app.home / "key", app.home / "ledger.db") if path.exists()]
        for address in ADDRESSES:
            path = address.format(token=dice.randbytes(16).hex())
            for method in ("GET", "PUT", "DELETE", "POST"):
                answer = httpx.Client(timeout=30).send(httpx.Request(method, app.url + path))
                place.count("addresses tried")
                place.expect(answer.status_code < 500, f"{method} {address} is answered {answer.status_code}",
                             zero=None if answer.status_code < 500 else "answers of 500")  # fmt: skip
                leaked = any(whole[:32] in answer.content for whole in kept) or b"client_secret" in answer.content
                place.expect(not leaked, f"{method} {address} gives a file of the home", zero="role bypasses")
