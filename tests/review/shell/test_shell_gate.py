"""`benchbook gate` on a home's own traffic and labels: what it decides, says, keeps, and with which exit code."""

import datetime as dt
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pandas as pd
import pytest

import cli
from errors import Undecided
from ingest.receive import boundary
from review.calibration.decisions import decisions
from review.rubric.rubrics import ensure_builtin
from review.shell.gate import gate
from review.shell.labels import import_
from settings import read_settings
from storage.desk import Desk
from storage.home import open_home
from tests.review.traffic import WEEK, bank
from tests.storage.arrivals import Bench

AT = dt.datetime(2026, 9, 9, 9, tzinfo=dt.UTC)
HEADER = "item,sample,week,reviewer,criterion,value,stratum,probability,labelled_at\n"
LOW_BARS = "[gate]\neffective_items = 50\nrefused_items = 10\n"
"""A week of 90 labelled traces is enough."""


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """The bank's week: every third trace by the large model, the others by the small one."""
    with bank(tmp_path / "home") as made:
        yield made


def label(bench: Bench, value: Callable[[int], int]) -> None:
    """Two people's labels of ninety traces, who agree."""
    path = bench.home / "labels.csv"
    path.write_text(
        HEADER
        + "".join(
            f"{number:032x},weekly-{WEEK},{WEEK},{name},helpfulness,{value(number)},all,0.45,{AT.isoformat()}\n"
            for number in range(90)
            for name in ("Lee", "Bo")
        )
    )
    assert import_([path], home=bench.home, json=True) == 0


@pytest.fixture(scope="module")
def alike(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose labels say what the judge says, and no running app."""
    with bank(tmp_path_factory.mktemp("alike") / "home") as made:
        label(made, judged_alike)
    return made.home


@pytest.fixture(scope="module")
def worse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose large model fails, and no running app."""
    with bank(tmp_path_factory.mktemp("worse") / "home") as made:
        label(made, large_is_worse)
        (made.home / "benchbook.toml").write_text(LOW_BARS)
    return made.home


def judged_alike(number: int) -> int:
    """What the judge says too, whatever the model."""
    return 1 + number % 5


def large_is_worse(number: int) -> int:
    return 1 if number % 3 == 0 else 5


def decided(home: Path, capsys: pytest.CaptureFixture[str], **options: Any) -> tuple[int, dict[str, Any]]:
    capsys.readouterr()
    code = gate("helpfulness", "model=large", "model=small", home=home, json=True, **options)
    said: dict[str, Any] = orjson.loads(capsys.readouterr().out)
    return code, said


def test_a_running_app_is_asked_and_the_decision_is_the_same(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    label(bench, judged_alike)
    desk = Desk(bench.settings, bench.warehouse)
    desk.start()
    try:
        asked = decided(bench.home, capsys)
    finally:
        desk.close()
    bench.close()
    alone = decided(bench.home, capsys)

    assert asked[1].pop("decision") == 1
    assert alone[1].pop("decision") == 2
    assert asked == alone
    assert asked[1]["weeks"] == [WEEK]


def kept(home: Path) -> pd.DataFrame:
    """The decisions in the ledger of a home."""
    opened = open_home(read_settings(home), now=AT)
    try:
        return decisions(opened.ledger.database)
    finally:
        opened.close()


def test_what_cannot_be_decided_is_an_error_and_keeps_nothing(alike: Path) -> None:
    for asked in (("helpfulness", "model=huge", "model=small"), ("colour", "model=large", "model=small")):
        with pytest.raises(Undecided):
            gate(*asked, home=alike)
    assert kept(alike).empty


def test_a_criterion_that_nobody_labels_is_told_with_those_there_are(alike: Path, tmp_path: Path) -> None:
    with pytest.raises(Undecided, match=r"criteria with labels: helpfulness; what the rubrics ask: .*: .*helpfulness"):
        gate("helpfullness", "model=large", "model=small", home=alike)
    with bank(tmp_path / "unlabelled"):
        pass
    opened = open_home(read_settings(tmp_path / "unlabelled"), now=AT)
    try:
        ensure_builtin(opened.ledger.database, AT)
    finally:
        opened.close()
    with pytest.raises(Undecided, match=r"none yet: label a sample first; what the rubrics ask: answer-quality: \w+"):
        gate("helpfulness", "model=large", "model=small", home=tmp_path / "unlabelled")


def test_labels_of_sessions_are_told_from_none_at_all(tmp_path: Path) -> None:
    with bank(tmp_path / "home") as made:
        (tmp_path / "sessions.csv").write_text(
            "item,unit,sample,week,reviewer,criterion,value,labelled_at\n"
            f"s1,session,talks-{WEEK},{WEEK},Lee,calm,yes,{AT.isoformat()}\n"
        )
        assert import_([tmp_path / "sessions.csv"], home=made.home, json=True) == 0
    with pytest.raises(Undecided, match="that criterion is labelled of sessions; the gate compares traces"):
        gate("calm", "model=large", "model=small", home=tmp_path / "home")


def test_the_help_says_what_each_exit_code_means() -> None:
    said = " ".join((gate.__doc__ or "").split())
    assert "exit 0" in said
    assert "missing or no number, or a wrong `benchbook.toml`, exits with 2" in said
    assert "exits with 5, also a version or column that cannot be read" in said


def test_too_few_labels_exit_with_4_and_say_how_many_are_missing(
    alike: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = decided(alike, capsys)
    assert (code, said["outcome"], said["labels_needed"]) == (4, "not_enough_evidence", 10)
    assert said["reason"] == "the labels are worth 90 items, 100 are needed"
    states = {one["name"]: one["state"] for one in said["checks"]}
    assert states["worth of the labels"] == "not_enough_evidence"
    assert states["agrees with people"] == states["labelled by two"] == "pass"


@pytest.mark.parametrize(
    ("value", "judge", "code", "outcome"), [(judged_alike, None, 0, "pass"), (large_is_worse, "none", 1, "fail")]
)
def test_a_home_with_lower_bars_gets_pass_or_fail_from_its_labels(
    bench: Bench,
    capsys: pytest.CaptureFixture[str],
    value: Callable[[int], int],
    judge: str | None,
    code: int,
    outcome: str,
) -> None:
    (bench.home / "benchbook.toml").write_text(LOW_BARS)
    label(bench, value)
    bench.close()
    found, said = decided(bench.home, capsys, judge=judge, margin=1.0)
    assert (found, said["outcome"]) == (code, outcome)
    assert said["rules"]["effective_items"] == 50


def test_the_words_tell_every_check_and_what_the_versions_are(alike: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = decided(alike, capsys)[1]
    assert gate("helpfulness", "model=large", "model=small", home=alike) == 4
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "not enough evidence: the labels are worth 90 items, 100 are needed"
    assert lines[1] == "about 10 more labelled items would settle it"
    for one in said["checks"]:
        assert any(line.endswith(f"  {one['said']}") for line in lines)
    assert any(line.startswith("candidate: model=large, 30 labelled of 67 traces") for line in lines)
    assert any(line.startswith("note: the weight of the judge is tuned on these labels") for line in lines)


def test_what_is_kept_is_what_was_said(alike: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = decided(alike, capsys, protect=["app"])[1]
    row = kept(alike).iloc[0]
    assert row["outcome"] == said["outcome"]
    assert {name: row["evidence"][name] for name in ("checks", "rules", "difference", "protected", "notes")} == {
        name: said[name] for name in ("checks", "rules", "difference", "protected", "notes")
    }
    assert list(said["protected"]) == ["app bank"]


def test_what_cannot_be_protected_is_refused(alike: Path) -> None:
    with pytest.raises(Undecided, match="is one of strata, tenant, app"):
        gate("helpfulness", "model=large", "model=small", protect=["weather"], home=alike)


@pytest.mark.parametrize(
    ("candidate", "toml", "options", "code"),
    [
        ("v4", "", (), 5),
        ("prmpt=v4", "", (), 5),
        ("model=large", "", ("--protect", "foo"), 5),
        ("model=large", "", ("--margin", "wide"), 2),
        ("model=large", "[gaet]\n", (), 2),
    ],
)
def test_what_was_asked_wrongly_exits_as_the_help_says(
    alike: Path, monkeypatch: pytest.MonkeyPatch, candidate: str, toml: str, options: tuple[str, ...], code: int
) -> None:
    asked = ("gate", "--criterion", "helpfulness", "--candidate", candidate, "--baseline", "model=small")
    monkeypatch.setattr(sys, "argv", ["benchbook", *asked, "--home", str(alike), *options])
    monkeypatch.setattr(cli, "_leave", sys.exit)
    monkeypatch.setattr(boundary, "leave_no_dump", lambda: None)  # it could not be taken back
    (alike / "benchbook.toml").write_text(toml)
    try:
        with pytest.raises(SystemExit) as ended:
            cli.main()
    finally:
        (alike / "benchbook.toml").unlink()
    assert ended.value.code == code


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_version_that_fails_fails_though_nobody_reads_why(
    worse: Path, unbuffered: str, form: tuple[str, ...]
) -> None:
    asked = ("gate", "--criterion", "helpfulness", "--candidate", "model=large", "--baseline", "model=small")
    words = [sys.executable, str(Path(cli.__file__)), *asked, "--home", str(worse), *form]
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        words, stdout=writer, stderr=writer, env=os.environ | {"PYTHONUNBUFFERED": unbuffered}, check=False, timeout=120
    )
    os.close(writer)
    assert done.returncode == 1
