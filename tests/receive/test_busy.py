"""Full, broken or slow: clients are told to come back, and what they send then is kept."""

import os
import secrets
import select
import shutil
import signal
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx
import pytest

from tests.receive import otlp
from tests.receive.otlp import Spec
from tests.receive.served import PROTOBUF, Served, until

TRACES = "/v1/traces"


def _large(spans: int = 400) -> tuple[bytes, bytes]:
    """A request that takes a worker a while, and its trace."""
    trace = otlp.new_trace()
    text = "Please tell me what the balance of my account is, and when the card was last used. " * 10
    return trace, otlp.request(*[Spec(f"s{n}", trace=trace, attributes={"input.value": text}) for n in range(spans)])


def test_when_full_clients_are_sent_away_and_what_they_send_again_is_kept(another: Callable[..., Served]) -> None:
    app = another("[server]\nworkers = 1\nwaiting_requests = 2\n")
    refused: list[httpx.Response] = []

    def insist(body: bytes) -> None:
        for _ in range(200):
            answer = app.post(TRACES, body)
            if answer.status_code == 200:
                return
            refused.append(answer)
            time.sleep(0.2)
        raise AssertionError(answer.status_code)

    sent = [_large() for _ in range(12)]
    with ThreadPoolExecutor(12) as clients:
        list(clients.map(insist, [body for _, body in sent]))
    assert refused
    assert {answer.status_code for answer in refused} == {503}
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in refused)
    listed = ", ".join(f"'{trace.hex()}'" for trace, _ in sent)
    app.eventually(f"SELECT count(*) AS spans FROM spans WHERE trace_id IN ({listed})", [{"spans": 12 * 400}])


def test_a_killed_worker_costs_its_own_request_a_503_and_is_replaced(another: Callable[..., Served]) -> None:
    app = another("[server]\nworkers = 1\n")
    assert app.post(TRACES, otlp.request(Spec())).status_code == 200
    (worker,) = app.workers()
    os.kill(worker, signal.SIGSTOP)
    with ThreadPoolExecutor(1) as client:
        answer = client.submit(app.post, TRACES, otlp.request(Spec()))
        time.sleep(0.5)
        os.kill(worker, signal.SIGKILL)
        assert answer.result().status_code == 503
        assert "retry-after" in answer.result().headers
    assert app.post(TRACES, otlp.request(Spec())).status_code == 200
    assert app.workers() != [worker]


@pytest.mark.skipif(shutil.which("prlimit") is None, reason="prlimit limits the size of files")
def test_a_full_disk_is_a_503_and_nothing_is_half_kept(another: Callable[..., Served]) -> None:
    app = another(prefix=("prlimit", f"--fsize={6 * 2**20}"))
    trace = otlp.new_trace()
    noise = [Spec(f"s{n}", trace=trace, attributes={"noise": secrets.token_hex(2**19)}) for n in range(20)]
    answer = app.post(TRACES, otlp.request(*noise))
    assert answer.status_code == 503
    assert "retry-after" in answer.headers
    small = Spec("small", trace=trace)
    assert app.post(TRACES, otlp.request(small)).status_code == 200
    app.eventually(f"SELECT name FROM spans WHERE trace_id = '{trace.hex()}'", [{"name": "small"}])


def test_a_lake_that_is_gone_is_a_503_and_works_again_when_it_is_back(another: Callable[..., Served]) -> None:
    app = another()
    assert app.post(TRACES, otlp.request(Spec())).status_code == 200
    lake, away = app.home / "lake", app.home / "away"
    lake.rename(away)
    lake.write_text("in the way")
    for _ in range(3):
        answer = app.post(TRACES, otlp.request(Spec()))
        assert answer.status_code == 503
        assert "retry-after" in answer.headers
    assert until(lambda: app.get("/healthz").json()["pages_behind"], seconds=10)
    lake.unlink()
    away.rename(lake)
    spec = Spec("back")
    assert until(lambda: app.post(TRACES, otlp.request(spec)).status_code == 200, seconds=20)
    app.eventually(f"SELECT name FROM spans WHERE trace_id = '{spec.key[0]}'", [{"name": "back"}], seconds=40)
    assert until(lambda: not app.get("/healthz").json()["pages_behind"], seconds=40)


def test_slow_senders_do_not_keep_others_out(another: Callable[..., Served]) -> None:
    """A hundred clients that send a byte and wait take no place from one that sends a request."""
    app = another("[server]\nwaiting_requests = 2\n")
    where = urlsplit(app.url)
    head = f"POST {TRACES} HTTP/1.1\r\nHost: {where.netloc}\r\nContent-Type: {PROTOBUF}\r\nContent-Length: 900\r\n\r\nx"
    slow = [socket.create_connection((where.hostname or "", where.port or 0)) for _ in range(100)]
    for connection in slow:
        connection.sendall(head.encode())
    assert app.post(TRACES, otlp.request(Spec())).status_code == 200
    assert select.select(slow, [], [], 0)[0] == []  # it was not for them to be sent away that it was answered
    slow[0].settimeout(120)
    assert b"503" in slow[0].recv(1000)
    for connection in slow:
        connection.close()
    assert app.post(TRACES, otlp.request(Spec())).status_code == 200


def test_a_client_that_hangs_up_harms_nobody(served: Served) -> None:
    where = urlsplit(served.url)
    head = f"POST {TRACES} HTTP/1.1\r\nHost: {where.netloc}\r\nContent-Type: {PROTOBUF}\r\nContent-Length: 900\r\n\r\nx"
    for _ in range(20):
        with socket.create_connection((where.hostname or "", where.port or 0)) as connection:
            connection.sendall(head.encode())
    assert served.post(TRACES, otlp.request(Spec())).status_code == 200
    assert "Traceback" not in served.said()
