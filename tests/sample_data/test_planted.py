"""Each planted truth is in the data from its day on, and not before."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from statistics import mean, median

import pytest

from sample_data import truths
from sample_data.truths import COMMITTED, TRUTHS
from tests.sample_data.read_back import FOLDER, SentSpan, spans, steps, weeks

LAST_DAY = date(2026, 11, 15)


def _split(found: list[SentSpan], day: date, value: Callable[[SentSpan], float]) -> tuple[list[float], list[float]]:
    before = [value(span) for span in found if span.day < day]
    after = [value(span) for span in found if span.day >= day]
    assert len(before) > 30
    assert len(after) > 30
    return before, after


def test_there_are_eight_weeks_of_at_least_300_traces_with_4_to_12_spans_each() -> None:
    assert list(weeks()) == [f"2026-W{week}" for week in range(39, 47)]
    for found in weeks().values():
        sizes = Counter(span.trace_id for span in found)
        assert len(sizes) >= 300
        assert min(sizes.values()) >= 4
        assert max(sizes.values()) <= 12
    assert max(span.day for span in spans() if span.is_root) == LAST_DAY


def test_a_session_has_one_to_eight_turns() -> None:
    turns = Counter(span.attributes.get("session.id") or span.attributes.get("gen_ai.conversation.id")
                    for span in spans() if span.is_root)  # fmt: skip
    assert set(turns.values()) == set(range(1, 9))


def test_model_calls_repeat_the_conversation_before_them() -> None:
    roots: dict[str, list[str]] = defaultdict(list)
    for span in spans():
        if span.is_root and (session := span.attributes.get("session.id")):
            roots[session].append(span.attributes["output.value"])
    by_session = {span.attributes["session.id"]: span for span in steps("plan") if "session.id" in span.attributes}
    longer = [(answers, by_session[session]) for session, answers in roots.items() if len(answers) > 2]
    assert len(longer) > 50
    for answers, last_call in longer:
        assert all(json.dumps(answer, ensure_ascii=False)[1:-1] in last_call.text() for answer in answers[:-1])


def test_three_models_four_prompts_two_retrieval_configurations_and_five_tenants_are_in_it() -> None:
    text = [span.text() for span in spans()]
    found = {name: set(re.findall(pattern, "\n".join(text))) for name, pattern in {
        "models": r'"(?:llm\.request\.model_name|gen_ai\.request\.model)": "([^"]+)"',
        "prompts": r'"(?:llm\.prompt_template\.version|gen_ai\.prompt\.version)": "([^"]+)"',
        "configs": r'retrieval_config\\": ?\\"([^"\\]+)|"retrieval\.config": "([^"]+)"',
        "tenants": r'"tenant\.id": "([^"]+)"|tenant\\": ?\\"([^"\\]+)',
    }.items()}  # fmt: skip
    assert len(found["models"]) == 3
    assert found["prompts"] == {"v1", "v2", "v3", "v4"}
    assert {a or b for a, b in found["configs"]} == {"dense-v1", "hybrid-v2"}
    assert len({a or b for a, b in found["tenants"]}) == 5


def test_one_step_slows_down_on_its_day_and_no_other_does() -> None:
    slower = {}
    for name in ("lookup_transactions", "lookup_balance", "retrieve_policies", "plan", "guardrail.input", "rerank"):
        before, after = _split(steps(name), COMMITTED.latency, lambda span: span.duration_ms)
        slower[name] = median(after) / median(before)
    assert slower.pop(truths.REGRESSED_STEP) == pytest.approx(truths.REGRESSION_FACTOR, rel=0.2)
    assert all(factor == pytest.approx(1, rel=0.15) for factor in slower.values()), slower


def test_the_costly_prompt_reads_several_times_the_tokens_from_its_day_on() -> None:
    read: dict[str, list[int]] = defaultdict(list)
    first: dict[str, date] = {}
    for span in steps("synthesise"):
        version = span.attributes.get("llm.prompt_template.version") or span.attributes["gen_ai.prompt.version"]
        tokens = span.attributes.get("llm.token_count.prompt") or span.attributes["gen_ai.usage.input_tokens"]
        read[version].append(int(tokens))
        first[version] = min(first.get(version, span.day), span.day)
    assert first["v4"] == COMMITTED.cost
    assert mean(read["v4"]) > 3.5 * mean(read["v3"])
    assert mean(read["v3"]) < 1.3 * mean(read["v1"])


def test_a_third_of_new_questions_turns_to_the_letter_from_its_day_on() -> None:
    roots = [span for span in spans() if span.is_root]
    before, after = _split(
        roots, COMMITTED.topic, lambda span: "price list" in span.text() or "fee increase" in span.text()
    )
    assert sum(before) == 0
    assert 0.12 < mean(after) < 0.45


def test_one_retrieval_configuration_returns_documents_of_early_2025_from_its_day_on() -> None:
    old: dict[tuple[str, bool], list[bool]] = defaultdict(list)
    for span in steps("retrieve_policies"):
        config = json.loads(span.attributes["metadata"])["retrieval_config"]
        updated = json.loads(span.attributes["retrieval.documents.0.document.metadata"])["last_updated"]
        age = span.day - date.fromisoformat(updated)
        old[config, span.day >= COMMITTED.stale].append(age > timedelta(days=60))
    assert mean(old["dense-v1", True]) == pytest.approx(truths.STALE_SHARE, abs=0.08)
    assert not any(old["dense-v1", False] + old["hybrid-v2", False] + old["hybrid-v2", True])


def test_the_same_tool_is_called_seven_times_on_the_days_of_the_loop_only() -> None:
    calls = Counter((span.trace_id, span.day) for span in steps(truths.LOOPED_TOOL))
    looped = {day for (_, day), number in calls.items() if number == truths.LOOP_CALLS}
    assert looped == {COMMITTED.loop + timedelta(days=offset) for offset in range(3)}
    assert max(number for (_, day), number in calls.items() if not COMMITTED.loop <= day <= COMMITTED.loop_last) == 1


def test_one_app_version_hands_over_to_people_several_times_as_often() -> None:
    sessions: dict[bool, set[str]] = defaultdict(set)
    handed_over = {span.trace_id for span in steps("transfer_to_human")}
    escalated: dict[bool, int] = Counter()
    for span in spans():
        if span.is_root:
            is_new = span.resource["service.version"] == truths.ESCALATING_VERSION
            sessions[is_new].add(span.attributes.get("session.id") or span.attributes["gen_ai.conversation.id"])
            escalated[is_new] += span.trace_id in handed_over
            assert not is_new or span.day >= COMMITTED.escalation
    assert escalated[True] / len(sessions[True]) == pytest.approx(truths.ESCALATION_AFTER, abs=0.07)
    assert escalated[False] / len(sessions[False]) == pytest.approx(truths.ESCALATION_BEFORE, abs=0.02)


def test_the_unpinned_model_answers_as_another_from_its_day_on() -> None:
    answered: dict[bool, set[str]] = defaultdict(set)
    for span in steps("synthesise"):
        if span.attributes.get("llm.request.model_name") == truths.SWAPPED_REQUEST:
            answered[span.day >= COMMITTED.model].add(span.attributes["llm.model_name"])
    assert answered == {False: {truths.SWAPPED_FROM}, True: {truths.SWAPPED_TO}}


def test_a_retrieved_document_carries_instructions_on_its_days_only() -> None:
    carried = {span.day for span in steps("retrieve_policies") if "Ignore all previous instructions" in span.text()}
    assert carried
    assert min(carried) >= COMMITTED.injection
    assert max(carried) <= COMMITTED.injection_last


def test_questions_hold_personal_data_of_people_who_do_not_exist() -> None:
    text = "\n".join(span.text() for span in spans())
    emails = re.findall(r"[\w.]+@([\w.-]+\w)", text)
    assert len(emails) > 100
    assert {host for host in emails if not re.fullmatch(r"(bank-check\.)?example(\.(com|org|net))?", host)} == set()
    phones = re.findall(r"\+1 \d{3} \d{3} \d{4}", text)
    assert len(phones) > 30
    assert all(phone[7:].startswith("555 01") for phone in phones)


def test_the_quiet_weeks_hold_no_change() -> None:
    quiet = [span for week in truths.QUIET_WEEKS for span in weeks()[week]]
    assert {span.resource["service.version"] for span in quiet} == {"4.1.0"}
    changes = [truth for truth in TRUTHS if truth.since != COMMITTED.first]
    assert min(truth.since for truth in changes) > max(span.day for span in quiet)


def test_the_readme_lists_every_truth_with_its_days() -> None:
    readme = (FOLDER / "README.md").read_text()
    for truth in TRUTHS:
        assert f"| {truth.name} | {truth.since} | {truth.until or ''} | {truth.what} |" in readme
