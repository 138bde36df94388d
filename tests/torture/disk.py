"""A disk that is full, or read-only: what cannot be kept is refused in words, what was acknowledged is there."""

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import httpx

from tests.receive import otlp
from tests.receive.otlp import Spec
from tests.receive.served import PROTOBUF, Served, until
from tests.torture.attack import OneRound, Place
from tests.torture.filesystems import Mounted, mounted
from tests.torture.shell import LABELS_HEADER, SESSIONS, SPANS, Shell, filled

SIZE_MIB, ROOMY_MIB = 64, 256
MOST_REQUESTS = 60
BACK_SECONDS = 60


@contextmanager
def full(place: Place) -> Iterator[OneRound]:
    """The served app and commands on a disk that fills up, and then has room again."""
    template = filled(place.folder)

    def one_round() -> None:
        dice = place.dice()
        with mounted(place.folder / f"disk-{place.round}", size_mib=SIZE_MIB) as disk:
            home = disk.folder / "home"
            shutil.copytree(template, home)
            if place.round % 2:
                _fill_under_commands(place, disk, Shell(home), leave=dice.choice((0, 4_096, 100_000, 600_000)))
            else:
                _fill_under_the_app(place, disk, Served(home), leave=dice.choice((0, 20_000, 300_000, 2_000_000)))

    yield one_round


def _fill_under_the_app(place: Place, disk: Mounted, app: Served, *, leave: int) -> None:
    app.log = place.folder / f"app-{place.round}.log"  # else the log itself fills the disk
    app.start()
    kept: set[tuple[str, str]] = set()
    try:
        kept |= _sent(place, app)
        ballast = disk.fill(leave_bytes=leave)
        refused = 0
        for _ in range(MOST_REQUESTS):
            now = _sent(place, app, large=True)
            kept |= now
            refused += not now
            if refused >= 3:
                break
        place.expect(bool(refused), "a full disk refused nothing")
        place.expect(app.get("/healthz").status_code == 200, "the app does not answer on a full disk")
        ballast.unlink()
        disk.resize(ROOMY_MIB)
        back = until(lambda: bool(_sent(place, app, keep=kept)), seconds=BACK_SECONDS)
        place.expect(back, f"{BACK_SECONDS} s after there is room again nothing is taken")
        _check_kept(place, app, kept)
        place.expect("unforeseen" not in app.said(), "a full disk is an error that nobody foresaw")
        place.expect("Traceback" not in app.said(), "a traceback of a full disk is in the log")
    finally:
        app.close()
    count = Shell(app.home).spans()
    place.expect(count == SPANS + len(kept), f"{count} spans of {SPANS + len(kept)} after the app was ended")


def _sent(
    place: Place, app: Served, *, large: bool = False, keep: set[tuple[str, str]] | None = None
) -> set[tuple[str, str]]:
    """One request of ten spans: their keys when it was answered 200."""
    text = place.dice(time.monotonic_ns()).randbytes(20_000 if large else 50).hex()
    specs = [Spec(f"s{number}", attributes={"input.value": text}) for number in range(10)]
    keys = {spec.key for spec in specs}
    try:
        answer = httpx.post(
            f"{app.url}/v1/traces", content=otlp.request(*specs), headers={"Content-Type": PROTOBUF}, timeout=60
        )
    except httpx.TransportError as error:
        place.found(f"no answer on a full disk: {type(error).__name__}", zero="answers that never came")
        return set()
    place.count(f"answered {answer.status_code}")
    if answer.status_code == 200:
        if keep is not None:
            keep |= keys
        return keys
    is_busy = answer.status_code == 503
    place.expect(is_busy, f"answered {answer.status_code} on a full disk", zero=None if is_busy else "answers of 500")
    return set()


def _check_kept(place: Place, app: Served, kept: set[tuple[str, str]]) -> None:
    place.count("spans acknowledged", len(kept))
    rows: list[tuple[str, str]] = []

    def there() -> bool:
        with suppress(Exception):  # the warehouse may still be coming back
            rows[:] = [
                (str(r["trace_id"]), str(r["span_id"]))
                for r in app.sql("SELECT trace_id, span_id FROM spans WHERE name LIKE 's_'")
            ]
        return kept <= set(rows)

    if not until(there, seconds=BACK_SECONDS):
        lost = kept - set(rows)
        place.found(
            f"{len(lost)} spans acknowledged around a full disk are not there",
            zero="acknowledged spans lost",
            by=len(lost),
        )
    place.expect(len(rows) == len(set(rows)), "spans are there twice after a full disk", zero="doubled")


def _fill_under_commands(place: Place, disk: Mounted, shell: Shell, *, leave: int) -> None:
    more, labels = place.folder / "more.jsonl", place.folder / "more.csv"
    text = place.dice().randbytes(20_000).hex()
    row = {"span_id": f"{1:016x}", "name": "more", "start_ts": "2026-11-12T09:00:00Z", "input_text": text}
    more.write_text("".join(json.dumps({"trace_id": f"{9_000 + n:032x}", **row}) + "\n" for n in range(20)))
    labels.write_text(
        LABELS_HEADER + "".join(f't{n},ben,helpfulness,3,s,0.5,2026-11-12T09:00:00Z,"{text}"\n' for n in range(20))
    )
    ballast = disk.fill(leave_bytes=leave)
    commands = (
        ("ingest", str(more)), ("labels", "import", str(labels)), ("sql", "SELECT count(*) FROM spans"), ("compact",),
        ("rebuild",), ("status",), ("sample", "weekly", "--week", "2026-W46"), ("ingest", str(more)),
    )  # fmt: skip
    for words in commands:
        said = shell.run(*words, "--json")
        place.count("commands on a full disk")
        place.expect(said.is_plain, f"{words[0]} on a full disk: {said.words}")
    ballast.unlink()
    disk.resize(ROOMY_MIB)
    for words in commands[:2]:
        said = shell.run(*words, "--json")
        place.expect(said.code == 0, f"{words[0]} once there is room again: {said.words}")
    found = shell.spans()
    lost = isinstance(found, int) and found < SPANS + 20
    said_words = found if isinstance(found, int) else found.words
    place.expect(
        found == SPANS + 20,
        f"{said_words} spans of {SPANS + 20} after a full disk",
        zero="acknowledged spans lost" if lost else None,
    )
    told = shell.run("labels", "export", "--format", "jsonl").out.splitlines()
    place.expect(len(told) == SESSIONS + 20, f"{len(told)} labels of {SESSIONS + 20} after a full disk")


@contextmanager
def read_only(place: Place) -> Iterator[OneRound]:
    """Every command on a home that nobody can write."""
    template = filled(place.folder)

    def one_round() -> None:
        with mounted(place.folder / f"disk-{place.round}", size_mib=ROOMY_MIB) as disk:
            home = disk.folder / "home"
            if place.round % 2 == 0:
                shutil.copytree(template, home)  # else there is no home yet
            disk.read_only()
            for words, writes in _commands(place):
                said = Shell(home).run(*words, *(() if words[0] == "serve" else ("--json",)), seconds=60)
                place.count("commands on a read-only home")
                place.expect(said.is_plain, f"{words[0]} on a read-only home: {said.words}")
                place.expect(bool(said.code) or not writes, f"{words[0]} says it was done on a read-only home")

    yield one_round


def _commands(place: Place) -> Iterator[tuple[tuple[str, ...], bool]]:
    """One of each kind, and whether it has to write."""
    for reads in (("status",), ("sql", "SELECT count(*) FROM spans"), ("watch",), ("trends", "--metric", "cost")):
        yield reads, False
    traffic, labels = (str(place.folder / name) for name in ("traffic-0.jsonl", "labels.csv"))
    for writes in (
        ("ingest", traffic), ("load",), ("compact",), ("rebuild",), ("labels", "export"), ("labels", "import", labels),
        ("user", "add", "Ann"), ("sample", "weekly"), ("serve", "--port", "0"),
    ):  # fmt: skip
        yield writes, True
