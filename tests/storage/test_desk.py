"""A shell asks the running app over a socket for its owner only, and opens the warehouse itself without an app."""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from errors import UsageError
from storage import desk
from storage.desk import Desk
from tests.storage.arrivals import Bench, span

ROOT = Path(__file__).parents[2]


@pytest.fixture
def app(bench: Bench) -> Iterator[Desk]:
    made = Desk(bench.settings, bench.warehouse)
    made.start()
    yield made
    made.close()


def _in_a_shell(bench: Bench, code: str) -> str:
    begin = (
        "import pathlib, settings, errors\nfrom storage import desk\n"
        f"home = settings.Settings(home=pathlib.Path({str(bench.home)!r}))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", begin + code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip()


@pytest.mark.usefixtures("app")
def test_a_shell_is_answered_by_the_app_that_holds_the_warehouse(bench: Bench) -> None:
    bench.append(span("a"))

    assert _in_a_shell(bench, "print(desk.load(home)['spans'], desk.status(home)['app'])") == "1 True"
    assert _in_a_shell(bench, "print(desk.sql(home, 'SELECT count(*) AS n FROM spans'))") == "[{'n': 1}]"
    assert _in_a_shell(bench, "print(desk.counted(home, ['b1'])['b1'].spans)") == "1"
    assert _in_a_shell(bench, "print(desk.rebuild(home)['spans'])") == "1"


def test_without_an_app_the_shell_opens_the_warehouse_and_takes_in_what_is_new(bench: Bench) -> None:
    bench.append(span("a"))
    bench.close()

    assert (
        _in_a_shell(bench, "print(desk.sql(home, 'SELECT count(*) AS n FROM spans'), desk.status(home)['app'])")
        == "[{'n': 1}] False"
    )
    assert _in_a_shell(bench, "print(desk.rebuild(home)['spans'])") == "1"
    bench.__post_init__()


def test_a_holder_that_does_not_answer_is_named(bench: Bench) -> None:
    code = "desk.PATIENCE_SECONDS = 0\ntry:\n    desk.sql(home, 'SELECT 1')\n"
    said = _in_a_shell(bench, code + "except errors.HomeHeld as held:\n    print(held)")
    assert "another process holds" in said


def test_two_shells_take_turns(bench: Bench) -> None:
    bench.append(span("a"))
    bench.close()
    answers: list[str] = []
    code = "print(desk.sql(home, 'SELECT count(*) AS n FROM spans'))"
    threads = [threading.Thread(target=lambda: answers.append(_in_a_shell(bench, code))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    bench.__post_init__()

    assert answers == ["[{'n': 1}]"] * 2


@pytest.mark.usefixtures("app")
def test_progress_of_a_load_reaches_the_shell(bench: Bench) -> None:
    bench.append(span("a"), span("b"))
    seen: list[tuple[int, int]] = []
    desk.load(bench.settings, lambda done, in_all: seen.append((done, in_all)))

    assert seen == [(2, 2)]


@pytest.mark.usefixtures("app")
def test_the_socket_is_for_its_owner_only_and_goes_with_the_app(bench: Bench) -> None:
    assert bench.settings.socket_path.stat().st_mode & 0o777 == 0o600


def test_a_stale_socket_is_replaced(bench: Bench) -> None:
    with socket.socket(socket.AF_UNIX) as dead, desk._short_path(bench.settings.socket_path) as path:
        dead.bind(path)
    again = Desk(bench.settings, bench.warehouse)
    again.start()
    assert desk.status(bench.settings)["app"] is True
    again.close()
    assert not bench.settings.socket_path.exists()


def test_a_home_with_a_very_long_path_has_a_desk(tmp_path: Path) -> None:
    (tmp_path / ("long" * 40)).mkdir()
    bench = Bench(tmp_path / ("long" * 40) / "home")
    at = Desk(bench.settings, bench.warehouse)
    at.start()
    assert desk.status(bench.settings)["app"] is True
    at.close()
    bench.close()


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    "said", [b"", b"\n", b"{", b"[1]\n", b'{"op": "no such"}\n', b'{"op": "sql"}\n', b"\xff\xfe\n", b"x" * 2_000_000]
)
def test_nonsense_on_the_socket_harms_nothing(bench: Bench, said: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as line, desk._short_path(bench.settings.socket_path) as path:
        line.connect(path)
        try:
            line.sendall(said)
            line.shutdown(socket.SHUT_WR)
            answer = line.makefile("rb").read()
        except OSError:
            answer = b""
    assert b"result" not in answer
    assert desk.status(bench.settings)["app"] is True


@pytest.mark.usefixtures("app")
def test_ten_shells_at_once_are_all_answered(bench: Bench) -> None:
    bench.take(span("a"))
    answers: list[object] = []
    threads = [
        threading.Thread(target=lambda: answers.append(desk.sql(bench.settings, "SELECT count(*) AS n FROM spans")))
        for _ in range(10)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == [[{"n": 1}]] * 10


@pytest.mark.usefixtures("app")
def test_errors_keep_their_kind_over_the_socket(bench: Bench) -> None:
    with pytest.raises(UsageError, match="nope"):
        desk.sql(bench.settings, "SELECT nope FROM spans")
