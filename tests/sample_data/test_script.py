"""The script writes the same data each time, as it was asked to; its judge has the flaws that it is said to have."""

import csv
import gzip
import json
import subprocess
import sys
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path
from statistics import linear_regression, mean

import pytest

from sample_data import judges, make_sample
from sample_data.conversations import Turn
from sample_data.truths import COMMITTED, WEEKS, Days
from tests.sample_data.read_back import FOLDER

MAX_BYTES = 5 * 10**6


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def _script(*options: str) -> None:
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-m", "sample_data.make_sample", *options], cwd=root, check=True, timeout=120)


def test_the_script_writes_what_is_committed(tmp_path: Path) -> None:
    _script("--out", str(tmp_path))
    made = sorted(path.name for path in tmp_path.iterdir())
    assert made == sorted(path.name for path in FOLDER.iterdir() if path.suffix in (".gz", ".csv"))
    for name in made:
        ours, theirs = ((folder / name).read_bytes() for folder in (tmp_path, FOLDER))
        if name.endswith(".gz"):  # another zlib packs the same text otherwise
            ours, theirs = gzip.decompress(ours), gzip.decompress(theirs)
        assert ours == theirs, f"{name} differs: run python -m sample_data.make_sample"


def test_two_runs_write_the_same_bytes_and_another_seed_does_not(tmp_path: Path) -> None:
    days = Days.over(date(2027, 3, 1), 1)
    for folder, seed in (("one", 1), ("two", 1), ("other", 2)):
        (tmp_path / folder).mkdir()
        make_sample.write_weeks(tmp_path / folder, days, weeks=1, traces=40, seed=seed)
    one, two, other = (
        (tmp_path / folder / "traces-2027-W09.jsonl.gz").read_bytes() for folder in ("one", "two", "other")
    )
    assert one == two
    assert one != other


def test_what_is_committed_stays_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir() if path.is_file()) <= MAX_BYTES


def test_other_weeks_can_be_made(tmp_path: Path) -> None:
    _script("--out", str(tmp_path), "--until", "2027-03-07", "--weeks", "3", "--traces", "25")
    assert sorted(path.name for path in tmp_path.glob("*.gz")) == [
        f"traces-2027-W0{week}.jsonl.gz" for week in (7, 8, 9)
    ]


def test_a_benchmark_gets_at_least_the_spans_it_asks_for_in_order_of_weeks(tmp_path: Path) -> None:
    make_sample.write_spans(tmp_path, COMMITTED, spans=21_000, weeks=WEEKS, seed=1)
    spans = 0
    for path in sorted(tmp_path.iterdir()):
        for line in gzip.decompress(path.read_bytes()).splitlines():
            spans += len(json.loads(line)["resourceSpans"][0]["scopeSpans"][0]["spans"])
    assert 21_000 <= spans < 21_012


@pytest.fixture(scope="module")
def turns() -> list[Turn]:
    return list(make_sample.all_turns(COMMITTED, weeks=WEEKS, traces=400, seed=7))


def test_the_house_judge_is_lenient_and_loves_long_answers_and_its_family(turns: list[Turn]) -> None:
    errors = [judges.house_verdicts(turn)[0].score - turn.true_helpfulness for turn in turns]  # type: ignore[operator]
    assert 0.4 < mean(errors) < 1.4
    length = [min(2.0, max(-1.0, (len(turn.answer) - 400) / 200)) for turn in turns]
    assert linear_regression(length, errors).slope > 0.2
    family = defaultdict(list)
    for turn, error in zip(turns, errors, strict=True):
        family[turn.session.model.startswith("gpt")].append(error)
    assert mean(family[True]) - mean(family[False]) > 0.15


def test_the_panel_judge_is_right_on_average(turns: list[Turn]) -> None:
    inside = [turn for turn in turns if 2 < turn.true_helpfulness < 4.2]  # away from the ends of the scale
    assert mean(judges.panel_verdicts(turn)[0].score - turn.true_helpfulness for turn in inside) == pytest.approx(  # type: ignore[operator]
        0, abs=0.08
    )


def test_longer_answers_of_the_costly_prompt_are_truly_no_better(turns: list[Turn]) -> None:
    later = [turn for turn in turns if turn.starts_at.date() >= COMMITTED.cost]
    true = {
        version: [t.true_helpfulness for t in later if t.session.prompt_version == version] for version in ("v3", "v4")
    }
    length = {
        version: [len(t.answer) for t in later if t.session.prompt_version == version] for version in ("v3", "v4")
    }
    assert mean(length["v4"]) > 1.2 * mean(length["v3"])
    assert mean(true["v4"]) == pytest.approx(mean(true["v3"]), abs=0.12)


def test_labels_carry_the_probability_of_their_item_and_some_are_double() -> None:
    for path in sorted(FOLDER.glob("labels-*.csv")):
        sizes = {row["stratum"]: row for row in _rows(FOLDER / path.name.replace("labels", "strata"))}
        rows = _rows(path)
        assert {row["criterion"] for row in rows} == set(judges.CRITERIA)
        reviewers: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            stratum = sizes[row["stratum"]]
            expected = int(stratum["sampled"]) / int(stratum["size"])
            assert float(row["probability"]) == pytest.approx(expected, abs=1e-6)
            reviewers[row["item_id"]].add(row["reviewer"])
        assert len(reviewers) == sum(int(row["sampled"]) for row in sizes.values())
        assert sum(len(who) == 2 for who in reviewers.values()) > 0.15 * len(reviewers)


def test_the_last_week_waits_for_its_labels() -> None:
    labelled = [path.stem.removeprefix("labels-") for path in sorted(FOLDER.glob("labels-*.csv"))]
    assert labelled[-1] == "2026-W45"
    assert make_sample.iso_week(make_sample.UNTIL - timedelta(days=1)) == "2026-W46"
