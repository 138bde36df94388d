"""Who scores the answers: a judge with known flaws, one without, customers' thumbs, reviewers of a weekly sample."""

import csv
import io
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from sample_data.conversations import Turn

LENIENCY = 0.6
"""The house judge gives this much more than is true, on the scale 1-5."""
LENGTH_SLOPE = 0.45
"""And this much more for each 200 characters above 400."""
FAMILY_BONUS = 0.35
"""And this much more when the answer is by a model of its own family."""
COMPRESSION = 0.75
FALSE_RESOLVED = 0.45
"""Share of unresolved cases that the house judge calls resolved."""
PANEL_SHARE = 1 / 3

HOUSE = {"judge_name": "house-judge", "judge_model": "gpt-4o-2024-11-20", "judge_version": "rubric-7"}
PANEL = {"judge_name": "panel-judge", "judge_model": "claude-haiku-4-5-20251001", "judge_version": "rubric-7"}

REVIEWERS = {"ana": 0.0, "ben": -0.3, "chidi": 0.2, "dora": 0.0}
"""Severity of each reviewer, on the scale 1-5."""
_NOTES = ("", "", "", "", "answer is beside the question", "names no source", "clear and short", "too long",
          "the customer was told an old price", "I would have asked Maria Lopez back before closing this")  # fmt: skip
CRITERIA = ("helpfulness", "groundedness", "resolved")
COLUMNS = ("item_id", "unit", "reviewer", "criterion", "value", "stratum", "probability", "cluster", "labelled_at",
           "seconds", "comment", "overlap")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Verdict:
    """One judgement, as an annotation says it. `score` or `label` or both."""

    name: str
    kind: str
    score: float | None
    label: str | None
    explanation: str
    metadata: dict[str, str]


def scale(value: float) -> int:
    """To the scale 1-5."""
    return min(5, max(1, round(value)))


def house_verdicts(turn: Turn) -> list[Verdict]:
    """The flawed judge: lenient, loves long answers, prefers its family, rarely uses the ends of the scale."""
    random = turn.random
    bonus = LENIENCY + LENGTH_SLOPE * min(2.0, max(-1.0, (len(turn.answer) - 400) / 200))
    bonus += FAMILY_BONUS if turn.session.model.startswith("gpt") else 0.0
    found = []
    for name, true in (("helpfulness", turn.true_helpfulness), ("groundedness", turn.true_groundedness)):
        given = scale(3.2 + COMPRESSION * (true - 3.2) + bonus + random.gauss(0, 0.45))
        found.append(Verdict(name, "LLM", given, None, _why(name, given), HOUSE))
    yes = random.random() < (0.97 if turn.is_resolved else FALSE_RESOLVED)
    found.append(Verdict("resolved", "LLM", float(yes), "yes" if yes else "no", "", HOUSE))
    return found


def panel_verdicts(turn: Turn) -> list[Verdict]:
    """The judge without flaws: noisy, and right on average."""
    given = scale(turn.true_helpfulness + turn.random.gauss(0, 0.7))
    return [Verdict("helpfulness", "LLM", given, None, _why("helpfulness", given), PANEL)]


def _why(name: str, given: int) -> str:
    words = ("fails", "mostly fails", "partly succeeds", "succeeds with small gaps", "fully succeeds")[given - 1]
    return f"The answer {words} on {name}."


def feedback(turn: Turn) -> list[Verdict]:
    """A thumb from one customer in eleven, mostly from those who are very glad or very cross."""
    cross = abs(turn.true_helpfulness - 3.4)
    if turn.random.random() > 0.04 + 0.05 * cross:
        return []
    up = turn.true_helpfulness + turn.random.gauss(0, 0.6) > 3.2
    return [Verdict("user feedback", "USER", float(up), "thumbs-up" if up else "thumbs-down", "", {})]


def desk_score(turn: Turn) -> list[Verdict]:
    """A look by the quality desk at whatever it came across: a score, never a label, for it is no fair sample."""
    if turn.random.random() > 0.02:
        return []
    given = scale(turn.true_helpfulness + turn.random.gauss(0, 0.5))
    return [Verdict("helpfulness", "HUMAN", given, None, "seen by the quality desk", {"identifier": "quality-desk"})]


def stratum(turn: Turn) -> str:
    """What the weekly sample is stratified by: escalated, else the family of the model."""
    return "escalated" if turn.is_escalated else turn.session.model_request.split("-20")[0]


def labels(turns: list[Turn], *, week_end: datetime, per_stratum: int, seed: str) -> tuple[str, str]:
    """A week's sample as labelled by people: the labels and the sizes of the strata, both as CSV text."""
    random = Random(seed)
    by_stratum: dict[str, list[Turn]] = {}
    for turn in turns:
        by_stratum.setdefault(stratum(turn), []).append(turn)
    rows: list[list[object]] = []
    sizes: list[list[object]] = []
    for name in sorted(by_stratum):
        items = by_stratum[name]
        drawn = random.sample(items, min(per_stratum, len(items)))
        sizes.append([name, len(items), len(drawn)])
        for turn in drawn:
            overlap = random.random() < 0.3
            for reviewer in random.sample(sorted(REVIEWERS), 2 if overlap else 1):
                at = week_end + timedelta(hours=random.uniform(9, 80))
                about = (name, f"{len(drawn) / len(items):.6f}", turn.session.session_id)
                rows += _labelled(turn, reviewer, about, at=at, overlap=overlap, random=random)
    rows.sort(key=lambda row: str(row[8]))
    return _csv(COLUMNS, rows), _csv(("stratum", "size", "sampled"), sizes)


def _labelled(
    turn: Turn, reviewer: str, about: tuple[str, str, str], *, at: datetime, overlap: bool, random: Random
) -> list[list[object]]:
    severity, seconds = REVIEWERS[reviewer], round(random.lognormvariate(3.9, 0.45), 1)
    values = {
        "helpfulness": scale(turn.true_helpfulness + severity + random.gauss(0, 0.4)),
        "groundedness": scale(turn.true_groundedness + severity + random.gauss(0, 0.4)),
        "resolved": "yes" if turn.is_resolved == (random.random() < 0.94) else "no",
    }
    note = random.choice(_NOTES)
    return [
        [turn.trace_id, "trace", reviewer, name, values[name], *about, f"{at:%Y-%m-%dT%H:%M:%SZ}", seconds,
         note if name == "helpfulness" else "", "double" if overlap else ""]
        for name in CRITERIA
    ]  # fmt: skip


def _csv(columns: tuple[str, ...], rows: list[list[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()
