"""kill -9 of every command that writes, at random moments: run again, it ends as if nothing had happened.

A new victim is one line in `VICTIMS`.
"""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks import kill as streams
from tests.receive.served import ROOT, until
from tests.torture.attack import OneRound, Place, Skipped
from tests.torture.shell import SESSIONS, SPANS, Shell, filled

KILLS_OF_APP = 3
GONE_SECONDS = 8.0
LABELS_KILLS = 4
TRACE = f"{11:032x}"
"""A trace of five spans, one score and one label."""


@dataclass(frozen=True, slots=True)
class Victim:
    """A command that is killed and then run again; `spans`, `scores` and `labels` are what it adds or takes away."""

    name: str
    words: tuple[str, ...]
    spans: int = 0
    scores: int = 0
    labels: int = 0


VICTIMS = (
    Victim("ingest", ("ingest", "{more}"), spans=3_000),
    Victim("load", ("load",)),
    Victim("rebuild", ("rebuild",)),
    Victim("compact", ("compact",)),
    Victim("labels import", ("labels", "import", "{labels}"), labels=1_500),
    Victim("sample", ("sample", "weekly", "--week", "2026-W46", "--seed", "5")),
    Victim("rescrub", ("rescrub",)),
    Victim("key rotate", ("key", "rotate")),
    Victim("erase", ("erase", "--trace", TRACE, "--yes", "--reason", "asked for"), spans=-5, scores=-1, labels=-1),
)  # fmt: skip


def victims() -> list[Victim]:
    """Those whose command there is."""
    from cli import app

    known = {command.name or str(command.callback and command.callback.__name__) for command in app.registered_commands}
    known |= {group.name or "" for group in app.registered_groups}
    return [victim for victim in VICTIMS if victim.words[0] in known]


@contextmanager
def commands(place: Place) -> Iterator[OneRound]:
    """Each round kills one victim on a home of its own, a few times, then lets it end."""
    template, chosen = filled(place.folder), place.dice("order").sample(victims(), len(victims()))
    more, labels = _traffic(place.folder), _labels(place.folder)
    took: dict[str, float] = {}

    def one_round() -> None:
        dice, victim = place.dice(), chosen[place.round % len(chosen)]
        words = tuple({"{more}": str(more), "{labels}": str(labels)}.get(word, word) for word in victim.words)
        home = place.folder / f"home-{place.round}"
        if victim.name not in took:  # a rehearsal: how long it takes here
            shutil.copytree(template, home)
            began = time.monotonic()
            said = Shell(home).run(*words)
            took[victim.name] = time.monotonic() - began
            shutil.rmtree(home)
            place.expect(said.code == 0, f"{victim.name} fails by itself: {said.words}")
        shutil.copytree(template, home)
        for _ in range(dice.randint(1, 3)):
            _killed(place, victim, Shell(home).command(*words), after=dice.uniform(0.05, 1.0) * took[victim.name])
        said = Shell(home).run(*words, "--json")
        place.expect(said.code == 0, f"{victim.name} cannot be run again after a kill: {said.words}")
        _check(place, victim, Shell(home))
        shutil.rmtree(home, ignore_errors=True)

    yield one_round


def _traffic(folder: Path) -> Path:
    path = folder / "more.jsonl"
    rows = (
        json.dumps({
            "trace_id": f"{10_000 + number // 10:032x}", "span_id": f"{number % 10 + 1:016x}", "name": "more",
            "start_ts": "2026-11-10T09:00:00Z", "end_ts": "2026-11-10T09:00:01Z",
            "input_text": f"question {number} of many, which is about fees and cards",
        })
        for number in range(3_000)
    )  # fmt: skip
    path.write_text("\n".join(rows) + "\n")
    return path


def _labels(folder: Path) -> Path:
    path = folder / "more-labels.csv"
    rows = (f"t{number},ben,helpfulness,3,s,0.5,2026-11-12T09:00:00Z\n" for number in range(1_500))
    path.write_text("item_id,reviewer,criterion,value,stratum,probability,labelled_at\n" + "".join(rows))
    return path


def _killed(place: Place, victim: Victim, command: list[str], *, after: float) -> None:
    running = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        running.wait(after)
    except subprocess.TimeoutExpired:
        children = _children(running.pid)
        running.kill()
        running.wait()
        gone = until(lambda: not _alive(children), seconds=GONE_SECONDS)
        place.count(f"kills of {victim.name}")
        place.expect(gone, f"{victim.name}: {len(_alive(children))} processes outlive the command that was killed")


def _children(pid: int) -> list[int]:
    with suppress(OSError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def _alive(pids: list[int]) -> list[int]:
    return [pid for pid in pids if Path(f"/proc/{pid}").exists()]


_COUNTS = """SELECT (SELECT count(*) FROM spans) AS spans,
(SELECT count(DISTINCT (trace_id, span_id)) FROM spans) AS distinct_spans,
(SELECT count(*) FROM scores) AS scores, (SELECT count(*) FROM traces) AS traces"""


def _check(place: Place, victim: Victim, shell: Shell) -> None:
    """As much as there was, more or less what the victim does; the same after a rebuild."""
    wanted = {"spans": SPANS + victim.spans, "scores": 2 * SESSIONS + victim.scores}
    for moment in ("", " and a rebuild"):
        said = shell.run("sql", _COUNTS, "--json")
        if not place.expect(said.code == 0, f"after {victim.name} was killed{moment}: {said.words}"):
            return
        found = said.json()[0]
        place.count("states compared")
        for what, many in wanted.items():
            lost = "acknowledged spans lost" if found[what] < many else "doubled"
            place.expect(
                found[what] == many,
                f"after {victim.name} was killed{moment}: {found[what]} {what} of {many}",
                zero=lost,
            )
        place.expect(
            found["spans"] == found["distinct_spans"],
            f"after {victim.name} was killed{moment}: spans twice",
            zero="doubled",
        )
        if not moment:
            shell.run("rebuild")
    labels = shell.run("labels", "export", "--format", "jsonl").out.splitlines()
    many, keys = (
        SESSIONS + victim.labels,
        {(one["item"], one["reviewer"], one["criterion"]) for one in map(json.loads, labels)},
    )
    place.expect(
        len(keys) >= many,
        f"after {victim.name} was killed: {len(keys)} labels of {many}",
        zero="acknowledged labels lost",
    )
    place.expect(len(labels) == len(keys), f"after {victim.name} was killed: labels twice", zero="doubled")


@contextmanager
def app(place: Place) -> Iterator[OneRound]:
    """The served app while three clients stream to it; see `benchmarks/kill.py`."""

    def one_round() -> None:
        home = place.folder / f"home-{place.round}"
        done = streams.run(home, KILLS_OF_APP, seed=place.seed * 1_000 + place.round)
        place.count("kills", done.kills)
        place.count("spans acknowledged", done.acknowledged)
        for status, many in done.statuses.items():
            place.count(f"answered {status}", many)
            place.expect(
                status in (200, 503),
                f"answered {status} around a kill",
                zero="answers of 500" if status >= 500 else None,
            )
        place.expect(
            not done.lost, f"{done.lost} spans lost by kills of the app", zero="acknowledged spans lost", by=done.lost
        )
        place.expect(
            not done.doubled, f"{done.doubled} spans twice after kills of the app", zero="doubled", by=done.doubled
        )
        place.expect(not done.orphans and not done.unknown, f"left behind: {asdict(done)}")
        shutil.rmtree(home, ignore_errors=True)

    yield one_round


LABELLER = """
import datetime as dt, json, sys
from pathlib import Path
from review.labelling.labels import submit
from review.labelling.queue import claim
from review.people import register_locally
from settings import read_settings
from storage.ledger_database import Database
database = Database(read_settings(Path(sys.argv[1])).ledger_url)
now = lambda: dt.datetime.now(dt.UTC)
me = register_locally(database, sys.argv[2], now=now(), as_reviewer=True).name
while (mine := claim(database, reviewer=me, now=now())) is not None:
    print(json.dumps({"about": mine.id}), flush=True)
    submit(database, mine.id, reviewer=me, answers=json.loads(sys.argv[3]), now=now())
    print(json.dumps({"kept": mine.id}), flush=True)
print(json.dumps({"done": True}), flush=True)
"""


@contextmanager
def labels(place: Place) -> Iterator[OneRound]:
    """Somebody who labels as fast as they can, killed again and again: what was acknowledged is there once."""
    template = filled(place.folder)
    said = Shell(template).run("sample", "weekly", "--week", "2026-W46", "--json")
    if said.code:
        raise Skipped(f"no sample can be drawn: {said.words}")
    answers = json.dumps(fitting_answers(template))

    def one_round() -> None:
        dice, home = place.dice(), place.folder / f"home-{place.round}"
        shutil.copytree(template, home)
        kept: list[str] = []
        for number in range(LABELS_KILLS):
            running = subprocess.Popen(
                [sys.executable, "-c", LABELLER, str(home), "Kit", answers], cwd=ROOT, text=True,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )  # fmt: skip
            assert running.stdout is not None
            first = running.stdout.readline()  # it has begun: the kill meets a submission
            time.sleep(dice.uniform(0, 0.05))
            if number < LABELS_KILLS - 1:
                running.kill()
            out, err = running.communicate(timeout=120)
            told = [json.loads(line) for line in (first + out).splitlines() if line.endswith("}")]
            kept += [one["kept"] for one in told if "kept" in one]
            place.expect(
                number < LABELS_KILLS - 1 or running.returncode == 0, f"labelling fails after kills: {err[-300:]}"
            )
        place.count("labels acknowledged", len(kept))
        place.count("kills", LABELS_KILLS - 1)
        check_labels(place, home, kept)
        shutil.rmtree(home, ignore_errors=True)

    yield one_round


def fitting_answers(home: Path) -> dict[str, object]:
    """An answer to each criterion of the sample's rubric."""
    from review.rubric.criteria import Criterion, Scale
    from review.rubric.rubrics import rubric
    from settings import read_settings
    from storage.ledger_database import Database

    database = Database(read_settings(home).ledger_url)
    try:
        found = rubric(database, "answer-quality")
    finally:
        database.close()

    def fitting(one: Criterion) -> object:
        match one.scale:
            case Scale.INTEGER:
                return one.high
            case Scale.CATEGORY:
                return one.categories[0]
            case Scale.CATEGORIES:
                return [one.categories[0]]
        return True

    return {one.name: fitting(one) for one in found.criteria if one.required}


def check_labels(place: Place, home: Path, kept: list[str]) -> None:
    import sqlalchemy as sa

    from settings import read_settings

    engine = sa.create_engine(read_settings(home).ledger_url)
    with engine.connect() as connection:
        stored = list(
            connection.execute(sa.text("SELECT assignment FROM submissions WHERE assignment IS NOT NULL")).scalars()
        )
        whole = connection.execute(
            sa.text(
                """SELECT count(DISTINCT submission) FROM labels
                WHERE submission IN (SELECT id FROM submissions WHERE assignment IS NOT NULL)"""
            )
        ).scalar()
        twice = connection.execute(
            sa.text(
                """SELECT count(*) FROM
                (SELECT item, reviewer FROM submissions GROUP BY 1, 2 HAVING count(*) > 1) AS pairs"""
            )
        ).scalar()
    engine.dispose()
    lost, doubled = set(kept) - set(stored), len(stored) - len(set(stored)) + int(twice or 0)
    place.expect(
        not lost,
        f"{len(lost)} labels that were acknowledged are not there",
        zero="acknowledged labels lost",
        by=len(lost),
    )
    place.expect(not doubled, f"{doubled} labels are there twice", zero="doubled", by=doubled)
    place.expect(whole == len(stored), f"{len(stored) - int(whole or 0)} submissions have no answers")
