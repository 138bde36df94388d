"""An erasure asked for: who may, what a hold forbids, what goes from the ledger, and what samples say afterwards."""

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa

from errors import NotAllowed, UsageError
from review import people
from review.audit import audit_log
from review.exchange.files import label_files
from review.exchange.imports import Import
from review.label_frame import label_frame
from review.labelling.labels import save_draft, submit
from review.labelling.progress import progress
from review.labelling.queue import claim
from review.people import SHELL, Role
from review.rights import subjects
from review.rights.asking import Found, Rights, place_hold, release_hold
from review.rights.subjects import Kind
from review.sampling import samples
from review.sampling.findings import findings
from review.sampling.replays import Replay, replayed
from review.sampling.sample_lists import samples as listed
from review.words import Words
from scrub import Policy
from scrub.pseudonyms import identifier
from settings import Settings
from storage import key_ring
from storage.erasing import intents
from storage.erasing.run import Stores, erase_pending
from storage.ledger_database import Database
from storage.ledger_tables import ingest_log
from storage.replay import as_of
from storage.review_tables import anchor_items, anchor_sets, sample_items
from tests.review.queues import ANSWERS
from tests.review.traffic import NOW, bank, plan, trace, wanted
from tests.storage.arrivals import Bench
from tests.storage.databases import KINDS, database
from tests.storage.every_byte import found_in_database

WORD = "quetzalcanary"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with bank(tmp_path / "home") as made:
        yield made


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    yield from database(request.param, tmp_path)


@pytest.fixture
def ledger(url: str) -> Iterator[Database]:
    opened = Database(url)
    yield opened
    opened.close()


def _rights(bench: Bench, ledger: Database, settings: Settings | None = None) -> Rights:
    return Rights(settings or bench.settings, bench.lake, ledger)


def _erased(bench: Bench, ledger: Database, kind: Kind, *values: str, by: str = SHELL) -> Found:
    rights = _rights(bench, ledger)
    found = rights.find(kind, values)
    rights.ask(found, values, reason="asked for", by=by, now=NOW)
    assert erase_pending(Stores(bench.settings, bench.lake, bench.warehouse, ledger)) == 1
    return found


def _again(bench: Bench, ledger: Database, sample: str) -> Replay:
    stored = samples.sample(ledger, sample)
    with as_of(bench.settings, bench.lake, spans=stored.frame_sequence, scores=stored.scores_sequence) as warehouse:
        return replayed(stored, warehouse)


def _label(ledger: Database, sample: str, reviewer: str, **said: Any) -> str:
    """The next item labelled, with a word of its own in all that can be written; its target."""
    mine = claim(ledger, reviewer=reviewer, sample=sample, now=NOW)
    assert mine is not None
    submit(ledger, mine.id, reviewer=reviewer, answers=ANSWERS, comment=f"a {WORD}{mine.target}",
           corrected=f"better {WORD}{mine.target}", answer_text="it was", now=NOW, **said)  # fmt: skip
    return mine.target


def _reviewers(ledger: Database, *names: str) -> None:
    for name in names:
        people.add_person(ledger, name, Role.REVIEWER, by=SHELL, now=NOW)


def test_labels_comments_drafts_and_decisions_of_an_erased_trace_are_in_no_row(
    bench: Bench, ledger: Database, url: str
) -> None:
    drawn = samples.draw(ledger, wanted(bench), by=SHELL, now=NOW)
    _reviewers(ledger, "Ana", "Ben")
    target = _label(ledger, drawn.id, "Ana")
    other = _label(ledger, drawn.id, "Ana")
    held = claim(ledger, reviewer="Ben", sample=drawn.id, now=NOW)
    assert held is not None
    save_draft(ledger, held.id, reviewer="Ben", content={"comment": f"draft {WORD}{held.target}"}, now=NOW)
    _freeze(ledger, target)
    before = label_frame(ledger)

    found = _erased(bench, ledger, Kind.TRACE, target, held.target)

    assert found.counts["labels"] == 3
    assert found.counts["items"] == 2
    assert found_in_database(url, f"{WORD}{target}", f"{WORD}{held.target}", target, held.target) == {}
    assert found_in_database(url, f"{WORD}{other}", other)[other] != []
    after = label_frame(ledger)
    assert set(after["item"]) == {other}
    pd.testing.assert_frame_equal(after, before[before["item"] == other].reset_index(drop=True))


def _freeze(ledger: Database, target: str) -> None:
    rubric = label_frame(ledger)[["rubric", "rubric_version"]].iloc[0]
    with ledger.writing() as connection:
        row = {"at": NOW, "by": SHELL, "rubric": rubric["rubric"], "rubric_version": int(rubric["rubric_version"]),
               "criterion": "helpfulness", "seed": 1}  # fmt: skip
        number = connection.execute(sa.insert(anchor_sets).returning(anchor_sets.c.id), [row]).scalar_one()
        connection.execute(sa.insert(anchor_items).values(anchor_set=number, item=target, value="4"))


def test_only_an_erasure_may_change_the_audit_log_and_only_ids_in_it(bench: Bench, ledger: Database) -> None:
    drawn = samples.draw(ledger, wanted(bench), by=SHELL, now=NOW)
    _reviewers(ledger, "Ana")
    target = _label(ledger, drawn.id, "Ana")
    before = audit_log(ledger, rows=1_000)
    _erased(bench, ledger, Kind.TRACE, target)
    after = audit_log(ledger, rows=1_000)

    same = after[after["id"].isin(before["id"])].reset_index(drop=True)
    assert same[["id", "at", "actor", "action"]].equals(before[["id", "at", "actor", "action"]])
    assert same[same["action"] == "label.submitted"]["detail"].iloc[0]["item"] == "erased"
    with pytest.raises(Exception, match="only added to"), ledger.writing() as connection:
        connection.execute(sa.text("update audit_log set subject = 'x'"))
    with pytest.raises(Exception, match="only added to"), ledger.writing() as connection:
        connection.execute(sa.text("delete from audit_log"))


def test_a_sample_is_drawn_again_and_says_what_was_erased(bench: Bench, ledger: Database) -> None:
    drawn = samples.draw(ledger, wanted(bench), by=SHELL, now=NOW)
    frame = {f"{number:032x}" for number in range(200)}
    gone = [*drawn.items[:3], *sorted(frame - set(drawn.items))[:5]]
    _erased(bench, ledger, Kind.TRACE, *gone)

    again = _again(bench, ledger, drawn.id)

    assert again.is_same
    assert (again.erased_items, again.erased_units) == (3, 8)
    assert samples.sample(ledger, drawn.id).items == drawn.items[3:]
    assert samples.sample(ledger, drawn.id).as_json()["erased_items"] == 3
    kept = samples.sample(ledger, drawn.id).strata
    assert [(one.name, one.population, one.drawn, one.probability) for one in kept] == [
        (one.name, one.population, one.drawn, one.probability) for one in drawn.strata]  # fmt: skip


def test_a_replay_still_finds_what_nobody_erased(bench: Bench, ledger: Database) -> None:
    """The counts of what was erased explain nothing but that."""
    drawn = samples.draw(ledger, wanted(bench), by=SHELL, now=NOW)
    _erased(bench, ledger, Kind.TRACE, drawn.items[0])
    with ledger.writing() as connection:
        number = sa.select(sample_items.c.id).where(sample_items.c.target == drawn.items[1]).scalar_subquery()
        other = next(f"{n:032x}" for n in range(200) if f"{n:032x}" not in drawn.items)
        connection.execute(sa.update(sample_items).where(sample_items.c.id == number).values(target=other))

    assert not _again(bench, ledger, drawn.id).is_same


def test_a_sample_of_pooled_strata_is_drawn_again_although_sizes_changed_places(bench: Bench, ledger: Database) -> None:
    of = plan(strata=["length", "model"], length_cuts=[50, 100, 150, 200, 250, 300], most_strata=4)
    drawn = samples.draw(ledger, wanted(bench, of), by=SHELL, now=NOW)
    largest = max((one for one in drawn.strata if one.name != "(all others)"), key=lambda one: one.population)
    units = wanted(bench, of).frame
    inside = next(list(one.units) for one in units.strata if one.name == largest.name)
    _erased(bench, ledger, Kind.TRACE, *inside[: largest.population - 2])

    assert _again(bench, ledger, drawn.id).is_same


def test_an_erased_item_is_a_unit_without_an_answer_and_nobody_is_handed_it(bench: Bench, ledger: Database) -> None:
    drawn = samples.draw(ledger, wanted(bench), by=SHELL, now=NOW)
    _reviewers(ledger, "Ana")
    labelled = [_label(ledger, drawn.id, "Ana") for _ in range(20)]
    before = findings(ledger, drawn.id, rubric="answer-quality", version=1)
    _erased(bench, ledger, Kind.TRACE, *labelled[:5], *[one for one in drawn.items if one not in labelled][:30])
    after = findings(ledger, drawn.id, rubric="answer-quality", version=1)

    assert list(after["items"]) == [15] * len(after)
    assert list(after["value"]) == pytest.approx(
        list(before["value"])
    )  # everybody said the same: the estimate does not move
    one = listed(ledger).iloc[0]
    assert (one["erased"], one["items"], one["labelled"]) == (35, 60, 15)
    state = progress(ledger, reviewer="Ana", sample=drawn.id, now=NOW)
    assert (state.done, state.of) == (15, one["labels"])
    handed = set()
    while mine := claim(ledger, reviewer="Ana", sample=drawn.id, now=NOW):
        handed.add(mine.target)
        submit(ledger, mine.id, reviewer="Ana", answers=ANSWERS, now=NOW)
    assert not any(target.startswith("erased") for target in handed)
    assert len(handed) == 10


def test_a_session_that_loses_a_turn_keeps_its_answers_and_loses_the_words_about_it(
    bench: Bench, ledger: Database, url: str
) -> None:
    from review.rubric.rubrics import parse_rubric, save_rubric

    talk = 'name = "talk"\nunit = "session"\n[[criteria]]\nname = "settled"\nquestion = "?"\nscale = "yes_no"\n'
    talk += '[[criteria]]\nname = "why"\nquestion = "?"\nscale = "text"\n'
    save_rubric(ledger, parse_rubric(talk), by=SHELL, now=NOW)
    of = plan(name="talks", unit="session", rubric="talk", strata=[], size=10)
    drawn = samples.draw(ledger, wanted(bench, of), by=SHELL, now=NOW)
    _reviewers(ledger, "Ana")
    mine = claim(ledger, reviewer="Ana", sample=drawn.id, now=NOW)
    assert mine is not None
    said: dict[str, Any] = {"settled": True, "why": f"it was {WORD}"}
    submit(ledger, mine.id, reviewer="Ana", answers=said, comment=f"a {WORD}", now=NOW)
    first = int(mine.target.removeprefix("s")) * 2

    _erased(bench, ledger, Kind.TRACE, f"{first:032x}")

    assert found_in_database(url, WORD) == {}
    frame = label_frame(ledger).set_index("criterion")
    assert frame["value"].to_dict() == {"settled": "yes", "why": ""}
    assert set(frame["item"]) == {mine.target}
    assert _again(bench, ledger, drawn.id).touched_sessions == 1


def test_a_hold_stops_it_and_says_which_until_it_is_released(bench: Bench, ledger: Database) -> None:
    rights = _rights(bench, ledger)
    number = place_hold(rights, "app", "bank", reason="a case", by=SHELL, now=NOW)
    found = rights.find(Kind.TRACE, [f"{3:032x}"])
    assert [one.id for one in found.held] == [number]
    with pytest.raises(UsageError, match=f"hold {number} on the app bank .a case."):
        rights.ask(found, [f"{3:032x}"], reason="asked for", by=SHELL, now=NOW)
    assert intents.pending(ledger) == []

    release_hold(ledger, number, reason="closed", by=SHELL, now=NOW)
    _erased(bench, ledger, Kind.TRACE, f"{3:032x}")
    assert list(audit_log(ledger)["action"])[::-1][-3:] == ["hold.placed", "hold.released", "erasure.asked"]


def test_a_hold_that_was_placed_after_the_question_stops_it_too(bench: Bench, ledger: Database) -> None:
    rights = _rights(bench, ledger)
    found = rights.find(Kind.TRACE, [f"{3:032x}"])
    place_hold(rights, "trace", f"{3:032x}", reason="a case", by=SHELL, now=NOW)
    with pytest.raises(UsageError, match="nothing was erased"):
        rights.ask(found, [f"{3:032x}"], reason="asked for", by=SHELL, now=NOW)


def test_only_an_admin_may_ask_for_it_or_place_a_hold(bench: Bench, ledger: Database) -> None:
    people.add_person(ledger, "Eve", Role.ENGINEER, by=SHELL, now=NOW)
    people.add_person(ledger, "Root", Role.ADMIN, by=SHELL, now=NOW)
    rights = _rights(bench, ledger)
    found = rights.find(Kind.TRACE, [f"{3:032x}"])
    with pytest.raises(NotAllowed, match="erase"):
        rights.ask(found, [f"{3:032x}"], reason="asked for", by="Eve", now=NOW)
    with pytest.raises(NotAllowed, match="hold"):
        place_hold(rights, "app", "bank", reason="a case", by="Eve", now=NOW)
    assert intents.pending(ledger) == []
    _erased(bench, ledger, Kind.TRACE, f"{3:032x}", by="Root")
    assert intents.record(ledger)["by"].tolist() == ["Root"]


def test_a_person_is_found_by_name_with_every_key_and_by_the_hash_that_is_shown(bench: Bench, ledger: Database) -> None:
    keys = []
    for number in range(3):
        keys.append(key_ring.all_keys(bench.home, bench.settings.key_path)[0])
        hashed = identifier(keys[-1], "alice@x.example", "user_id")
        bench.append(*trace(900 + number, at=3600.0, user_id=hashed, session_id=f"a{number}"))
        if number < 2:
            key_ring.rotate(bench.home, bench.settings.key_path)
    bench.append(*trace(950, at=3600.0, user_id="u_" + "b" * 20, session_id="other"))
    bench.warehouse.load()
    assert len(set(keys)) == 3
    shown = identifier(keys[0], "alice@x.example", "user_id")
    assert _rights(bench, ledger).find(Kind.USER, [shown]).victims.traces == (f"{900:032x}",)

    found = _erased(bench, ledger, Kind.USER, "alice@x.example")

    assert found.victims.traces == tuple(f"{number:032x}" for number in (900, 901, 902))
    assert bench.warehouse.rows("SELECT user_id FROM traces WHERE user_id IS NOT NULL") == [("u_" + "b" * 20,)]


def test_after_a_key_is_forgotten_nobody_is_found_by_name(bench: Bench, ledger: Database) -> None:
    old = key_ring.all_keys(bench.home, bench.settings.key_path)[0]
    bench.append(*trace(900, at=3600.0, user_id=identifier(old, "alice", "user_id")))
    replaced, _ = key_ring.rotate(bench.home, bench.settings.key_path)
    assert _rights(bench, ledger).find(Kind.USER, ["alice"]).victims.traces != ()
    key_ring.forget(bench.home, replaced)

    assert _rights(bench, ledger).find(Kind.USER, ["alice"]).victims.traces == ()
    assert not any(old in path.read_bytes() for path in bench.home.rglob("*") if path.is_file())
    with pytest.raises(UsageError, match="key list"):
        key_ring.forget(bench.home, replaced)


def test_the_record_holds_no_name_and_tells_that_the_same_was_asked_again(bench: Bench, ledger: Database) -> None:
    _erased(bench, ledger, Kind.USER, "alice@x.example")
    _erased(bench, ledger, Kind.USER, " alice@x.example ")
    record = intents.record(ledger)

    assert record["subject"].nunique() == 1
    assert "alice" not in str(record.to_dict())
    assert record["state"].tolist() == ["done", "done"]
    assert all(isinstance(at, dt.datetime) for at in record["finished_at"])


@pytest.mark.parametrize("values", [[], [""], ["  "], ["x" * 20_000]])
def test_a_name_that_cannot_be_one_is_refused(values: list[str]) -> None:
    with pytest.raises(UsageError):
        subjects.wanted_of(Kind.USER, values, [b"k" * 32])


def test_a_trace_id_is_known_in_the_spellings_that_people_have() -> None:
    wanted_ = subjects.wanted_of(Kind.TRACE, ["0AF76519-16CD-43DD-8448-EB211C80319C"], [b"k" * 32])
    assert "0af7651916cd43dd8448eb211c80319c" in wanted_.traces


def test_labels_of_an_erased_trace_that_come_in_a_file_are_refused(
    bench: Bench, ledger: Database, url: str, tmp_path: Path
) -> None:
    _erased(bench, ledger, Kind.TRACE, f"{3:032x}")
    path = tmp_path / "labels.csv"
    path.write_text(
        f"item,reviewer,criterion,value,comment\n{3:032x},ana,helpfulness,4,{WORD}\n{4:032x},ana,helpfulness,4,\n"
    )
    words = Words(Policy(), b"k" * 32)
    is_erased = subjects.erased_items(ledger, bench.settings, b"k" * 32)
    done = Import(ledger, words, b"k" * 32, SHELL, NOW, None, is_erased).take(label_files([path]))

    assert done.labels == 1
    assert [one.reason for one in done.refused] == ["its trace or session was erased"]
    assert found_in_database(url, f"{3:032x}", WORD) == {}


def _ingested(ledger: Database, *sources: str) -> None:
    row = {"format": "x", "digest": "d", "state": "done", "counts": {"spans": 2}, "started_at": NOW, "finished_at": NOW}
    with ledger.writing() as connection:
        for number, source in enumerate(sources):
            connection.execute(sa.insert(ingest_log).values(batch=f"b9{number}", source=source, **row))


def _ingested_now(ledger: Database) -> list[str]:
    with ledger.reading() as connection:
        return list(connection.execute(sa.select(ingest_log.c.source).order_by(ingest_log.c.batch)).scalars())


def test_a_file_that_is_called_by_the_id_loses_its_name(bench: Bench, ledger: Database, url: str) -> None:
    name = f"{3:032x}"
    _ingested(ledger, f"exports/{name}.json", f"trace_{name}-2.json")
    _erased(bench, ledger, Kind.TRACE, name)

    assert found_in_database(url, name) == {}
    first, second = _ingested_now(ledger)
    assert re.fullmatch(r"exports/erased-[0-9a-f]{8}\.json", first)
    assert re.fullmatch(r"trace_erased-[0-9a-f]{8}-2\.json", second)


@pytest.mark.parametrize(("kind", "name"), [(Kind.USER, "k448812"), (Kind.SESSION, "abc-77-xyz")])
def test_files_that_are_called_by_a_person_or_session_lose_that_name(
    bench: Bench, ledger: Database, url: str, kind: Kind, name: str
) -> None:
    _ingested(ledger, f"{name}.jsonl", f"r4/{name}-traces_{name.upper()}.jsonl", f"x{name}.jsonl")
    _erased(bench, ledger, kind, name)

    first, second, third = _ingested_now(ledger)
    erased = first.removesuffix(".jsonl")
    assert re.fullmatch(r"erased-[0-9a-f]{8}", erased)
    assert (second, third) == (f"r4/{erased}-traces_{erased}.jsonl", f"x{name}.jsonl")
    assert found_in_database(url, f"{name}.", f"{name}-", name.upper()).keys() <= {f"{name}."}  # of another name


def test_a_short_name_takes_no_part_of_another_files_name(bench: Bench, ledger: Database) -> None:
    files = ["final.jsonl", "al2/local_general.json", "Real-3.json"]
    _ingested(ledger, *files, "al.jsonl", "r4/al-2026.json")
    _erased(bench, ledger, Kind.USER, "al")

    assert _ingested_now(ledger)[:3] == files
    assert all(source.rpartition("/")[2].startswith("erased-") for source in _ingested_now(ledger)[3:])


def test_what_a_killed_question_left_in_the_home_is_cleared(bench: Bench, ledger: Database) -> None:
    left = bench.home / "erasing-abc"
    left.mkdir()
    (left / "spans.parquet").write_text(WORD)
    assert erase_pending(Stores(bench.settings, bench.lake, bench.warehouse, ledger)) == 0
    assert not left.exists()
