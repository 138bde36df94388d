"""Promise 1, attacked from outside: values are planted everywhere, then every byte that was written is searched."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

from storage.schema import SCORES, SPANS
from tests.journey.canary import Canary
from tests.journey.conftest import Served, Shell, until


def test_no_planted_value_reaches_the_home_or_the_log_of_the_app(shell: Shell, serve: Callable[[Path], Served]) -> None:
    canary = Canary()
    app = serve(shell.home)
    traces = canary.traces()
    score = {
        "id": canary.email("score id"),
        "traceId": traces.resource_spans[0].scope_spans[0].spans[0].trace_id.hex(),
        "name": canary.email("score name"),
        "value": 1,
        "comment": canary.sentence("score comment"),
        "metadata": {"note": canary.sentence("score metadata")},
    }

    assert app.post("/v1/traces", traces.SerializeToString())[0] == 200
    assert app.post("/v1/logs", canary.logs(traces).SerializeToString())[0] == 200
    assert app.post("/api/public/scores", json.dumps([score]).encode(), "application/json")[0] < 300
    bad = canary.sentence("malformed body").encode()
    assert app.post("/v1/traces", bad)[0] == 400
    assert app.post("/v1/traces", b'{"resourceSpans": "' + bad + b'"}', "application/json")[0] in (200, 400)
    assert app.post(f"/v1/traces?who={canary.email('query string').replace('@', '%40')}", b"")[0] == 200

    spans = sum(len(scope.spans) for resource in traces.resource_spans for scope in resource.scope_spans)
    until(lambda: shell.sql("SELECT count(*) AS n FROM spans")[0]["n"] == spans)
    shell.run("compact")
    app.stop()

    assert canary.found_in(shell.home, app.log) == {}


def _conversation(canary: Canary) -> list[dict[str, object]]:
    arguments = json.dumps({"q": canary.sentence("chat arguments")})
    call = {"id": "1", "type": "function", "function": {"name": "look_up", "arguments": arguments}}
    return [
        {"role": "user", "content": canary.sentence("chat user")},
        {"role": "assistant", "content": canary.sentence("chat assistant"), "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "1", "name": "look_up", "content": canary.sentence("chat tool")},
    ]


def _own_lines(canary: Canary) -> bytes:
    """A span and a score in Benchbook's own lines, with a value in every column."""
    span: dict[str, object] = {column.name: canary.email(f"own span {column.name}") for column in SPANS}
    score: dict[str, object] = {column.name: canary.email(f"own score {column.name}") for column in SCORES}
    sent = (span | {"start_ts": "2026-05-01T10:00:00Z", "end_ts": "2026-05-01T10:00:01Z"}, score)
    return b"\n".join(json.dumps(one).encode() for one in sent)


def test_no_planted_value_reaches_the_home_or_the_output_of_an_ingest(shell: Shell, tmp_path: Path) -> None:
    canary = Canary(seed=8)
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / f"export of {canary.email('file name')}.pb").write_bytes(canary.traces().SerializeToString())
    (folder / "chat.json").write_text(json.dumps([{"messages": _conversation(canary)}]))
    (folder / "own.jsonl").write_bytes(_own_lines(canary))
    (folder / "cut.jsonl.gz").write_bytes(gzip.compress(canary.sentence("cut file").encode())[:-9])
    (folder / "lines.jsonl").write_text(f'{{"resourceSpans": [{{"note": "{canary.sentence("bad line")}"\n')

    done = shell.run("ingest", str(folder), "--json", expect=3)
    (tmp_path / "output").write_text(done.stdout + done.stderr)

    assert json.loads(done.stdout)["spans"] > 60
    assert json.loads(done.stdout)["scores"] > 1
    assert canary.found_in(shell.home, tmp_path / "output") == {}


def test_the_search_finds_a_value_that_was_kept(tmp_path: Path) -> None:
    canary = Canary(seed=9)
    value = canary.email("on purpose")
    (tmp_path / "kept.txt").write_text(f"here it is: {value}")

    assert canary.found_in(tmp_path) == {value: "on purpose"}
