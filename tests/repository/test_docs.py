"""The docs cannot rot: they name each command, page, format and setting; links lead somewhere; commands run."""

import gzip
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import typer

import cli
from ingest.recognise import known_formats
from settings import Settings
from settings.service import Server, Storage
from storage.schema_page import markdown

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), ROOT / "sample_data" / "README.md"])


def _commands() -> list[str]:
    return sorted(typer.main.get_command(cli.app).commands)  # type: ignore[attr-defined]


def _targets() -> list[str]:
    return re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE)


def test_the_readme_names_each_command() -> None:
    assert [name for name in _commands() if f"`benchbook {name}" not in README] == []


def test_the_readme_names_each_section_of_the_menu() -> None:
    menu = (ROOT / "pages" / "menu.py").read_text()
    sections = re.findall(r'^ {4}"(\w+)": \(', menu, re.MULTILINE)
    assert sections
    assert [section for section in sections if f"**{section}**" not in README] == []
    titles = {title.lower() for title in re.findall(r'Entry\("[\w/]+", "([\w ]+)"', menu)}
    assert titles
    looks = README[README.index("## Look") :].lower()
    assert [title for title in sorted(titles) if title not in looks] == []


def test_the_readme_says_the_exit_codes_and_what_lies_in_the_home() -> None:
    for code, word in ((0, "done"), (2, "wrong usage"), (3, "rejected"), (5, "failed")):
        assert re.search(rf"\b{code} [\w ]*{word}", README)
    for name in ("lake/", "warehouse.duckdb", "text.idx", "ledger.db", "key", "benchbook.toml"):
        assert f"`{name}`" in README


def test_the_formats_page_names_each_format() -> None:
    page = (ROOT / "docs" / "formats.md").read_text()
    assert [name for name in known_formats() if f"`{name}`" not in page] == []


def test_the_settings_that_an_operator_needs_are_documented() -> None:
    text = "\n".join(path.read_text() for path in PAGES)
    wanted = [name for section in (Server, Storage) for name in section.model_fields]
    missing = [name for name in wanted if name not in text]
    assert missing == []
    assert all(f"[{name}]" in text for name in ("mapping", "prices", "scrub", "server"))
    assert {"mapping", "prices", "scrub", "server"} <= set(Settings.model_fields)


def test_the_reference_of_columns_is_made_from_the_schema() -> None:
    assert (ROOT / "docs" / "schema.md").read_text() == markdown(), "run python -m storage.schema_page > docs/schema.md"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", page.read_text()):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        found = page.parent / path if path else page
        assert found.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", found.read_text(), re.MULTILINE)
            assert anchor in [re.sub(r"[^\w -]", "", one).lower().replace(" ", "-") for one in headings], target


def test_make_alone_lists_every_target_and_the_readme_names_only_those() -> None:
    listed = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert set(_targets()) >= {"demo", "test", "check", "run", "bench", "reset"}
    assert [name for name in _targets() if f"make {name}" not in listed] == []
    assert set(re.findall(r"`?make ([a-z]+)`?\b", README.replace("make and git", ""))) - set(_targets()) <= {"alone"}


def test_the_shell_commands_of_the_readme_run(tmp_path: Path) -> None:
    """Those of benchbook, on a small home; what serves for ever and what installs is run by `make demo`."""
    blocks = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    commands = [line for block in blocks for line in block.splitlines() if line.startswith(".venv/bin/benchbook")]
    assert len(commands) >= 3
    exports = tmp_path / "exports"
    exports.mkdir()
    line = '{"trace_id": "t1", "span_id": "s1", "start_ts": "2026-11-09T10:00:00Z", "name": "answer", "kind": "llm"}\n'
    (exports / "own.jsonl").write_text(line)
    (tmp_path / "more-traces.jsonl.gz").write_bytes(gzip.compress(line.replace("s1", "s2").encode()))
    (tmp_path / "labels.csv").write_text("item,reviewer,criterion,value\nt1,ana,helpfulness,4\n")
    for command in commands:
        done = subprocess.run(
            [sys.executable, str(ROOT / "cli.py"), *shlex.split(command, comments=True)[1:]],
            cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120,
            env={"BENCHBOOK_HOME": str(tmp_path / "home"), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        assert done.returncode == 0, f"{command}\n{done.stderr}"


def test_the_own_lines_in_the_docs_are_taken(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "formats.md").read_text()
    block = re.findall(r"```json\n(.*?)```", page, re.DOTALL)[-1]
    (tmp_path / "own.jsonl").write_text(block)
    done = subprocess.run(
        [sys.executable, "cli.py", "ingest", str(tmp_path / "own.jsonl"), "--json", "--home", str(tmp_path / "home")],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert '"spans":1' in done.stdout
    assert '"scores":1' in done.stdout
