"""Who may ask and what a browser may do with the answer: host and origin checks, token, security headers."""

import base64
import binascii
import hmac
import ipaddress
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_DIRECTIVES = (
    "default-src 'self'",
    # components are loaded as blob: modules; the hash is of the one inline line in Streamlit 1.67's shell
    "script-src 'self' blob: 'sha256-THxz9J9+wf7rhwR2YkXJoSZ13UCmYyC+3lNDv2+8ugA='",
    "style-src 'self' 'unsafe-inline'",  # Streamlit's own styles
    "img-src 'self' data: blob:",  # no remote image: trace text cannot phone home
    "font-src 'self' data:",
    "connect-src 'self'",
    "worker-src 'self' blob:",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "object-src 'none'",
)
CONTENT_SECURITY_POLICY = "; ".join(_DIRECTIVES)
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
}
_CODED_STATIC = ("/static/",)


def bears_token(headers: Headers, token: str | None) -> bool:
    """Whether a request brings the token, as Bearer or as Basic password; always true when none is set."""
    if token is None:
        return True
    scheme, _, given = headers.get("authorization", "").partition(" ")
    match scheme.lower():
        case "bearer":
            offered = given.strip()
        case "basic":
            offered = _basic_password(given)
        case _:
            return False
    return bool(offered) and hmac.compare_digest(offered.encode(), token.encode())  # an empty token opens nothing


def _basic_password(given: str) -> str:
    try:
        pair = base64.b64decode(given.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return pair.partition(":")[2]


class AllowedHosts:
    """Refuses a Host that is not ours (DNS rebinding) and a websocket from another site's page.

    An address is ours when the request came in on it: a rebound name shows as a name, not as the address.
    Streamlit checks the websocket's Origin too, but asks an outside service for its own address to do so.
    """

    def __init__(self, app: ASGIApp, allowed: Callable[[], Iterable[str]]) -> None:
        self._app = app
        self._allowed = allowed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self._is_ours(_hostname(host), scope):
            await _refuse(400, "this Host is not in server.allowed_hosts of benchbook.toml", scope, receive, send)
        elif scope["type"] == "websocket" and not _same_site(headers.get("origin"), host):
            await _refuse(403, "a page of another site may not connect", scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _is_ours(self, hostname: str, scope: Scope) -> bool:
        if not hostname:
            return False
        if hostname == (scope.get("server") or ("",))[0]:
            return True
        return any(_fits(hostname, pattern.lower()) for pattern in self._allowed())


def _hostname(host: str) -> str:
    """The name in a Host header, without port and brackets, lower case; empty when there is none."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _fits(hostname: str, pattern: str) -> bool:
    if pattern.startswith("*."):
        return hostname.endswith(pattern[1:])
    return pattern == "*" or hostname == pattern.strip("[]")


def _same_site(origin: str | None, host: str) -> bool:
    return origin is None or _after_scheme(origin) == host.lower()


def _after_scheme(origin: str) -> str:
    return origin.lower().partition("://")[2]


async def _refuse(status: int, why: str, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})  # before accept: answered with 403
        return
    await PlainTextResponse(why, status)(scope, receive, send)


class LoopbackOnly:
    """Refuses pages to other machines while `wanted()`; the endpoint for traces has its own token.

    `benchbook serve` does not listen there in the first place; a server that was started otherwise might.
    """

    def __init__(self, app: ASGIApp, wanted: Callable[[], bool]) -> None:
        self._app = app
        self._wanted = wanted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        paged = scope["type"] == "websocket" or (scope["type"] == "http" and not scope["path"].startswith("/v1/"))
        if paged and _came_from_outside(scope) and self._wanted():
            why = "pages are open to this machine alone; see access.mode and access.trust_network in benchbook.toml"
            await _refuse(403, why, scope, receive, send)
            return
        await self._app(scope, receive, send)


def _came_from_outside(scope: Scope) -> bool:
    """Whether the connection was made to an address that other machines can reach."""
    try:
        return not ipaddress.ip_address((scope.get("server") or ("",))[0]).is_loopback
    except ValueError:  # a socket file
        return False


class SecurityHeaders:
    """Adds the Content-Security-Policy and its companions to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and add the headers to what comes back."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        await self._app(scope, receive, with_headers)


class CompressedStatic:
    """Compresses Streamlit's bundles (7.4 MB become 2.5 MB), which Streamlit itself leaves to a proxy."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._compressing = GZipMiddleware(app, minimum_size=1_000, compresslevel=5)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Compress static files; leave websockets, pages' data and OTLP answers alone."""
        static = scope["type"] == "http" and scope["path"].startswith(_CODED_STATIC)
        await (self._compressing if static else self._app)(scope, receive, send)
