"""The pages Reviewers, Adjudicate and Labels: empty, filled, refused, and what they write and give out."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from errors import NotAllowed
from ingest.files import ingest_paths
from pages.parts import downloads
from pages.parts.opened import Opened
from review import people
from review.adjudication import decisions, gold
from review.audit import audit_log
from review.exchange.files import label_files
from review.exchange.imports import Import
from review.label_frame import label_frame
from review.people import SHELL, Role
from review.words import Words
from scrub import Policy
from settings import Settings
from storage.home import open_home
from storage.ledger_database import Database
from storage.review_tables import queue_slots, sample_items
from storage.warehouse import Warehouse
from tests.pages.bank import HOSTILE
from tests.pages.conftest import NOW, OpenPage
from tests.pages.test_pages import words_of

KEY = b"k" * 32
PAGES = ("review/reviewers", "review/adjudicate", "review/labels")
TRACE = f"{7:032x}"
HEADER = "item,sample,reviewer,criterion,value,stratum,probability,labelled_at,seconds,comment\n"


def rows(items: int, *, first: int = 7) -> list[str]:
    """Ana-Lee and Bo rated the items, and differ on every fifth: one gives 1, the other 5."""
    said, words = [], HOSTILE.replace('"', "")
    for number in range(items):
        one, two = ("1", "5") if number % 5 == 0 else (str(2 + number % 3), str(2 + number % 3))
        at = (NOW + dt.timedelta(minutes=number)).isoformat()
        said += [
            f'{first + number:032x},weekly,{name},helpfulness,{value},s,0.5,{at},30,"{words}"'
            for name, value in (("Lee", one), ("Bo", two))
        ]
    return said


def take_in(database: Database, folder: Path, *lines: str) -> None:
    path = folder / "labels.csv"
    path.write_text(HEADER + "\n".join(lines) + "\n")
    done = Import(database, Words(Policy(), KEY), KEY, SHELL, NOW).take(label_files([path]))
    assert done.refused == []


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Opened]:
    """A real home with one trace full of hostile text, 40 labelled items, and a person of each role."""
    settings = Settings(home=tmp_path / "home")
    stores = open_home(settings, now=NOW)
    span = {"trace_id": TRACE, "span_id": "a" * 16, "name": "answer", "kind": "llm", "start_ts": "2026-11-16T08:00:00Z",
            "end_ts": "2026-11-16T08:00:02Z", "input_text": HOSTILE, "output_text": HOSTILE}  # fmt: skip
    (tmp_path / "traces.jsonl").write_bytes(orjson.dumps(span) + b"\n")
    ingest_paths([tmp_path / "traces.jsonl"], settings=settings, lake=stores.lake, ledger=stores.ledger)
    warehouse = Warehouse.open(settings, stores.lake)
    warehouse.load()
    database = stores.ledger.database
    for name, role in (("Ana", Role.ADMIN), ("Ben", Role.REVIEWER), ("Eli", Role.ENGINEER), ("Pia", Role.PRODUCT_OWNER),
                       ("Bo", Role.PRODUCT_OWNER)):  # fmt: skip
        people.add_person(database, name, role, by=SHELL, now=NOW)
    take_in(database, tmp_path, *rows(40))
    yield Opened(warehouse=warehouse, home=str(tmp_path), database=database, words=Words(Policy(), KEY))
    warehouse.close()
    stores.close()


def ledger_of(home: Opened) -> Database:
    assert home.database is not None
    return home.database


def decide(app: AppTest, answer: str, note: str = "") -> AppTest:
    app.radio[0].set_value(answer)
    app.text_area[0].set_value(note)
    next(button for button in app.button if button.label == "Decide").click()
    return app.run()


@pytest.mark.parametrize("page", PAGES)
def test_a_ledger_without_labels_says_how_to_get_some(page: str, team: Opened, open_page: OpenPage) -> None:
    app = open_page(page, team, name="Ana")
    assert not app.exception
    assert "No labels yet" in words_of(app)


@pytest.mark.parametrize("page", PAGES)
def test_a_reviewer_sees_a_refusal_and_nothing_else(page: str, home: Opened, open_page: OpenPage) -> None:
    app = open_page(page, home, name="Ben")
    assert [title.value for title in app.title] == ["You may not open this page"]
    assert not app.dataframe


def test_an_engineer_may_not_adjudicate(home: Opened, open_page: OpenPage) -> None:
    app = open_page("review/adjudicate", home, name="Eli")
    assert [title.value for title in app.title] == ["You may not open this page"]


def test_reviewers_are_shown_with_intervals_and_what_is_missing(home: Opened, open_page: OpenPage) -> None:
    app = open_page("review/reviewers", home, name="Eli")
    assert not app.exception
    agreement, severity, pace = (table.value for table in app.dataframe[:3])
    assert agreement["items rated twice"].tolist() == [40]
    assert " to " in agreement["alpha (95 %)"].iloc[0]
    assert set(severity["reviewer"]) == {"Bo", "Lee"}
    assert pace["median per item"].tolist() == ["30.0 s", "30.0 s"]
    assert "a second time" in words_of(app)


def test_too_few_items_are_told_with_their_number(team: Opened, open_page: OpenPage, tmp_path: Path) -> None:
    take_in(ledger_of(team), tmp_path, *rows(12))
    app = open_page("review/reviewers", team, name="Eli")
    assert not app.exception
    assert app.dataframe[0].value["why not"].tolist() == ["not enough data: 18 items missing"]


def test_a_decision_is_kept_with_its_note_scrubbed_and_the_labels_stay(home: Opened, open_page: OpenPage) -> None:
    database = ledger_of(home)
    before = label_frame(database)
    app = decide(open_page("review/adjudicate", home, name="Pia"), "4", "Maria Gonzalez phoned")
    assert not app.exception
    assert "Decided." in words_of(app)
    (decision,) = decisions(database).to_dict("records")
    assert (decision["item"], decision["value"], decision["by"]) == (TRACE, "4", "Pia")
    assert "Maria" not in decision["note"]
    assert label_frame(database).equals(before)
    assert "adjudicated" in set(gold(database)["basis"])


def test_who_labelled_an_item_finds_no_way_to_decide_about_it(home: Opened, open_page: OpenPage) -> None:
    app = open_page("review/adjudicate", home, name="Bo")
    assert "Not for you" in words_of(app)
    assert not app.radio


def test_a_late_click_decides_about_the_item_that_was_drawn(home: Opened, open_page: OpenPage) -> None:
    """Two people have the same item open: the second click neither overwrites nor lands on the next item."""
    first, second = (open_page("review/adjudicate", home, name=name) for name in ("Pia", "Ana"))
    decide(first, "4")
    app = decide(second, "2")
    assert "meanwhile" in words_of(app)
    assert [(row["item"], row["value"]) for row in decisions(ledger_of(home)).to_dict("records")] == [(TRACE, "4")]


def test_text_of_a_trace_is_drawn_as_text(home: Opened, open_page: OpenPage) -> None:
    app = open_page("review/adjudicate", home, name="Pia")
    assert not app.exception
    assert HOSTILE in words_of(app)
    drawn_as_markdown = "\n".join(element.value for kind in (app.markdown, app.caption) for element in kind)
    assert "evil.example" not in drawn_as_markdown


def test_nobody_sees_others_labels_of_an_item_they_have_at_hand(home: Opened, open_page: OpenPage) -> None:
    database = ledger_of(home)
    with database.writing() as connection:
        item = connection.execute(sa.select(sample_items.c.id).where(sample_items.c.target == TRACE)).scalar_one()
        connection.execute(sa.insert(queue_slots).values(
            sample="weekly", item=item, copy=5, shuffle=1, state="claimed", reviewer="Pia", assignment="x",
            lease_until=NOW + dt.timedelta(days=900),
        ))  # fmt: skip
    table = open_page("review/labels", home, name="Pia", item=TRACE)
    assert "No label matches" in words_of(table)
    assert len(open_page("review/labels", home, name="Eli", item=TRACE).dataframe[0].value) == 2
    app = open_page("review/adjudicate", home, name="Pia")
    assert "1 of 7 disagreements" in words_of(app)


def open_once_more(database: Database, trace: str) -> None:
    """Ask for two more labels of a trace: one is Eli's, the other may be anybody's."""
    with database.writing() as connection:
        item = connection.execute(sa.select(sample_items.c.id).where(sample_items.c.target == trace)).scalar_one()
        for copy, state, reviewer in ((5, "open", None), (6, "done", "Eli")):
            connection.execute(sa.insert(queue_slots).values(
                sample="weekly", item=item, copy=copy, shuffle=copy, state=state, reviewer=reviewer,
            ))  # fmt: skip


def test_nobody_sees_others_labels_of_an_item_they_may_still_be_given(home: Opened, open_page: OpenPage) -> None:
    open_once_more(ledger_of(home), TRACE)
    assert "No label matches" in words_of(open_page("review/labels", home, name="Pia", item=TRACE))
    assert len(open_page("review/labels", home, name="Eli", item=TRACE).dataframe[0].value) == 2  # who is done with it


def test_nor_do_they_take_them_out(home: Opened, open_page: OpenPage) -> None:
    database = ledger_of(home)
    agreed = str(gold(database)["item"].iloc[0])
    open_once_more(database, agreed)
    assert all(agreed in content for content in files_of(open_page, home, "Eli").values())
    for name, content in files_of(open_page, home, "Pia").items():
        assert agreed not in content, name
        assert len(content.splitlines()) > 10, "the others are there"


def files_of(open_page: OpenPage, home: Opened, name: str) -> dict[str, str]:
    """What the page Labels gives to this person to take out."""
    made: list[downloads.File] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(downloads, "button", lambda _, file, **__: made.append(file))
        open_page("review/labels", home, name=name)
    return {file.name: file.make().decode() for file in made}


def test_labels_are_filtered_and_formulas_defused(home: Opened, open_page: OpenPage) -> None:
    app = open_page("review/labels", home, name="Eli", reviewer="Lee")
    assert not app.exception
    table = app.dataframe[0].value
    assert set(table["reviewer"]) == {"Lee"}
    assert len(table) == 40
    assert "80 labels" not in words_of(app)


def test_a_file_is_given_to_who_may_and_noted(home: Opened, open_page: OpenPage) -> None:
    database = ledger_of(home)
    open_page("review/labels", home, name="Eli")
    assert "labels.exported" not in set(audit_log(database)["action"])
    made: list[downloads.File] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(downloads, "button", lambda _, file, **__: made.append(file))
        open_page("review/labels", home, name="Eli")
    contents = {file.name: file.make() for file in made}
    assert set(contents) == {"labels-all.csv", "labels-all.jsonl", "gold-all.jsonl"}
    assert contents["labels-all.csv"].count(b"\r\n") == 81
    line = next(one for one in map(orjson.loads, contents["gold-all.jsonl"].splitlines()))
    assert line["labels"] == {"helpfulness": 3}
    exported = audit_log(database).query("action == 'labels.exported'")
    assert exported["actor"].tolist() == ["Eli"] * 3


def test_a_file_is_refused_to_who_lost_the_right_meanwhile(home: Opened, open_page: OpenPage) -> None:
    database = ledger_of(home)
    made: list[downloads.File] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(downloads, "button", lambda _, file, **__: made.append(file))
        open_page("review/labels", home, name="Eli")
    people.change_role(database, "Eli", Role.REVIEWER, by=SHELL, now=NOW)
    for file in made:
        with pytest.raises(NotAllowed):
            file.make()
