"""Changes between two windows: what is planted in the sample data is named, and nothing in its quiet weeks."""

from pathlib import Path
from typing import Any

from tests.command_line.test_commands import Shell


def changed(shell: Shell, since: str, until: str, *reference: str) -> list[dict[str, Any]]:
    said = shell.json("changes", "--from", since, "--to", until, *reference)
    return [row for row in said["changes"] if row["verdict"] == "changed"]


def test_nothing_is_named_in_the_quiet_weeks(bank: Shell) -> None:
    assert changed(bank, "2026-09-28", "2026-10-05") == []


def test_the_slower_step_is_named_with_its_size(bank: Shell) -> None:
    rows = changed(bank, "2026-10-14", "2026-10-19", "--reference-from", "2026-09-28")

    (slow,) = [row for row in rows if row["metric"] == "duration (ms)"]
    assert slow["step"] == "lookup_transactions"
    assert slow["low"] < 3.4 < slow["high"]
    assert slow["psi"] > slow["psi_by_chance"] > 0
    assert slow["wasserstein"] > 0.5
    assert slow["traces"]


def test_stale_documents_and_the_longer_prompt_are_named_with_where_they_sit(bank: Shell) -> None:
    rows = changed(bank, "2026-10-19", "2026-10-26", "--reference-from", "2026-10-12")
    found = {(row["step"], row["metric"], row["value"]): row for row in rows}

    assert found["retrieve_policies", "documents", "older than 180 days"]["where"] == "retrieval config dense-v1"
    assert found["synthesise", "tokens in", ""]["where"] == "prompt version v4"


def test_the_new_topic_and_the_model_that_changed_by_itself_are_named(bank: Shell) -> None:
    rows = changed(bank, "2026-10-26", "2026-11-02", "--reference-from", "2026-10-12")

    words = {row["value"] for row in rows if row["metric"] == "words"}
    models = {row["value"]: row["effect"] for row in rows if row["metric"] == "model"}
    assert {"fee", "letter"} <= words
    assert models["gpt-4o-2024-11-20"] > 0.2
    assert models["gpt-4o-2024-08-06"] < -0.2


def test_escalations_are_named_with_the_version_they_sit_in(bank: Shell) -> None:
    rows = changed(bank, "2026-11-02", "2026-11-16", "--reference-from", "2026-10-12")

    (handed_over,) = [row for row in rows if row["step"] == "transfer_to_human" and row["metric"] == "used"]
    assert handed_over["effect"] > 0.03
    assert handed_over["where"] == "app version 4.4.0"


def test_the_tool_that_loops_is_named(bank: Shell) -> None:
    rows = changed(bank, "2026-11-03", "2026-11-06", "--reference-from", "2026-10-13")

    (looped,) = [row for row in rows if row["metric"] == "calls per trace"]
    assert (looped["step"], looped["before"], looped["now"]) == ("check_card_status", 1, 7)


def test_windows_that_overlap_or_are_empty_are_told(bank: Shell, tmp_path: Path) -> None:
    said = bank.json("changes", "--from", "2026-10-14", "--to", "2026-10-19", "--reference-to", "2026-10-16", expect=2)
    assert "overlap" in said["error"]
    assert bank.json("changes", "--from", "2020-01-01", "--to", "2020-02-01")["changes"] == []
    shell = Shell(tmp_path)
    assert shell.json("changes", "--from", "2026-10-14", "--to", "2026-10-19")["changes"] == []
