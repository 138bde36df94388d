"""Two versions side by side: planted differences are found, and what only the mix of traffic makes is matched away."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from errors import UsageError
from metrics.filters import TrafficFilter
from metrics.outcomes.rules import rules_by_app
from metrics.versions.compare import ANSWER, FEWEST, FEWEST_FOR_P95, WHOLE, Comparison, compare
from metrics.versions.mix import differences, strata
from metrics.versions.quality import corrected
from metrics.versions.resampled import Side, Typical, apart
from review.calibration.release_evidence import Question, released
from settings import Settings
from tests.command_line.test_commands import Shell
from tests.metrics.built import START, BuiltWarehouse, llm, span
from tests.review.calibration.test_release_gate import JUDGE, Bank

EVER = TrafficFilter(START - timedelta(days=1), START + timedelta(days=100))
FOR_EVER = TrafficFilter(datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
RULES = rules_by_app(Settings(home=Path("unused")))
BOTH = ("prompt=v1", "prompt=v2")


def conversation(
    number: int, version: str, *, tenant: str = "north", lasts_s: float = 1.0, failed: bool = False, **said: Any
) -> Iterator[dict[str, Any]]:
    """Two turns: each a root and a model call that varies a little from conversation to conversation."""
    for turn in (0, 1):
        trace = f"{version}-{number:03d}-{turn}"
        of = {"session_id": f"{version}-{number:03d}", "tenant": tenant, "prompt_version": version,
              "at_s": 60 * number + turn}  # fmt: skip
        long_s = lasts_s * (1 + (number % 7) / 10)
        yield span(trace, span_id="root", lasts_s=long_s, **of)
        status = "error" if failed and turn else "ok"
        yield llm(trace, parent_span_id="root", lasts_s=long_s, status=status, **of | said)


def compared(rows: Sequence[dict[str, Any]], *, versions: tuple[str, str] = BOTH, **others: Any) -> Comparison:
    return compare(BuiltWarehouse().load(rows, **others), EVER, RULES, versions=versions)


def row(found: Comparison, step: str, metric: str) -> dict[str, Any]:
    (one,) = found.table[(found.table["step"] == step) & (found.table["metric"] == metric)].to_dict("records")
    return {str(name): value for name, value in one.items()}


def test_what_a_version_changed_is_found_at_its_step_and_the_rest_is_not() -> None:
    rows = [one for n in range(60) for one in conversation(n, "v1", cost=0.01, tok_in=100 + n % 5)]
    rows += [one for n in range(60) for one in conversation(n, "v2", cost=0.03, tok_in=100 + n % 5, failed=n % 3 == 0)]

    found = compared(rows)

    cost, tokens, errors = (row(found, "synthesis", name) for name in ("cost (US$)", "tokens in", "errors"))
    assert cost["effect"] == pytest.approx(3.0)
    assert tokens["effect"] == pytest.approx(1.0)
    assert (tokens["verdict"], errors["verdict"]) == ("no sure difference", "higher")
    assert (errors["a"], errors["b"]) == (0.0, pytest.approx(20 / 120))
    assert 0 < errors["low"] < 20 / 120 < errors["high"]
    assert (errors["conversations_a"], errors["values_a"]) == (60, 120)
    assert row(found, WHOLE, "duration, median (ms)")["verdict"] == "no sure difference"
    assert (found.a.traces, found.b.conversations, found.compared) == (120, 60, (60, 60))


def test_a_difference_that_only_the_mix_makes_goes_when_both_are_matched_to_one_mix() -> None:
    """The north takes 4 s and the south 1 s, with either version; v1 had mostly the north, v2 mostly the south."""
    rows: list[dict[str, Any]] = []
    for version, in_north in (("v1", 48), ("v2", 12)):
        for n in range(60):
            tenant = "north" if n < in_north else "south"
            rows += conversation(n, version, tenant=tenant, lasts_s=4.0 if tenant == "north" else 1.0)

    found = compared(rows)

    duration = row(found, WHOLE, "duration, median (ms)")
    assert duration["effect"] < 0.5
    assert duration["q"] < 0.01
    assert duration["matched_low"] <= 1 <= duration["matched_high"]
    assert duration["verdict"] == "no sure difference"
    assert found.matched == ("tenant",)
    assert found.covered == 1.0
    assert found.mix[0].apart == pytest.approx(0.6)


def test_alike_mixes_are_not_matched_and_it_says_so() -> None:
    found = compared([one for version in ("v1", "v2") for n in range(40) for one in conversation(n, version)])

    assert found.matched == ()
    assert found.table["matched_effect"].isna().all()
    assert "nothing to match" in found.why_not


def test_versions_for_different_tenants_cannot_be_matched_and_it_says_so() -> None:
    rows = [one for n in range(40) for one in conversation(n, "v1", tenant="north")]
    rows += [one for n in range(40) for one in conversation(n, "v2", tenant="south")]

    found = compared(rows)

    assert found.matched == ()
    assert "cannot be matched" in found.why_not


def test_conversations_that_both_answered_are_on_neither_side() -> None:
    rows = [one for version in ("v1", "v2") for n in range(30) for one in conversation(n, version)]
    rows += [span("mixed-1", session_id="mixed", prompt_version="v1"),
             span("mixed-2", session_id="mixed", prompt_version="v2")]  # fmt: skip

    found = compared(rows)

    assert found.mixed == 1
    assert (found.a.traces, row(found, WHOLE, "duration, median (ms)")["values_a"]) == (61, 60)


def test_a_step_that_only_one_version_has_is_a_sure_difference() -> None:
    rows = [one for version in ("v1", "v2") for n in range(40) for one in conversation(n, version)]
    rows += [span(f"v2-{n:03d}-0", parent_span_id="root", step="rerank", kind="tool", session_id=f"v2-{n:03d}",
                  prompt_version="v2", at_s=60 * n) for n in range(20)]  # fmt: skip

    calls = row(compared(rows), "rerank", "calls per trace")

    assert (calls["a"], calls["b"]) == (0.0, 0.25)
    assert calls["verdict"] == "higher"
    assert calls["q"] < 0.01


def test_few_conversations_give_no_figure_and_few_values_no_p95() -> None:
    rows = [one for version in ("v1", "v2") for n in range(FEWEST) for one in conversation(n, version)]

    found, fewer = compared(rows), compared(rows[:-4])

    assert 2 * FEWEST < FEWEST_FOR_P95
    assert "duration, p95 (ms)" not in set(found.table["metric"])
    assert row(found, WHOLE, "duration, median (ms)")["effect"] == pytest.approx(1.0)
    assert fewer.table.empty
    assert "cannot be told apart" in fewer.why_not


def test_the_judges_scores_are_compared_as_they_are_and_called_uncalibrated() -> None:
    rows = [one for version in ("v1", "v2") for n in range(30) for one in conversation(n, version)]
    scores = [
        {"id": one["trace_id"], "target_level": "trace", "trace_id": one["trace_id"], "name": "helpfulness",
         "value": 3.0 + (one["prompt_version"] == "v2") + number % 3 / 10, "source": "judge", "judge_name": "house",
         "created_at": 0}
        for number, one in enumerate(rows) if one["span_id"] == "root"
    ]  # fmt: skip

    said = row(compared(rows, scores=scores), ANSWER, "helpfulness, house (uncalibrated)")

    assert (said["unit"], said["verdict"]) == ("level", "higher")
    assert said["low"] < 1.0 < said["high"]
    assert said["effect"] == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize(
    ("versions", "words"),
    [
        (("prompt=v1", "prompt=v7"), "no traffic of prompt=v7"),
        (("prompt=v1", "app=bank"), "share traffic"),
        (("prompt=v1", "colour=red"), "a version is COLUMN=VALUE"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_words(versions: tuple[str, str], words: str) -> None:
    rows = [one for version in ("v1", "v2") for n in range(3) for one in conversation(n, version)]

    with pytest.raises(UsageError, match=words):
        compared(rows, versions=versions)


def test_a_side_that_is_matched_weighs_its_strata_by_the_common_mix() -> None:
    """Three conversations of the first stratum say 1, one of the second 5: a mean of 2 as it came, of 3 matched."""
    values, codes, of = np.array([1.0, 1, 1, 5]), np.arange(4), np.array([0, 0, 0, 1])
    plain = Side.drawn(4, strata=None, target=None, seed=0)
    matched = Side.drawn(4, strata=of, target=np.array([0.5, 0.5]), seed=0)

    assert plain.typical(values, codes, Typical.MEAN)[0] == 2.0
    assert matched.typical(values, codes, Typical.MEAN)[0] == 3.0
    assert plain.typical(values, codes, Typical.MEDIAN)[0] == 1.0
    assert matched.typical(values, codes, Typical.P95)[0] == 5.0


def test_nothing_failed_in_twenty_is_not_called_none_for_sure() -> None:
    side = Side.drawn(20, strata=None, target=None, seed=0)
    none = side.typical(np.zeros(20), np.arange(20), Typical.SHARE)

    said = apart(none, none, Typical.SHARE, conversations=(20, 20))

    assert (said.a, said.effect, said.p) == (0.0, 0.0, None)
    assert said.a_high == pytest.approx(0.161, abs=1e-3), "Wilson's upper end of 0 of 20"
    assert said.low == pytest.approx(-said.high)
    assert said.high > 0.15


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    """200 pairs of sides of 40 conversations that do not differ: about 95 of 100 intervals hold that."""
    randomness = np.random.default_rng(3)
    held = {Typical.MEAN: 0, Typical.MEDIAN: 0, Typical.SHARE: 0}
    for turn in range(200):
        sides = []
        for side in (0, 1):
            codes = np.repeat(np.arange(40), randomness.integers(1, 6, 40))
            of_conversation = randomness.normal(0, 0.5, 40)[codes]
            values = np.exp(of_conversation + randomness.normal(0, 0.4, len(codes)))
            sides.append((Side.drawn(40, strata=None, target=None, seed=2 * turn + side), codes, values))
        for what in held:
            of = [one.typical((values > 2).astype(float) if what is Typical.SHARE else values, codes, what)
                  for one, codes, values in sides]  # fmt: skip
            said = apart(of[0], of[1], what, conversations=(40, 40))
            held[what] += said.low <= (0.0 if what is Typical.SHARE else 1.0) <= said.high

    assert all(180 <= many <= 199 for many in held.values()), held


def test_mixes_differ_where_chi_square_says_so_and_small_cells_are_left_out() -> None:
    """40 of 50 against 20 of 50 in the north: 20 of 50 would have to move. The five in the east are on one side."""
    of = pd.DataFrame({
        "is_b": [False] * 50 + [True] * 55,
        "tenant": ["north"] * 40 + ["south"] * 10 + ["north"] * 20 + ["south"] * 30 + ["east"] * 5,
        "topic": ["cards", "loans", "fees", "app", "pin"] * 21,
    })  # fmt: skip
    told = differences(of, columns=["topic", "tenant"])
    made = strata(of, told)

    assert [(one.column, one.is_sure) for one in told] == [("tenant", True), ("topic", False)]
    assert made is not None
    assert made.columns == ("tenant",)
    assert made.covered == pytest.approx(100 / 105)
    assert (made.codes == -1).sum() == 5
    assert made.target.tolist() == [0.6, 0.4]


def test_quality_is_what_the_gate_decides_on_and_says_what_it_lacks() -> None:
    one = Bank(worse={"calls": 0.5, "chats": 0.5}).reviewed()
    began = pd.to_datetime(one.units["week"] + "-1", format="%G-W%V-%u", utc=True)
    one = replace(one, units=one.units.assign(start_ts=began))
    last = TrafficFilter(datetime(2026, 11, 2, tzinfo=UTC), FOR_EVER.until)
    both = ("prompt=v3", "prompt=v4")

    (said,) = corrected([one], FOR_EVER, versions=both).to_dict("records")
    (of_week,) = corrected([one], last, versions=both).to_dict("records")
    (missing,) = corrected([one], FOR_EVER, versions=("prompt=v3", "prompt=v9")).to_dict("records")

    assert said["low"] < said["difference"] < said["high"] < 0
    assert said["difference"] == pytest.approx(said["b_mean"] - said["a_mean"])
    assert (said["criterion"], said["lacks"]) == ("helpfulness", "")
    gate = released(one, JUDGE, Question("prompt=v4", "prompt=v3")).evidence
    assert (said["difference"], said["low"]) == (gate.value, gate.low)
    assert (said["weeks"], of_week["weeks"]) == ("2026-W40 to 2026-W45", "2026-W45")
    assert said["a_labelled"] > 3 * of_week["a_labelled"] > 0
    assert missing["lacks"] == "no traffic of prompt=v9 in the labelled weeks"
    assert pd.isna(missing["difference"])


def test_the_planted_cost_jump_is_at_its_step_and_survives_matching(bank: Shell) -> None:
    said = bank.json("versions", "compare", "prompt=v3", "prompt=v4")

    steps = {(one["step"], one["metric"]): one for one in said["steps"]}
    tokens = steps["synthesise", "tokens in"]
    assert 4 < tokens["low"] < tokens["effect"] < tokens["high"] < 7
    assert said["matched_on"] == ["topic"]
    assert 4 < tokens["matched_effect"] < 7
    assert steps["guardrail.input", "duration, median (ms)"]["verdict"] == "no sure difference"
    fees = steps["lookup_agreement", "calls per trace"]
    assert fees["effect"] > 1.3, "v4 came when people began to ask about the fee letter"
    assert fees["matched_effect"] < 1.2
    assert said["quality"] == []
    assert bank.json("versions", "compare", "prompt=v3", "prompt=v9", expect=2)["error"].startswith("no traffic of")


def test_how_conversations_ended_is_compared_too_without_those_that_still_go_on() -> None:
    rows = [one for version in ("v1", "v2") for n in range(40) for one in conversation(n, version)]
    rows += [span(f"v2-{n:03d}-1", parent_span_id="root", step="handover", tool_name="handover", kind="tool",
                  session_id=f"v2-{n:03d}", prompt_version="v2", at_s=60 * n) for n in range(20)]  # fmt: skip
    rows.append(span("later", session_id="later", prompt_version="v9", at_s=60 * 60))

    escalated = row(compared(rows), "(conversation)", "escalated")

    assert (escalated["unit"], escalated["a"], escalated["verdict"]) == ("share", 0.0, "higher")
    assert escalated["conversations_b"] == 30, "those of the newest half hour may go on"
    assert escalated["effect"] == pytest.approx(20 / 30)
