"""The weekly sample: once an ISO week, of the last seven days, with the week as its seed."""

import datetime as dt
import json
import os
import subprocess
import sys
from pathlib import Path

from ingest.rescrub.run import Asked
from ingest.rescrub.shell import _of_the_week
from storage import rewriting
from tests.storage.homes import opened, turn
from tests.storage.writers import ROOT

MONDAY = dt.datetime(2026, 11, 16, 0, 5, tzinfo=dt.UTC)
SUNDAY = dt.datetime(2026, 11, 22, 23, 55, tzinfo=dt.UTC)


def test_a_week_is_measured_once_and_only_by_a_sample(tmp_path: Path) -> None:
    with opened(tmp_path / "home") as there:
        database = there.home.ledger.database
        assert rewriting.week_to_measure(database, now=MONDAY) == "2026-W47"
        whole = rewriting.begin(database, version="5", asked={"sample": None, "share": None}, now=MONDAY)
        whole.end(found={}, verified={}, now=MONDAY)
        assert rewriting.week_to_measure(database, now=SUNDAY) == "2026-W47"
        sample = rewriting.begin(database, version="5", asked={"sample": 500}, now=MONDAY)
        assert rewriting.week_to_measure(database, now=SUNDAY) == "2026-W47", "it was broken off"
        sample.end(found={}, verified={}, now=MONDAY)
        assert rewriting.week_to_measure(database, now=SUNDAY) is None
        assert rewriting.week_to_measure(database, now=SUNDAY + dt.timedelta(minutes=10)) == "2026-W48"


def test_it_is_of_the_last_seven_days_and_looks_only_where_it_cannot_rewrite() -> None:
    asked = _of_the_week(Asked(), now=SUNDAY, size=300, may_rewrite=False)
    assert asked == Asked(since=SUNDAY - dt.timedelta(days=7), sample=300, seed=202647, dry_run=True)
    assert not _of_the_week(Asked(), now=SUNDAY, size=300, may_rewrite=True).dry_run


def _cli(home: Path, *words: str, expect: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "cli", "rescrub", "--home", str(home), *words], cwd=ROOT, capture_output=True, text=True,
        check=False, timeout=120, env=os.environ | {"BENCHBOOK_HOME": ""},
    )  # fmt: skip
    assert done.returncode == expect, done.stderr[-2000:]
    return done.stdout if not expect else done.stderr


def test_from_the_shell_with_the_rate_in_words(tmp_path: Path) -> None:
    home = tmp_path / "home"
    now = dt.datetime.now(dt.UTC)
    with opened(home) as there:
        leak = turn(0, trace="leaking", scrub_version="0-old")
        leak[0]["input_text"] = "write to wren.okafor77@example-mail.com"
        leak[0]["start_ns"] = int(now.timestamp() * 1e9)
        there.append(leak)
        there.warehouse.load()
    said = _cli(home, "--weekly", "--dry-run")
    assert "Would rewrite: texts of 1 spans in 1 traces" in said
    assert "left out" not in said
    assert "Something was found in 100.00% of traces (95 % interval 20.65% to 100.00%; 1 traces looked at)" in said
    assert "What no rule sees is in no such rate." in said
    assert "EMAIL_ADDRESS" in said
    assert "okafor" not in said
    done = json.loads(_cli(home, "--weekly", "--json"))
    assert (done["found"]["spans_found"], done["rewritten"]) == (1, True)
    assert "0 traces (0 spans)" in (said := _cli(home))
    assert "; 1 traces left out, which these rules have read before" in said
    failed = _cli(home, "--app", "nosuch", expect=2)
    assert "no trace is of the app nosuch; there are: " in failed
    app = failed.strip().rpartition("there are: ")[2]
    assert "left out" in _cli(home, "--app", app)
    assert "--sample or --share" in _cli(home, "--sample", "5", "--share", "0.5", expect=2)
    assert "above 0" in _cli(home, "--share", "2", expect=2)
    assert "--since" in _cli(home, "--since", "yesterday", expect=2)
    for own in (("--seed", "0"), ("--sample", "5"), ("--share", "0.5"), ("--since", "2026-11-02")):
        assert "says its own sample, seed and time" in _cli(home, "--weekly", *own, expect=2)
