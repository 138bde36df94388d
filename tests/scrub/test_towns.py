"""Towns that are called as people are stay where the words around them speak of a place, and people do not."""

import pytest

from scrub import TextKind
from tests.scrub.scrubbing import kept

TOWNS = (
    "Where can I pay in cash near Milton?|Where can I pay in cash near Ashford?|Is the branch in Springfield open?"
    "|The branch in Preston is open|I live in Preston|the Preston branch closes at 5|at the Chester branch"
    "|at your Ashford office|ATM near Preston|Is there a branch in Milton, MA?|Which branches are around Warwick?"
)
PEOPLE = (
    "in Ms Preston's account|in Preston's account|in Milton Smith's account|near Mr Milton|I trust in Maria"
    "|my friend Preston|Ask Preston about the branch|The money in Carlos account|transfer to Milton|I live near Anna"
    "|Milton is not here|believe in Anna|Preston, thanks|I confided in Charlotte Miller|in Preston and Maria's name"
    "|I spoke to Preston at the branch|branch manager Preston|Hi Preston, where is the branch?"
)


@pytest.mark.parametrize("text", TOWNS.split("|"))
@pytest.mark.parametrize("kind", [TextKind.PROSE, TextKind.DATA])
def test_a_town_stays_where_words_speak_of_a_place(text: str, kind: TextKind) -> None:
    assert kept(text, kind) == text


@pytest.mark.parametrize("text", PEOPLE.split("|"))
def test_a_person_of_that_name_is_replaced(text: str) -> None:
    said = kept(text)
    assert "<PERSON_1>" in said
    assert not any(name in said for name in ("Preston", "Milton", "Maria", "Carlos", "Anna", "Charlotte"))
