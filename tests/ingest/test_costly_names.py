"""Names of megabytes cost what their length is worth, and are not remembered."""

import time
from collections.abc import Callable

import pytest

from ingest import pricing, steps
from ingest.mapping import read_table
from ingest.steps import step_of
from scrub import keys
from scrub.cache import Cache, Findings, Span
from scrub.keys import meaning
from tests.ingest.built import row

LONG = 200_000
MOST_GROWTH = 10
"""Four times the length may cost this many times as much: twice what is due, for a busy machine."""


def seconds(act: Callable[[], object]) -> float:
    """CPU seconds, the least of three."""
    return min(_once(act) for _ in range(3))


def _once(act: Callable[[], object]) -> float:
    began = time.process_time()
    act()
    return time.process_time() - began


@pytest.mark.parametrize("unit", ["a.", "llm.input_messages.", "0.", ".", "metadata."])
def test_an_attribute_of_many_dots_costs_its_length(unit: str) -> None:
    def sort(size: int) -> float:
        plan = read_table({}).plan
        return seconds(lambda: plan.sort({"llm.input_messages." + unit * (size // len(unit)): "x"}))

    assert sort(LONG) < MOST_GROWTH * sort(LONG // 4) + 0.05


def test_a_path_deeper_than_any_is_kept_under_its_name() -> None:
    name = "llm.input_messages" + ".0" * 5_000
    assert row({name: "x", "gen_ai.request.model": "m"})["messages_in"] is None or "x" in str(row({name: "x"}))


@pytest.mark.parametrize("unit", ["1.", "#1", "<A", "((", "- ", "a1"])
def test_a_name_of_any_length_has_a_step(unit: str) -> None:
    assert len(step_of(unit * LONG + "a")) <= steps.LONGEST


def test_a_model_with_a_name_of_megabytes_has_no_price() -> None:
    said = row({"gen_ai.request.model": "azure/" * LONG, "gen_ai.usage.input_tokens": 5})
    assert said["cost_total"] is None
    assert said["cost_missing"] == "unknown model"


def test_names_of_megabytes_are_not_remembered() -> None:
    plan = read_table({}).plan
    name = "k" * LONG
    plan.entry(name)
    meaning(name, name)
    step_of(name, name)
    row({"gen_ai.request.model": name, "gen_ai.usage.input_tokens": 5})

    assert name not in plan._known
    assert keys.meaning("x" * LONG + "_email").entity == "EMAIL_ADDRESS"
    assert pricing.LONGEST_MODEL < LONG


def test_what_was_found_in_texts_is_remembered_up_to_a_number_of_findings() -> None:
    cache = Cache(entries=1_000)
    for number in range(50):
        cache.put(cache.name(f"text {number}", ""), Findings((Span(0, 1, "EMAIL_ADDRESS"),) * 400))
    held = sum(len(found.spans) for held in (cache._young, cache._old) for found in held.values())
    assert held <= 2 * (1_000 + 400)
