"""Text that reads like orders to a model, where orders have no business: flags with the names of the rules behind them.

A flag is a hint for people. Rules see about a fifth of attacks: an ordinary request in the wrong place looks like any
other. Nothing is blocked by it, and a text without a flag is not safe.
"""

from scrub.injection.classifier import Classifier
from scrub.injection.flagger import MEANS, NOTHING, Flagger, Looked
from scrub.injection.rules import RULES

__all__ = ["MEANS", "NOTHING", "RULES", "Classifier", "Flagger", "Looked"]
