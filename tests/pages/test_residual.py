"""The measured residual risk on *Data*: rate, interval, what it rests on, and what it cannot tell."""

from dataclasses import replace
from typing import Any

from pages.parts.opened import Opened
from review.words import Words
from scrub import Policy
from storage import rewriting
from storage.ledger_database import Database
from tests.pages.conftest import NOW, OpenPage
from tests.pages.test_pages import words_of


def _measured(
    database: Database, *, before: dict[str, int], rules: str = "5-abc", dry_run: bool = False, **rate: Any
) -> None:
    run = rewriting.begin(database, version=rules, asked={"sample": 500, "dry_run": dry_run}, now=NOW)
    said: dict[str, Any] = {"share": 0.004, "low": 0.0012, "high": 0.0131, "traces": 500, "effective_traces": 480.0}
    said["surfaces"] = {
        "name": {"traces": 500, "share": 0.0, "low": 0.0, "high": 0.008},
        "input_text": {"traces": 400, "share": 0.005, "low": 0.0014, "high": 0.018},
    }
    said |= rate
    window = {"since": "2026-11-09T08:00:00+00:00", "until": "2026-11-16T08:00:00+00:00"}
    found = {"rate": said, "frame": 12_345, "window": window, "by_type": {"PERSON": 3}, "scrubbed_by": before}
    run.end(found=found, verified={"spans": [(1, 9)]}, now=NOW)


def test_the_latest_rate_stands_with_interval_n_window_and_rules(
    open_page: OpenPage, filled: Opened, ledger: Database
) -> None:
    _measured(ledger, before={"4-old": 3}, share=0.5)
    _measured(ledger, before={"4-old": 3})
    app = open_page("data/data", replace(filled, database=ledger), section="replaced")
    assert not app.exception
    said = words_of(app)
    assert "0.40 % of traces held something (95 % interval 0.12 % to 1.3 %)" in said
    assert "500 traces looked at, of 12,345 · rules 5-abc · 9 Nov 2026 08:00 to 16 Nov 2026 08:00 UTC" in said
    assert "Found: 3 PERSON" in said
    assert "Scrubbed before by rules 4-old (3 spans)." in said
    assert "What no rule sees is in no such rate." in said
    assert "a second look" not in said
    table = next(one.value for one in app.dataframe if "traces with a finding" in one.value)
    assert list(table["traces with a finding"]) == ["0.40 %", "50.0 %"]
    surfaces = next(one.value for one in app.dataframe if "traces with text in it" in one.value)
    assert list(surfaces["column"]) == ["input_text", "name"]
    assert list(surfaces["95 % high"]) == ["1.8 %", "0.80 %"]


def test_it_says_of_which_rules_the_rate_is_and_whether_these_scrub_now(
    open_page: OpenPage, filled: Opened, ledger: Database
) -> None:
    words = Words(Policy(), b"k" * 32)
    there = replace(filled, database=ledger, words=words)
    _measured(ledger, before={"4-old": 3})
    said = words_of(open_page("data/data", there, section="replaced"))
    assert f"an older set of rules, 5-abc. This home scrubs by {words.rules} now" in said
    _measured(ledger, before={"4-old": 3}, rules=words.rules)
    said = words_of(open_page("data/data", there, section="replaced"))
    assert f"the rules by which this home scrubs now ({words.rules})" in said
    assert "older set" not in said


def test_what_became_of_what_was_found_is_told_for_each_look(
    open_page: OpenPage, filled: Opened, ledger: Database
) -> None:
    _measured(ledger, before={"4-old": 3})
    _measured(ledger, before={"4-old": 3}, dry_run=True)
    _measured(ledger, before={"4-old": 3}, share=0.0)
    app = open_page("data/data", replace(filled, database=ledger), section="replaced")
    table = next(one.value for one in app.dataframe if "traces with a finding" in one.value)
    assert list(table["what was found"]) == ["nothing", "left as it was", "replaced"]


def test_with_the_same_rules_it_is_called_a_second_look(open_page: OpenPage, filled: Opened, ledger: Database) -> None:
    _measured(ledger, before={"5-abc": 3})
    assert "a second look finds" in words_of(
        open_page("data/data", replace(filled, database=ledger), section="replaced")
    )


def test_before_it_was_measured_the_page_says_how(open_page: OpenPage, filled: Opened, ledger: Database) -> None:
    said = words_of(open_page("data/data", replace(filled, database=ledger), section="replaced"))
    assert "has not been measured yet" in said
    assert "rescrub --sample" in said
    assert "not open here" in words_of(open_page("data/data", filled, section="replaced"))
