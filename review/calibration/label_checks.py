"""Steps 0 and 1 of the gate: enough labels of every kind, and people who agree with each other."""

import math

from review.calibration.gate_checks import Check, Labels, Rules, State, Step


def label_checks(labels: Labels, rules: Rules) -> tuple[Check, ...]:
    """Steps 0 and 1: enough labels of every kind, and people who agree with each other. They need no judge."""
    return (
        _worth(labels, rules),
        _in_strata(labels, rules),
        _refused(labels, rules),
        _double(labels, rules),
        _blind(labels),
        _unseen_by_prompt(labels),
        _rubric(labels, rules),
    )


def _worth(labels: Labels, rules: Rules) -> Check:
    lack = rules.effective_items - labels.effective_items
    share = labels.effective_items / labels.items if labels.items else 1.0
    found = (
        f"the labels are worth {labels.effective_items:.0f} items" if labels.items else "no labelled item was scored"
    )
    return Check(
        Step.LABELS, "worth of the labels", _enough(lack <= 1e-6), f"{found}, {rules.effective_items:.0f} are needed",
        _up(lack / max(share, 0.05)), {"value": labels.effective_items, "bar": rules.effective_items},
    )  # fmt: skip


def _in_strata(labels: Labels, rules: Rules) -> Check:
    name, bar = "labels in each stratum", rules.items_per_stratum
    if len(labels.strata) < 2:
        return Check(Step.LABELS, name, State.NOT_ASKED, "the items were not drawn from strata")
    short = [(one, items) for one, items in labels.strata if items < bar]
    if not short:
        fewest, items = min(labels.strata, key=lambda one: one[1])
        said = f"every stratum has {bar} labelled items or more; fewest: {fewest} with {items}"
        return Check(Step.LABELS, name, State.PASS, said, 0, dict(labels.strata))
    listed = " and ".join(f"stratum {one} has {items} labelled items" for one, items in short)
    more = sum(bar - items for _, items in short)
    return Check(Step.LABELS, name, State.NOT_ENOUGH_EVIDENCE, f"{listed}, {bar} are needed", more, dict(labels.strata))


def _refused(labels: Labels, rules: Rules) -> Check:
    name, items = "items that people refused", labels.refused_items
    if items is None:
        return Check(Step.LABELS, name, State.NOT_ASKED, "the scale has no level from which an item passes")
    lack = rules.refused_items - items
    share = items / labels.items if labels.items else 0.5
    return Check(
        Step.LABELS, name, _enough(lack <= 0), f"people refused {items} items, {rules.refused_items} are needed",
        _up(lack / max(share, 0.02)), {"value": float(items), "bar": float(rules.refused_items)},
    )  # fmt: skip


def _double(labels: Labels, rules: Rules) -> Check:
    lack = rules.double_labelled - labels.double_labelled
    said = f"{labels.double_labelled} items were labelled by two people, {rules.double_labelled} are needed"
    figures: dict[str, float | str | None] = {
        "value": float(labels.double_labelled), "bar": float(rules.double_labelled)
    }  # fmt: skip
    return Check(Step.LABELS, "labelled by two", _enough(lack <= 0), said, _up(lack), figures)


def _blind(labels: Labels) -> Check:
    name = "blind to the judge"
    if labels.seen is None:
        return Check(Step.LABELS, name, State.NOT_ASKED, "nothing says whether people had seen the judge before")
    left = f"; {labels.seen} others are left out" if labels.seen else ""
    said = f"only labels given before seeing the judge count{left}"
    return Check(Step.LABELS, name, State.PASS, said, 0, {"left_out": float(labels.seen)})


def _unseen_by_prompt(labels: Labels) -> Check:
    name = "not used for the judge's prompt"
    if labels.shown is None:
        return Check(Step.LABELS, name, State.NOT_ASKED, "nothing says which items the judge's prompt was written from")
    left = f"{labels.shown} labels are left out" if labels.shown else "no label had to be left out"
    said = f"items that examples for the judge's prompt were taken from do not count; {left}"
    return Check(Step.LABELS, name, State.PASS, said, 0, {"left_out": float(labels.shown)})


def _rubric(labels: Labels, rules: Rules) -> Check:
    """Fails on the lower bound, once two people labelled enough items; with fewer only if the upper bound fails too."""
    name, people, bar = "people agree", labels.people, rules.rubric_alpha
    if people.value is None or people.low is None or people.high is None:
        said = f"it cannot be told whether people agree with each other: {people.lacks}"
        more = _up(rules.double_labelled - labels.double_labelled)
        return Check(Step.RUBRIC, name, State.NOT_ENOUGH_EVIDENCE, said, more, {"bar": bar})
    figures: dict[str, float | str | None] = {
        "value": people.value, "low": people.low, "high": people.high, "bar": bar
    }  # fmt: skip
    found = f"people agree with each other at alpha {people.value:.2f} ({people.low:.2f} to {people.high:.2f})"
    if people.low >= bar:
        return Check(Step.RUBRIC, name, State.PASS, f"{found}, from {bar:.2f} on is needed", 0, figures)
    few = labels.double_labelled < rules.double_labelled
    if few and (people.high >= bar or labels.double_labelled < rules.items_per_stratum):
        said = f"{found}; below {bar:.2f} the rubric would be unclear and no judge could be graded by it"
        return Check(
            Step.RUBRIC, name, State.NOT_ENOUGH_EVIDENCE, said, _up(rules.double_labelled - labels.double_labelled),
            figures,
        )  # fmt: skip
    said = (
        f"{found}; the lower bound has to reach {bar:.2f}, else the rubric is unclear and no judge can be graded by "
        "it: sharpen it on the items where people part"
    )
    return Check(Step.RUBRIC, name, State.FAIL, said, 0, figures)


def _enough(is_enough: bool) -> State:  # noqa: FBT001 - a state of two words
    return State.PASS if is_enough else State.NOT_ENOUGH_EVIDENCE


def _up(lack: float) -> int:
    """Rounded up, none below zero; what weights lose in their last digits is not a whole item."""
    return max(0, math.ceil(lack - 1e-6))
