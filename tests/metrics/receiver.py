"""A real HTTP receiver of webhooks, on a free port of this machine."""

import hmac
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SECRET = "a shared secret"


@dataclass
class Receiver:
    """Answers with the next of `answers` (the last again and again); keeps what it was sent."""

    answers: list[int]
    url: str = ""
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    before_answer: Callable[[], None] = lambda: None

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [json.loads(body) for body in self.bodies]

    def is_signed(self, place: int) -> bool:
        """As a receiver checks it: by its own arithmetic."""
        parts = dict(part.split("=", 1) for part in self.headers[place]["Benchbook-Signature"].split(","))
        own = hmac.new(SECRET.encode(), f"{parts['t']}.".encode() + self.bodies[place], "sha256").hexdigest()
        return hmac.compare_digest(own, parts["v1"])


@contextmanager
def receiving(*answers: int) -> Iterator[Receiver]:
    """A receiver that listens until the block is left."""
    state = Receiver(list(answers))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            state.bodies.append(body)
            state.headers.append(dict(self.headers))
            answer = state.answers.pop(0) if len(state.answers) > 1 else state.answers[0]
            state.before_answer()
            self.send_response(answer)
            if answer == 302:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        state.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield state
        finally:
            server.shutdown()
            thread.join()
