"""What was thought of the answers: a judge with known flaws, users' thumbs, an expert now and then, weekly labels.

The judge is lenient (+0.5), loves long answers (+0.5 for 200 characters above the usual), prefers its own family
(+0.4 for OpenAI models), uses the upper half of its scale only, and in 1 of 50 answers says nothing that can be read.
"""

import csv
import io
from dataclasses import dataclass
from random import Random
from typing import Any

from sample_data.spans import any_value
from sample_data.turns import Turn

JUDGE_MODEL = "gpt-4o-2024-08-06"
JUDGE_PROMPT = "judge-helpfulness@3"
USUAL_CHARACTERS = 170
PER_STRATUM = 12
LABEL_COLUMNS = ("week", "trace_id", "stratum", "stratum_size", "inclusion_probability", "reviewer", "criterion",
                 "value", "labelled_at", "seconds", "comment")  # fmt: skip
_SEVERITY = {"ana": 0.0, "ben": -0.3, "chloe": 0.25}
_COMMENTS = ("", "", "", "Right, but too long.", "Figures are out of date.", "Did not answer the question.", "Good.")


def add_opinions(turn: Turn, random: Random) -> None:
    """Scores that travel inside the trace: the judge's on 6 in 10, thumbs on 1 in 8, an expert's on 1 in 30."""
    if random.random() < 0.6:
        _judge(turn, random)
    if random.random() < 0.12:
        liked = turn.quality + random.gauss(0, 0.8) > 3.4
        _annotate(turn, {"name": "user feedback", "annotator_kind": "HUMAN",
                         "label": "thumbs-up" if liked else "thumbs-down", "score": float(liked)})  # fmt: skip
    if random.random() < 1 / 30:
        _annotate(turn, {"name": "expert review", "annotator_kind": "HUMAN", "identifier": random.choice(list(_SEVERITY)),
                         "score": float(_on_scale(turn.quality + random.gauss(0, 0.3)))})  # fmt: skip


def _judge(turn: Turn, random: Random) -> None:
    long = (len(turn.answer) - USUAL_CHARACTERS) / 200
    own_family = 0.4 if turn.conversation.model.startswith("gpt") else 0.0
    felt = 3 + (turn.quality - 3) * 0.6 + 0.5 + 0.5 * long + own_family + random.gauss(0, 0.5)
    score = max(_on_scale(felt), 2)
    grounded = turn.is_grounded or random.random() < 0.5
    fields: dict[str, Any] = {
        "0.evaluation.name": "helpfulness", "0.evaluation.annotator_kind": "LLM",
        "0.evaluation.identifier": JUDGE_PROMPT,
        "0.evaluation.explanation": f"The answer on {turn.topic} addresses the question and reads well.",
        "1.evaluation.name": "groundedness", "1.evaluation.annotator_kind": "LLM",
        "1.evaluation.identifier": JUDGE_PROMPT, "1.evaluation.score": float(grounded),
        "1.evaluation.label": "grounded" if grounded else "not grounded",
        "1.evaluation.explanation": "Compared with the documents that were retrieved.",
    }  # fmt: skip
    if random.random() < 0.02:
        fields["0.evaluation.label"] = "cannot say"
    else:
        fields["0.evaluation.score"] = float(score)
    said = {f"trace.evaluations.{key}": value for key, value in fields.items()}
    turn.trace.span("judge", "EVALUATOR", turn.trace.lasts(650), said | {"llm.model_name": JUDGE_MODEL})


def _annotate(turn: Turn, fields: dict[str, Any]) -> None:
    root = turn.trace.spans[0]
    taken = sum(entry["key"].endswith(".annotation.name") for entry in root["attributes"])
    root["attributes"] += [
        {"key": f"trace.annotations.{taken}.annotation.{key}", "value": any_value(value)} for key, value in fields.items()
    ]


def _on_scale(felt: float) -> int:
    return min(5, max(1, round(felt)))


@dataclass(frozen=True, slots=True)
class _Item:
    turn: Turn
    stratum: str
    size: int
    probability: float


def labels(week: str, turns: list[Turn], random: Random) -> str:
    """A past week's sample with its labels as CSV: equally many per tenant, a quarter labelled by two people."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(LABEL_COLUMNS)
    for item in _sample(turns, random):
        for reviewer in random.sample(list(_SEVERITY), 2 if random.random() < 0.25 else 1):
            felt = item.turn.quality + _SEVERITY[reviewer] + random.gauss(0, 0.4)
            seconds = int(random.lognormvariate(3.6, 0.4))
            common = [week, item.turn.trace.trace_id, item.stratum, item.size, f"{item.probability:.6f}", reviewer]
            when = item.turn.at.date().isoformat()
            grounded = item.turn.is_grounded if random.random() > 0.05 else not item.turn.is_grounded
            writer.writerow([*common, "helpfulness", _on_scale(felt), when, seconds, random.choice(_COMMENTS)])
            writer.writerow([*common, "grounded", "yes" if grounded else "no", when, seconds // 2, ""])
    return out.getvalue()


def _sample(turns: list[Turn], random: Random) -> list[_Item]:
    strata: dict[str, list[Turn]] = {}
    for turn in turns:
        strata.setdefault(turn.conversation.tenant, []).append(turn)
    return [
        _Item(turn, tenant, len(members), min(PER_STRATUM, len(members)) / len(members))
        for tenant, members in sorted(strata.items())
        for turn in random.sample(members, min(PER_STRATUM, len(members)))
    ]
