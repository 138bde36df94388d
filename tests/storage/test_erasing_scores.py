"""Which scores go with a trace, a session or a judge, and which stay with what stays."""

import datetime as dt
from dataclasses import replace

from settings.privacy import Retention, RetentionOfApp
from storage.erasing import victims
from storage.erasing.lake_reading import reading
from storage.erasing.wanted import Wanted
from storage.retention import retain
from tests.storage.homes import NOW, Open, judged, turn


def test_the_judges_own_trace_and_everything_said_of_the_trace_go_with_it(there: Open) -> None:
    there.append(turn(60, canary="judgeprompt", trace="judging", session_id=None, user_id=None))
    there.append([
        judged(5, id="by-judge", judge_trace_id="judging"),
        judged(5, id="by-span", trace_id=None, span_id="trace-5-b", target_level="span"),
        judged(5, id="of-session", trace_id=None, session_id="s_2", target_level="session"),
    ], "scores")  # fmt: skip
    there.warehouse.load()

    going = there.erase("trace", Wanted(traces=("trace-5",)))

    assert going.traces == ("judging", "trace-5")
    assert set(going.scores) == {"score-5", "by-judge", "by-span"}
    assert there.warehouse.rows("SELECT count(*) FROM scores WHERE id = 'of-session'") == [(1,)]
    assert going.touched_sessions == ("s_2",)


def test_scores_that_a_batch_judge_gave_to_what_stays_stay(there: Open) -> None:
    there.append(turn(60, canary="judgeprompt", trace="judging", session_id=None, user_id=None))
    there.append([judged(n, id=f"batch-{n}", judge_trace_id="judging") for n in (5, 6, 7)], "scores")
    there.warehouse.load()

    going = there.erase("trace", Wanted(traces=("trace-5",)))

    assert going.traces == ("judging", "trace-5")
    assert set(going.scores) == {"score-5", "batch-5"}
    kept = "SELECT id FROM scores WHERE judge_trace_id = 'judging' ORDER BY id"
    assert there.warehouse.rows(kept) == [("batch-6",), ("batch-7",)]
    there.warehouse.rebuild()
    assert there.warehouse.rows(kept) == [("batch-6",), ("batch-7",)]


def test_a_judge_that_is_asked_for_by_its_id_takes_its_scores_with_it(there: Open) -> None:
    there.append(turn(60, trace="judging", session_id=None, user_id=None))
    there.append([judged(n, id=f"batch-{n}", judge_trace_id="judging") for n in (5, 6)], "scores")
    there.warehouse.load()
    going = there.erase("trace", Wanted(traces=("judging",), judges=("judging",)))

    assert going.traces == ("judging",)
    assert set(going.scores) == {"batch-5", "batch-6"}
    assert there.warehouse.rows("SELECT count(*) FROM scores") == [(24,)]


def test_of_traces_that_go_by_age_the_scores_that_they_gave_others_are_not_taken(there: Open) -> None:
    there.append(turn(60, trace="judging", session_id=None, user_id=None))
    there.append([judged(5, id="batch-5", judge_trace_id="judging")], "scores")
    with reading(there.home.lake) as lake:
        assert victims.of_traces(lake, ["judging"]).scores == ()
        assert victims.of_traces(lake, ["trace-5"]).scores == ("batch-5", "score-5")


def test_when_a_judges_own_traces_go_by_age_its_scores_of_what_stays_stay(there: Open) -> None:
    there.append(turn(60, trace="judging", session_id=None, user_id=None, app="judge"))
    there.append([judged(5, id="batch-5", judge_trace_id="judging")], "scores")
    there.warehouse.load()
    by_age = Retention(apps={"judge": RetentionOfApp(spans_days=30)})
    stores = replace(there.stores, settings=there.settings.model_copy(update={"retention": by_age}))
    done = retain(stores, now=NOW + dt.timedelta(days=365))

    assert [one.traces for one in done] == [1]
    assert there.warehouse.rows("SELECT count(*) FROM traces WHERE trace_id = 'judging'") == [(0,)]
    assert there.warehouse.rows("SELECT trace_id FROM scores WHERE id = 'batch-5'") == [("trace-5",)]


def test_a_session_goes_with_the_scores_that_name_it_alone(there: Open) -> None:
    there.append([judged(5, id="of-session", trace_id=None, session_id="s_2", target_level="session")], "scores")
    there.warehouse.load()
    going = there.erase("session", Wanted(sessions=("s_2",)))
    there.append([judged(5, id="late", trace_id=None, session_id="s_2", target_level="session")], "scores")
    there.warehouse.load()

    assert going.traces == ("trace-4", "trace-5")
    assert "of-session" in going.scores
    assert there.warehouse.rows("SELECT count(*) FROM scores WHERE session_id = 's_2'") == [(0,)]
