"""Labels that were given elsewhere come in once, with their design, and without what is personal."""

import gzip
import json
from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa

from errors import NotAllowed, UsageError
from review.audit import audit_log
from review.exchange import mt_rag
from review.label_frame import label_frame, rows_of
from review.people import Role, add_person
from review.rubric import rubrics
from review.words import ScrubbedText, Words
from scrub.pseudonyms import identifier
from storage.ledger_database import Database
from storage.review_tables import sample_items, sample_strata, samples
from tests.review.calibration.reference import SHARED
from tests.review.exchange.conftest import KEY, NOW, Take

SAMPLE_DATA = Path(__file__).parents[3] / "sample_data"
MT_RAG = SHARED / "fixtures" / "exports" / "mt-rag-benchmark"
HEADER = "item_id,unit,reviewer,criterion,value,stratum,probability,cluster,labelled_at,seconds,comment\n"


def written(folder: Path, *lines: str, header: str = HEADER, name: str = "labels-2026-W41.csv") -> Path:
    path = folder / name
    path.write_text(header + "".join(f"{line}\n" for line in lines))
    return path


def line(**cells: str) -> str:
    usual = {"item": "t1", "unit": "trace", "reviewer": "ana", "criterion": "helpfulness", "value": "4", "stratum": "s",
             "probability": "0.5", "cluster": "sess-1", "at": "2026-10-12T09:00:00Z", "seconds": "12.5",
             "comment": ""}  # fmt: skip
    return ",".join((usual | cells).values())


def test_the_sample_data_comes_in_once(database: Database, take: Take) -> None:
    first, again = take(SAMPLE_DATA), take(SAMPLE_DATA)
    assert (first.files, first.labels, first.submissions, first.refused) == (6, 1440, 480, [])
    assert (again.labels, again.already, again.submissions) == (0, 1440, 0)
    frame = label_frame(database)
    assert set(frame["criterion"]) == {"helpfulness", "groundedness", "resolved"}
    assert set(frame["rubric"]) == {"answer-quality"}
    assert set(frame["reviewer"]) == {"ana", "ben", "chidi", "dora"}
    with database.reading() as connection:
        sizes = connection.execute(sa.select(sample_strata).where(sample_strata.c.sample == "labels-2026-W40")).all()
        weeks = connection.execute(sa.select(samples.c.week, samples.c.source)).all()
    assert {(row.stratum, row.population, row.drawn, row.certainty) for row in sizes} == {
        ("claude-haiku-4-5", 76, 18, False), ("escalated", 4, 4, True),
        ("gpt-4o", 141, 18, False), ("gpt-4o-mini", 109, 18, False),
    }  # fmt: skip
    assert {tuple(row) for row in weeks} == {(f"2026-W{week}", "imported") for week in range(40, 46)}


def test_comments_are_scrubbed_and_what_was_replaced_is_counted(database: Database, take: Take) -> None:
    done = take(SAMPLE_DATA)
    comments = {comment for comment in label_frame(database)["comment"] if comment}
    raw = "".join(path.read_text() for path in SAMPLE_DATA.glob("labels-*.csv"))
    assert done.replaced["PERSON"] > 0
    assert any("<PERSON>" in comment for comment in comments)
    named = [part for part in raw.split(",") if part.startswith("asked for ")]
    assert not [comment for comment in comments for part in named if part == comment]


def test_a_session_is_the_one_that_the_warehouse_knows_and_never_the_clients_own(
    database: Database, take: Take, tmp_path: Path
) -> None:
    take(written(tmp_path, line()))
    with database.reading() as connection:
        item = connection.execute(sa.select(sample_items)).one()
    assert item.session == identifier(KEY, "sess-1", "session_id")
    assert item.session.startswith("s_")


def test_the_probability_is_exact_from_the_sizes_of_the_strata(database: Database, take: Take, tmp_path: Path) -> None:
    (tmp_path / "strata-2026-W41.csv").write_text("stratum,size,sampled\ns,3,1\n")
    done = take(written(tmp_path, line(probability="0.3333"), line(item="t2", probability="0.9")))
    assert set(label_frame(database)["probability"]) == {1 / 3}
    assert [(one.position, one.reason) for one in done.refused] == [
        ("line 3", "its probability is not that of its stratum")
    ]


def test_compressed_files_are_read_with_their_strata(database: Database, take: Take, tmp_path: Path) -> None:
    (tmp_path / "labels-2026-W41.csv.gz").write_bytes(gzip.compress((HEADER + line() + "\n").encode()))
    (tmp_path / "strata-2026-W41.csv.gz").write_bytes(gzip.compress(b"stratum,size,sampled\ns,8,4\n"))
    assert take(tmp_path).refused == []
    (row,) = rows_of(label_frame(database))
    assert (row["sample"], row["stratum_size"], row["probability"]) == ("labels-2026-W41", 8, 0.5)


def test_an_item_without_a_probability_counts_as_picked_by_hand(database: Database, take: Take, tmp_path: Path) -> None:
    take(written(tmp_path, line(probability="")))
    assert rows_of(label_frame(database))[0]["hand_picked"] is True


@pytest.mark.parametrize(("cells", "reason"), [
    ({"value": "6"}, "1 to 5"),
    ({"value": ""}, "no answer"),
    ({"item": ""}, "no item id"),
    ({"reviewer": ""}, "no reviewer"),
    ({"at": "yesterday"}, "not an ISO time"),
    ({"at": "0001-01-01T00:00:00Z"}, "before 1990"),
    ({"seconds": "-1"}, "out of range"),
    ({"seconds": "nan"}, "out of range"),
    ({"probability": "2"}, "out of range"),
    ({"probability": "0"}, "above 0"),
    ({"unit": "page"}, "the unit is none of"),
    ({"criterion": "=1+1"}, "no criterion"),
])  # fmt: skip
def test_a_bad_row_is_refused_by_line_and_reason_and_the_rest_is_kept(
    database: Database, take: Take, tmp_path: Path, cells: dict[str, str], reason: str
) -> None:
    done = take(written(tmp_path, line(item="good"), line(**cells)))
    assert (done.labels, len(done.refused)) == (1, 1)
    assert done.refused[0].position == "line 3"
    assert reason in done.refused[0].reason
    assert set(label_frame(database)["item"]) == {"good"}


def test_a_refusal_never_quotes_the_row(take: Take, tmp_path: Path) -> None:
    secret = "Maria Gonzalez 4111111111111111"
    rows = [line(**{name: secret}) for name in ("value", "unit", "probability", "at", "seconds")]
    said = json.dumps(take(written(tmp_path, *rows)).as_json())
    assert "Maria" not in said
    assert "4111" not in said


def test_another_answer_at_the_same_time_is_refused_and_a_later_one_supersedes(
    database: Database, take: Take, tmp_path: Path
) -> None:
    take(written(tmp_path, line()))
    done = take(written(tmp_path, line(value="2"), line(value="3", at="2026-10-13T09:00:00Z")))
    assert done.labels == 1
    assert [one.reason for one in done.refused] == [
        "another answer is kept for this label; a changed mind has a later time"
    ]
    assert list(label_frame(database)["value"]) == ["4", "3"]


def test_cannot_tell_is_kept_apart_from_a_low_score(database: Database, take: Take, tmp_path: Path) -> None:
    take(written(tmp_path, line(value="cannot tell")))
    row = rows_of(label_frame(database))[0]
    assert (row["value"], row["cannot_tell"]) == (None, True)


def test_criteria_that_no_rubric_has_get_one_from_the_answers(database: Database, take: Take, tmp_path: Path) -> None:
    rows = [line(item=f"t{number}", criterion=criterion, value=value) for number, (criterion, value) in enumerate(
        [("tone", "1"), ("tone", "4"), ("safe", "yes"), ("kind", "refund"), ("kind", "delay"),
         ("who", "Maria Gonzalez"), ("who", "John Miller")])]  # fmt: skip
    done = take(written(tmp_path, *rows))
    frame = label_frame(database)
    scales = dict(zip(frame["criterion"], frame["scale"], strict=True))
    assert scales == {"tone": "integer 1..4", "safe": "yes_no", "kind": 'category ["delay","refund"]', "who": "text"}
    assert "Maria" not in " ".join(frame["value"])
    assert done.replaced == {"PERSON": 2}


def test_an_item_whose_id_names_a_person_is_a_keyed_hash(database: Database, take: Take, tmp_path: Path) -> None:
    said = "call of maria.gonzalez@bank.example"
    take(written(tmp_path, line(item=said)))
    take(written(tmp_path, line(item=said)))
    (row,) = rows_of(label_frame(database))
    assert row["item"] == identifier(KEY, said, "key")


def test_reviewers_do_not_wait_while_comments_are_scrubbed(
    database: Database, take: Take, tmp_path: Path, words: Words, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ledger can be written to at every moment that the scrubber is at work."""
    scrubbed, wrote = words.scrubbed, []

    def while_others_write(text: str) -> ScrubbedText:
        with database.writing() as connection:
            wrote.append(connection.execute(sa.select(sa.func.count()).select_from(samples)).scalar())
        return scrubbed(text)

    monkeypatch.setattr(words, "scrubbed", while_others_write)
    assert take(written(tmp_path, line(comment="ask Maria Gonzalez"))).labels == 1
    assert wrote


def test_reviewers_wait_for_a_few_statements_however_many_rows_are_taken(
    database: Database, take: Take, tmp_path: Path
) -> None:
    """A lock that lasts as long as the file would fail every save of the page for that time."""
    asked: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    sa.event.listen(database._engine, "before_cursor_execute", count)
    assert take(written(tmp_path, *(line(item=f"t{n}", reviewer=who) for n in range(300) for who in ("ana", "ben"))))

    writes = Counter(statement.split("(")[0].strip() for statement in asked if statement.startswith("INSERT"))
    assert max(writes.values()) <= 3, writes
    assert len(label_frame(database)) == 600


def test_rows_that_are_all_refused_leave_no_sample(database: Database, take: Take, tmp_path: Path) -> None:
    sizes = HEADER.replace("comment", "stratum_size,stratum_drawn")
    done = take(written(tmp_path, line(comment="4,1", probability="0.5"), header=sizes))

    assert [one.reason for one in done.refused] == ["its probability is not that of its stratum"]
    with database.reading() as connection:
        assert connection.execute(sa.select(samples.c.id)).scalars().all() == []


def test_the_rubric_can_be_named(database: Database, take: Take, tmp_path: Path) -> None:
    take(written(tmp_path, line()))
    with pytest.raises(UsageError):
        take(written(tmp_path, line()), rubric="nobody-has-it")
    assert set(label_frame(database)["rubric"]) == {"answer-quality"}


WITH_SCALE = HEADER.replace("comment", "rubric,rubric_version,scale")


def told(rubric: str, scale: str, *, version: str = "1", **cells: str) -> str:
    return line(comment=f"{rubric},{version},{scale}", **cells)


def test_labels_of_the_built_in_rubric_are_its_own_also_in_an_empty_home(
    database: Database, take: Take, tmp_path: Path
) -> None:
    take(written(tmp_path, told("answer-quality", "integer 1..5", version="3"), header=WITH_SCALE))

    listed = rubrics.rubrics(database)
    assert list(zip(listed["name"], listed["version"], strict=True)) == [("answer-quality", 1)]
    assert rubrics.rubric(database, "answer-quality").criterion("failure") is not None


@pytest.mark.parametrize("cells", [{"criterion": "tone"}, {"value": "9"}], ids=["another criterion", "another scale"])
def test_a_rubric_made_from_a_file_never_stands_in_for_one_that_people_wrote(
    database: Database, take: Take, tmp_path: Path, cells: dict[str, str]
) -> None:
    built_in = rubrics.ensure_builtin(database, NOW)
    path = written(tmp_path, told("answer-quality", "integer 1..10", **cells), header=WITH_SCALE)

    done, again = take(path), take(path)

    assert (done.labels, done.refused, again.already) == (1, [], 1)
    assert rubrics.rubric(database, "answer-quality") == built_in
    (kept,) = rows_of(label_frame(database))
    assert (kept["rubric"], kept["rubric_version"], kept["scale"]) == ("imported-answer-quality", 1, "integer 1..10")


def test_a_rubric_that_nobody_has_here_keeps_its_name(database: Database, take: Take, tmp_path: Path) -> None:
    take(written(tmp_path, told("house", "integer 1..7"), header=WITH_SCALE))

    assert set(label_frame(database)["rubric"]) == {"house"}


def test_an_item_that_a_drawn_sample_does_not_have_is_refused(database: Database, take: Take, tmp_path: Path) -> None:
    take(written(tmp_path, line()))
    with database.writing() as connection:
        connection.execute(sa.update(samples).values(source="drawn", seed=1, frame_sequence=1))
    done = take(written(tmp_path, line(item="other")))
    assert [one.reason for one in done.refused] == ["no item of this sample, which was drawn here"]


def test_who_may_not_draw_may_not_import(database: Database, take: Take, tmp_path: Path) -> None:
    add_person(database, "eve", Role.REVIEWER, by="shell", now=NOW)
    with pytest.raises(NotAllowed):
        take(written(tmp_path, line()), by="eve")
    assert label_frame(database).empty


def test_an_import_is_in_the_audit_log_once(database: Database, take: Take, tmp_path: Path) -> None:
    path = written(tmp_path, line())
    take(path)
    take(path)
    logged = audit_log(database)
    assert list(logged[logged["action"] == "labels.imported"]["subject"]) == ["labels-2026-W41"]


@pytest.mark.parametrize(("name", "content", "position"), [
    ("labels.csv", b"\xff\xfe\x00bad criterion", "file"),
    ("labels.csv.gz", b"\x1f\x8bnot gzip", "file"),
    ("notes.csv", b"a,b\n1,2\n", "file"),
    ("labels.jsonl", b'{"criterion": 1, "reviewer": "a"\n', "line 1"),
    ("labels.json", b'[{"reviewer": "a", "criterion": ', "item 1"),
])  # fmt: skip
def test_a_file_that_cannot_be_read_is_refused(
    take: Take, tmp_path: Path, name: str, content: bytes, position: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    done = take(path)
    assert (done.labels, [one.position for one in done.refused]) == (0, [position])


def test_a_folder_without_labels_is_wrong_usage(take: Take, tmp_path: Path) -> None:
    (tmp_path / "traces.jsonl").write_text('{"trace_id": "t", "output": "by the \\"criterion\\" of ..."}\n')
    with pytest.raises(UsageError, match="no labels there"):
        take(tmp_path)
    with pytest.raises(UsageError, match="not there"):
        take(tmp_path / "nothing")


needs_mt_rag = pytest.mark.skipif(not MT_RAG.is_dir(), reason="MT-RAG is not beside this clone")


@needs_mt_rag
def test_mt_rags_ratings_come_in_with_their_annotators_and_times(database: Database, take: Take) -> None:
    done, again = take(MT_RAG), take(MT_RAG)
    assert (done.labels, done.submissions, done.refused) == (7087, 1431, [])
    assert (again.labels, again.already) == (0, 7087)
    frame = label_frame(database)
    assert (frame["reviewer"].nunique(), frame["item"].nunique(), frame["session"].nunique()) == (7, 477, 20)
    assert frame["seconds"].notna().all()
    assert dict(frame["criterion"].value_counts()) == {
        "win-rate": 1431, "faithfulness": 1419, "naturalness": 1413, "appropriateness": 1413, "completeness": 1411,
    }  # fmt: skip


@needs_mt_rag
def test_a_rating_of_mt_rag_is_of_the_trace_that_ingest_makes() -> None:
    from ingest.formats import mt_rag as traces  # the two rooms meet in tests only

    assert mt_rag.trace_id("a<::>1", "gpt-4o") == traces.trace_id("a<::>1", "gpt-4o")


def test_what_is_personal_in_the_name_of_a_file_is_in_no_table(take: Take, database: Database, tmp_path: Path) -> None:
    content = "item,reviewer,criterion,value\nt1,ana,helpfulness,4\n"
    names = ["lab lleak01@kanarie-bank.de.csv", "lab lleak02@kanarie-bank.de.csv", "labels-2026-W40.csv"]
    for name in names:
        (tmp_path / name).write_text(content)
    done = take(*(tmp_path / name for name in names))
    again = take(*(tmp_path / name for name in names))

    assert (done.refused, done.labels, again.labels, again.already) == ([], 3, 0, 3)
    assert len(done.samples) == 3  # each file is a sample of its own
    assert "labels-2026-W40" in done.samples
    with database.reading() as connection:
        tables = sa.inspect(connection).get_table_names()
        kept = str([connection.execute(sa.text(f'SELECT * FROM "{name}"')).all() for name in tables])
    assert [one for one in ("lleak01", "lleak02", "kanarie") if one in kept] == []
