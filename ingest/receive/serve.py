"""Serves the app with uvicorn: one process, a port that is free, an address that is printed, an end that is clean."""

import errno
import ipaddress
import os
import signal
import socket
import sys
from contextlib import suppress
from typing import Any

import uvicorn

from errors import UsageError
from ingest.receive.boundary import leave_no_dump
from ingest.receive.heads import HeadsInTime
from ingest.receive.pool import start_early
from scrub import Policy
from scrub.model_cost import tell_cost
from settings import Settings

DEFAULT_PORT = 8501
PORTS_TRIED = 50
GRACE_SECONDS = 20
"""Requests that were accepted before SIGTERM are answered within this time."""


class _Announced(uvicorn.Server):
    """Prints the address once it answers."""

    def __init__(self, config: uvicorn.Config, announcement: str) -> None:
        super().__init__(config)
        self._announcement = announcement

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then announce."""
        await super().startup(sockets)
        if self.started and not self.should_exit:
            sys.stdout.write(self._announcement)
            sys.stdout.flush()


def serve(settings: Settings, *, host: str = "127.0.0.1", port: int = DEFAULT_PORT, next_free: bool = False) -> int:
    """Serve until SIGTERM or ctrl-C; returns the exit code (5 when the app could not start).

    `next_free` takes the next free port when `port` is taken; otherwise `UsageError` is raised. So it is for an address
    that others reach while people are not signed in by a provider, unless `access.trust_network` says so.
    """
    _check_reach(settings, host)
    leave_no_dump()
    tell_cost(Policy.from_settings(settings.scrub))  # what is wrong is said here, not by a worker that cannot start
    with _bound(host, port, tries=PORTS_TRIED if next_free else 1) as listener:
        os.environ["BENCHBOOK_HOME"] = str(settings.home)  # uvicorn imports app.py, which reads it
        os.environ["BENCHBOOK_TRUST_NETWORK"] = str(settings.access.trust_network)
        start_early(settings.home, workers=settings.server.workers)
        bound_port = listener.getsockname()[1]
        server = _Announced(_config(host, bound_port), _announcement(settings, host, bound_port))
        # uvicorn raises the signal once more when everything has ended: that would be exit code 143
        signal.signal(signal.SIGTERM, lambda *_: None)
        with suppress(KeyboardInterrupt, SystemExit):  # the second: uvicorn's way to say that the app did not start
            server.run(sockets=[listener])
    return 0 if server.started else 5


def _check_reach(settings: Settings, host: str) -> None:
    if _is_loopback(host) or settings.access.trust_network or settings.access.mode == "oidc":
        return
    how = {"local": "people choose their own name", "proxy": "a header says who somebody is"}[settings.access.mode]
    raise UsageError(
        f"not served on {host}: {how}, so whoever reaches it could be anybody. Sign people in (access.mode = "
        '"oidc" in benchbook.toml), or accept it with --trust-network'
    )


def _config(host: str, port: int) -> uvicorn.Config:
    options: dict[str, Any] = {
        "host": host,
        "port": port,
        "workers": 1,  # media files and sessions live in one process
        "http": HeadsInTime,
        "ws": "websockets-sansio",  # what Streamlit itself chooses
        "ws_max_size": 200 * 2**20,
        "access_log": False,
        "log_level": "warning",
        "server_header": False,
        "timeout_graceful_shutdown": GRACE_SECONDS,
        "timeout_keep_alive": 30,
    }
    return uvicorn.Config("app:app", **options)


def _bound(host: str, port: int, *, tries: int) -> socket.socket:
    """A listening socket on the first free of `tries` ports."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for candidate in range(port, port + tries):
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, candidate))
        except OSError as error:
            listener.close()
            if error.errno != errno.EADDRINUSE:
                raise UsageError(f"cannot listen on {host}:{candidate}: {error.strerror}") from error
        else:
            listener.listen(1024)
            return listener
    last = f"to {port + tries - 1} " if tries > 1 else ""
    raise UsageError(f"port {port} {last}of {host} is in use; choose another with --port")


def _announcement(settings: Settings, host: str, port: int) -> str:
    shown = f"[{host}]" if ":" in host else host
    lines = [f"Benchbook: http://{shown}:{port}  (traces to http://{shown}:{port}/v1/traces)"]
    if not _is_loopback(host):
        lines.append(f"It listens on {host}: whoever can reach that address can read every trace.")
        if settings.server.token is None:
            lines.append("No token is set: whoever can reach it can also write. Set server.token in benchbook.toml.")
    return "\n".join(lines) + "\n"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
