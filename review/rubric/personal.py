"""A rubric without personal data: examples are copied from real conversations, and reviewers and judges read them."""

from collections import Counter
from dataclasses import replace

from errors import UsageError
from review.rubric.criteria import Criterion
from review.rubric.rubric import Rubric
from review.words import Words


def without_personal(rubric: Rubric, words: Words) -> tuple[Rubric, dict[str, int]]:
    """The rubric with what is personal replaced in all that is written in it, and how often by type.

    Answers go by the names of criteria and by categories, so those cannot be replaced: raises `UsageError` for one that
    looks personal, without quoting it.
    """
    for one in rubric.criteria:
        if words.scrubbed(one.name).replaced or any(words.scrubbed(category).replaced for category in one.categories):
            raise UsageError(f"criterion {rubric.criteria.index(one) + 1} has a name or a category that looks personal")
    counts: Counter[str] = Counter()

    def clean(text: str) -> str:
        done = words.scrubbed(text)
        counts.update(done.replaced)
        return done.text

    def criterion(one: Criterion) -> Criterion:
        anchors = {number: clean(said) for number, said in one.anchors.items()}
        return replace(one, question=clean(one.question), anchors=anchors)

    done = replace(
        rubric,
        instructions=clean(rubric.instructions),
        good=tuple(map(clean, rubric.good)),
        bad=tuple(map(clean, rubric.bad)),
        criteria=tuple(map(criterion, rubric.criteria)),
    )
    return done, dict(sorted(counts.items()))


def in_words(replaced: dict[str, int]) -> str:
    """`replaced: 1 EMAIL, 2 PERSON`; empty when nothing was."""
    return f"replaced: {', '.join(f'{count} {entity}' for entity, count in replaced.items())}" if replaced else ""
