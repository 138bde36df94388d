"""Legal holds from a shell."""

from pathlib import Path

from tests.command_line.test_commands import SPAN, Shell


def test_holds_in_force_and_released_ones_are_listed_together(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    shell.json("ingest", shell.write("own.jsonl", SPAN))
    for reason in ("case 7", "case 8"):
        shell.json("hold", "add", "--app", "shop", "--reason", reason)
    shell.json("hold", "release", "1", "--reason", "closed")

    listed = shell.json("hold", "list")

    assert [(one["id"], one["released_at"] is None, one["released_by"]) for one in listed] == [
        (2, True, None),
        (1, False, "shell"),
    ]
    assert "in force" in shell.run("hold", "list").stdout
