"""How large must a shift be, and how many conversations are needed, until it is seen?

`python -m benchmarks.power [--home HOME] [--picture FILE.png]` draws reference and window, of as many conversations
each, from the sample data before its first fault (with replacement), plants one shift of known size in the window, and
counts how often the figure that it moves is sure: with false discoveries over all figures of all steps controlled, as
on the page Changes. Topics are planted as conversations about the letter on fees, which nobody asked about before.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from benchmarks.null import ROOT, SEED, pool_of
from benchmarks.resampled import Pool
from metrics.drift.changes import SURE, Verdict, changes_of
from metrics.drift.embedding import OF_REFERENCE, Embedding, Space
from metrics.drift.sentence_model import from_folder
from metrics.drift.texts import text_drift_of, topic_drift_of
from metrics.drift.windows import Traffic

QUIET_UNTIL, LETTERS_UNTIL = datetime(2026, 10, 14, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
STEP, RETRIEVER, LETTER = "synthesise", "retrieve_policies", "fee"
FACTORS, POINTS, SHARES = (1.1, 1.3, 1.5, 2.0), (0.02, 0.05, 0.10), (0.05, 0.10, 0.20, 0.40)
WORDS, TOPICS, CENTRES, CLASSIFIER = "topic: words", "topic: topics", "topic: similarity", "topic: classifier"
MODEL = "topic: similarity by a sentence model"
SIZES = {"latency": FACTORS, "cost": FACTORS, "errors": POINTS, "stale documents": SHARES,
         WORDS: SHARES, TOPICS: SHARES, CENTRES: SHARES, CLASSIFIER: SHARES}  # fmt: skip
"""What is planted, and how large: factors, points more, or shares of the conversations or documents."""


@dataclass(frozen=True, slots=True)
class Found:
    """Whether one shift was seen in one draw."""

    planted: str
    size: float
    conversations: int
    seen: bool


def tried(  # two pools, how much is drawn of them, and how
    quiet: Pool, letters: Pool, *, conversations: int, times: int, first: int = 0, space: Space | None = None
) -> Iterator[Found]:
    """Every shift in every draw. `letters`: conversations about the new topic alone. With a `space`, topics alone, seen
    by the words of the reference and by that space."""
    for number in range(first, first + times):
        randomness = np.random.default_rng([SEED, conversations, number])
        picked = randomness.integers(0, quiet.conversations, 2 * conversations)
        drawn = quiet.draw(picked, np.arange(2 * conversations) >= conversations)
        if space is None:
            yield from _of_figures(drawn, conversations, randomness)
        for share in SHARES:
            texts = _with_letters(drawn.questions, letters, share, conversations, randomness)
            seen_by = _seen_in_texts(texts) if space is None else {
                CENTRES: _is_far(texts, OF_REFERENCE), MODEL: _is_far(texts, space)}  # fmt: skip
            for planted, seen in seen_by.items():
                yield Found(planted, share, conversations, seen)


def _of_figures(drawn: Traffic, conversations: int, randomness: np.random.Generator) -> Iterator[Found]:
    usual = changes_of(drawn)
    of_step = Traffic(drawn.spans[drawn.spans["step"] == STEP], drawn.documents[:0], drawn.questions[:0])
    retrievals = drawn.spans[drawn.spans["step"] == RETRIEVER]
    documents = Traffic(retrievals, drawn.documents, drawn.questions[:0])
    for planted, column, metric in (("latency", "duration_ms", "duration (ms)"), ("cost", "cost_usd", "cost (US$)")):
        for factor in FACTORS:
            now = of_step.spans["is_new"]
            moved = of_step.spans[column].astype(float).where(~now, of_step.spans[column].astype(float) * factor)
            shifted = Traffic(of_step.spans.assign(**{column: moved}), of_step.documents, of_step.questions)
            yield Found(planted, factor, conversations, _is_seen(usual, changes_of(shifted), STEP, metric))
    for points in POINTS:
        fails = of_step.spans["is_new"] & (randomness.random(len(of_step.spans)) < points)
        shifted = Traffic(of_step.spans.assign(is_error=of_step.spans["is_error"] | fails), of_step.documents,
                          of_step.questions)  # fmt: skip
        yield Found("errors", points, conversations, _is_seen(usual, changes_of(shifted), STEP, "errors"))
    new = drawn.documents["trace_id"].isin(drawn.spans.loc[drawn.spans["is_new"], "trace_id"])
    for share in SHARES:
        old = new & (randomness.random(len(drawn.documents)) < share)
        shifted = Traffic(retrievals, drawn.documents.assign(age_days=drawn.documents["age_days"].where(~old, 400.0)),
                          documents.questions)  # fmt: skip
        seen = _is_seen(usual, changes_of(shifted), RETRIEVER, "documents")
        yield Found("stale documents", share, conversations, seen)


def _is_seen(usual: pd.DataFrame, shifted: pd.DataFrame, step: str, metric: str) -> bool:
    """Whether the figure would be sure among all the others."""
    own = shifted[(shifted["step"] == step) & (shifted["metric"] == metric)]
    others = usual[((usual["step"] != step) | (usual["metric"] != metric)) & (usual["metric"] != "words")]
    if own.empty:
        return False
    p = np.r_[own["p"].to_numpy(float), others["p"].to_numpy(float)]
    return bool((stats.false_discovery_control(p)[: len(own)] < SURE).any() and own["effect"].iloc[0] > 0)


def _with_letters(
    texts: pd.DataFrame, letters: Pool, share: float, conversations: int, randomness: np.random.Generator
) -> pd.DataFrame:
    """The questions, with that share of the newer conversations about the new topic."""
    many = round(share * conversations)
    gone = conversations + randomness.permutation(conversations)[:many]
    other = letters.draw(randomness.integers(0, letters.conversations, many), np.ones(many, bool)).questions
    other = other.assign(code=gone[other["code"].to_numpy(np.intp)], trace_id=-1 - other["trace_id"])
    return pd.concat([texts[~texts["code"].isin(gone)], other], ignore_index=True)


def _seen_in_texts(texts: pd.DataFrame) -> dict[str, bool]:
    words = changes_of(Traffic(texts[:0], texts[:0], texts))
    topics, moved = topic_drift_of(texts), text_drift_of(texts)
    sure = set(moved.loc[moved["verdict"] != Verdict.NONE, "figure"])
    return {
        WORDS: bool(words["effect"].gt(0).any()),
        TOPICS: bool(((topics["verdict"] != Verdict.NONE) & (topics["effect"] > 0)).any()),
        CENTRES: any("centres" in name for name in sure), CLASSIFIER: any("classifier" in name for name in sure),
    }  # fmt: skip


def _is_far(texts: pd.DataFrame, space: Space) -> bool:
    moved = text_drift_of(texts, space=space)
    return bool((moved["figure"].str.contains("centres") & (moved["verdict"] != Verdict.NONE)).any())


def remembering(space: Space) -> Space:
    """The same, each text once: draws repeat them."""
    known: dict[str, np.ndarray] = {}

    def fit(reference: Sequence[str]) -> Embedding | None:
        asked = space.fit(reference)

        def embedding(texts: Sequence[str]) -> np.ndarray:
            assert asked is not None
            if new := sorted(set(texts) - known.keys()):
                known.update(zip(new, asked(new), strict=True))
            return np.array([known[text] for text in texts])

        return None if asked is None else embedding

    return Space(fit, space.words)


def letters_of(pool: Pool) -> Pool:
    """The conversations of a pool that ask about the letter."""
    whole = pool.draw(np.arange(pool.conversations), np.ones(pool.conversations, bool))
    about = whole.questions.loc[whole.questions["preview"].str.contains(LETTER, case=False), "code"].unique()
    questions = whole.questions[whole.questions["code"].isin(about)]
    spans = whole.spans[whole.spans["code"].isin(about)]
    return Pool.from_traffic(Traffic(spans.assign(conversation=spans["code"]), whole.documents[:0], questions))


def shares_seen(found: pd.DataFrame) -> pd.DataFrame:
    """A row per planted shift and size, a column per number of conversations: the share of draws that showed it."""
    return found.pivot_table(index=["planted", "size"], columns="conversations", values="seen", sort=False).sort_index(
        axis=1
    )


def draw_picture(found: pd.DataFrame, path: Path) -> None:
    """The curves, one panel per shift."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 5.2), layout="constrained")
    for place, planted in zip(figure.subplots(2, 4, sharey=True).ravel(), SIZES, strict=True):
        for many, rows in found[found["planted"] == planted].groupby("conversations"):
            curve = rows.groupby("size")["seen"].mean()
            place.plot(curve.index, 100 * curve, marker="o", markersize=3.5, label=f"{many:,}")
        is_factor = planted in {"latency", "cost"}
        place.set_xticks(SIZES[planted], [f"x {one:g}" if is_factor else f"{100 * one:g} %" for one in SIZES[planted]])
        place.set_title(planted, fontsize=10)
        place.set_ylim(-3, 103)
        place.grid(alpha=0.3)
        place.tick_params(labelsize=8)
    figure.supylabel("draws in which it is sure, %", fontsize=9)
    figure.supxlabel("size of the shift", fontsize=9)
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(
        handles, labels, title="conversations in each window", loc="outside upper center", ncols=3, fontsize=9
    )
    figure.savefig(path, dpi=110)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--home", type=Path, help="one with the sample data in it; else it is taken in")
    options.add_argument("--conversations", type=int, nargs="+", default=[50, 200, 1_000])
    options.add_argument("--times", type=int, default=100)
    options.add_argument("--first", type=int, default=0, help="number of the first draw, to do a long run in parts")
    options.add_argument("--into", type=Path, help="folder for a CSV of each part; what is there is read")
    options.add_argument("--picture", type=Path)
    options.add_argument("--sentence-model", type=Path, help="a folder: topics alone, by words and by this model")
    said = options.parse_args()
    found = []
    if said.times:
        quiet, every = (pool_of(said.home, [ROOT / "sample_data"], until=day) for day in (QUIET_UNTIL, LETTERS_UNTIL))
        letters = letters_of(every)
        model = said.sentence_model
        space = None if model is None else remembering(Space(from_folder(model), "a sentence model"))
        for many in said.conversations:
            rows = pd.DataFrame(
                list(tried(quiet, letters, conversations=many, times=said.times, first=said.first, space=space))
            )
            found.append(rows)
            if said.into is not None:
                rows.to_csv(said.into / f"{many}-{said.first}.csv", index=False)
    elif said.into is not None:
        found = [pd.read_csv(path) for path in sorted(said.into.glob("*.csv"))]
    whole = pd.concat(found)
    draws = whole.groupby("conversations")["seen"].size() // whole[["planted", "size"]].drop_duplicates().shape[0]
    sys.stdout.write(f"draws: {draws.to_dict()}\n\n")
    table = shares_seen(whole)
    sys.stdout.write("| planted | size | " + " | ".join(f"{many:,}" for many in table.columns) + " |\n")
    sys.stdout.write("|---|---|" + "---|" * len(table.columns) + "\n")
    for row in table.reset_index().to_dict("records"):
        cells = " | ".join(f"{100 * row[many]:.0f} %" for many in table.columns)
        sys.stdout.write(f"| {row['planted']} | {row['size']:g} | {cells} |\n")
    if said.picture is not None:
        draw_picture(whole, said.picture)


if __name__ == "__main__":
    main()
