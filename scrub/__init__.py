"""Personal data out of any text, before it is kept: traces, reviewers' words, alerts, logs."""

from scrub.engine import Scrubbed, Scrubber
from scrub.placeholders import Numberer, without_numbers
from scrub.policy import Policy
from scrub.recognisers import TextKind

__all__ = ["Numberer", "Policy", "Scrubbed", "Scrubber", "TextKind", "without_numbers"]
