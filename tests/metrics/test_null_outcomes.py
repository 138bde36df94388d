"""Where nothing happened the rules over how conversations end keep quiet: conversations put into windows at random."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from metrics.alerts.evaluate import evaluate
from metrics.alerts.outcome_figures import OUTCOMES, outcome_figures
from metrics.alerts.rules import Rules, rules_of
from settings import Settings

AT = datetime(2026, 6, 1, tzinfo=UTC)
EVERY = rules_of(Settings(home=Path("unused")))
RULES = EVERY.model_copy(update={"rules": tuple(one for one in EVERY.rules if one.metric in OUTCOMES)})


@dataclass
class Drawn:
    """Conversations at the moments drawn, in whatever windows are asked for."""

    ended: pd.DataFrame

    def table(
        self, _metric: str, window: tuple[datetime, datetime], reference: tuple[datetime, datetime]
    ) -> pd.DataFrame:
        at = self.ended["start_ts"]
        before, now = (self.ended[(at >= since) & (at < until)] for since, until in (reference, window))
        return outcome_figures(before, now)


def alarms(ended: pd.DataFrame, *, rounds: int, rules: Rules = RULES, seed: int = 7) -> Counter[tuple[str, str]]:
    """In how many rounds each rule warned or acted, when conversations are given random moments."""
    days = rules.reference_days + max(one.persistence * one.window_days for one in rules.rules)
    found: Counter[tuple[str, str]] = Counter()
    for number in range(rounds):
        ago = np.random.default_rng([seed, number]).random(len(ended)) * days
        drawn = Drawn(ended.assign(start_ts=[AT - timedelta(days=float(one)) for one in ago]))
        said = {(one.rule.name, str(one.level)) for one in evaluate(drawn, rules, at=AT)}
        found.update(said)
    return found


def conversations(many: int) -> pd.DataFrame:
    """Conversations that end as they do whatever the day and the version."""
    randomness = np.random.default_rng(1)
    escalated, abandoned = randomness.random(many) < 0.06, randomness.random(many) < 0.03
    return pd.DataFrame({
        "first_trace": [f"t{place}" for place in range(many)], "is_open": False, "is_escalated": escalated,
        "is_abandoned": abandoned & ~escalated, "is_contained": ~abandoned & ~escalated,
        "is_repeated": randomness.random(many) < 0.1, "is_corrected": randomness.random(many) < 0.05,
        "is_solved": randomness.choice(np.array([True, False, None], object), many), "solved_by": "human",
        "thumbs_up": randomness.integers(0, 2, many), "thumbs_down": randomness.integers(0, 2, many),
        **{name: randomness.choice(["1", "2", "3"], many)
           for name in ("app_version", "prompt_version", "model", "retrieval_config")},
    })  # fmt: skip


def test_conversations_at_random_moments_raise_no_alarm() -> None:
    found = alarms(conversations(200), rounds=8)

    assert sum(many for (_, level), many in found.items() if level == "act") <= 1
    assert sum(found.values()) <= 3


def test_the_same_conversations_with_more_handed_over_lately_do() -> None:
    ended = conversations(400)
    days = 22 * np.random.default_rng(3).random(len(ended))
    lately = (days < 8) & (np.random.default_rng(4).random(len(ended)) < 0.2)
    moved = ended.assign(
        is_escalated=ended["is_escalated"] | lately, is_contained=ended["is_contained"] & ~lately,
        start_ts=[AT - timedelta(days=float(one)) for one in days],
    )  # fmt: skip

    said = {one.rule.name: str(one.level) for one in evaluate(Drawn(moved), RULES, at=AT)}

    assert "handed_over" in said
