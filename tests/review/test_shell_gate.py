"""`benchbook gate` on a home's own traffic and labels: with and without a running app, it decides the same."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from review.shell_gate import gate
from review.shell_labels import import_
from storage.desk import Desk
from tests.review.traffic import WEEK, bank
from tests.storage.arrivals import Bench

AT = dt.datetime(2026, 9, 9, 9, tzinfo=dt.UTC)
HEADER = "item,sample,week,reviewer,criterion,value,stratum,probability,labelled_at\n"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """The bank's week with labels of sixty traces by two people."""
    with bank(tmp_path / "home") as made:
        path = tmp_path / "labels.csv"
        path.write_text(
            HEADER
            + "".join(
                f"{number:032x},weekly-{WEEK},{WEEK},{name},helpfulness,{1 + number % 5},all,0.3,{AT.isoformat()}\n"
                for number in range(60)
                for name in ("Lee", "Bo")
            )
        )
        assert import_([path], home=made.home, json=True) == 0
        yield made


def decided(bench: Bench, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, object]]:
    capsys.readouterr()
    code = gate("helpfulness", "model=large", "model=small", home=bench.home, json=True)
    said: dict[str, object] = orjson.loads(capsys.readouterr().out)
    return code, {name: value for name, value in said.items() if name != "decision"}


def test_a_running_app_is_asked_and_the_decision_is_the_same(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    desk = Desk(bench.settings, bench.warehouse)
    desk.start()
    try:
        asked = decided(bench, capsys)
    finally:
        desk.close()
    bench.close()
    alone = decided(bench, capsys)

    assert asked == alone
    assert asked[1]["weeks"] == [WEEK]
    assert asked[0] in (0, 1, 4)
