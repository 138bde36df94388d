"""Label files that are damaged, or made to do harm: refused by line and reason, and the ledger can still be read."""

import gzip
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from errors import UsageError
from review.exchange import files
from review.exchange.exports import as_csv
from review.label_frame import label_frame
from review.rubric.rubrics import ensure_builtin, rubrics
from storage.ledger_database import Database
from tests.review.exchange.conftest import NOW, Take
from tests.review.exchange.test_imports import HEADER, line, written


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{tmp_path / 'hostile.db'}")
    yield opened
    opened.close()


def told(folder: Path, *rows: Mapping[str, object]) -> Path:
    """Rows as JSON lines; each says what differs from a good one."""
    usual: dict[str, object] = {"item": "t1", "reviewer": "ana", "criterion": "helpfulness", "value": 4}
    path = folder / "labels.jsonl"
    path.write_text("".join(json.dumps({**usual, **row}) + "\n" for row in rows))
    return path


def reasons(take: Take, path: Path) -> list[str]:
    return [one.reason for one in take(path).refused]


@pytest.mark.parametrize("scale", [
    'category ["[x", "b"]', 'category ["Cannot tell", "b"]', 'category ["", "b"]', f'category ["{"x" * 501}", "b"]',
    f'categories {"[" * 900}', "integer 5..1", "integer 1..999999", "category 7",
], ids=range(8))  # fmt: skip
def test_a_scale_that_no_rubric_has_leaves_every_label_readable(
    database: Database, take: Take, tmp_path: Path, scale: str
) -> None:
    take(told(tmp_path, {"criterion": "tone", "scale": scale, "value": "b"}, {"criterion": "tone", "item": "t2"}))

    assert set(label_frame(database)["criterion"]) == {"tone"}
    assert len(rubrics(database)) == 2


def test_more_criteria_than_a_rubric_has_are_refused_and_every_label_stays_readable(
    database: Database, take: Take, tmp_path: Path
) -> None:
    done = take(told(tmp_path, *({"criterion": f"c{number}"} for number in range(500))))

    assert {one.reason for one in done.refused} == {"more criteria or categories than a rubric has"}
    assert label_frame(database).empty


def test_answers_that_are_like_cannot_tell_make_no_category(database: Database, take: Take, tmp_path: Path) -> None:
    take(told(tmp_path, *({"criterion": "kind", "item": f"t{n}", "value": said} for n, said in enumerate(
        ["a", "b", "cannot_tell", "Cannot Tell"]))))  # fmt: skip

    frame = label_frame(database)
    assert sorted(frame["value"].dropna()) == ["a", "b"]
    assert frame["cannot_tell"].sum() == 2


def test_a_quote_that_is_never_closed_does_not_swallow_the_rest_in_silence(
    database: Database, take: Take, tmp_path: Path
) -> None:
    done = take(written(tmp_path, line(item="good"), line(comment='"open'), *(line(item=f"t{n}") for n in range(50))))

    assert [(one.position, one.reason[:28]) for one in done.refused] == [("line 3", "a quote that is never closed")]
    assert set(label_frame(database)["item"]) == {"good"}


@pytest.mark.parametrize("field", ["comment", "corrected"])
def test_a_text_that_is_too_long_is_refused(take: Take, tmp_path: Path, field: str) -> None:
    (reason,) = reasons(take, told(tmp_path, {field: "x" * 100_001}))
    assert "longer than 100,000" in reason


@pytest.mark.parametrize("name", ["shell", "Benchbook"])
def test_nobody_labels_as_the_shell(take: Take, tmp_path: Path, name: str) -> None:
    assert reasons(take, told(tmp_path, {"reviewer": name})) == ["that reviewer is nobody's name here"]


@pytest.mark.parametrize("name", ["ana\u202e", "a\u200bna", "<img>", "=cmd", "a\nb", "x" * 61], ids=range(6))
def test_a_reviewers_name_is_one_that_a_person_could_have(take: Take, tmp_path: Path, name: str) -> None:
    (reason,) = reasons(take, told(tmp_path, {"reviewer": name}))
    assert "characters that names here do not have" in reason


def test_a_stratum_has_one_size(database: Database, take: Take, tmp_path: Path) -> None:
    stratum = {"stratum": "s", "stratum_drawn": 5}
    said = reasons(take, told(tmp_path, stratum | {"stratum_size": 10}, stratum | {"item": "t2", "stratum_size": 20}))

    assert said == ["its stratum has other sizes in a row before"]
    assert list(label_frame(database)["probability"]) == [0.5]


@pytest.mark.parametrize("at", [
    "1969-12-31T23:59:59Z", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+14:00", "10000-01-01", "-2026-10-12",
    "2026-10-12T09:00:00+99:00", "9" * 5000,
], ids=range(7))  # fmt: skip
def test_a_time_that_no_label_has_is_refused(take: Take, tmp_path: Path, at: str) -> None:
    (reason,) = reasons(take, told(tmp_path, {"labelled_at": at}))
    assert "the time of the label" in reason


def test_a_time_of_another_zone_is_the_same_moment(database: Database, take: Take, tmp_path: Path) -> None:
    take(told(tmp_path, {"labelled_at": "2026-10-12T23:30:00+14:00"}))
    assert label_frame(database)["labelled_at"].iloc[0].isoformat() == "2026-10-12T09:30:00+00:00"


@pytest.mark.parametrize("row", [
    b'{"item":"t1","reviewer":"ana","criterion":"helpfulness","value":4,"comment":"\\ud800"}',
    b'{"item":"t\\udfff","reviewer":"ana","criterion":"helpfulness","value":4}',
    b'{"item":"t1","reviewer":"ana","criterion":"helpfulness","value":' + b"9" * 100_000 + b"}",
    b'{"item":"t1","reviewer":"ana","criterion":"helpfulness","value":1e999}',
    b'{"item":"t1","reviewer":"ana","criterion":"helpfulness","value":' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    b'{"item":"t1","reviewer":"ana","criterion":"helpfulness","value":{"a":1}}',
    b'[{"item":"t1"}]',
], ids=range(7))  # fmt: skip
def test_json_that_is_no_label_is_refused_and_the_next_line_is_kept(
    database: Database, take: Take, tmp_path: Path, row: bytes
) -> None:
    path = told(tmp_path, {"item": "good"})
    path.write_bytes(path.read_bytes() + row + b"\n" + path.read_bytes().replace(b"good", b"next"))

    assert len(take(path).refused) == 1
    assert set(label_frame(database)["item"]) == {"good", "next"}


def test_nul_bytes_are_left_out_whatever_the_database(database: Database, take: Take, tmp_path: Path) -> None:
    assert take(written(tmp_path, line(item="t\x001", comment="a\x00b"))).refused == []
    (row,) = label_frame(database).to_dict("records")
    assert (row["item"], row["comment"]) == ("t1", "ab")


@pytest.mark.parametrize(("name", "content", "reason"), [
    ("labels.csv", ("\ufeff" + HEADER).encode("utf-16"), "not UTF-8"),
    ("labels.csv", (HEADER + line(comment="caf\xe9")).encode("latin-1"), "not UTF-8"),
    ("labels.csv", (HEADER.strip() + "," + "x" * 200_000 + "\n").encode(), "not a CSV line"),
    ("labels.csv.gz", gzip.compress((HEADER + line() * 999).encode())[:-20], "a damaged gzip file"),
])  # fmt: skip
def test_a_file_in_another_coding_or_cut_short_is_refused(
    take: Take, tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert reasons(take, path) == [reason]


def test_a_file_that_unpacks_to_more_than_the_limit_is_refused_before_it_fills_the_memory(
    take: Take, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LARGEST", 2**20)
    path = tmp_path / "labels.csv.gz"
    path.write_bytes(gzip.compress(HEADER.encode() + b"x" * 2**22))
    with pytest.raises(UsageError, match="larger than 1 MiB"):
        take(path)


def test_a_damaged_file_of_strata_is_refused_and_the_labels_are_kept(take: Take, tmp_path: Path) -> None:
    (tmp_path / "strata-2026-W41.csv").write_bytes(b"stratum,size,sampled\n" + b"x" * 200_000 + b",3,1\ns,1e9,\xff\n")
    done = take(written(tmp_path, line()))
    assert done.labels == 1
    assert {one.file for one in done.refused} == {"strata-2026-W41.csv"}


MT_RAG = {"metrics": [{"name": "faith", "author": "human", "range": [1, 5]}], "models": [], "aggregator": {}}


@pytest.mark.parametrize("change", [
    {"metrics": [{"author": "human", "range": [1, 5]}]}, {"metrics": [{"name": "f", "author": "human"}]},
    {"metrics": [{"name": "f", "author": "human", "range": [1, 10**7]}]}, {"metrics": 7}, {"metrics": [7, None]},
    {"metrics": [{"name": "f", "author": "human", "values": [{"numeric_value": "x"}]}]},
], ids=range(6))  # fmt: skip
def test_a_file_like_mt_rags_without_its_criteria_is_refused(
    take: Take, tmp_path: Path, change: dict[str, object]
) -> None:
    path = tmp_path / "labels.json"
    path.write_text(json.dumps(MT_RAG | change))
    (reason,) = reasons(take, path)
    assert reason.startswith("like MT-RAG's evaluations, but")


def test_evaluations_of_another_shape_are_refused_and_the_rest_is_kept(
    database: Database, take: Take, tmp_path: Path
) -> None:
    good: dict[str, object] = {"value": 3, "timestamp": 1_770_000_000, "duration": 9}
    evaluations: list[object] = [
        7,
        None,
        {"annotations": [1]},
        {"annotations": {"faith": [1]}},
        {"annotations": {"faith": {"a": 3}}},
    ]
    evaluations += [{"task_id": "q", "model_id": "m", "annotations": {"faith": {name: given}}} for name, given in (
        ("ann", good), ("bob", good | {"timestamp": 1e300}), ("eve", good | {"duration": "long"}))]  # fmt: skip
    path = tmp_path / "labels.json"
    path.write_text(json.dumps(MT_RAG | {"evaluations": evaluations}))

    assert len(reasons(take, path)) == 3
    assert list(label_frame(database)["reviewer"]) == ["ann"]


def test_what_looks_personal_names_no_sample_and_no_submission(database: Database, take: Take, tmp_path: Path) -> None:
    card = "4111-1111-1111-1111"
    done = take(told(tmp_path, {"sample": "maria.gonzalez-4111111111111111"}, {"item": "t2", "submission": card},
                     {"item": f"call of {card}"}, {"item": "t3", "rubric": card}))  # fmt: skip

    assert [one.reason for one in done.refused] == [
        "the sample is called by what looks personal", "the rubric is called by what looks personal",
    ]  # fmt: skip
    assert done.labels == 2
    with database.reading() as connection:
        kept = "\n".join(connection.connection.driver_connection.iterdump())  # type: ignore[union-attr]
    assert "4111" not in kept
    again = take(tmp_path / "labels.jsonl")
    assert (again.labels, again.already) == (0, 2)


def test_an_export_of_hostile_labels_has_no_cell_that_is_a_formula(
    database: Database, take: Take, tmp_path: Path
) -> None:
    ensure_builtin(database, NOW)
    evil = "=cmd|' /C calc'!A0"
    take(told(tmp_path, {"item": evil, "stratum": evil, "probability": 0.5, "comment": evil, "corrected": f"\t{evil}"}))

    text = as_csv(label_frame(database))
    assert text.count("=cmd") == 4
    assert text.count("=cmd") == text.count("'=cmd") + text.count("'\t=cmd")
