"""A person is erased while the app serves and takes traces: no byte of theirs is left, nothing of others is lost."""

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from tests.journey.conftest import ROOT, Served, Shell, until
from tests.receive import otlp
from tests.receive.otlp import Spec
from tests.storage.every_byte import found_in

WORD = "zqxcanaryofalice"
ALICE = "alice@customers.example"


def _trace(number: int, *, user: str, word: str, session: str) -> bytes:
    trace = number.to_bytes(16, "big")
    said: dict[str, str | int] = {
        "user.id": user, "session.id": session, "input.value": f"what about {word}", "output.value": f"so {word}",
        "openinference.span.kind": "LLM", "llm.model_name": "gpt-4o", "llm.token_count.prompt": 10,
    }  # fmt: skip
    root = Spec(f"answer {word}", trace=trace, attributes=said)
    return otlp.request(root, Spec("look up", trace=trace, parent=root.id, attributes={"input.value": word}))


def _score(number: int, word: str) -> bytes:
    said = {"traceId": number.to_bytes(16, "big").hex(), "name": "helpful", "value": 1, "comment": f"since {word}"}
    return json.dumps([said]).encode()


def test_not_a_byte_of_a_person_is_left_and_nothing_of_others_is_lost(
    shell: Shell, serve: Callable[[Path], Served]
) -> None:
    app = serve(shell.home)
    for number in range(1, 31):
        is_alice = number % 3 == 0
        user, word = (ALICE, WORD) if is_alice else (f"user{number}", "quartz")
        assert app.post("/v1/traces", _trace(number, user=user, word=word, session=f"s{number % 6}"))[0] == 200
        assert app.post("/api/public/scores", _score(number, word), "application/json")[0] < 300
    until(lambda: shell.sql("SELECT count(*) AS n FROM spans")[0]["n"] == 60)
    dry = shell.json("erase", "--user", ALICE, "--dry-run")
    assert isinstance(dry, dict)
    assert (dry["traces"], dry["spans"], dry["scores"]) == (10, 20, 10)

    sent: list[int] = []
    stop = threading.Event()

    def stream() -> None:
        number = 1_000
        while not stop.is_set():
            assert app.post("/v1/traces", _trace(number, user="other", word="quartz", session="t"))[0] == 200
            sent.append(number)
            number += 1

    streaming = threading.Thread(target=stream)
    streaming.start()
    try:
        done = shell.json("erase", "--user", ALICE, "--reason", "they asked", "--yes")
    finally:
        stop.set()
        streaming.join()
    assert isinstance(done, dict)
    assert done["traces"] == 10
    late = app.post("/v1/traces", _trace(3, user=ALICE, word=WORD, session="s3"))[0]
    until(lambda: shell.sql("SELECT count(*) AS n FROM traces")[0]["n"] == 20 + len(sent))
    refused = shell.sql("SELECT count(*) AS n FROM spans WHERE trace_id = '00000000000000000000000000000003'")[0]["n"]
    record = shell.json("erase", "--record")
    app.stop()

    assert (late, refused) == (200, 0)
    assert len(sent) > 5
    assert isinstance(record, list)
    assert [(one["kind"], one["state"], one["by"], one["reason"]) for one in record] == [
        ("user", "done", "shell", "they asked")]  # fmt: skip
    assert found_in(shell.home, WORD, ALICE) == {}
    assert WORD not in app.log.read_text()
    shell.run("rebuild")
    assert shell.sql("SELECT count(*) AS n FROM traces")[0]["n"] == 20 + len(sent)
    assert found_in(shell.home, WORD) == {}


def test_an_erasure_needs_a_yes_a_reason_and_one_kind(shell: Shell) -> None:
    assert "--yes" in shell.run("erase", "--trace", "t1", "--reason", "x", expect=2).stderr
    assert "--reason" in shell.run("erase", "--trace", "t1", "--yes", expect=2).stderr
    assert "one kind" in shell.run("erase", "--trace", "t1", "--user", "u", expect=2).stderr
    assert "one kind" in shell.run("erase", expect=2).stderr


def _said(shell: Shell, *words: str) -> object:
    """What a command of a group prints: its options come after its second word."""
    done = subprocess.run(
        [sys.executable, "-m", "cli", *words, "--home", str(shell.home), "--json"],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


def test_holds_and_keys_from_the_shell(shell: Shell) -> None:
    _said(shell, "hold", "add", "--trace", "t1", "--reason", "case 7")
    refused = shell.run("erase", "--trace", "t1", "--reason", "x", "--yes", expect=2)
    assert "hold 1 on the trace t1 (case 7)" in refused.stderr
    _said(shell, "hold", "release", "1", "--reason", "closed")
    listed = _said(shell, "hold", "list")
    assert isinstance(listed, list)
    assert listed[0]["released_by"] == "shell"
    shell.run("erase", "--trace", "t1", "--reason", "x", "--yes")
    rotated = _said(shell, "key", "rotate")
    assert isinstance(rotated, dict)
    _said(shell, "key", "forget", str(rotated["replaced"]), "--yes")
    keys = _said(shell, "key", "list")
    assert isinstance(keys, list)
    assert [one["state"] for one in keys] == ["in use"]
    assert shell.json("retain") == []


def test_what_comes_back_with_a_backup_is_erased_again(shell: Shell, tmp_path: Path) -> None:
    lines = tmp_path / "lines.jsonl"
    lines.write_text("".join(
        f'{{"trace_id": "t{n}", "span_id": "s{n}", "start_ts": "2026-11-09T10:00:00Z", "name": "a", "kind": "llm",'
        f' "input_text": "zqback{n} word"}}\n' for n in range(3)
    ))  # fmt: skip
    shell.run("ingest", str(lines))
    shutil.copytree(shell.home / "lake", tmp_path / "backup")
    shell.run("erase", "--trace", "t1", "--reason", "asked", "--yes")
    assert shell.json("erase", "--restored") == {"traces": 0}
    shutil.rmtree(shell.home / "lake")
    shutil.copytree(tmp_path / "backup", shell.home / "lake")
    shell.run("rebuild")
    assert shell.sql("SELECT count(*) AS n FROM traces")[0]["n"] == 3

    done = shell.json("erase", "--restored", "--yes")

    assert isinstance(done, dict)
    assert done["traces"] == 1
    assert [row["trace_id"] for row in shell.sql("SELECT trace_id FROM traces ORDER BY 1")] == ["t0", "t2"]
    assert found_in(shell.home, "zqback1") == {}
    assert found_in(shell.home, "zqback2") != {}
