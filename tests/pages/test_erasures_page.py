"""The page Erasures: an admin looks, then erases; holds stop it; the record says so; others are turned away."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.parts.opened import Opened
from review import people
from review.people import SHELL, Role
from review.rights.asking import Rights, place_hold
from review.words import Words
from scrub import Policy
from storage.erasing import intents
from storage.erasing.run import Stores, erase_pending
from storage.ledger_database import Database
from tests.pages.conftest import NOW, OpenPage
from tests.review.traffic import bank
from tests.storage.arrivals import Bench

TRACE = f"{3:032x}"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with bank(tmp_path / "home", traces=20) as made:
        yield made


@pytest.fixture
def here(bench: Bench, ledger: Database, empty: Opened) -> Opened:
    for name, role in (("Ana", Role.ADMIN), ("Pia", Role.PRODUCT_OWNER)):
        people.add_person(ledger, name, role, by=SHELL, now=NOW)
    stores = Stores(bench.settings, bench.lake, bench.warehouse, ledger)
    return replace(
        empty, warehouse=bench.warehouse, database=ledger, words=Words(Policy(), b"k" * 32),
        rights=Rights(bench.settings, bench.lake, ledger), erase=lambda: erase_pending(stores),
    )  # fmt: skip


def _looked(app: AppTest, kind: str = "trace", name: str = TRACE) -> AppTest:
    app.segmented_control(key="kind").set_value(kind)
    app.text_input(key="whom").set_value(name)
    app.run()
    return app.button[0].click().run()


def _texts(app: AppTest) -> str:
    return "\n".join(one.value for one in app.text)


def test_an_admin_looks_then_erases_and_the_record_says_so(
    here: Opened, bench: Bench, ledger: Database, open_page: OpenPage
) -> None:
    app = _looked(open_page("data/erasures", here, name="Ana"))
    assert not app.exception
    assert "Would go: 1 trace, 2 spans, 1 score" in _texts(app)
    assert app.button[1].disabled
    app.text_input(key="why").set_value("asked by Maria Lopez, maria@example.com").run()
    app.checkbox(key="sure").set_value(True).run()
    app.button[1].click().run()

    assert not app.exception
    assert "Erasure 1 is under way" in _texts(app)
    assert bench.warehouse.rows(f"SELECT count(*) FROM traces WHERE trace_id = '{TRACE}'") == [(0,)]
    record = intents.record(ledger)
    assert (record["by"][0], record["state"][0]) == ("Ana", "done")
    assert "Maria" not in record["reason"][0]
    assert TRACE not in str(app.dataframe[0].value.to_dict())
    assert app.text_input(key="whom").value == ""


def _has_form(app: AppTest) -> bool:
    said = (
        {one.label for one in app.button} | {one.label for one in app.text_input} | {one.label for one in app.checkbox}
    )
    return not said.isdisjoint(
        {"Erase", "Reason, for the record; without naming anybody", "I have looked, and want it erased"}
    )


def test_what_is_held_is_said_and_cannot_be_erased(here: Opened, open_page: OpenPage) -> None:
    assert here.rights is not None
    place_hold(here.rights, "app", "bank", reason="case 7", by=SHELL, now=NOW)
    app = _looked(open_page("data/erasures", here, name="Ana"))

    assert not app.exception
    assert "Not while it is held: hold 1 on the app bank (case 7)" in _texts(app)
    assert "when the hold is released" in _texts(app)
    assert not _has_form(app)


def test_where_there_is_nothing_to_erase_that_is_said_and_nothing_asked(here: Opened, open_page: OpenPage) -> None:
    app = _looked(open_page("data/erasures", here, name="Ana"), name="nobody")

    assert not app.exception
    assert "Would go: nothing, there is none of it here" in _texts(app)
    assert not _has_form(app)
    assert _has_form(_looked(app))


def test_a_name_typed_over_what_was_looked_at_erases_nobody(
    here: Opened, bench: Bench, ledger: Database, open_page: OpenPage
) -> None:
    app = _looked(open_page("data/erasures", here, name="Ana"))
    assert f"Looked for a trace: {TRACE}" in _texts(app)
    app.text_input(key="why").set_value("asked")
    app.checkbox(key="sure").set_value(True).run()
    app.text_input(key="whom").set_value(f"{4:032x}")  # and in the same moment the button
    app.button[1].click().run()

    assert not app.exception
    assert intents.record(ledger).empty
    assert bench.warehouse.rows("SELECT count(*) FROM traces") == [(20,)]
    assert "Would go" not in _texts(app)
    assert "Erase" not in {one.label for one in app.button}
    assert not app.button[0].click().run().checkbox(key="sure").value
    assert f"Looked for a trace: {4:032x}" in _texts(app)


def test_another_kind_has_to_be_looked_at_too(here: Opened, open_page: OpenPage) -> None:
    app = _looked(open_page("data/erasures", here, name="Ana"))
    app.segmented_control(key="kind").set_value("session").run()
    assert "Would go" not in _texts(app)


def test_looking_again_has_to_be_affirmed_again(here: Opened, open_page: OpenPage) -> None:
    app = _looked(open_page("data/erasures", here, name="Ana"))
    app.checkbox(key="sure").set_value(True).run()
    app.button[0].click().run()
    assert "Would go" in _texts(app)
    assert not app.checkbox(key="sure").value


def test_others_are_turned_away(here: Opened, open_page: OpenPage) -> None:
    app = open_page("data/erasures", here, name="Pia")
    assert not app.text_input
    assert "Erasures" not in [title.value for title in app.title]


def test_a_right_that_was_taken_away_meanwhile_is_asked_again(
    here: Opened, bench: Bench, ledger: Database, open_page: OpenPage
) -> None:
    app = _looked(open_page("data/erasures", here, name="Ana"))
    app.text_input(key="why").set_value("asked").run()
    app.checkbox(key="sure").set_value(True).run()
    people.add_person(ledger, "Zoe", Role.ADMIN, by=SHELL, now=NOW)
    people.change_role(ledger, "Ana", Role.ENGINEER, by=SHELL, now=NOW)
    app.button[1].click().run()

    assert bench.warehouse.rows(f"SELECT count(*) FROM traces WHERE trace_id = '{TRACE}'") == [(1,)]
    assert intents.record(ledger).empty


def test_hostile_words_of_what_is_shown_stay_text(here: Opened, open_page: OpenPage) -> None:
    assert here.rights is not None
    place_hold(here.rights, "trace", "![x](https://evil.example/x)", reason="<b>x</b>", by=SHELL, now=NOW)
    app = open_page("data/erasures", here, name="Ana")
    assert not app.exception
    assert "evil" not in "".join(one.value for one in (*app.markdown, *app.caption))


def test_without_the_server_it_says_so(here: Opened, open_page: OpenPage) -> None:
    app = open_page("data/erasures", replace(here, rights=None), name="Ana")
    assert "benchbook serve" in app.info[0].value
