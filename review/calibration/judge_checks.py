"""Steps 2 to 4 of the gate: the judge agrees with people, is not biased, and stays the same over the weeks."""

import math

from review.calibration.closeness import Estimate
from review.calibration.gate_checks import Check, Conduct, Evidence, Labels, Points, Rules, State, Step
from review.calibration.scale import Scale


def judge_checks(evidence: Evidence, rules: Rules) -> tuple[Check, ...]:
    """Steps 2 to 4."""
    return (
        _agreement(evidence, rules),
        _bias(evidence, rules),
        _bias_by_stratum(evidence, rules),
        _readable(evidence, rules),
        _drift(evidence.conduct),
        _version(evidence.conduct),
    )


def _agreement(evidence: Evidence, rules: Rules) -> Check:
    """Passes when the lower bound of kappa clears its bar, or that of (kappa less people's own) does; fails only when
    the upper bounds of both lie below. With fewer than 30 items' worth, or of people's rarer answer, nothing fails: a
    good judge's kappa may be low there by chance. A judge with one answer for all fails by how often that was wrong."""
    name, kappa, beside = "agrees with people", evidence.kappa, evidence.kappa_less_people
    figures: dict[str, float | str | None] = {
        "value": kappa.value, "low": kappa.low, "high": kappa.high, "bar": rules.kappa, "less_people": beside.value,
        "less_people_low": beside.low, "less_people_high": beside.high, "less_people_bar": -rules.kappa_below_people,
    }  # fmt: skip
    if kappa.value is None or kappa.low is None or kappa.high is None:
        if (evidence.one_answer_off or 0) >= max(rules.refused_items, 1):
            said = f"it gave every item the same answer; people answered {evidence.one_answer_off} of them otherwise"
            return Check(Step.AGREEMENT, name, State.FAIL, said, 0, figures)
        said = f"agreement with people cannot be told: {kappa.lacks}"
        return Check(Step.AGREEMENT, name, State.NOT_ENOUGH_EVIDENCE, said, 0, figures)
    found = f"it agrees with people at kappa {kappa.value:.2f} ({kappa.low:.2f} to {kappa.high:.2f})"
    if kappa.low >= rules.kappa:
        return Check(Step.AGREEMENT, name, State.PASS, f"{found}, from {rules.kappa:.2f} on is needed", 0, figures)
    if beside.low is not None and beside.value is not None and beside.low > -rules.kappa_below_people:
        said = f"{found}, nearly as well as they agree with each other ({beside.value:+.2f}, from {beside.low:+.2f})"
        return Check(Step.AGREEMENT, name, State.PASS, said, 0, figures)
    is_below = kappa.high < rules.kappa and not (beside.high is not None and beside.high >= -rules.kappa_below_people)
    rare = _rarer(evidence.labels, rules)
    if is_below and rare < rules.refused_items:
        said = f"{found}; that counts once people gave their rarer answer to {rules.refused_items} items, not {rare}"
        more = math.ceil((rules.refused_items - rare) / max(rare / max(evidence.labels.items, 1), 0.02))
        return Check(Step.AGREEMENT, name, State.NOT_ENOUGH_EVIDENCE, said, more, figures)
    if is_below and evidence.labels.effective_items >= rules.items_per_stratum:
        said = f"{found}, below {rules.kappa:.2f}{_of_people(beside, kappa.value)}{_why_apart(evidence)}"
        return Check(Step.AGREEMENT, name, State.FAIL, said, 0, figures)
    said = f"{found}: it may be as low as {kappa.low:.2f}, {rules.kappa:.2f} is needed"
    more = _to_settle(evidence.labels.items, kappa.value - kappa.low, abs(kappa.value - rules.kappa))
    return Check(Step.AGREEMENT, name, State.NOT_ENOUGH_EVIDENCE, said, more, figures)


def _rarer(labels: Labels, rules: Rules) -> int:
    """Items to which people gave the rarer of their answers; where there is none such, as many as are needed."""
    known = [items for items in (labels.refused_items, labels.rarer_items) if items is not None]
    return min(known, default=rules.refused_items)


def _of_people(beside: Estimate, kappa: float) -> str:
    """What people reach among themselves, in the same coefficient."""
    return "" if beside.value is None else f"; people among themselves reach {kappa - beside.value:.2f}"


def _why_apart(evidence: Evidence) -> str:
    """The likeliest cause of a failing kappa, to be looked into."""
    if evidence.kappa.high is not None and evidence.kappa.high < 0:
        return "; it is worse than chance: perhaps its scale counts the other way round"
    if evidence.spread_ratio is not None and evidence.spread_ratio < 0.5:
        return f"; its scores hardly differ from item to item (spread {evidence.spread_ratio:.2f} of people's)"
    return ""


def _bias(evidence: Evidence, rules: Rules) -> Check:
    name, bias, margin = "bias", evidence.bias, rules.bias_margin(evidence.scale)
    if bias is None:
        return Check(Step.BIAS, name, State.NOT_ASKED, "categories have no order, so no bias")
    if evidence.scale.is_guessed:
        return Check(Step.BIAS, name, State.NOT_ASKED, _undeclared(evidence.scale))
    if bias.value is None or bias.low is None or bias.high is None:
        return Check(Step.BIAS, name, State.NOT_ENOUGH_EVIDENCE, f"bias cannot be told: {bias.lacks}")
    figures: dict[str, float | str | None] = {
        "value": bias.value, "low": bias.low, "high": bias.high, "bar": margin
    }  # fmt: skip
    spelt = Points.of(evidence.scale)
    found = f"{spelt.apart(bias.value)} {spelt.unit} ({spelt.apart(bias.low)} to {spelt.apart(bias.high)} at 90%)"
    if bias.low > margin or bias.high < -margin:
        kind = "lenient" if bias.value > 0 else "strict"
        return Check(Step.BIAS, name, State.FAIL, f"it is too {kind}: {found}, allowed {spelt(margin)}", 0, figures)
    if -margin <= bias.low and bias.high <= margin:
        return Check(Step.BIAS, name, State.PASS, f"bias is {found}, {spelt(margin)} is allowed", 0, figures)
    between = f"{spelt.apart(bias.low)} and {spelt.apart(bias.high)} {spelt.unit}"
    said = f"bias lies between {between} (90%), {spelt(margin)} is allowed"
    more = _to_settle(evidence.labels.items, (bias.high - bias.low) / 2, abs(margin - abs(bias.value)))
    return Check(Step.BIAS, name, State.NOT_ENOUGH_EVIDENCE, said, more, figures)


def _undeclared(scale: Scale) -> str:
    used = f"people used {scale.ends}, and nothing says whether the scale is longer"
    return f"{used}; declare it with --low and --high, and bias is judged"


def _bias_by_stratum(evidence: Evidence, rules: Rules) -> Check:
    """Fails when the 95% interval of one stratum's bias lies wholly outside; whatever may be inside passes."""
    name, margin = "bias in each stratum", rules.stratum_margin(evidence.scale)
    known = [(one, bias) for one, bias in evidence.strata_bias if bias.low is not None and bias.high is not None]
    if evidence.bias is None or evidence.scale.is_guessed or len(known) < 2:
        return Check(Step.BIAS, name, State.NOT_ASKED, "there are no strata whose bias could be told apart")
    figures: dict[str, float | str | None] = {"bar": margin, **{one: bias.value for one, bias in known}}
    spelt = Points.of(evidence.scale)
    off = [
        f"{one} {spelt.apart(bias.value)} ({spelt.apart(bias.low)} to {spelt.apart(bias.high)})"
        for one, bias in known
        if (bias.low or 0.0) > margin or (bias.high or 0.0) < -margin
    ]
    bar = f"{spelt(margin)} {spelt.unit}"
    if off:
        said = f"it is off by more than {bar} in {len(off)} of {len(known)} strata: {', '.join(off)}"
        return Check(Step.BIAS, name, State.FAIL, said, 0, figures)
    said = f"no stratum is surely off by more than {bar}, of {len(known)}"
    return Check(Step.BIAS, name, State.PASS, said, 0, figures)


def _readable(evidence: Evidence, rules: Rules) -> Check:
    share, bar = evidence.unparsable, rules.unparsable
    said = f"{share:.1%} of its answers could not be read, {bar:.0%} are allowed"
    state = State.PASS if share <= bar else State.FAIL
    return Check(Step.CONDUCT, "readable answers", state, said, 0, {"value": share, "bar": bar})


def _drift(conduct: Conduct | None) -> Check:
    name = "steady over the weeks"
    if conduct is None:
        return Check(Step.CONDUCT, name, State.NOT_ASKED, "the weeks of the labels are not known")
    weeks = f"{conduct.weeks} week{'' if conduct.weeks == 1 else 's'} of labels"
    if conduct.drift_since is None:
        return Check(Step.CONDUCT, name, State.PASS, f"no open alarm of drift in {weeks} (CUSUM of its bias)")
    said = f"it has moved against people since {conduct.drift_since} (CUSUM of its bias, {weeks})"
    return Check(Step.CONDUCT, name, State.FAIL, said, 0, {"since": conduct.drift_since})


def _version(conduct: Conduct | None) -> Check:
    name = "one version in the window"
    if conduct is None:
        return Check(Step.CONDUCT, name, State.NOT_ASKED, "the weeks of the scores are not known")
    if not conduct.other_versions:
        return Check(Step.CONDUCT, name, State.PASS, "no other version of it scored other weeks of the window")
    others = ", ".join(conduct.other_versions)
    said = f"its version changed in the window: other weeks were scored by {others}"
    return Check(Step.CONDUCT, name, State.FAIL, said, 0, {"others": others})


def _to_settle(items: int, half_width: float, distance: float) -> int:
    """More items until the half-width shrinks to the distance from the bar; at most ten times as many as there are."""
    if half_width <= distance:
        return 0
    times = min((half_width / distance) ** 2, 11.0) if distance > 0 else 11.0
    return max(1, round(items * (times - 1)))
