"""A policy becomes stricter: what is kept is rewritten while the app serves and takes traces, down to the last byte."""

import threading
from collections.abc import Callable
from pathlib import Path

from tests.journey.conftest import Served, Shell, until
from tests.receive import otlp
from tests.receive.otlp import Spec
from tests.storage.every_byte import found_in

EMAIL = "zqx.canary77@customers.example"
OPEN = '[scrub.entities]\nEMAIL_ADDRESS = "keep"\n[verify]\nweekly_sample = 0\n'
STRICT = "[verify]\nweekly_sample = 0\n"


def _trace(number: int, word: str) -> bytes:
    trace = number.to_bytes(16, "big")
    said: dict[str, str | int] = {"input.value": f"write to {word} please", "openinference.span.kind": "LLM"}
    root = Spec("answer", trace=trace, attributes=said)
    return otlp.request(root, Spec("look up", trace=trace, parent=root.id, attributes={"input.value": f"find {word}"}))


def test_what_the_old_policy_kept_is_gone_and_nothing_that_came_meanwhile_is_lost(
    shell: Shell, serve: Callable[[Path], Served]
) -> None:
    shell.home.mkdir(mode=0o700)
    (shell.home / "benchbook.toml").write_text(OPEN)
    app = serve(shell.home)
    for number in range(1, 13):
        assert app.post("/v1/traces", _trace(number, EMAIL if number % 3 == 0 else "nobody"))[0] == 200
    until(lambda: shell.sql("SELECT count(*) AS n FROM spans")[0]["n"] == 24)
    app.stop()
    assert found_in(shell.home, EMAIL)
    (shell.home / "benchbook.toml").write_text(STRICT)
    app = serve(shell.home)

    looked = shell.json("rescrub", "--dry-run")
    assert isinstance(looked, dict)
    assert looked["found"]["by_type"] == {"EMAIL_ADDRESS": 8}
    sent: list[int] = []
    stop = threading.Event()

    def stream() -> None:
        number = 1_000
        while not stop.is_set():
            assert app.post("/v1/traces", _trace(number, EMAIL))[0] == 200
            sent.append(number)
            number += 1

    streaming = threading.Thread(target=stream)
    streaming.start()
    try:
        done = shell.json("rescrub")
    finally:
        stop.set()
        streaming.join()
    assert isinstance(done, dict)
    assert (done["found"]["traces_found"], done["found"]["spans_found"]) == (4, 8)
    until(lambda: shell.sql("SELECT count(*) AS n FROM traces")[0]["n"] == 12 + len(sent))
    texts = shell.sql("SELECT input_text FROM spans WHERE trace_id = '00000000000000000000000000000003' ORDER BY name")
    again = shell.json("rescrub")
    rate = shell.json("rescrub", "--sample", "10", "--seed", "1")
    app.stop()

    assert len(sent) > 5
    assert [row["input_text"] for row in texts] == ["write to <EMAIL_1> please", "find <EMAIL_1>"]
    assert isinstance(again, dict)
    assert again["found"]["spans_found"] == 0
    assert isinstance(rate, dict)
    assert rate["rate"]["share"] == 0
    assert rate["rate"]["high"] > 0
    assert found_in(shell.home, EMAIL, "canary77") == {}
    assert shell.sql("SELECT count(*) AS n, count(DISTINCT sequence) AS d FROM spans") == [
        {"n": 24 + 2 * len(sent), "d": 24 + 2 * len(sent)}
    ]
