"""The home's key from a shell: a replaced one is forgotten when somebody says so twice."""

import os
import pty
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.command_line.test_commands import ROOT, SPAN, Shell


@pytest.fixture
def rotated(tmp_path: Path) -> tuple[Shell, str]:
    """A home with a trace of alice under a key that was replaced, and that key's id."""
    shell = Shell(tmp_path)
    shell.json("ingest", shell.write("own.jsonl", SPAN | {"user_id": "alice"}))
    return shell, shell.json("key", "rotate")["replaced"]


def _on_a_terminal(shell: Shell, *words: str, typed: bytes) -> int:
    ours, theirs = pty.openpty()
    done = subprocess.Popen([sys.executable, str(ROOT / "cli.py"), *words], stdin=theirs, stdout=theirs, stderr=theirs,
                            env=os.environ | {"BENCHBOOK_HOME": str(shell.home)})  # fmt: skip
    os.close(theirs)
    os.write(ours, typed)
    code = done.wait(timeout=120)
    os.close(ours)
    return code


def test_a_key_is_forgotten_only_when_that_is_affirmed(rotated: tuple[Shell, str]) -> None:
    shell, key = rotated
    refused = shell.run("key", "forget", key)
    assert refused.returncode == 2
    assert "say --yes" in refused.stderr
    assert "key list" in shell.run("key", "forget", "0" * 12).stderr
    assert _on_a_terminal(shell, "key", "forget", key, typed=b"n\n") == 5
    assert [one["id"] for one in shell.json("key", "list")][1:] == [key]
    assert _on_a_terminal(shell, "key", "forget", key, typed=b"y\n") == 0
    assert [one["state"] for one in shell.json("key", "list")] == ["in use"]


def test_after_a_key_is_forgotten_an_erasure_says_what_it_cannot_find(rotated: tuple[Shell, str]) -> None:
    shell, key = rotated
    asked = ("erase", "--user", "alice", "--dry-run")
    assert "forgotten" not in shell.run(*asked).stdout
    shell.json("key", "forget", key, "--yes")
    said = shell.run(*asked).stdout
    assert "none of it here" in said
    assert "1 replaced key was forgotten: what was hashed with it is not found by name" in said
    assert shell.json(*asked)["forgotten_keys"] == 1
    [shown] = [one["user_id"] for one in shell.json("sql", "SELECT user_id FROM traces")]
    by_hash = shell.json("erase", "--user", shown, "--dry-run")
    assert (by_hash["traces"], by_hash["forgotten_keys"]) == (1, 0)


def test_a_key_is_changed_by_an_admin_alone_and_the_log_says_who(rotated: tuple[Shell, str]) -> None:
    shell, key = rotated
    shell.json("user", "add", "ada", "--role", "admin")
    shell.json("user", "add", "eve", "--role", "engineer")
    for words in (("rotate",), ("forget", key, "--yes")):
        refused = shell.run("key", *words, "--by", "eve")
        assert refused.returncode != 0
        assert "eve" in refused.stderr
        assert "key" in refused.stderr
    assert [one["id"] for one in shell.json("key", "list")][1:] == [key]
    second = shell.json("key", "rotate", "--by", "ada")["replaced"]
    shell.json("key", "forget", key, "--yes", "--by", "ada")
    assert [one["id"] for one in shell.json("key", "list")][1:] == [second]
    with closing(sqlite3.connect(shell.home / "ledger.db")) as ledger:
        log = ledger.execute("SELECT action, actor FROM audit_log WHERE action LIKE 'key.%' ORDER BY id").fetchall()
    assert log == [("key.rotated", "shell"), ("key.rotated", "ada"), ("key.forgotten", "ada")]
