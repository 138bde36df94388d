"""The weekly report: what it says is what the figures say, and whatever a version is called, it is only text."""

import datetime as dt
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
import typst

from metrics.filters import TrafficFilter
from metrics.outcomes.rules import built_in
from metrics.week import weeks
from metrics.week.html import as_html
from metrics.week.pdf import as_pdf
from metrics.week.report import Report, report
from metrics.week.summary import EVER, Sources
from tests.command_line.test_commands import Shell
from tests.metrics.built import START
from tests.metrics.two_weeks import WEEK_S, two_weeks

NOW = dt.datetime(2026, 3, 16, 9, tzinfo=dt.UTC)
SECOND = weeks.week("2026-W11", newest=START + dt.timedelta(seconds=WEEK_S + 158.8 * 3600))
ATTACK = '<script src=//evil.example></script>"><img src=x onerror=alert(1)>#panic("x")$x^2$'


class Parts(HTMLParser):
    """Tags, and every address and handler that one of them carries."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: set[str] = set()
        self.handlers: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses |= {value or "" for name, value in attrs if name in ("src", "href", "data", "action")}
        self.handlers |= {name for name, _ in attrs if name.startswith("on")}


def made_of(version: str) -> Report:
    sources = Sources(two_weeks(new=version), None, {None: built_in()}, {})
    return report(sources, SECOND, EVER, now=NOW)


@pytest.fixture(scope="module")
def hostile() -> Report:
    return made_of(ATTACK)


def test_the_page_runs_nothing_and_fetches_nothing(hostile: Report) -> None:
    page = as_html(hostile)
    parts = Parts()
    parts.feed(page)

    assert not parts.tags & {"script", "link", "iframe", "object", "embed", "form", "a", "base"}
    assert parts.handlers == set()
    assert parts.addresses
    assert all(one.startswith("data:image/svg+xml;base64,") for one in parts.addresses)
    assert "default-src 'none'" in page
    assert "&lt;script src=" in page  # it is there, as text


def test_pictures_are_shapes_alone(hostile: Report) -> None:
    for one in hostile.pictures:
        assert not re.search(r"<(script|text|image|foreignObject|a)\b", one.svg)
        assert "evil" not in re.sub(r"<!--.*?-->", "", one.svg, flags=re.DOTALL)
        assert set(re.findall(r'(?:xlink:)?href="(.)', one.svg)) <= {"#"}  # marks are drawn by reference to their own


def test_a_name_is_no_command_to_the_setter_of_the_paper(hostile: Report, tmp_path: Path) -> None:
    assert as_pdf(hostile, now=NOW).startswith(b"%PDF")

    (tmp_path / "markup.typ").write_text('#panic("x")')  # the control: as markup it would have done harm
    with pytest.raises(RuntimeError):
        typst.compile(tmp_path / "markup.typ")


def test_the_same_data_makes_the_same_paper() -> None:
    assert as_pdf(made_of("2.0"), now=NOW) == as_pdf(made_of("2.0"), now=NOW)


def test_each_picture_says_in_words_what_it_shows(hostile: Report) -> None:
    by_title = {one.title: one.alt for one in hostile.pictures}

    assert by_title["Handed to a person"] == "Handed to a person, week by week in %. 2 Mar: 5; 9 Mar: 25"
    assert by_title["Cost of a conversation"].endswith("2 Mar: 0.01; 9 Mar: 0.01")


def test_a_report_of_some_apps_says_so() -> None:
    sources = Sources(two_weeks(), None, {None: built_in()}, {})

    made = report(sources, SECOND, TrafficFilter(EVER.since, EVER.until, apps=("bank",)), now=NOW)

    assert made.scope == "9 to 15 Mar 2026 (UTC), beside 2026-W10 · app bank"
    assert "all applications" in made_of("2.0").scope


def test_the_command_tells_the_planted_escalations_and_their_version(bank: Shell, tmp_path: Path) -> None:
    told = bank.json("report", "--week", "2026-W45", "--out", str(tmp_path))

    assert told["headline"].startswith("Worse: helped without a person, handed to a person")
    handed = next(one for one in told["tiles"] if one["title"] == "Handed to a person")
    assert any(note.startswith("since app version 4.4.0 (2 Nov") for note in handed["notes"])
    shares = bank.json("outcomes", "--from", "2026-11-02", "--to", "2026-11-09")["outcomes"]
    escalated = next(one for one in shares if one["outcome"] == "escalated")
    assert handed["value"] == f"{100 * escalated['share']:.1f} %"
    assert Path(told["pdf"]).read_bytes().startswith(b"%PDF")
    assert "4.4.0" in Path(told["html"]).read_text()


def test_the_quiet_week_is_reported_quiet(bank: Shell, tmp_path: Path) -> None:
    told = bank.json("report", "--week", "2026-W40", "--out", str(tmp_path))

    assert told["headline"].startswith("No sure difference")


@pytest.mark.parametrize("asked", [["--week", "2026-W60"], ["--week", "2025-W01"], ["--app", "none-such"]])
def test_a_week_without_conversations_is_wrong_usage(asked: list[str], bank: Shell, tmp_path: Path) -> None:
    done = bank.run("report", *asked, "--out", str(tmp_path / "out"))

    assert done.returncode == 2
    assert not (tmp_path / "out").exists()
