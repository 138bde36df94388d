"""What went, or would, in words: the counts of an erasure or of a rule of retention."""

from collections.abc import Mapping

_WORDS = {
    "traces": ("trace", "traces"),
    "spans": ("span", "spans"),
    "scores": ("score", "scores"),
    "sessions": ("session", "sessions"),
    "items": ("item of a sample", "items of samples"),
    "labels": ("label of a reviewer", "labels of reviewers"),
    "texts_of_reviewers": ("comment or corrected answer", "comments and corrected answers"),
    "submissions": ("comment or corrected answer", "comments and corrected answers"),  # of rules, in earlier versions
}
NOTHING = "nothing"


def in_words(counts: Mapping[str, int]) -> str:
    """`1 trace, 12 spans`; `nothing` without any."""
    said = [f"{counts[name]:,} {words[counts[name] != 1]}" for name, words in _WORDS.items() if counts.get(name)]
    return ", ".join(said) or NOTHING
