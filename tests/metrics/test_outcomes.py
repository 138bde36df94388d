"""How conversations ended: the rules, shares with intervals, and the curve until a person is asked for."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from errors import UsageError
from metrics.buckets import DAY_NS
from metrics.filters import TrafficFilter
from metrics.outcomes.conversations import conversations
from metrics.outcomes.over_time import over_time
from metrics.outcomes.rules import built_in, rules_by_app
from metrics.outcomes.shares import FEWEST, Outcome, counts, difference, shares
from metrics.outcomes.until_a_person import until_a_person
from settings import Settings
from settings.traffic import Outcomes, OutcomeSettings
from tests.metrics.built import BuiltWarehouse, span

EVER = TrafficFilter(datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
MINUTE_S = 60
LATER = span("later", span_id="root", at_s=100 * MINUTE_S, session_id="later")
"""The newest span: it makes the conversations before it ones that are over."""


def turn(session: str, number: int, *, tool: str | None = None, **said: Any) -> Iterator[dict[str, Any]]:
    """A turn of a conversation: its root, and a tool call when one is named."""
    common = {"at_s": number * MINUTE_S, "session_id": session} | said
    yield span(f"{session}-{number}", span_id="root", **common)
    if tool:
        yield span(f"{session}-{number}", parent_span_id="root", kind="tool", step=tool, tool_name=tool, **common)


def score(trace: str | None, **said: Any) -> dict[str, Any]:
    return {"id": f"{trace}-{said}", "target_level": "trace", "trace_id": trace, "name": "resolved",
            "source": "human", "created_at": 0} | said  # fmt: skip


def ended(
    *turns: Iterator[dict[str, Any]],
    previews: dict[str, str] | None = None,
    scores: list[dict[str, Any]] | None = None,
    own: Outcomes | None = None,
) -> pd.DataFrame:
    """The conversations of these turns by id, the newest one left out."""
    built = BuiltWarehouse().load([LATER, *(one for turn in turns for one in turn)], scores=scores or [])
    for trace, text in (previews or {}).items():
        built.connection.execute("UPDATE traces SET preview = ? WHERE trace_id = ?", [text, trace])
    rules = rules_by_app(Settings(home=Path("unused"), outcomes=own or Outcomes()))
    found = conversations(built, EVER, rules).set_index("conversation_id")
    return found.drop(index="later")


def test_a_conversation_is_contained_unless_it_was_handed_over_or_broke_off() -> None:
    found = ended(
        turn("content", 1), turn("content", 2),
        turn("handed", 1), turn("handed", 2, tool="Transfer_To_Human_Agents"), turn("handed", 3),
        turn("broken", 1), turn("broken", 2, status="error"),
        turn("failed early", 1, status="error"), turn("failed early", 2),
    )  # fmt: skip

    assert found["is_contained"].to_dict() == {"content": True, "handed": False, "broken": False, "failed early": True}
    assert found["is_escalated"].to_dict() == {"content": False, "handed": True, "broken": False, "failed early": False}
    assert list(found[found["is_abandoned"]].index) == ["broken"]
    assert (found.loc["handed", "turns"], found.loc["handed", "human_turn"]) == (3, 2)
    assert found.loc["handed", "first_trace"] == "handed-1"


def test_one_that_was_silent_for_less_than_half_an_hour_is_still_open() -> None:
    found = ended(turn("old", 60), turn("young", 80))

    assert found["is_open"].to_dict() == {"old": False, "young": True}


def test_times_of_receipt_do_not_keep_a_conversation_open() -> None:
    assert not ended(turn("imported", 99, time_source="receipt"))["is_open"].any()


def test_a_question_with_nearly_the_same_words_was_asked_again() -> None:
    found = ended(
        turn("again", 1), turn("again", 2), turn("other", 1), turn("other", 2), turn("hi", 1), turn("hi", 2),
        previews={
            "again-1": "Can I repay my mortgage early, <PERSON_1>?", "again-2": "Can I repay my mortgage early please",
            "other-1": "Can I repay my mortgage early?", "other-2": "What does the card cost abroad?",
            "hi-1": "Yes", "hi-2": "yes",
        },
    )  # fmt: skip

    assert found["is_repeated"].to_dict() == {"again": True, "other": False, "hi": False}


def test_what_people_say_of_the_end_comes_before_the_judge_and_the_last_turn_before_the_first() -> None:
    found = ended(
        turn("both", 1), turn("turns", 1), turn("turns", 2), turn("judge", 1), turn("nobody", 1),
        scores=[
            score("both-1", value=0.0), score("both-1", source="judge", value=1.0, created_at=9),
            score("turns-1", value=0.0, created_at=9), score("turns-2", value=1.0),
            score("judge-1", source="judge", value=1.0),
        ],
    )  # fmt: skip

    assert found["solved_by"].dropna().to_dict() == {"both": "human", "turns": "human", "judge": "judge"}
    assert found["is_solved"].dropna().to_dict() == {"both": False, "turns": True, "judge": True}


def test_an_app_has_rules_of_its_own_where_the_settings_say_so() -> None:
    own = Outcomes(apps={"desk": OutcomeSettings(handed_over=("call_*",), asked_for_a_person=("a human",))})
    found = ended(
        turn("central", 1, tool="transfer_to_human"), turn("its own", 1, tool="call_back", app="desk"),
        turn("not its", 1, tool="transfer_to_human", app="desk"), turn("asked", 1, app="desk"),
        previews={"asked-1": "Let me talk to A HUMAN now"}, own=own,
    )  # fmt: skip

    assert found["is_escalated"].to_dict() == {"central": True, "its own": True, "not its": False, "asked": True}


def table(**segments: tuple[int, int]) -> pd.DataFrame:
    """Conversations of tenants: so many escalated, of so many."""
    rows = [
        {"tenant": tenant, "is_escalated": place < hits, "is_contained": place >= hits, "is_abandoned": False,
         "is_repeated": False, "is_corrected": False, "is_solved": None, "solved_by": None, "is_open": False,
         "thumbs_up": 0, "thumbs_down": 0}
        for tenant, (hits, trials) in segments.items() for place in range(trials)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_shares_have_the_interval_of_wilson_and_their_distance_from_the_rest() -> None:
    said = shares(table(north=(56, 70), south=(48, 80)), by=["tenant"])
    (north,) = said[(said["tenant"] == "north") & (said["outcome"] == "escalated")].to_dict("records")
    solved = said[(said["tenant"] == "south") & (said["outcome"] == "solved")]

    assert (north["hits"], north["trials"], north["share"]) == (56, 70, 0.8)
    assert (north["gap_low"], north["gap_high"]) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert north["gap"] == pytest.approx(0.2)
    assert solved["lacks"].tolist() == ["nobody judged it"]


def test_what_a_judge_alone_calls_solved_is_no_figure_but_is_said() -> None:
    judged = table(north=(0, 40)).assign(is_solved=[place < 31 for place in range(40)], solved_by="judge")

    said = {row["outcome"]: row for row in shares(judged).to_dict("records")}

    assert pd.isna(said["solved"]["share"])
    assert said["solved"]["lacks"] == "no person or code said so; a judge did: 77.5 % of 40, uncalibrated"
    assert said["solved, says a judge (uncalibrated)"]["share"] == pytest.approx(0.775)


def test_the_difference_of_shares_is_that_of_the_published_table() -> None:
    """Newcombe 1998, table II, method 10: 56/70 - 48/80, 9/10 - 3/10, 10/10 - 0/10."""
    assert difference((56, 70), (48, 80)) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert difference((9, 10), (3, 10)) == pytest.approx((0.1705, 0.8090), abs=5e-5)
    assert difference((10, 10), (0, 10)) == pytest.approx((0.6075, 1.0), abs=5e-5)


def test_a_segment_of_few_conversations_shows_no_figure() -> None:
    said = shares(table(big=(5, 50), small=(1, FEWEST - 1)), by=["tenant"]).set_index(["tenant", "outcome"])

    small = said.loc["small"]
    assert small["share"].isna().all()
    assert small["hits"].isna().all()
    assert set(small["lacks"]) == {f"fewer than {FEWEST} conversations"}


def began(tenant: str, start: str, *, many: int, handed: int = 0) -> pd.DataFrame:
    """So many conversations of a tenant, one an hour."""
    return table(**{tenant: (handed, many)}).assign(start_ts=pd.date_range(start, periods=many, freq="h", tz="UTC"))


def test_a_point_stands_among_its_conversations_and_never_before_the_first() -> None:
    found = pd.concat([began("old", "2026-09-21 08:00", many=21, handed=3), began("new", "2026-10-05", many=11)])

    told = over_time(found, Outcome.ESCALATED, by="tenant", series=("old", "new"), bucket_ns=28 * DAY_NS)

    points = told.set_index("series")
    assert points.loc["old", "at"] == pd.Timestamp("2026-09-21 18:00", tz="UTC")
    assert points.loc["new", "at"] == pd.Timestamp("2026-10-05 05:00", tz="UTC")
    assert (told["bucket_start"] < told["at"]).all()
    assert points.loc["old", "share"] == pytest.approx(3 / 21)


def test_a_point_of_few_conversations_is_not_drawn() -> None:
    found = pd.concat([began("few", "2026-10-05", many=FEWEST - 1), began("enough", "2026-10-05", many=FEWEST)])

    told = over_time(found, Outcome.ESCALATED, by="tenant", series=("few", "enough"), bucket_ns=DAY_NS)

    assert told["series"].tolist() == ["enough"]


def test_without_segments_there_is_no_gap_and_an_unknown_segment_is_refused() -> None:
    assert shares(table(a=(3, 30)))["gap"].isna().all()
    with pytest.raises(UsageError, match="not told apart by colour; choose of app, "):
        shares(table(a=(3, 30)), by=["colour"])


def test_open_conversations_are_counted_and_left_out() -> None:
    found = table(a=(10, 30))
    found.loc[0:9, "is_open"] = True

    escalated = shares(found).set_index("outcome").loc["escalated"]

    assert (escalated["hits"], escalated["trials"], escalated["open"]) == (0, 20, 10)


def test_a_conversation_that_ends_alone_counts_up_to_its_last_turn() -> None:
    """Five: handed over in turns 1, 2 and 2, ended alone after 1 and 3: 4/5, then of the three left 1/3."""
    found = pd.DataFrame({"is_escalated": [True, True, True, False, False], "human_turn": [1, 2, 2, None, None],
                          "turns": [4, 2, 3, 1, 3]})  # fmt: skip

    curve = until_a_person(found)

    assert curve["turn"].tolist() == [1, 2]
    assert curve["still_alone"].tolist() == pytest.approx([4 / 5, 4 / 15])
    assert curve["at_risk"].tolist() == [5, 3]
    assert curve["handed_over"].tolist() == [1, 2]
    assert (curve["low"] < curve["still_alone"]).all()
    assert (curve["still_alone"] < curve["high"]).all()


def test_no_conversation_or_no_hand_over_makes_no_curve() -> None:
    nobody = pd.DataFrame({"is_escalated": [False], "human_turn": [None], "turns": [4]})

    assert until_a_person(nobody).empty
    assert until_a_person(nobody.head(0)).empty


def test_the_built_in_rules_are_read_and_unknown_ones_refused() -> None:
    assert "transfer_to_human*" in built_in().handed_over
    assert rules_by_app(Settings(home=Path("unused"))).keys() == {None}


def test_a_user_who_says_that_the_answer_missed_corrected_it_and_the_first_turn_corrects_nothing() -> None:
    own = Outcomes(corrected=("No, I meant", "that\N{RIGHT SINGLE QUOTATION MARK}s wrong"))
    found = ended(
        turn("meant", 1), turn("meant", 2), turn("curly", 1), turn("curly", 2), turn("first", 1), turn("part", 1),
        turn("part", 2), turn("sent", 1),
        previews={
            "meant-2": "no - I MEANT the savings account", "curly-2": "But that\N{RIGHT SINGLE QUOTATION MARK}s wrong!",
            "first-1": "No, I meant the other one", "part-2": "Casino, I meant well",
        },
        scores=[score("sent-1", source="user", data_type="correction", name="right answer")], own=own,
    )  # fmt: skip

    assert found["is_corrected"].to_dict() == {
        "meant": True, "curly": True, "first": False, "part": False, "sent": True,
    }  # fmt: skip


def test_the_built_in_words_of_a_correction_are_of_several_languages() -> None:
    found = ended(
        *(turn(name, number) for name in ("en", "de", "es", "fr", "none") for number in (1, 2)),
        previews={
            "en-2": "That's not what I asked. I mean the gold card", "de-2": "Nein, ich meinte das Sparkonto",
            "es-2": "No, quise decir la cuenta", "fr-2": "Non, je voulais dire l'autre", "none-2": "What does it mean?",
        },
    )  # fmt: skip

    assert found["is_corrected"].to_dict() == {"en": True, "de": True, "es": True, "fr": True, "none": False}


def test_thumbs_are_the_users_scores_of_the_names_and_scale_that_the_rules_say() -> None:
    def thumb(trace: str, value: float, name: str = "thumb") -> dict[str, Any]:
        return score(trace, value=value, name=name, source="user")

    def turns() -> list[Iterator[dict[str, Any]]]:
        return [turn(name, 1) for name in ("up", "down", "both", "stars")]

    scores = [thumb("up-1", 1), thumb("down-1", -1), thumb("both-1", 0), thumb("both-1", 1, "other"),
              thumb("stars-1", 4, "stars"), score("up-1", value=0.0, name="thumb")]  # fmt: skip
    found = ended(*turns(), scores=scores)
    starred = ended(*turns(), scores=scores, own=Outcomes(thumbs=("st*",), thumbs_up_from=4, thumbs_highest=5))

    given = found[["thumbs_up", "thumbs_down"]].T.to_dict("list")
    assert given == {"up": [1, 0], "down": [0, 1], "both": [1, 1], "stars": [0, 0]}
    assert counts(found, Outcome.THUMBS_UP) == (1, 3), "of three conversations with thumbs one has none down"
    assert starred["thumbs_up"].to_dict() == {"up": 0, "down": 0, "both": 0, "stars": 1}
