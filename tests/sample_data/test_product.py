"""The product shows what is planted: the folder is taken in, and the questions behind the pages find it."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pandas as pd
import pytest

from metrics import cost, latency, repeats
from metrics.filters import TrafficFilter
from metrics.questions import Group
from sample_data import truths
from sample_data.truths import COMMITTED
from settings import read_settings
from storage import asking
from storage.found import traces_with
from storage.lake import Lake
from storage.warehouse import Warehouse
from tests.sample_data.read_back import FOLDER
from tests.storage.homes import with_known_key

ROOT = FOLDER.parent
END = COMMITTED.first + timedelta(weeks=8)
DAY_NS = 86_400 * 10**9


@dataclass(frozen=True)
class Taken:
    """The home after the ingest of the folder, and what the ingest said."""

    warehouse: Warehouse
    said: dict[str, Any]


def _benchbook(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "cli.py", *words], cwd=ROOT, capture_output=True, text=True, check=False, timeout=280
    )


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Taken]:
    home = with_known_key(tmp_path_factory.mktemp("sample") / "home")
    done = _benchbook("ingest", str(FOLDER), "--home", str(home), "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    settings = read_settings(home)
    warehouse = Warehouse.open(settings, Lake(settings.lake_location, {}))
    yield Taken(warehouse, json.loads(done.stdout))
    warehouse.close()
    shutil.rmtree(home)


def _window(since: date, until: date, **only: tuple[str, ...]) -> TrafficFilter:
    def midnight(day: date) -> datetime:
        return datetime.combine(day, time(), UTC)

    return TrafficFilter(midnight(since), midnight(until), **only)


def _by_series(frame: pd.DataFrame, column: str) -> dict[str, float]:
    return {str(row["series"]): float(row[column]) for row in frame.to_dict("records")}


def _rows(taken: Taken, sql: str, **params: object) -> list[dict[str, Any]]:
    frame = taken.warehouse.frame(sql, **params)
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def test_the_folder_is_taken_whole_and_its_script_labels_and_readme_are_left_alone(taken: Taken) -> None:
    said = taken.said
    assert (said["files"], said["rejected"], said["duplicates"]) == (8, 0, 0)
    assert said["traces"] == _rows(taken, "SELECT count(*) AS n FROM traces")[0]["n"] >= 8 * 300
    assert said["spans"] == _rows(taken, "SELECT count(*) AS n FROM span_rows")[0]["n"]


def test_every_trace_is_whole_and_every_model_call_has_a_price(taken: Taken) -> None:
    assert _rows(taken, "SELECT count(*) AS n FROM traces WHERE NOT is_complete")[0]["n"] == 0
    unpriced = "SELECT count(*) AS n FROM span_rows WHERE kind = 'llm' AND cost_total IS NULL"
    assert _rows(taken, unpriced)[0]["n"] == 0
    sources = {row["s"] for row in _rows(taken, "SELECT DISTINCT split_part(cost_source, '@', 1) AS s FROM span_rows")}
    assert sources >= {"client", "computed:genai-prices"}


def test_the_latency_page_finds_the_step_that_slowed_down(taken: Taken) -> None:
    before = latency.latency_by_group(taken.warehouse, _window(COMMITTED.first, COMMITTED.latency), group=Group.STEP)
    after = latency.latency_by_group(taken.warehouse, _window(COMMITTED.latency, END), group=Group.STEP)
    was, now = (_by_series(frame[frame["timed_spans"] > 50], "p50_ms") for frame in (before, after))
    slower = {step: now[step] / was[step] for step in was.keys() & now.keys()}
    assert max(slower, key=lambda step: slower[step]) == truths.REGRESSED_STEP
    assert slower[truths.REGRESSED_STEP] == pytest.approx(truths.REGRESSION_FACTOR, rel=0.2)
    assert sorted(slower.values())[-2] < 2


def test_the_latency_page_finds_the_day(taken: Taken) -> None:
    daily = latency.latency_over_time(
        taken.warehouse,
        _window(COMMITTED.first, END),
        group=Group.STEP,
        series=(truths.REGRESSED_STEP,),
        bucket_ns=DAY_NS,
    )
    enough = daily[daily["timed_spans"] >= 3]
    days = [moment.date() for moment in enough["bucket_start"]]
    slow = [day for day, median in zip(days, enough["p50_ms"], strict=True) if median > 350]
    assert slow == [day for day in days if day >= COMMITTED.latency]


def test_the_cost_page_finds_the_prompt_version(taken: Taken) -> None:
    side_by_side = _window(COMMITTED.cost, END, steps=("synthesise",))
    dear = cost.cost_by_group(taken.warehouse, side_by_side, group=Group.PROMPT_VERSION)
    per_call = {
        str(row["series"]): row["cost_usd"] / row["priced_spans"]
        for row in dear[dear["purpose"] == "app"].to_dict("records")
    }
    assert per_call.keys() == {"v3", truths.COSTLY_PROMPT}
    assert per_call[truths.COSTLY_PROMPT] > 2 * per_call["v3"]


def test_the_cost_of_judging_is_kept_apart(taken: Taken) -> None:
    spent = cost.cost_by_group(taken.warehouse, _window(COMMITTED.first, END), group=Group.STEP)
    judging = spent[spent["purpose"] == "evaluation"]
    assert set(judging["series"]) == {"evaluate.house", "evaluate.panel"}


def test_the_waterfall_marks_the_calls_of_the_tool_loop(taken: Taken) -> None:
    calls = _rows(
        taken,
        """SELECT trace_id, step, coalesce(tool_args, input_text) AS arguments FROM spans
           WHERE kind = 'tool' AND start_ts >= $since AND start_ts < $until ORDER BY trace_id, start_ts""",
        since=datetime.combine(COMMITTED.loop, time()),
        until=datetime.combine(COMMITTED.loop_last, time()) + timedelta(days=1),
    )
    longest = 0
    for trace_id in {call["trace_id"] for call in calls}:
        of_trace = [(call["step"], call["arguments"]) for call in calls if call["trace_id"] == trace_id]
        longest = max([longest, *(repeat.times for repeat in repeats.repeated_calls(of_trace) if repeat)])
    assert longest == truths.LOOP_CALLS


def test_the_model_that_answers_stands_beside_the_one_asked_for(taken: Taken) -> None:
    seen = _rows(
        taken,
        """SELECT model, min(start_ts)::DATE AS first, max(start_ts)::DATE AS last FROM span_rows
           WHERE step = 'synthesise' AND model_request = $asked GROUP BY model ORDER BY first""",
        asked=truths.SWAPPED_REQUEST,
    )
    assert [row["model"] for row in seen] == [truths.SWAPPED_FROM, truths.SWAPPED_TO]
    assert pd.Timestamp(seen[0]["last"]).date() < COMMITTED.model
    assert pd.Timestamp(seen[1]["first"]).date() == COMMITTED.model


def test_documents_keep_the_day_of_their_last_update(taken: Taken) -> None:
    old = _rows(
        taken,
        """SELECT s.retrieval_config AS config, s.start_ts >= $since AS after,
                  avg((d.last_updated < '2025-12-31')::INT) AS share
           FROM document_rows d JOIN span_rows s USING (trace_id, span_id) WHERE d.role = 'retrieved' GROUP BY ALL""",
        since=datetime.combine(COMMITTED.stale, time()),
    )
    shares = {(row["config"], bool(row["after"])): row["share"] for row in old}
    assert shares.pop((truths.STALE_CONFIG, True)) == pytest.approx(truths.STALE_SHARE, abs=0.08)
    assert set(shares.values()) == {0.0}


def test_hand_overs_are_counted_by_app_version(taken: Taken) -> None:
    shares = _rows(
        taken,
        """SELECT app_version, avg(handed_over::INT) AS share FROM (
             SELECT session_id, any_value(app_version) AS app_version, bool_or(trace_id IN (
               SELECT trace_id FROM span_rows WHERE step = 'transfer_to_human')) AS handed_over
             FROM traces WHERE start_ts >= $since GROUP BY session_id) GROUP BY app_version""",
        since=datetime.combine(COMMITTED.escalation, time()),
    )
    by_version = {row["app_version"]: row["share"] for row in shares}
    assert by_version[truths.ESCALATING_VERSION] > 2 * by_version["4.3.0"]


def test_text_search_finds_the_new_topic_and_the_injected_document(taken: Taken) -> None:
    def days(words: str) -> list[date]:
        found = list(traces_with(taken.warehouse, words))
        rows = _rows(
            taken, "SELECT start_ts::DATE AS day FROM traces WHERE list_contains($found, trace_id)", found=found
        )
        return [pd.Timestamp(row["day"]).date() for row in rows]

    assert min(days('"fee increase"')) >= COMMITTED.topic
    injected = days('"ignore all previous instructions"')
    assert injected
    assert COMMITTED.injection <= min(injected) <= max(injected) <= COMMITTED.injection_last


def test_personal_data_is_replaced_and_counted(taken: Taken) -> None:
    found = taken.said["entities"]
    assert {"PERSON", "EMAIL_ADDRESS", "PHONE_NUMBER", "CREDIT_CARD", "IBAN_CODE"} <= found.keys()
    texts = taken.warehouse.frame("SELECT input_text, output_text, messages_in FROM spans")
    everything = "\n".join(str(value) for column in texts for value in texts[column] if value is not None)
    for value in ("4111 1111 1111 1111", "GB33BUKB20201555555555", "@example.com", "555 01", "Maria Lopez"):
        assert value not in everything
    assert "<PERSON_1>" in everything


def test_scores_keep_who_gave_them(taken: Taken) -> None:
    given = {
        (row["source"], row["judge_name"], row["name"])
        for row in _rows(taken, "SELECT source, judge_name, name FROM scores")
    }
    assert ("judge", "house-judge", "helpfulness") in given
    assert ("judge", "panel-judge", "helpfulness") in given
    assert {source for source, _, _ in given} == {"judge", "human", "user"}


def test_a_hand_over_is_found_by_its_session_although_only_the_root_names_it(taken: Taken) -> None:
    spans = asking.answer(taken.warehouse, "SELECT session_id FROM spans WHERE tool_name = 'transfer_to_human'")
    assert len(spans) > 40
    assert all(span["session_id"] for span in spans)
