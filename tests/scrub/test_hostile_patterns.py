"""No expression of the scrubber is slow on text that nearly matches it; they are found by listing, not by hand."""

import re
import time

import pytest

from benchmarks.scrub_hostile import nearly, patterns

PATTERNS = patterns()


def _cost(pattern: re.Pattern[str], text: str) -> float:
    best = float("inf")
    for _ in range(2):
        start = time.process_time()
        for _ in pattern.finditer(text):
            pass
        best = min(best, time.process_time() - start)
    return best


def test_the_expressions_of_every_recogniser_are_listed() -> None:
    modules = {name.rsplit(".", 1)[0] for name in PATTERNS}
    assert {"scrub.patterns", "scrub.address_forms", "scrub.names", "scrub.secrets", "scrub.evasion"} <= modules
    assert len(PATTERNS) > 80


def test_a_slow_expression_would_be_noticed() -> None:
    slow = re.compile(r"(?:a+)+b")
    costs = [_cost(slow, text) for size in (10, 20) for text in list(nearly(slow, size))[1:2]]
    assert costs[1] > 10 * costs[0]


@pytest.mark.parametrize("name", list(PATTERNS))
def test_four_times_the_text_costs_an_expression_about_four_times_as_much(name: str) -> None:
    pattern = PATTERNS[name]
    for seed in range(2):
        for small, large in zip(nearly(pattern, 8_000, seed), nearly(pattern, 32_000, seed), strict=True):
            assert _cost(pattern, large) < 4 * 3 * max(_cost(pattern, small), 0.01), large[:60]
