"""Many reviewers, a process each, work a queue off while some are killed with -9 holding a claim: what came of it?

Each reviewer writes down what it was given and what was acknowledged, in a file of its own; the ledger is compared with
those files afterwards.
"""

import datetime as dt
import json
import multiprocessing
import signal
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TextIO

import sqlalchemy as sa

from benchmarks.queue_filled import ANSWERS, SAMPLE, fill, name_of
from errors import Busy, UsageError
from review.label_frame import label_frame
from review.labelling import labels, queue
from storage.ledger_database import Database
from storage.review_tables import assignment_ends, assignments, queue_slots, sample_items, submissions

_LOOK_AGAIN_SECONDS = 0.1
_HELD = (
    sa.select(assignments.c.slot, assignments.c.claimed_at, assignment_ends.c.at)
    .join(assignment_ends)
    .order_by(assignments.c.slot, assignments.c.claimed_at, assignment_ends.c.at)
)


@dataclass(frozen=True, slots=True)
class Queued:
    """How much there is to do and who does it; `twice` of the items have two copies."""

    items: int
    twice: int
    reviewers: int
    killed: int
    lease: dt.timedelta


@dataclass(frozen=True, slots=True)
class Drained:
    """What was found; every list of faults should be empty."""

    labels: int
    killed: int
    taken_over: int
    wrong_number_of_labels: list[str]
    handed_to_two_at_once: list[str]
    twice_to_one_person: list[str]
    lost_labels: list[str]

    @property
    def faults(self) -> int:
        return sum(map(len, (self.wrong_number_of_labels, self.handed_to_two_at_once, self.twice_to_one_person,
                             self.lost_labels)))  # fmt: skip


def drain(url: str, folder: Path, queued: Queued) -> Drained:
    """Fill the queue, let the reviewers empty it, kill the first `killed` of them as they hold or submit an item."""
    reviewers, killed = queued.reviewers, queued.killed
    fill(url, items=queued.items, twice=queued.twice, reviewers=reviewers)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["benchmarks.queue_drain"])
    at_work = [
        context.Process(target=_review, args=(url, str(folder), number, number < killed, queued.lease), daemon=True)
        for number in range(reviewers)
    ]
    for one in at_work:
        one.start()
    for number in range(killed):
        while not _holds(folder, number) and at_work[number].is_alive():
            time.sleep(_LOOK_AGAIN_SECONDS)
        at_work[number].kill()
    for one in at_work:
        one.join()
    return _found(url, folder, reviewers=reviewers, killed=sum(one.exitcode == -signal.SIGKILL for one in at_work))


def _review(url: str, folder: str, number: int, is_victim: bool, lease: dt.timedelta) -> None:  # noqa: FBT001
    """One reviewer, until everything is labelled. A victim says when it holds its fourth item; every other goes on."""
    database, reviewer = Database(url), name_of(number)
    given = 0
    with (Path(folder) / f"{number}.log").open("a") as log:
        while not _is_done(database):
            try:
                found = queue.claim(database, reviewer=reviewer, sample=SAMPLE, now=_now(), lease=lease)
            except Busy:
                continue
            if found is None:
                time.sleep(_LOOK_AGAIN_SECONDS)
                continue
            given += 1
            _note(log, "given", found.id, found.target)
            if is_victim and given > 3:
                _note(log, "holds", found.id, found.target)
                time.sleep(0 if number % 2 else 3600)
            time.sleep(number % 7 / 1000)  # somebody reads
            _note(log, "lets go", found.id, found.target)
            _note(log, _submitted(database, found.id, reviewer), found.id, found.target)


def _submitted(database: Database, assignment: str, reviewer: str) -> str:
    """Submits until there is an answer; a machine that is slow enough can cost the lease."""
    while True:
        try:
            labels.submit(database, assignment, reviewer=reviewer, answers=ANSWERS, now=_now())
        except Busy:
            continue
        except UsageError:
            return "refused"
        return "acknowledged"


def _note(log: TextIO, what: str, assignment: str, target: str) -> None:
    line = {"at": time.time(), "what": what, "assignment": assignment, "target": target}
    log.write(json.dumps(line) + "\n")
    log.flush()


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _is_done(database: Database) -> bool:
    with database.reading() as connection:
        return (
            connection.execute(sa.select(queue_slots.c.id).where(queue_slots.c.state != "done").limit(1)).first()
            is None
        )


def _holds(folder: Path, number: int) -> bool:
    return any(line["what"] == "holds" for line in _lines(folder, number))


def _lines(folder: Path, number: int) -> list[dict[str, str]]:
    path = folder / f"{number}.log"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def _found(url: str, folder: Path, *, reviewers: int, killed: int) -> Drained:
    database = Database(url)
    with database.reading() as connection:
        wanted = {row.target: row.copies for row in connection.execute(sa.select(sample_items))}
        asked = sa.select(submissions.c.assignment, submissions.c.reviewer, sample_items.c.target).join(sample_items)
        kept = connection.execute(asked).all()
        ran_out = sa.select(sa.func.count()).where(assignment_ends.c.how == "expired")
        taken_over = int(connection.execute(ran_out).scalar_one())
        held = connection.execute(_HELD).all()
    with_labels = set(label_frame(database)["submission"])
    database.close()
    said = {number: _lines(folder, number) for number in range(reviewers)}
    acknowledged = {line["assignment"] for lines in said.values() for line in lines if line["what"] == "acknowledged"}
    in_all, by_person = Counter(row.target for row in kept), Counter((row.target, row.reviewer) for row in kept)
    return Drained(
        labels=len(kept),
        killed=killed,
        taken_over=taken_over,
        wrong_number_of_labels=[target for target, copies in wanted.items() if in_all[target] != copies],
        handed_to_two_at_once=_at_once(said, wanted) + _overlapping([tuple(row) for row in held]),
        twice_to_one_person=[target for (target, _), times in by_person.items() if times > 1] + _given_twice(said),
        lost_labels=sorted(acknowledged - {row.assignment for row in kept if row.assignment in with_labels}),
    )


def _overlapping(held: list[tuple[int, dt.datetime, dt.datetime]]) -> list[str]:
    """Slots that had two assignments at one moment, by the ledger."""
    return [f"slot {a[0]}" for a, b in pairwise(held) if a[0] == b[0] and b[1] < a[2]]


def _at_once(said: dict[int, list[dict[str, str]]], wanted: dict[str, int]) -> list[str]:
    """Items that more people than wanted had in hand at one moment, by the reviewers' own clocks."""
    moments: dict[str, list[tuple[float, int]]] = defaultdict(list)
    for lines in said.values():
        for line, following in pairwise(lines):
            if line["what"] == "given" and following["what"] == "lets go":  # a victim holds on past its lease
                moments[line["target"]] += [(float(line["at"]), 1), (float(following["at"]), -1)]
    crowded = []
    for target, listed in moments.items():
        in_hand = [0]
        for _, change in sorted(listed):
            in_hand.append(in_hand[-1] + change)
        if max(in_hand) > wanted[target]:
            crowded.append(target)
    return crowded


def _given_twice(said: dict[int, list[dict[str, str]]]) -> list[str]:
    """Items that a person got under two assignments."""
    twice = []
    for lines in said.values():
        got: dict[str, set[str]] = defaultdict(set)
        for line in lines:
            got[line["target"]].add(line["assignment"])
        twice += [target for target, handed in got.items() if len(handed) > 1]
    return twice
