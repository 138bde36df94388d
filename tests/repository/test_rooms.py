"""The rooms: every folder of them is a package, imports run one way, and the front doors open without Streamlit."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("pages", "components", "charts", "review", "metrics", "ingest", "scrub", "storage")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def _folders() -> list[Path]:
    """Every folder that holds Python: of the rooms, and of what all of them may import."""
    return sorted({path.parent for room in (*ROOMS, "settings") for path in (ROOT / room).rglob("*.py")})


def _fresh(code: str) -> str:
    """What a new process prints that runs this."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    )
    return done.stdout.strip()


def test_every_folder_with_code_is_a_package_so_that_the_import_contracts_see_it() -> None:
    assert [folder for folder in _folders() if not (folder / "__init__.py").exists()] == []


def test_every_package_is_installed() -> None:
    listed = set(PROJECT["tool"]["setuptools"]["packages"])
    found = {".".join(folder.relative_to(ROOT).parts) for folder in _folders()}
    assert found == listed


def test_every_room_is_under_the_import_contracts() -> None:
    assert set(PROJECT["tool"]["importlinter"]["root_packages"]) == set(ROOMS)


def test_imports_run_one_way() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as lint; lint(['--no-cache'])"],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


def test_no_room_imports_the_doors_it_is_entered_by() -> None:
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
                assert not {"app", "cli"} & {name.split(".")[0] for name in names}, path


@pytest.mark.parametrize(
    "module", ["cli", "ingest.prepare", "ingest.files", "storage.warehouse", "metrics.latency", "scrub"]
)
def test_what_workers_and_shells_import_does_not_load_streamlit(module: str) -> None:
    assert _fresh(f"import sys, {module}; print('streamlit' in sys.modules)") == "False"


def test_asking_for_help_loads_no_engine() -> None:
    code = (
        "import sys, contextlib, io\nimport cli\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n"
        "    cli.app(['--help'], standalone_mode=False)\n"
        "heavy = {'duckdb', 'deltalake', 'pandas', 'streamlit', 'presidio_analyzer'} & set(sys.modules)\n"
        "print(sorted(heavy))"
    )
    assert _fresh(code) == "[]"


def test_the_help_of_the_command_line_names_its_commands() -> None:
    done = subprocess.run([sys.executable, "cli.py", "--help"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    for command in ("ingest", "load", "serve", "status", "sql", "compact", "rebuild"):
        assert command in done.stdout
