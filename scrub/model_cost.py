"""What a model beside the rules costs, measured where it runs and said before it does."""

import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from scrub.policy import Policy

if TYPE_CHECKING:
    from scrub.recognisers import Recogniser

_TRIED_ON = (
    "Hello, my name is Jordan Whitfield and I live at 18 Larkspur Crescent, Apt 4, Dayton, OH 45402. Last week I spoke "
    "with Ms Okonkwo about the transfer that has not arrived yet, and she told me to write to the team again. Could "
    "somebody please look into it and call me back before Friday, because the rent is due and my landlord is waiting? "
)
"""People's words, on which the cost of a model is measured."""


def tell_cost(policy: Policy) -> None:
    """Say on standard error how much slower scrubbing is with the policy's model; nothing when it has none.

    Takes about a second.
    """
    if policy.model:
        times = times_slower(policy.model)
        sys.stderr.write(
            f"scrub.model {policy.model}: new words of people take about {times:.0f} times as long to scrub; "
            "what comes again is remembered\n"
        )


def times_slower(model: str) -> float:
    """How many times as long people's words take with the model as with the rules alone, measured here and now."""
    from scrub.model_rules import ModelRules  # brings Presidio
    from scrub.recognisers import TextKind, recognisers

    with_model, alone = [ModelRules(model)], recognisers(Policy(), TextKind.PROSE)
    texts = [_TRIED_ON * 3 + str(number) for number in range(4)]
    _seconds([*with_model, *alone], [_TRIED_ON])  # the first look is slower: lists are read
    without = min(_seconds(alone, texts) for _ in range(2))
    return (without + _seconds(with_model, texts)) / without


def _seconds(rules: Sequence["Recogniser"], texts: list[str]) -> float:
    began = time.perf_counter()
    for text in texts:
        for one in rules:
            for _ in one.find(text):
                pass
    return max(time.perf_counter() - began, 1e-6)
