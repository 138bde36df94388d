"""Rubrics are read from TOML, kept in versions that nobody changes, and check what was answered."""

import datetime as dt

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from errors import NotAllowed, UsageError
from review.audit import audit_log
from review.people import SHELL, Role, add_person
from review.rubric.rubrics import (
    BUILTIN,
    Answer,
    Given,
    Rubric,
    Scale,
    checked_answers,
    ensure_builtin,
    parse_rubric,
    rubric,
    rubrics,
    save_rubric,
    toml_of,
)
from storage.ledger_database import Database
from storage.review_tables import samples

AT = dt.datetime(2026, 11, 16, 9, tzinfo=dt.UTC)
QUALITY = parse_rubric(BUILTIN.read_text())
WIDE = parse_rubric("""
name = "wide"
[[criteria]]
name = "polite"
question = "Is it polite?"
scale = "yes_no"
[[criteria]]
name = "tone"
question = "Which tone?"
scale = "category"
categories = ["warm", "cold"]
required = false
[[criteria]]
name = "faults"
question = "Which faults?"
scale = "categories"
categories = ["wrong", "late", "rude"]
shown_if = { criterion = "polite", values = [false] }
[[criteria]]
name = "worst"
question = "How bad is the rudeness?"
scale = "integer"
low = -2
high = 10
shown_if = { criterion = "faults", values = ["rude"] }
[[criteria]]
name = "why"
question = "Why?"
scale = "text"
required = false
""")


def use(database: Database, one: Rubric) -> None:
    """A sample that is labelled with it."""
    row = {
        "id": f"imported-{one.name}-{one.version}", "source": "imported", "plan": "p", "definition": {},
        "rubric": one.name, "rubric_version": one.version, "unit": "trace", "drawn_at": AT, "drawn_by": SHELL,
    }  # fmt: skip
    with database.writing() as connection:
        connection.execute(sa.insert(samples).values(**row))


def changed(question: str) -> Rubric:
    return parse_rubric(toml_of(QUALITY).replace("Is the matter settled for the person who asked?", question))


def test_the_rubric_that_comes_along_asks_what_the_sample_data_was_labelled_by() -> None:
    named = {one.name: one.values for one in QUALITY.criteria}

    assert named["helpfulness"] == named["groundedness"] == ("1", "2", "3", "4", "5")
    assert named["resolved"] == ("yes", "no")
    assert QUALITY.good
    assert QUALITY.bad


def test_the_rubric_that_comes_along_is_kept_once(database: Database) -> None:
    assert ensure_builtin(database, AT) == ensure_builtin(database, AT)

    kept = rubrics(database)
    assert kept[["name", "version", "unit", "criteria", "frozen"]].to_dict("records") == [
        {"name": "answer-quality", "version": 1, "unit": "trace", "criteria": 4, "frozen": False}
    ]


def test_a_team_that_changed_the_rubric_keeps_its_own(database: Database) -> None:
    save_rubric(database, changed("Settled?"), by=SHELL, now=AT)

    kept = ensure_builtin(database, AT).criterion("resolved")

    assert kept is not None
    assert kept.question == "Settled?"


def test_each_change_is_a_version_and_no_version_is_ever_changed(database: Database) -> None:
    first = save_rubric(database, QUALITY, by=SHELL, now=AT)
    again = save_rubric(database, changed("Settled?"), by=SHELL, now=AT)
    use(database, again)
    third = save_rubric(database, changed("Done?"), by=SHELL, now=AT)

    assert [one.version for one in (first, again, third)] == [1, 2, 3]
    assert [rubric(database, "answer-quality", number) for number in (1, 2, 3)] == [first, again, third]
    assert rubric(database, "answer-quality") == third
    assert rubrics(database)[["version", "samples", "submissions", "frozen"]].to_numpy().tolist() == [
        [3, 0, 0, False], [2, 1, 0, True], [1, 0, 0, False],
    ]  # fmt: skip
    assert list(audit_log(database)["action"]) == ["rubric.added"] * 3


def test_the_same_rubric_again_is_no_new_version(database: Database) -> None:
    use(database, save_rubric(database, QUALITY, by=SHELL, now=AT))

    assert save_rubric(database, QUALITY, by=SHELL, now=AT).version == 1
    assert len(audit_log(database)) == 1


def test_a_reviewer_may_not_change_a_rubric(database: Database) -> None:
    add_person(database, "Ben", Role.REVIEWER, by=SHELL, now=AT)

    with pytest.raises(NotAllowed, match="Ben may not edit rubrics"):
        save_rubric(database, QUALITY, by="Ben", now=AT)
    assert rubrics(database).empty


@pytest.mark.parametrize(("name", "version"), [("nothing", None), ("answer-quality", 9)])
def test_a_rubric_that_is_not_there_is_said_to_be_missing(database: Database, name: str, version: int | None) -> None:
    ensure_builtin(database, AT)

    with pytest.raises(UsageError, match="no such rubric"):
        rubric(database, name, version)


@pytest.mark.parametrize("one", [QUALITY, WIDE], ids=["quality", "wide"])
def test_toml_that_is_written_reads_as_the_same(one: Rubric) -> None:
    assert parse_rubric(toml_of(one)) == one


@given(st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_survives_toml(instructions: str, good: str) -> None:
    one = Rubric("r", 0, WIDE.unit, WIDE.criteria, instructions.strip(), (good.strip(),) if good.strip() else ())

    assert parse_rubric(toml_of(one)) == one


_HEAD = 'name = "r"\n[[criteria]]\nname = "a"\nquestion = "A?"\n'


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("name = ", "not TOML"),
        ('name = "r"', "criteria: Field required"),
        (_HEAD + 'scale = "integer"', "needs low and high"),
        (_HEAD + 'scale = "integer"\nlow = 5\nhigh = 1', "low is the smaller"),
        (_HEAD + 'scale = "integer"\nlow = 0\nhigh = 1000', "at most 101 steps"),
        (_HEAD + 'scale = "integer"\nlow = 1\nhigh = 5\nanchors = { 7 = "x" }', "not on the scale"),
        (_HEAD + 'scale = "category"\ncategories = ["x"]', "at least two"),
        (_HEAD + 'scale = "category"\ncategories = ["x", "Cannot tell"]', "is no category"),
        (_HEAD + 'scale = "yes_no"\nlow = 1', "belong to the scale integer"),
        (_HEAD + 'scale = "stars"', "criteria.1.scale"),
        (_HEAD + 'scale = "yes_no"\ncolour = "red"', "criteria.1.colour"),
        (_HEAD + 'scale = "yes_no"\nshown_if = { criterion = "b", values = ["yes"] }', "an earlier criterion"),
        (_HEAD + 'scale = "yes_no"\n' + _HEAD.split("\n", 1)[1] + 'scale = "text"', "twice"),
        (_HEAD.replace('name = "r"', 'name = "R x"') + 'scale = "yes_no"', "rubric's name"),
    ],
    ids=range(14),
)
def test_a_rubric_that_cannot_be_is_refused_with_the_place(toml: str, said: str) -> None:
    with pytest.raises(UsageError, match=said.replace(".", r"\.")):
        parse_rubric(toml)


def test_answers_are_kept_in_one_form_however_they_are_said() -> None:
    said: list[dict[str, Given]] = [
        {"polite": False, "tone": " warm ", "faults": ["rude", "late", "rude"], "worst": "-2", "why": " x "},
        {"polite": "NO", "tone": "warm", "faults": '["late", "rude"]', "worst": -2.0, "why": "x"},
    ]

    for answers in said:
        assert {name: answer.value for name, answer in checked_answers(WIDE, answers).items()} == {
            "polite": "no", "tone": "warm", "faults": '["late","rude"]', "worst": "-2", "why": "x",
        }  # fmt: skip


def test_cannot_tell_is_an_answer_and_no_low_score() -> None:
    for said in ({"cannot_tell": True}, "cannot tell", "Cannot_tell", Answer(None, cannot_tell=True)):
        kept = checked_answers(QUALITY, {"helpfulness": said, "groundedness": 5, "resolved": said})
        assert kept["helpfulness"] == Answer(None, cannot_tell=True)
        assert "failure" not in kept


def test_what_an_earlier_answer_hides_is_dropped_whatever_it_is() -> None:
    shown = checked_answers(WIDE, {"polite": "no", "faults": ["rude"], "worst": 3})
    hidden = checked_answers(WIDE, {"polite": "yes", "faults": "nonsense", "worst": 99})
    half = checked_answers(WIDE, {"polite": "no", "faults": ["late"], "worst": 99})

    assert set(shown) == {"polite", "faults", "worst"}
    assert set(hidden) == {"polite"}
    assert set(half) == {"polite", "faults"}


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({}, "polite: an answer is required"),
        ({"polite": "yes", "colour": "red"}, "does not have"),
        ({"polite": "maybe"}, "yes or no"),
        ({"polite": 1}, "yes or no"),
        ({"polite": "yes", "tone": "hot"}, "one of: warm, cold"),
        ({"polite": "no", "faults": ["slow"]}, "a list of: wrong"),
        ({"polite": "no", "faults": []}, "faults: an answer is required"),
        ({"polite": "no", "faults": ["rude"], "worst": 11}, "from -2 to 10"),
        ({"polite": "no", "faults": ["rude"], "worst": 1.5}, "from -2 to 10"),
        ({"polite": "no", "faults": ["rude"], "worst": True}, "from -2 to 10"),
        ({"polite": "no", "faults": ["rude"], "worst": "\u0663"}, "from -2 to 10"),
        ({"polite": "yes", "why": "x" * 20_001}, "longer than 20,000"),
        ({"polite": "yes", "why": 7}, "is text"),
        ({"polite": {"cannot_tell": "yes"}}, "cannot_tell"),
    ],
    ids=range(14),
)
def test_an_answer_that_cannot_be_is_refused_with_the_reason(answers: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        checked_answers(WIDE, answers)  # type: ignore[arg-type]


@given(st.dictionaries(st.sampled_from([one.name for one in WIDE.criteria]), st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.sampled_from(["yes", "no"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2), max_leaves=4,
)))  # fmt: skip
def test_whatever_is_said_is_kept_on_its_scale_or_refused(answers: dict[str, object]) -> None:
    try:
        kept = checked_answers(WIDE, answers)  # type: ignore[arg-type]
    except UsageError:
        return
    for name, answer in kept.items():
        criterion = WIDE.criterion(name)
        assert criterion is not None
        assert answer.cannot_tell or criterion.scale is Scale.TEXT or set(answer.chosen) <= set(criterion.values)
    assert checked_answers(WIDE, dict(kept.items())) == kept
