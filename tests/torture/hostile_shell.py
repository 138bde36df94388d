"""Hostile text in what commands print and write: nothing steers a terminal, is a formula in CSV, lives in a report."""

import csv
import io
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser

from tests.torture import hostile
from tests.torture.attack import OneRound, Place
from tests.torture.cells import runs_as_a_formula
from tests.torture.shell import Shell

STEERS = {"Cc", "Cf", "Zl", "Zp", "Co", "Cs"}
"""Unicode categories that a terminal acts on, or that let a line read otherwise than it is."""
_WEEK = ("--from", "2026-10-20", "--to", "2026-11-20")
COMMANDS = (
    ("sql", "SELECT * FROM spans LIMIT 40"), ("sql", "SELECT * FROM documents LIMIT 40"),
    ("sql", "SELECT * FROM scores LIMIT 40"), ("status",), ("changes", *_WEEK), ("versions",), ("versions", "--dora"),
    ("trends", "--metric", "cost", "--by", "step,model", *_WEEK), ("trends", "--metric", "errors", "--by", "tenant"),
    ("outcomes", "--by", "tenant"), ("outcomes", "--by", "app_version", "--fairness"), ("watch",), ("user", "list"),
    ("rubric", "list"), ("rubric", "show", "hostile"), ("labels", "export", "--format", "csv"), ("labels", "export"),
    ("queue", "next", "--reviewer", "kit"), ("sample", "weekly", "--week", "2026-W46"),
)  # fmt: skip


@contextmanager
def outputs(place: Place) -> Iterator[OneRound]:
    """Each round: another hostile home, every command that prints what is kept, and the weekly report."""

    def one_round() -> None:
        folder = place.folder / f"round-{place.round}"
        folder.mkdir()
        shell, told = hostile.filled(folder, place.dice(), large=False)
        for words in told:
            place.found(f"filling the home: {words}")
        for command in COMMANDS:
            _check(place, shell, command)
        _check_report(place, shell)

    yield one_round


def _check(place: Place, shell: Shell, command: tuple[str, ...]) -> None:
    name, is_export = " ".join(command[:2]), command[:2] == ("labels", "export")
    said = shell.run(*command)
    place.count("commands run")
    place.expect(said.is_plain or said.code == 6, f"{name}: {said.words}")
    shown = shell.on_a_terminal(*command) if is_export else said.out + said.err  # a file gets what was said
    steering = {unicodedata.name(letter, hex(ord(letter))) for letter in shown if _steers(letter)}
    place.expect(not steering, f"{name} prints what steers a terminal: {', '.join(sorted(steering))[:200]}")
    if "csv" in command:
        cells = [cell for row in csv.reader(io.StringIO(said.out, newline="")) for cell in row]
        place.count("cells of CSV", len(cells))
        place.expect(not any(map(runs_as_a_formula, cells)), f"{name}: cells are formulas")


def _steers(letter: str) -> bool:
    return letter not in "\r\n\t" and unicodedata.category(letter) in STEERS


class _Alive(HTMLParser):
    """What of a page would do something."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "iframe", "object", "embed", "link", "base", "form"):
            self.found.add(tag)
        for name, value in attrs:
            said = (value or "").strip().lower()
            if (
                name.startswith("on")
                or said.startswith("javascript:")
                or (name in ("src", "href") and hostile.EVIL in said)
            ):
                self.found.add(f"{tag} {name}")
            if name == "style" and hostile.EVIL in said:
                self.found.add(f"{tag} style")


def _check_report(place: Place, shell: Shell) -> None:
    folder = shell.home.parent / "report"
    folder.mkdir()
    said = shell.run("report", "--week", "2026-W46", "--out", str(folder))
    if not place.expect(said.code == 0, f"report: {said.words}"):
        return
    for path in folder.glob("*.html"):
        alive = _Alive()
        alive.feed(path.read_text())
        place.expect(
            not alive.found, f"the report holds what is alive: {', '.join(sorted(alive.found))}", zero="scripts run"
        )
        place.count("reports read")
    place.expect(any(path.read_bytes().startswith(b"%PDF-") for path in folder.glob("*.pdf")), "the report has no PDF")
