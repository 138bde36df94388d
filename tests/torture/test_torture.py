"""The short form of every attack: a few rounds with a seed that stays, so that it fails for a reason and not by chance.

`make torture` is the long form. An attack that needs what this machine has not says so and is skipped.
"""

from pathlib import Path

import pytest

from tests.torture.attack import Attack, run
from tests.torture.attacks import ATTACKS

SEED = 20_261_121


@pytest.mark.kill
@pytest.mark.timeout(600)
@pytest.mark.parametrize("attack", [pytest.param(attack, id=attack.name) for attack in ATTACKS if attack.is_short])
def test_an_attack_finds_nothing(attack: Attack, tmp_path: Path) -> None:
    outcome = run(attack, tmp_path / "place", seed=SEED, seconds=attack.short_seconds)

    if outcome.skipped:
        pytest.skip(outcome.skipped)
    assert [f"{finding.what}: {finding.repeat}" for finding in outcome.findings] == []
    assert outcome.counts
