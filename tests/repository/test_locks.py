"""What is installed is pinned by hash and names no host; the demo needs nothing else."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def _pinned(lock: str) -> dict[str, int]:
    """Package to number of hashes."""
    entries = re.split(r"\n(?=[a-z0-9])", (ROOT / lock).read_text())
    found = {}
    for entry in entries:
        if match := re.match(r"([a-z0-9][a-z0-9._-]*)(?:\[[a-z,]+\])?==\S+", entry):
            found[match[1]] = len(re.findall(r"--hash=sha256:[0-9a-f]{64}", entry))
    return found


def _names(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[<>=!~ ]", requirement)[0].lower() for requirement in requirements}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_host(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert re.findall(r"\w+://|--index|--find-links|--extra-index|@ ", text) == []


@pytest.mark.parametrize("lock", LOCKS)
def test_every_entry_of_a_lock_has_a_version_and_hashes(lock: str) -> None:
    pinned = _pinned(lock)
    assert len(pinned) > 50
    assert [name for name, hashes in pinned.items() if not hashes] == []


def test_the_locks_hold_what_the_project_names() -> None:
    assert _names(PROJECT["project"]["dependencies"]) <= _pinned(LOCKS[0]).keys()
    assert _names(PROJECT["dependency-groups"]["dev"]) <= _pinned(LOCKS[1]).keys()
    assert _pinned(LOCKS[0]).keys() <= _pinned(LOCKS[1]).keys()


def test_the_demo_can_build_the_project_without_fetching_a_build_tool() -> None:
    assert "setuptools" in _pinned(LOCKS[0])


def test_no_file_of_the_repository_names_the_machine_it_was_made_on() -> None:
    for path in ROOT.rglob("*"):
        hidden = any(
            part.startswith(".") and part not in (".ci", ".streamlit") for part in path.relative_to(ROOT).parts
        )
        if path.suffix in (".py", ".md", ".toml", ".lock", ".sql", "") and path.is_file() and not hidden:
            if path.is_relative_to(ROOT / "home") or path == Path(__file__):
                continue
            text = path.read_text(errors="replace")
            assert not re.search(r"/root/|/home/[a-z]+/", text), path
