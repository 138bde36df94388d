"""The attacks' own tools notice what they are for: a harness that finds nothing is no proof by itself."""

import base64
import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.torture import attacks, mutations, payloads
from tests.torture.attack import Attack, OneRound, Place, Skipped, run
from tests.torture.cells import runs_as_a_formula
from tests.torture.leaks import leaks
from tests.torture.power import Disk
from tests.torture.report import in_markdown
from tests.torture.slow_patterns import all_patterns


def _attack(name: str, *, breaks: type[Exception] | None = None, skip: str = "") -> Attack:
    @contextmanager
    def opened(place: Place) -> Iterator[OneRound]:
        if skip:
            raise Skipped(skip)

        def one_round() -> None:
            place.count("rolls", place.dice().randrange(1_000))
            if breaks is not None:
                raise breaks("what was sent")
            place.expect(place.round != 1, "the second round", zero="doubled")

        yield one_round

    return Attack(name, "of a test", opened, share=1, short_seconds=0.05)


def test_a_round_throws_the_same_dice_when_it_is_repeated_alone(tmp_path: Path) -> None:
    alone = [
        run(_attack("a"), tmp_path / str(number), seed=7, seconds=0, only_round=number).counts["rolls"]
        for number in (0, 1, 2, 1)
    ]

    assert alone[1] == alone[3]
    assert len(set(alone)) == 3


def test_a_finding_says_how_to_meet_it_again_and_counts_what_must_be_zero(tmp_path: Path) -> None:
    outcome = run(_attack("a"), tmp_path, seed=7, seconds=0, only_round=1)

    assert outcome.counts["doubled"] == 1
    assert [one.repeat for one in outcome.findings] == ["python -m tests.torture --only a --seed 7 --round 1"]


@pytest.mark.parametrize("error", [ValueError, AssertionError])
def test_an_attack_that_breaks_off_is_a_finding_and_goes_on(error: type[Exception], tmp_path: Path) -> None:
    outcome = run(_attack("a", breaks=error), tmp_path, seed=7, seconds=0.05)

    assert outcome.rounds > 1
    assert outcome.findings
    assert error is AssertionError or "what was sent" not in outcome.findings[0].what


def test_the_report_names_what_was_skipped_and_found(tmp_path: Path) -> None:
    outcomes = [
        run(_attack("a"), tmp_path / "a", seed=7, seconds=0, only_round=1),
        run(_attack("b", skip="no such disk"), tmp_path / "b", seed=7, seconds=0),
    ]

    page = in_markdown(outcomes, seed=7)

    assert "| doubled | 1 |" in page
    assert "| b | of a test | 0 | 0 | skipped: no such disk | |" in page
    assert "- a: the second round. Again: `python -m tests.torture --only a --seed 7 --round 1`" in page


def test_the_shares_of_all_attacks_are_a_whole_run() -> None:
    assert sum(attack.share for attack in attacks.ATTACKS) == pytest.approx(1)
    assert len({attack.name for attack in attacks.ATTACKS}) == len(attacks.ATTACKS)


VALUE = "wren00412377@example-mail.com"
FORMS = {
    "as it is": VALUE.encode(),
    "in the middle of a file": b"x" * 1_003 + VALUE.encode() + b"y" * 5,
    "percent-encoded": quote(VALUE, safe="").encode(),
    "hex": VALUE.encode().hex().encode(),
    "UTF-16": VALUE.encode("utf-16-le"),
    "backwards": VALUE[::-1].encode(),
    **{f"base64 behind {n} bytes": base64.b64encode(b"x" * n + VALUE.encode() + b" and more") for n in range(4)},
}


@pytest.mark.parametrize("form", FORMS)
def test_a_value_is_found_in_every_form(form: str, tmp_path: Path) -> None:
    (tmp_path / "kept").write_bytes(FORMS[form])

    assert {leak.planted for leak in leaks({VALUE: "on purpose"}, tmp_path)} == {"on purpose"}


def test_nothing_is_found_where_nothing_is(tmp_path: Path) -> None:
    (tmp_path / "kept").write_bytes(b"wren00412378@example-mail.com and others" * 50)

    assert leaks({VALUE: "on purpose"}, tmp_path) == set()


@pytest.mark.parametrize("cell", ["=1+1", " =1", "\t=1", "\u00a0@SUM(1)", "\uff1d1", "-2+3", "+cmd|x"])
def test_a_formula_is_one(cell: str) -> None:
    assert runs_as_a_formula(cell)


@pytest.mark.parametrize("cell", ["", "-1", "+1.5e3", "12 %", "'=1+1", "a=b", "—"])
def test_a_number_or_word_is_no_formula(cell: str) -> None:
    assert not runs_as_a_formula(cell)


def _after(*lines: str) -> set[str]:
    disk = Disk("/h")
    for line in lines:
        disk.follow(line)
    return disk.unsafe()


def test_a_file_is_safe_when_it_and_its_folder_were_synced() -> None:
    made = '1 openat(AT_FDCWD, "/h/a", O_WRONLY|O_CREAT, 0600) = 3</h/a>'
    wrote, synced, folder = '1 write(3</h/a>, "x", 1) = 1', "1 fsync(3</h/a>) = 0", "1 fsync(4</h>) = 0"

    assert _after(made, wrote, synced, folder) == set()
    assert _after(made, wrote, folder) == {"/h/a"}
    assert _after(made, wrote, synced) == {"/h/a"}
    assert _after(made, wrote, synced, folder, wrote) == {"/h/a"}


def test_a_link_to_what_was_not_synced_is_not_safe() -> None:
    made = '1 openat(AT_FDCWD, "/h/.tmp", O_WRONLY|O_CREAT, 0600) = 3</h/.tmp>'
    link, folder = '1 link("/h/.tmp", "/h/0.json") = 0', "1 fsync(4</h>) = 0"

    assert _after(made, '1 write(3</h/.tmp>, "x", 1) = 1', link, folder) == {"/h/0.json"}


def test_mutated_payloads_are_mostly_payloads_still() -> None:
    _, shapes = payloads.planted(7)
    dice = random.Random(7)  # noqa: S311 - repeatable
    read = 0
    for _ in range(50):
        message = shapes.few_spans(dice)
        mutations.mutated_message(message, dice, share=0.05)
        read += bool(ExportTraceServiceRequest.FromString(message.SerializeToString()).resource_spans)
    said = [mutations.mutated(payloads.as_json(shapes.few_spans(dice)), dice, share=0.01) for _ in range(50)]

    assert read > 30
    assert sum(bool(list(payloads.plainly_valid(one))) for one in said) > 20
    assert len({json.dumps(one) for one in said}) == 50


def test_expressions_of_every_room_are_listed() -> None:
    rooms = {name.partition(".")[0] for name in all_patterns()}

    assert {"ingest", "metrics", "review", "scrub", "storage"} <= rooms
