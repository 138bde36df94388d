"""A calibration as JSON: the same figures that the pages show."""

from dataclasses import asdict
from typing import Any

from review.agreement.coefficient import Coefficient
from review.calibration.assessment import WEIGHTS, Assessment, People
from review.calibration.closeness import Estimate
from review.calibration.study import Study

NOT_ENOUGH = "not enough data"
WITHOUT_FIGURE = {
    "kappa_less_human": "kappa of the judge or of people cannot be computed",
    "sd_ratio": "people's labels do not vary",
    "judge_mean": "no score can be read",
}


def as_json(study: Study, among: People, assessed: list[Assessment]) -> dict[str, Any]:
    """What `benchbook calibrate --json` prints."""
    alpha = among.alpha
    human = {"alpha": alpha.value, "level": among.level, "low": alpha.low, "high": alpha.high,
             "reviewers": among.reviewers, "items": alpha.items}  # fmt: skip
    notes = {"human_human": alpha.lacks} if alpha.lacks else {}
    if among.mean is None:
        notes["human_mean"] = "categories have no order"
    elif among.mean.lacks:
        notes["human_mean"] = among.mean.lacks
    if study.scale.is_guessed:
        notes["scale"] = (
            f"taken to be what people used, {study.scale.ends}, where intervals end too; --low and --high declare it"
        )
    return {
        "human_human": human,
        "human_mean": _interval(among.mean),
        "judges": {one.judge: _judge(study, one) for one in assessed},
        "notes": {**notes, **({"labels": "; ".join(study.notes)} if study.notes else {})},
    }


def _judge(study: Study, one: Assessment) -> dict[str, Any]:
    """One judge's figures; whatever is null has a word in `notes`."""
    found = _figures(study, one)
    notes = dict(found["notes"])
    for name, figure in found.items():
        inner = figure.get("value", figure.get("winning_rate", 0)) if isinstance(figure, dict) else figure
        if inner is None:
            notes.setdefault(name, WITHOUT_FIGURE.get(name, NOT_ENOUGH))
    return found | {"notes": notes}


def _figures(study: Study, one: Assessment) -> dict[str, Any]:
    corrected = one.corrected
    table = one.confusion
    return {
        "n_items": one.pairs.n_items,
        "n_labels": len(one.pairs.judge),
        "n_eff": one.pairs.entries.effective_items,
        "kappa": {"weights": WEIGHTS[study.scale.kind].value, **_coefficient(one.kappa)},
        "kappa_less_human": _interval(one.kappa_less_people),
        "ac": {"weights": WEIGHTS[study.scale.kind].value, **_coefficient(one.ac)},
        "bias": _interval(one.bias),
        "mae": _interval(one.mae),
        "sd_ratio": one.spread_ratio,
        "spearman": one.spearman,
        "kendall": one.kendall,
        "tpr": _interval(one.tpr),
        "tnr": _interval(one.tnr),
        "confusion": {"levels": list(table.levels), "counts": table.counts.tolist(), "shares": table.shares.tolist()},
        "alt_test": {
            "winning_rate": one.alternative.winning_rate,
            "advantage_probability": one.alternative.advantage_probability,
            "epsilon": one.alternative.epsilon,
        },
        "corrected_mean": None if corrected is None or corrected.value is None else {
            "value": corrected.value, "low": corrected.low, "high": corrected.high, "method": corrected.method,
            "lambda": corrected.weight, "lambda_from": corrected.weight_from, "few_labels": corrected.few_labels,
        },
        "judge_mean": one.judge_mean,
        "unparsable": one.unparsable,
        "verdict": one.decision.verdict.value,
        "reasons": list(one.decision.reasons),
        "labels_needed": one.decision.labels_needed,
        "checks": [asdict(check) for check in one.decision.checks],
        "notes": one.notes,
    }  # fmt: skip


def _coefficient(one: Coefficient) -> dict[str, float | None]:
    return {"value": one.value, "low": one.low, "high": one.high}


def _interval(one: Estimate | None) -> dict[str, float | None] | None:
    return None if one is None or one.value is None else {"value": one.value, "low": one.low, "high": one.high}
