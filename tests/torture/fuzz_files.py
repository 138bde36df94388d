"""Wrong exports into `benchbook ingest`: whatever cannot be read is told with its place, the rest is kept once."""

import gzip
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.receive.served import ROOT
from tests.torture import mutations, payloads
from tests.torture.attack import OneRound, Place

FILES_A_ROUND = 30
LINES = (5, 120)
BYTES_OF_RECORDS = 300_000
"""Of one file, about: large records are few."""
TAKEN_SECONDS = 240
UNFORESEEN = ("could not be read", "unforeseen")
"""How a reason begins when an adapter met what nobody thought of."""


@contextmanager
def files(place: Place) -> Iterator[OneRound]:
    """Folders of wrong files, each taken twice by the command line: the second time nothing may be new."""
    canary, shapes = payloads.planted(place.seed)
    home, said, real = place.folder / "home", place.folder / "said.txt", payloads.exports()

    def one_round() -> None:
        dice, folder = place.dice(), place.folder / f"in-{place.round}"
        folder.mkdir()
        valid: set[tuple[str, str]] = set()
        for number in range(FILES_A_ROUND):
            valid |= _write(folder, number, shapes, real, dice, place)
        first = _ingested(place, home, folder, said)
        again = _ingested(place, home, folder, said)
        if first is not None and again is not None:
            new = again["spans"]
            place.expect(new == 0, f"{new} spans were new the second time", zero="doubled", by=int(new))
            place.count("records refused", first["rejected"])
            _check_kept(place, home, valid)

    yield one_round
    for value, where in canary.found_in(home, said).items():
        place.found(f"{where}: a value of {len(value)} characters was kept", zero="personal values found")
    _check_reasons(place, home)


def _write(
    folder: Path, number: int, shapes: payloads.Shapes, real: dict[str, list[Any]], dice: random.Random, place: Place
) -> set[tuple[str, str]]:
    """One file; the ids of its spans that nobody could call wrong."""
    match dice.randrange(5):
        case 0:
            message = shapes.few_spans(dice)
            mutations.mutated_message(message, dice, share=dice.choice((0.0, 0.05)))
            body = message.SerializeToString()
            (folder / f"{number}.pb").write_bytes(body)
            place.count("payloads sent")
            return {(trace, own) for trace, own in mutations.spans_of(body) if trace.strip("0") and own.strip("0")}
        case 1:
            return _lines_of_requests(folder, number, shapes, dice, place)
    name = dice.choice(sorted(real))
    lines = min(dice.randint(*LINES), 2 + BYTES_OF_RECORDS // len(json.dumps(real[name][0])))
    records = [mutations.mutated(dice.choice(real[name]), dice, share=0.04) for _ in range(lines)]
    place.count("payloads sent", len(records))
    if dice.random() < 0.5:
        body = b"\n".join(mutations.json_bytes(record, dice).replace(b"\n", b" ") for record in records)
        suffix = "jsonl"
    else:
        body, suffix = mutations.json_bytes(records, dice), "json"
    if dice.random() < 0.3:
        body = mutations.damaged(body, dice)
    if dice.random() < 0.3:
        body, suffix = gzip.compress(body, 1), f"{suffix}.gz"
        body = mutations.damaged(body, dice) if dice.random() < 0.2 else body
    (folder / f"{number}.{suffix}").write_bytes(body)
    return set()


def _lines_of_requests(
    folder: Path, number: int, shapes: payloads.Shapes, dice: random.Random, place: Place
) -> set[tuple[str, str]]:
    """Requests in JSON lines, a few of which are cut: they cost themselves alone."""
    lines: list[bytes] = []
    valid: set[tuple[str, str]] = set()
    for _ in range(dice.randint(2, 30)):
        request = mutations.mutated(payloads.as_json(shapes.few_spans(dice)), dice, share=dice.choice((0.0, 0.02)))
        line = json.dumps(request).encode()
        if dice.random() < 0.1:
            line = b'{"resourceSpans": [{"cut' + line[: dice.randint(0, 5)]
        elif isinstance(request, dict) and "resourceSpans" in request:
            valid |= set(payloads.plainly_valid(request))
        lines.append(line)
    place.count("payloads sent", len(lines))
    first = json.dumps(payloads.as_json(shapes.few_spans(dice))).encode()  # so that the file is known for what it is
    (folder / f"{number}.jsonl").write_bytes(b"\n".join([first, *lines]))
    return valid


def _ingested(place: Place, home: Path, folder: Path, said: Path) -> dict[str, Any] | None:
    """What `ingest --json` says; None after a finding."""
    command = [sys.executable, "-m", "cli", "ingest", "--home", str(home), str(folder), "--json"]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=TAKEN_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        place.found(f"ingest did not end in {TAKEN_SECONDS} s", zero="answers that never came")
        return None
    with said.open("ab") as file:
        file.write(done.stdout + done.stderr)
    if not place.expect(done.returncode in (0, 3), f"ingest ended with {done.returncode}: {done.stdout[-300:]!r}"):
        return None
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _check_kept(place: Place, home: Path, valid: set[tuple[str, str]]) -> None:
    from settings import read_settings
    from storage import desk

    place.count("spans acknowledged", len(valid))
    rows = desk.sql(read_settings(home), "SELECT trace_id, span_id, count(*) AS times FROM spans GROUP BY ALL")
    lost = valid - {(str(row["trace_id"]), str(row["span_id"])) for row in rows}
    doubled = sum(row["times"] != 1 for row in rows)
    if lost:
        place.found(
            f"{len(lost)} good spans of taken files are not there", zero="acknowledged spans lost", by=len(lost)
        )
    if doubled:
        place.found(f"{doubled} spans are there twice", zero="doubled", by=doubled)


def _check_reasons(place: Place, home: Path) -> None:
    """No reject is the work of an error that nobody foresaw."""
    from settings import read_settings
    from storage.ledger import Ledger

    ledger = Ledger(read_settings(home).ledger_url)
    try:
        reasons = {str(reason) for reason in ledger.rejects(limit=100_000)["reason"]}
    finally:
        ledger.close()
    for reason in sorted(reasons):
        place.expect(not reason.startswith(UNFORESEEN), f"refused by an error that nobody foresaw: {reason}")
