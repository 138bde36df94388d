"""Rubrics and plans in TOML that was made to exhaust whoever reads it: refused at once, with a reason."""

from collections.abc import Callable

import pytest

from errors import UsageError
from review.rubric.rubrics import Rubric, parse_rubric, save_rubric
from review.sampling.plans import Plan, parse_plan
from review.toml_text import LONGEST, read_toml
from storage.ledger_database import Database
from tests.review.queues import AT

HEAD = 'name = "r"\n[[criteria]]\nname = "a"\nquestion = "A?"\n'
READERS: list[Callable[[str], Rubric | Plan]] = [parse_rubric, parse_plan]


@pytest.mark.parametrize("read", READERS, ids=["rubric", "plan"])
@pytest.mark.parametrize("text", [
    "a = " + "[" * 100_000, "a = " + "{a=" * 3_000 + "1" + "}" * 3_000, ".".join("a" * 100_000) + " = 1",
    " . ".join(["'a'"] * 100) + " = 1", f"[{'.'.join(['a'] * 100)}]", "a = " + "9" * 10_000, 'a = "\\ud800"', "a = \0",
    "x" * (LONGEST + 1), "a." * 20_000, "-" * 900_000, '"' * 900_001,
], ids=range(12))  # fmt: skip
def test_text_that_exhausts_a_reader_is_refused(text: str, read: Callable[[str], object]) -> None:
    with pytest.raises(UsageError) as refused:
        read(text)
    assert len(str(refused.value)) < 300


def test_sentences_are_no_keys() -> None:
    said = "Yes. No. Perhaps. " * 10 + "https://a.b.c.example/d.e.f ... 1.2.3.4"
    assert read_toml(f'text = "{said}"\n"a.b".c = 1', what="it") == {"text": said, "a.b": {"c": 1}}


@pytest.mark.parametrize(("rubric", "reason"), [
    (HEAD + f'scale = "category"\ncategories = {[f"c{n}" for n in range(101)]}', "at most 100 categories"),
    (HEAD + 'scale = "integer"\nlow = 1000000\nhigh = 1000005', "between -999,999 and 999,999"),
    (f'good = {["x"] * 51}\n' + HEAD + 'scale = "yes_no"', "at most 50 good examples"),
], ids=range(3))  # fmt: skip
def test_a_rubric_that_fits_no_page_is_not_kept(database: Database, rubric: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        save_rubric(database, parse_rubric(rubric), by="shell", now=AT)


@pytest.mark.parametrize("read", READERS, ids=["rubric", "plan"])
def test_a_key_that_is_not_known_is_named_unless_it_could_be_more_than_a_key(read: Callable[[str], object]) -> None:
    with pytest.raises(UsageError, match="colour"):
        read('colour = "red"\nname = "r"\nsize = 5\ncriteria = [{name = "a", question = "A?", scale = "yes_no"}]')
    with pytest.raises(UsageError) as refused:
        read('"call maria" = 1\nname = "r"\nsize = 5\ncriteria = [{name = "a", question = "A?", scale = "yes_no"}]')
    assert "maria" not in str(refused.value)
