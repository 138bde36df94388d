"""Two apps on one home, and shells beside them: one serves, the others say why not, and nothing is lost or doubled."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.receive import otlp
from tests.receive.otlp import Spec
from tests.receive.served import ROOT, START, Served, until
from tests.torture.attack import OneRound, Place
from tests.torture.shell import Shell

STARTED_SECONDS = 120
SHELLS = 4


@contextmanager
def two(place: Place) -> Iterator[OneRound]:
    """Each round starts two at once, or a second one beside a first that takes in traces, with shells all the while."""

    def one_round() -> None:
        home = place.folder / f"home-{place.round}"
        if place.round % 2:
            _both_at_once(place, home)
        else:
            _one_after_the_other(place, home)

    yield one_round


def _one_after_the_other(place: Place, home: Path) -> None:
    app = Served(home).start()
    specs: list[Spec] = []
    try:
        second = subprocess.Popen(
            [sys.executable, "-c", START, str(app.home), "0"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        shells = [threading.Thread(target=_ask, args=(place, app)) for _ in range(SHELLS)]
        for shell in shells:
            shell.start()
        ended: list[str] = []

        def has_ended() -> bool:
            spec = Spec("beside")
            if app.post("/v1/traces", otlp.request(spec)).status_code == 200:
                specs.append(spec)
            return second.poll() is not None

        if not until(has_ended, seconds=STARTED_SECONDS):
            second.kill()
            place.found("a second app on a home neither serves nor ends")
        ended.append(second.communicate()[0])
        for shell in shells:
            shell.join()
        place.count("second apps")
        place.expect(second.returncode == 5, f"a second app on a home ends with {second.returncode}: {ended[0][-200:]}")
        place.expect("another process holds" in ended[0], f"a second app does not say why it ends: {ended[0][-200:]}")
        _check(place, app, specs)
    finally:
        app.close()


def _ask(place: Place, app: Served) -> None:
    said = Shell(app.home).run("sql", "SELECT count(*) AS spans FROM spans", "--json")
    place.expect(said.code == 0, f"a shell beside two apps: {said.words}")


def _both_at_once(place: Place, home: Path) -> None:
    first, second = (Served(home) for _ in range(2))
    second.log = place.folder / f"second-{place.round}.log"
    served: list[Served] = []

    def start(app: Served) -> None:
        try:
            app.start()
        except AssertionError:  # it ended: what it said is in its log
            return
        served.append(app)

    starting = [threading.Thread(target=start, args=(app,)) for app in (first, second)]
    for one in starting:
        one.start()
    for one in starting:
        one.join()
    try:
        place.count("starts of two at once")
        place.expect(len(served) == 1, f"of two apps that start at once {len(served)} serve")
        for app in (first, second):
            place.expect("Traceback" not in app.said(), "one of two apps ends with a traceback")
        if served:
            spec = Spec("first")
            place.expect(
                served[0].post("/v1/traces", otlp.request(spec)).status_code == 200, "the one that serves takes nothing"
            )
            _check(place, served[0], [spec])
    finally:
        for app in (first, second):
            app.close()


def _check(place: Place, app: Served, specs: list[Spec]) -> None:
    wanted = {spec.key for spec in specs}
    place.count("spans acknowledged", len(wanted))
    rows: list[tuple[str, str]] = []

    def there() -> bool:
        rows[:] = [
            (str(row["trace_id"]), str(row["span_id"])) for row in app.sql("SELECT trace_id, span_id FROM spans")
        ]
        return wanted <= set(rows)

    place.expect(until(there, seconds=30), "spans are lost beside a second app", zero="acknowledged spans lost")
    place.expect(len(rows) == len(set(rows)), "spans are there twice beside a second app", zero="doubled")
