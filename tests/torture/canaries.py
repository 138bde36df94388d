"""Personal values planted on every surface, in every way in; then every byte that was written anywhere is searched."""

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import httpx

from tests.journey.canary import Canary
from tests.pages.reviewed import judged_traffic
from tests.receive.served import JSON, PROTOBUF, ROOT, Served
from tests.torture import payloads
from tests.torture.attack import OneRound, Place
from tests.torture.leaks import leaks, names
from tests.torture.shell import Said, Shell

MOST_PLANTED = 1_500
_UNLIMITED = ("prlimit", "--core=unlimited")
"""Core dumps as a machine may have them switched on."""


@contextmanager
def planted(place: Place) -> Iterator[OneRound]:
    """Each round: a home, values of its own on all surfaces, half of the time a kill -9 in the middle."""
    temporary = place.folder / "tmp"
    temporary.mkdir()
    os.environ["TMPDIR"] = str(temporary)  # of all processes that are started from here

    def one_round() -> None:
        canary, home = Canary(seed=place.seed * 1_000 + place.round), place.folder / f"home-{place.round}"
        outputs = place.folder / f"outputs-{place.round}"
        outputs.mkdir()
        shell = _Recorded(Shell(home), outputs)
        _by_files(canary, shell, place.folder / f"in-{place.round}")
        _by_people(canary, shell)
        app = Served(home)
        app.start(_UNLIMITED)
        try:
            _by_requests(canary, app, kill=place.round % 2 == 0)
            if place.round % 2 == 0:
                app.start(_UNLIMITED)
            time.sleep(2)  # loaded, indexed
        finally:
            app.close()
        report = ("report", "--week", "2026-W46", "--out", str(outputs))
        for words in (("compact",), ("rebuild",), report, ("labels", "export"),
                      ("labels", "export", "--gold"), ("watch",), ("versions",), ("status",)):  # fmt: skip
            shell.run(*words)
        _crash(place, canary, outputs)
        place.count("values planted", len(canary.planted))
        found = leaks(canary.planted, home, outputs, app.log, temporary)
        for line in names(found)[:12]:
            place.found(line, zero="personal values found")
        dumps = [path for folder in (ROOT, home, outputs) for path in folder.glob("core*") if path.is_file()]
        for dump in dumps:
            dump.unlink()
        place.expect(not dumps, "a crash leaves an image of memory behind", zero="personal values found")

    try:
        yield one_round
    finally:
        del os.environ["TMPDIR"]


class _Recorded:
    """A shell whose outputs are kept as files, to be searched too."""

    def __init__(self, shell: Shell, outputs: Path) -> None:
        self._shell, self._outputs, self._number = shell, outputs, 0

    def run(self, *words: str) -> Said:
        self._number += 1
        said = self._shell.run(*words)
        (self._outputs / f"{self._number}-{words[0]}.txt").write_text(said.out + said.err)
        return said


def _by_files(canary: Canary, shell: _Recorded, folder: Path) -> None:
    """OTLP, JSON lines, chats, a cut file, hostile names of files, and real exports with values in their texts."""
    folder.mkdir()
    traces = canary.traces()
    (folder / f"export of {canary.email('a file name')}.pb").write_bytes(traces.SerializeToString())
    (folder / "lines.jsonl.gz").write_bytes(gzip.compress(json.dumps(payloads.as_json(canary.traces())).encode()))
    (folder / "traffic.jsonl").write_text("".join(json.dumps(one) + "\n" for one in judged_traffic(8)))
    (folder / "cut.jsonl.gz").write_bytes(gzip.compress(canary.sentence("a cut file").encode())[:-9])
    (folder / "bad.jsonl").write_text(f'{{"resourceSpans": [{{"note": "{canary.sentence("a bad line")}"\n')
    chat = [{"role": role, "content": f"{canary.sentence(f'chat {role}')} key {canary.secret(f'chat {role} secret')}"}
            for role in ("user", "assistant", "tool")]  # fmt: skip
    (folder / "chat.json").write_text(json.dumps([{"messages": chat}]))
    for name, records in payloads.exports().items():
        if name != "chat":
            said = [_with_values(record, canary, name) for record in records[:3]]
            (folder / f"{name}.json").write_text(json.dumps(said))
    shell.run("ingest", str(folder), "--json")


_PROSE = {"content", "text", "input", "output", "comment", "explanation", "stringValue", "statusMessage", "message"}


def _with_values(value: object, canary: Canary, where: str, *, key: str = "", depth: int = 0) -> object:
    """The record with a sentence of personal values behind each of its texts that people or models wrote."""
    if isinstance(value, dict):
        return {
            name: _with_values(inner, canary, f"{where}.{name}"[-60:], key=str(name), depth=depth + 1)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_with_values(inner, canary, where, key=key, depth=depth + 1) for inner in value]
    if (
        isinstance(value, str)
        and key in _PROSE
        and " " in value
        and not value.lstrip().startswith(("{", "["))
        and len(canary.planted) < MOST_PLANTED
    ):
        return f"{value} Write to {canary.email(where)} or call {canary.phone(where)}, card {canary.card(where)}."
    return value


def _by_people(canary: Canary, shell: _Recorded) -> None:
    """What people write: comments, corrected answers, reasons, rubrics, notes of deployments."""
    home = shell._shell.home
    labels = home.parent / "labels.csv"
    rows = (
        f'{session * 10 + 1:032x},ana,helpfulness,4,s,0.5,2026-11-12T09:00:00Z,"{canary.sentence("an import")}"\n'
        for session in range(8)
    )
    labels.write_text("item_id,reviewer,criterion,value,stratum,probability,labelled_at,comment\n" + "".join(rows))
    shell.run("labels", "import", str(labels), "--json")
    bad = home.parent / "bad-labels.csv"
    bad.write_text(
        "item_id,reviewer,criterion,value\n"
        f'"{canary.email("a refused label")}",ana,x,"{canary.sentence("a refused value")}"\n'
    )
    shell.run("labels", "import", str(bad), "--json")
    rubric = home.parent / "rubric.toml"
    rubric.write_text(f"""name = "own"
unit = "trace"
instructions = "{canary.sentence("a rubric")}"
good = ["{canary.sentence("a good example")}"]
[[criteria]]
name = "good"
question = "Is {canary.email("a question")} helped?"
scale = "yes_no"
""")
    shell.run("rubric", "add", str(rubric))
    shell.run("deploy", "prompt=v4", "--note", canary.sentence("a deployment"))
    shell.run("sample", "weekly", "--week", "2026-W46", "--json")
    for skip in (False, True, False):
        said = shell.run("queue", "next", "--reviewer", "kit", "--json")
        found = json.loads(said.out) if said.code == 0 else None
        if not found:
            continue
        assignment = str(found["assignment"])
        if skip:
            shell.run("queue", "skip", assignment, "--reviewer", "kit", "--reason", canary.sentence("a skip"))
            continue
        answers = '{"helpfulness": 4, "groundedness": 5, "resolved": true}'
        spoken = ("--comment", canary.sentence("a comment"), "--corrected", canary.sentence("a corrected answer"))
        shell.run("queue", "submit", assignment, "--reviewer", "kit", "--answers", answers, *spoken, "--json")
    for number in ("1", "2"):
        shell.run("alert", "acknowledge", number, "--reason", canary.sentence("an alert"))


def _by_requests(canary: Canary, app: Served, *, kill: bool) -> None:
    """OTLP in both encodings, logs, scores, malformed ones, odd addresses and headers; then perhaps a kill at once."""
    traces = canary.traces()
    score = {"id": canary.email("score id"), "traceId": "0" * 31 + "1", "name": canary.email("score name"), "value": 1,
             "comment": canary.sentence("score comment"),
             "metadata": {"note": canary.sentence("score metadata")}}  # fmt: skip
    bad = canary.sentence("a malformed body")
    app.post("/v1/traces", traces.SerializeToString(), who=canary.email("a header"))
    app.post(
        "/v1/traces",
        gzip.compress(json.dumps(payloads.as_json(canary.traces())).encode()),
        JSON,
        Content_Encoding="gzip",
    )
    app.post("/v1/logs", canary.logs(traces).SerializeToString())
    app.post("/api/public/scores", json.dumps([score]).encode(), JSON)
    for path in ("/v1/traces", "/v1/logs", "/api/public/scores"):
        app.post(path, bad.encode(), PROTOBUF)
        app.post(path, json.dumps({"resourceSpans": bad, bad: [bad]}).encode(), JSON)
        app.post(f"{path}?q={quote(canary.email('a query'))}", b"{", JSON, Content_Encoding="gzip")
    app.get(f"/{quote(canary.email('an address'))}?trace={quote(canary.card('an address'))}")
    app.post("/v1/traces", canary.traces().SerializeToString(), canary.email("a content type"))
    if not kill:
        return
    large = canary.traces()
    for _ in range(20):
        large.MergeFrom(canary.traces())
    with suppress(httpx.TransportError):
        httpx.post(
            f"{app.url}/v1/traces", content=large.SerializeToString(), headers={"Content-Type": PROTOBUF}, timeout=0.2
        )
    for worker in app.workers():
        os.kill(worker, signal.SIGABRT)  # a crash that would leave an image of memory
    app.kill()


def _crash(place: Place, canary: Canary, folder: Path) -> None:
    """A command that crashes with personal text in its memory."""
    command = [*_UNLIMITED, sys.executable, "-m", "cli", "scrub", "-", "--jsonl"]
    running = subprocess.Popen(
        command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": str(ROOT), "BENCHBOOK_HOME": str(folder / "scrub-home")},
    )  # fmt: skip
    assert running.stdin is not None
    assert running.stdout is not None
    running.stdin.write(json.dumps({"text": canary.sentence("a text to scrub")}).encode() + b"\n")
    running.stdin.flush()
    time.sleep(4)
    running.send_signal(signal.SIGABRT)
    running.wait(20)
    running.stdin.close()
    running.stdout.close()
    place.count("crashes")
