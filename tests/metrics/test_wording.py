"""What is read from users' words: language, topic and mood, of conversations in a small warehouse."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from errors import UsageError
from metrics.filters import TrafficFilter
from metrics.outcomes.conversations import conversations
from metrics.outcomes.language import NOT_SURE, language
from metrics.outcomes.mood import mood
from metrics.outcomes.moods import moods
from metrics.outcomes.rules import rules_by_app
from metrics.outcomes.shares import FEWEST, Outcome, counts, shares
from metrics.outcomes.topics import NO_TOPIC, topics
from metrics.outcomes.wording import with_wording
from settings import Settings
from settings.traffic import Outcomes
from tests.metrics.built import BuiltWarehouse, span

EVER = TrafficFilter(datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
CARDS = "My card was stolen and I want a new card with the same number"
LOANS = "Which mortgage rate do I get for a house loan over ten years"


def read(
    said: Mapping[str, tuple[str, ...]], *, own: Outcomes | None = None, scores: list[dict[str, Any]] | None = None,
    tags: dict[str, list[str]] | None = None, most: int = 1000,
) -> pd.DataFrame:  # fmt: skip
    """Conversations by id, with what their turns' words say; each is of its own session, a minute between turns."""
    rows, previews = [], {}
    for session, turns in said.items():
        for number, text in enumerate(turns):
            trace = f"{session}-{number}"
            rows.append(span(trace, session_id=session, at_s=60 * number, tags=(tags or {}).get(session)))
            previews[trace] = text
    built = BuiltWarehouse().load(rows, scores=scores or [])
    for trace, text in previews.items():
        built.connection.execute("UPDATE traces SET preview = ? WHERE trace_id = ?", [text, trace])
    rules = rules_by_app(Settings(home=Path("unused"), outcomes=own or Outcomes()))
    found = conversations(built, EVER, rules).assign(is_open=False)
    return with_wording(built, EVER, found, rules, most=most).set_index("conversation_id")


def test_the_mood_is_that_of_the_first_and_the_last_turn_with_words() -> None:
    found = read({
        "better": ("This is terrible, nothing works and I am angry", "<PERSON_1>", "Thank you, that is great help!"),
        "alone": ("Thank you so much for the wonderful help",),
        "german": ("Das ist furchtbar, meine Karte ist weg", "Vielen Dank, das ist sehr freundlich von Ihnen"),
        "silent": ("<EMAIL_1> 12345", "..."),
    })  # fmt: skip

    assert found["language"].to_dict() == {"better": "en", "alone": "en", "german": "de", "silent": NOT_SURE}
    of = found.to_dict("index")
    better, alone = of["better"], of["alone"]
    assert better["mood_first"] < -0.5
    assert better["mood_last"] > 0.5
    assert better["mood_change"] == pytest.approx(better["mood_last"] - better["mood_first"])
    assert alone["mood_first"] == alone["mood_last"] > 0.5
    assert pd.isna(alone["mood_change"]), "one turn has no change"
    assert found["mood_last"].notna().to_dict() == {"better": True, "alone": True, "german": False, "silent": False}
    assert found["mood_change"].notna().to_dict() == {"better": True, "alone": False, "german": False, "silent": False}
    assert counts(found, Outcome.UNHAPPY) == (0, 2)


def test_the_lexicon_gives_the_values_that_its_authors_print() -> None:
    """README of vaderSentiment 3.3.2, demonstration output."""
    assert mood("VADER is smart, handsome, and funny.") == pytest.approx(0.8316)
    assert mood("VADER is not smart, handsome, nor funny.") == pytest.approx(-0.7424)
    assert mood("Today only kinda sux! But I'll get by, lol") == pytest.approx(0.5249)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("Where is my card? I have been waiting for two weeks", "en"),
        ("Wo ist meine Karte? Ich warte seit zwei Wochen", "de"),
        ("¿Dónde está mi tarjeta? Llevo dos semanas esperando", "es"),
        ("Où est ma carte ? J'attends depuis deux semaines", "fr"),
        ("ok", NOT_SURE), ("", NOT_SURE), ("12 345", NOT_SURE),
    ],
)  # fmt: skip
def test_a_language_is_named_where_it_is_sure(words: str, said: str) -> None:
    assert language(words) == said


def test_topics_are_named_by_the_words_that_their_conversations_share() -> None:
    found = read({f"c{n}": (CARDS,) for n in range(15)} | {f"l{n}": (LOANS,) for n in range(10)} | {"odd": ("Hm?",)},
                 own=Outcomes(topics=2))  # fmt: skip

    of = found["topic"].to_dict()
    of_cards, of_loans = of["c3"], of["l3"]
    assert {"card", "stolen"} & set(of_cards.split(", "))
    assert {"mortgage", "loan", "house"} & set(of_loans.split(", "))
    assert found["topic"].value_counts().to_dict() == {of_cards: 15, of_loans: 10, NO_TOPIC: 1}


def test_a_name_that_few_conversations_use_is_no_topic() -> None:
    texts = [CARDS] * 16 + ["Zaphod Beeblebrox asked about a card"] * 4 + [LOANS] * 10

    named = set(topics(texts, most=3))

    assert not any("zaphod" in name for name in named)


def test_too_few_conversations_have_no_topic() -> None:
    assert topics([CARDS] * 19, most=8) == [NO_TOPIC] * 19
    assert topics([], most=8) == []


def test_a_topic_that_is_given_goes_before_one_that_is_fitted_and_a_score_before_a_tag() -> None:
    said = {f"c{n}": (CARDS, CARDS) for n in range(30)}
    label = {"id": "1", "target_level": "trace", "trace_id": "c1-1", "name": "Intent", "label": "lost card",
             "source": "code", "created_at": 0}  # fmt: skip
    whole = {"id": "2", "target_level": "session", "session_id": "c2", "name": "topic", "label": "theft",
             "source": "human", "created_at": 0}  # fmt: skip

    found = read(said, scores=[label, whole], tags={"c1": ["Topic:cards"], "c3": ["beta", "topic: cards"]})

    of = found["topic"].to_dict()
    assert (of["c1"], of["c2"], of["c3"]) == ("lost card", "theft", "cards")
    assert of["c4"] != "cards"


def test_beyond_the_cap_a_fixed_part_is_read_and_the_rest_has_no_segment() -> None:
    said = {f"c{n}": (CARDS,) for n in range(40)}
    half, again = read(said, most=20), read(dict(reversed(said.items())), most=20)

    assert half["language"].notna().sum() == 20
    assert half["language"].to_dict() == again["language"].to_dict()
    by_language = shares(half.reset_index(), by=["language"])
    assert set(by_language["conversations"]) == {20}


def test_words_must_be_read_before_conversations_are_told_apart_by_them() -> None:
    found = read({"c": (CARDS,)}).reset_index().drop(columns="language")

    with pytest.raises(UsageError, match="language must be read from the users' words first"):
        shares(found, by=["language"])


def test_means_of_moods_have_the_interval_of_student_and_few_conversations_no_figure() -> None:
    """Ten values -0.2 and 0.2, five each: mean 0, deviation .2 * sqrt(10 / 9), half of the width 2.262 * .0667."""
    found = pd.DataFrame({
        "is_open": False, "tenant": ["north"] * 10 + ["south"] * (FEWEST - 1), "mood_first": 0.1,
        "mood_last": [0.3, -0.1] * 5 + [0.1] * (FEWEST - 1), "mood_change": [0.2, -0.2] * 5 + [0.0] * (FEWEST - 1),
    })  # fmt: skip
    told = moods(found, by=["tenant"])
    north = told.set_index(["tenant", "figure"]).to_dict("index")["north", "mood_change"]

    assert (north["mean"], north["low"], north["high"]) == pytest.approx((0.0, -0.1508, 0.1508), abs=1e-4)
    assert (north["measured"], north["not_measured"]) == (10, 0)
    assert set(told[told["tenant"] == "south"]["lacks"]) == {f"fewer than {FEWEST} conversations measured"}
