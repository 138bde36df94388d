"""Downloads that cannot be passed on: a link that works once, soon, for the one person it was made for.

Streamlit's own download button leaves the file under an address that anybody may fetch while the session lives. Here a
click makes a token; the route takes it back at the first fetch, asks the ledger again what the person may do, checks
that the request comes from the same sign-in, and only then makes the file.
"""

import hashlib
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from components.download_button import download_button
from errors import BenchbookError, NotAllowed
from pages.parts import who
from pages.parts.opened import opened
from review import people
from review.people import Person, Right
from settings.service import Access

LIVES_SECONDS = 60
MOST_WAITING = 500
_SIGN_IN_COOKIE = "_streamlit_user"  # Streamlit's; a long one is cut into several that begin so


@dataclass(frozen=True, slots=True)
class File:
    """What is downloaded. `make` runs when it is fetched, outside the page: it records the export in the audit log."""

    name: str
    media_type: str
    make: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class _Offer:
    file: File
    person: str | None  # nobody yet, in local mode
    right: Right
    proof: str
    ends_at: float


_offers: dict[str, _Offer] = {}
_lock = threading.Lock()


def button(label: str, file: File, *, right: Right, key: str) -> None:
    """Draws a button that downloads the file, for who may; `file.make` brings all it needs, the page may be gone."""
    if not who.may(right):
        return
    here = who.person()
    download_button(
        label, href=_waiting(key), file_name=file.name, key=key, on_click=lambda: _ask(file, here, right, key)
    )


def offer(file: File, *, person: Person | None, right: Right, proof: str) -> str:
    """The address that gives the file once, within a minute."""
    token, now = secrets.token_urlsafe(32), time.monotonic()
    with _lock:
        for old in [old for old, one in _offers.items() if one.ends_at < now]:
            del _offers[old]
        while len(_offers) >= MOST_WAITING:
            del _offers[next(iter(_offers))]
        _offers[token] = _Offer(file, None if person is None else person.name, right, proof, now + LIVES_SECONDS)
    return f"/download/{token}"


def proof_of(access: Access, *, cookies: Mapping[str, str], said: Sequence[str]) -> str:
    """A digest of what shows that two requests come from one sign-in; `said` are the values of the proxy's header.

    In local mode, where a name is chosen and proves nothing, it is the same for all.
    """
    match access.mode:
        case "local":
            parts: Sequence[str] = ()
        case "proxy":
            parts = said
        case "oidc":
            parts = [cookies[name] for name in sorted(cookies) if name.startswith(_SIGN_IN_COOKIE)]
    return hashlib.sha256("\0".join((access.mode, *parts)).encode()).hexdigest()


def routes() -> list[Route]:
    """The route that gives what was offered, for the app."""
    return [Route("/download/{token}", _give, methods=["GET"])]


def _ask(file: File, person: Person | None, right: Right, key: str) -> None:
    """Callback: the button was pressed."""
    access = opened().access
    proof = proof_of(access, cookies=st.context.cookies, said=st.context.headers.get_all(access.header))
    st.session_state[_key(key)] = offer(file, person=person, right=right, proof=proof)


def _waiting(key: str) -> str:
    """The address that the button's last click led to, until it was fetched."""
    path = str(st.session_state.get(_key(key), ""))
    return path if path.rpartition("/")[2] in _offers else ""


def _key(key: str) -> str:
    return f"download {key}"


async def _give(request: Request) -> Response:
    if request.method != "GET":
        return PlainTextResponse("only GET", 405)
    with _lock:
        found = _offers.pop(request.path_params["token"], None)
    if found is None or found.ends_at < time.monotonic():
        return _refusal("this link was used or is too old; press the button again", 404)
    access = opened().access
    if found.proof != proof_of(access, cookies=request.cookies, said=request.headers.getlist(access.header)):
        return _refusal("this link is somebody else's; press the button again", 403)
    try:
        content = await run_in_threadpool(_content, found)
    except NotAllowed as error:
        return _refusal(str(error), 403)
    except BenchbookError as error:
        return _refusal(str(error), 503)
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.file.name, safe='')}",
        "Cache-Control": "no-store",
    }
    return Response(content, media_type=found.file.media_type, headers=headers)


def _content(found: _Offer) -> bytes:
    now = opened()
    if found.person is not None and now.database is not None:
        people.require(now.database, found.person, found.right)
    elif not who.allowed(None, found.right):
        raise NotAllowed("somebody without a name", found.right.value)
    return found.file.make()


def _refusal(why: str, status: int) -> Response:
    return PlainTextResponse(why, status, headers={"Cache-Control": "no-store"})
