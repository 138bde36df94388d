"""Clocks that jump, forward by years and back, under the served app and its workers (libfaketime)."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.receive import otlp
from tests.receive.otlp import Spec
from tests.receive.served import Served, until
from tests.torture.attack import OneRound, Place, Skipped
from tests.torture.shell import Shell

LIBRARIES = tuple(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
JUMPS = ("+0", "-1h", "+400d", "-3y", "+1s", "+30y", "-20y", "-55y", "+59m", "+0")
"""-55y lies before 1972: dates that arithmetic with months and zones fears."""


@contextmanager
def jumps(place: Place) -> Iterator[OneRound]:
    """Spans are sent before and after each jump; shells ask meanwhile under the true clock."""
    if not LIBRARIES:
        raise Skipped("libfaketime is not installed")
    clock = place.folder / "clock"
    clock.write_text("+0")
    environment = {"LD_PRELOAD": str(LIBRARIES[0]), "FAKETIME_TIMESTAMP_FILE": str(clock), "FAKETIME_NO_CACHE": "1",
                   "FAKETIME_DONT_FAKE_MONOTONIC": "1"}  # fmt: skip
    app = Served(place.folder / "home")
    app.start(("env", *(f"{name}={said}" for name, said in environment.items())))
    sent: list[Spec] = []

    def one_round() -> None:
        jump = JUMPS[place.round % len(JUMPS)] if place.round < len(JUMPS) else place.dice().choice(JUMPS)
        clock.write_text(jump)
        place.count("jumps")
        for number in range(5):
            start_ns = 0 if number == 0 else otlp.NOW_NS  # without a time of its own it gets the server's
            spec = Spec(f"after {jump}", start_ns=start_ns, end_ns=start_ns and start_ns + 5)
            status = app.post("/v1/traces", otlp.request(spec)).status_code
            place.count(f"answered {status}")
            zero = "answers of 500" if status >= 500 else None
            if place.expect(status in (200, 503), f"answered {status} after {jump}", zero=zero) and status == 200:
                sent.append(spec)
        _check(place, app, sent, jump)
        if place.round % 3 == 0:
            for words in (("status", "--json"), ("trends", "--metric", "volume", "--json"), ("watch", "--json")):
                said = Shell(app.home, environment).run(*words)
                place.expect(said.is_plain or said.code == 6, f"{words[0]} after {jump}: {said.words}")

    try:
        yield one_round
        place.expect("unforeseen" not in app.said(), f"an error that nobody foresaw: {app.said()[-300:]}")
        place.expect("Traceback" not in _less_the_tools_own(app.said()), "a traceback is in the log")
        clock.write_text("+0")
    finally:
        app.close()
    found = Shell(app.home).spans()
    place.expect(found == len(sent), f"{found} spans of {len(sent)} under the true clock again")


def _check(place: Place, app: Served, sent: list[Spec], jump: str) -> None:
    wanted, rows = {spec.key for spec in sent}, list[tuple[str, str]]()

    def there() -> bool:
        rows[:] = [
            (str(row["trace_id"]), str(row["span_id"])) for row in app.sql("SELECT trace_id, span_id FROM spans")
        ]
        return wanted <= set(rows)

    place.expect(until(there, seconds=45), f"spans are not there after {jump}", zero="acknowledged spans lost")
    place.expect(len(rows) == len(set(rows)), f"spans are there twice after {jump}", zero="doubled")


def _less_the_tools_own(said: str) -> str:
    """libfaketime lets `time.sleep` fail with EINVAL now and then, which no clock does."""
    return re.sub(
        r"Exception in thread parent watch:\n.*?OSError: \[Errno 22\] Invalid argument\n", "", said, flags=re.DOTALL
    )
