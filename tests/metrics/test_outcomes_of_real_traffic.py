"""Outcomes with the rules as they come: of tau-bench's conversations, and of what is planted in the sample data."""

from pathlib import Path

import pytest

from tests.command_line.test_commands import ROOT, Shell
from tests.storage.homes import with_known_key

TAU_BENCH = ROOT.parent / "shared" / "fixtures" / "exports" / "tau-bench"


def test_48_of_200_airline_conversations_were_handed_over(tmp_path: Path) -> None:
    if not TAU_BENCH.exists():
        pytest.skip("the recorded conversations are not beside the repository")
    shell = Shell(tmp_path)
    with_known_key(shell.home)
    shell.json("ingest", str(TAU_BENCH))

    said = shell.json("outcomes")

    escalated = next(row for row in said["outcomes"] if row["outcome"] == "escalated")
    solved = next(row for row in said["outcomes"] if row["outcome"] == "solved")
    assert (escalated["hits"], escalated["trials"]) == (48, 200)
    assert (solved["hits"], solved["trials"]) == (84, 200)
    assert sum(row["handed_over"] for row in said["until_a_person"]) == 48


def test_the_version_that_hands_over_more_is_named_and_the_quiet_weeks_name_none(bank: Shell) -> None:
    late = bank.json("outcomes", "--by", "app_version", "--from", "2026-11-02")["outcomes"]
    quiet = bank.json("outcomes", "--by", "tenant,model", "--to", "2026-10-05")["outcomes"]

    escalated = {row["app_version"]: row for row in late if row["outcome"] == "escalated"}
    worse = escalated["4.4.0"]
    assert 0.15 < worse["share"] < 0.30
    assert worse["gap_low"] > 0.05
    assert worse["q"] < 0.01
    assert escalated["4.3.0"]["share"] < 0.1
    assert quiet
    assert all(row["q"] is None or row["q"] > 0.05 for row in quiet)


def test_the_topic_that_is_planted_is_found_by_its_words_and_is_not_there_before(bank: Shell) -> None:
    def words(*asked: str) -> list[set[str]]:
        return [set(row["topic"].split(", ")) for row in bank.json("outcomes", "--by", "topic", *asked)["outcomes"]]

    assert any({"fee", "letter"} <= topic for topic in words())
    assert not any({"fee", "letter"} & topic for topic in words("--to", "2026-10-26"))


def test_moods_are_measured_of_the_bank_as_it_is_in_english(bank: Shell) -> None:
    said = bank.json("outcomes", "--by", "language", "--to", "2026-10-05")

    assert {row["language"] for row in said["moods"]} == {"en"}
    change = next(row for row in said["moods"] if row["figure"] == "mood_change")
    assert change["low"] < change["mean"] < change["high"]
    assert 0 < change["measured"] < said["conversations"] == said["read"]


@pytest.mark.parametrize("command", [["outcomes"], ["trends", "--metric", "cost"]])
def test_a_value_that_no_traffic_has_is_said_with_those_that_there_are(command: list[str], bank: Shell) -> None:
    told = bank.run(*command, "--where", "app=bank-bot")

    assert told.returncode == 0
    assert told.stdout.strip() == "no app bank-bot here; there are bank-assistant"
    assert bank.json(*command, "--where", "app=bank-assistant", "--to", "2020-01-01")["unknown"] == []


def test_versions_know_no_share_of_a_week_that_a_kind_was_not_seen_in(bank: Shell) -> None:
    assert "nan" not in bank.run("versions").stdout
    assert "there are bank-assistant" in bank.run("versions", "--app", "bank-bot").stdout


def test_changes_names_the_window_that_is_too_small(bank: Shell) -> None:
    early = ["changes", "--from", "2026-09-22", "--to", "2026-10-05"]

    assert "The time compared with holds" in bank.run(*early, "--reference-from", "2026-09-01",
                                                      "--reference-to", "2026-09-21").stdout  # fmt: skip
    said = bank.json("changes", "--from", "2026-11-09", "--to", "2026-11-16")
    assert said["conversations"]["before"] > 100
    assert said["apps"][0] == "bank-assistant"
