"""What the pages of judges share: the parts of one judge's page, and the words for its figures."""

from collections.abc import Hashable

from metrics import words
from pages.parts.figures import with_interval
from review.calibration.scorecard import Row

AGREEMENT = "Agreement"
OVER_TIME = "Over time"
PARTS = "Part by part"
FAULTS = "Known faults"
REVIEWERS = "Reviewers"
DISAGREEMENTS = "Disagreements"
EVERY = (AGREEMENT, OVER_TIME, PARTS, FAULTS, REVIEWERS, DISAGREEMENTS)

DEFINITIONS = {
    "worth": "items of a simple random sample that would tell as much (Kish)",
    "labelled twice": "items that two people or more labelled",
    "kappa less people's": "how far agreement with the judge lies below (or above) people's own",
    "AC": "Gwet's coefficient, which stays high where nearly all answers are alike",
    "people's alpha": "Krippendorff's, of people among themselves",
    "absolute error": "mean distance of judge and people, in points",
    "spread against people": "standard deviation of the judge over that of people; below 1 it uses less of the scale",
    "passes good": "of items that people pass, the share that the judge passes",
    "refuses bad": "of items that people refuse, the share that the judge refuses",
    "Spearman": "rank correlation; blind to leniency",
    "Kendall": "rank correlation of pairs; blind to leniency",
    "unparsable": "answers of the judge that cannot be read on the scale",
}


def scored(row: Row) -> int:
    """Traces of the weeks that the judge scored, readable ones."""
    return int((row.reviewed.judged["judge"] == row.judged.judge).sum())


def figures_of(row: Row) -> dict[Hashable, object]:
    """Every figure of T1 as text, by its name."""
    judged, people = row.judged, row.people
    return {
        "judge": judged.judge, "criterion": row.reviewed.criterion.name,
        "rubric": f"{row.reviewed.rubric} v{row.reviewed.rubric_version}", "verdict": row.verdict,
        "kappa": with_interval(judged.kappa), "people's kappa": with_interval(people.kappa),
        "kappa less people's": with_interval(judged.kappa_less_people), "AC": with_interval(judged.ac),
        "people's alpha": with_interval(people.alpha), "bias": with_interval(judged.bias),
        "absolute error": with_interval(judged.mae), "spread against people": with_interval(judged.spread_ratio),
        "passes good": with_interval(judged.tpr), "refuses bad": with_interval(judged.tnr),
        "judge's mean": with_interval(judged.judge_mean), "of scores": scored(row),
        "corrected mean": with_interval(judged.corrected), "labels": len(judged.pairs.judge),
        "items": judged.pairs.n_items, "worth": round(judged.pairs.entries.effective_items),
        "labelled twice": people.double_labelled, "Spearman": with_interval(judged.spearman),
        "Kendall": with_interval(judged.kendall), "unparsable": words.share(judged.unparsable_share),
    }  # fmt: skip
