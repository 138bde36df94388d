"""Drift: figures against a pencil and trusted libraries, no alarm where nothing happened, and planted changes found."""

import numpy as np
import pytest
from scipy import sparse, stats

from metrics.drift.changed_words import changed_words
from metrics.drift.changes import _distances
from metrics.drift.compared import means_apart, medians, shares, shares_of_columns
from metrics.drift.psi import expected_by_chance, psi, psi_of_counts

ROUNDS = 1000


def test_psi_is_the_pencil_s_and_both_divergences_of_scipy_together() -> None:
    before, now = np.array([50, 30, 20]), np.array([60, 30, 10])
    e, a = before / 100, now / 100

    assert psi_of_counts(before, now) == pytest.approx(0.1 * np.log(1.2) - 0.1 * np.log(0.5))
    assert psi_of_counts(before, now) == pytest.approx(stats.entropy(a, e) + stats.entropy(e, a))


def test_psi_of_numbers_is_cut_at_the_tenths_of_the_reference() -> None:
    reference = np.arange(1000, dtype=float)
    upper_half = reference[500:]

    assert psi(reference, reference) == 0
    five_empty_and_five_double = 5 * (1e-4 - 0.1) * np.log(1e-4 / 0.1) + 5 * 0.1 * np.log(2)
    assert psi(reference, upper_half) == pytest.approx(five_empty_and_five_double)
    assert psi(np.ones(50), np.ones(50)) == 0


def test_by_chance_alone_psi_stays_below_its_line_in_19_of_20() -> None:
    randomness = np.random.default_rng(1)
    line = expected_by_chance(400, 120)

    above = np.mean([psi(randomness.normal(size=400), randomness.normal(size=120)) > line for _ in range(ROUNDS)])

    assert 0.03 < above < 0.09
    assert expected_by_chance(120, 10**9) == pytest.approx(0.141, abs=5e-4)


def conversations(randomness: np.random.Generator, *, many: int, alike: float, shift: float = 0.0) -> tuple:  # type: ignore[type-arg]
    """Values of `many` conversations per window, up to eight each, that are as alike as said; the later shifted."""
    sizes = randomness.integers(1, 9, 2 * many)
    codes = np.repeat(np.arange(2 * many), sizes)
    own = randomness.normal(size=2 * many)[codes] * alike + randomness.normal(size=len(codes))
    is_new = codes >= many
    return own + shift * is_new, codes, is_new


def test_few_conversations_give_no_false_alarm_and_a_plain_change_is_still_seen() -> None:
    randomness = np.random.default_rng(6)
    p = [means_apart(*conversations(randomness, many=6, alike=1.0))[2] for _ in range(300)]
    codes = np.arange(90)
    looped = np.where(codes < 85, 1.0, 7.0)

    assert np.mean(np.array(p) < 0.05) < 0.08
    assert means_apart(looped, codes, codes >= 85)[2] < 0.001


@pytest.mark.parametrize("alike", [0.0, 1.0, 3.0])
def test_conversations_that_are_alike_are_no_evidence(alike: float) -> None:
    randomness = np.random.default_rng(2)
    p = [means_apart(*conversations(randomness, many=40, alike=alike))[2] for _ in range(ROUNDS)]

    assert 0.03 < np.mean(np.array(p) < 0.05) < 0.07
    assert np.mean(np.array(p) < 0.01) < 0.02


def test_with_one_value_per_conversation_it_is_welch_s_error() -> None:
    randomness = np.random.default_rng(3)
    before, now = randomness.normal(size=80), randomness.normal(0.4, 2, size=60)
    values, codes, is_new = np.r_[before, now], np.arange(140), np.arange(140) >= 80

    apart, error, _ = means_apart(values, codes, is_new)

    welch = stats.ttest_ind(now, before, equal_var=False)
    assert apart == pytest.approx(now.mean() - before.mean())
    assert apart / error == pytest.approx(welch.statistic)


def test_the_interval_of_a_ratio_of_medians_holds_the_true_one() -> None:
    randomness = np.random.default_rng(4)
    held = 0
    for _ in range(200):
        values, codes, is_new = conversations(randomness, many=60, alike=0.5, shift=np.log(3.4))
        found = medians(np.exp(values), codes, is_new)
        held += found.low < 3.4 < found.high
    assert held >= 182


def test_a_share_says_before_now_and_the_difference() -> None:
    codes = np.arange(200)
    found = shares(np.r_[np.arange(100) < 10, np.arange(100) < 30], codes, codes >= 100)

    assert (found.before, found.now, found.effect) == pytest.approx((0.1, 0.3, 0.2))
    assert found.low < 0.2 < found.high
    assert found.p < 0.001


def questions(*, fee: float, many: int = 80) -> list[str]:
    randomness = np.random.default_rng(5)
    usual = ["where is my card", "how do I block my card", "what is my balance today", "show me the last payments"]
    asked = "I got a letter about a fee increase from <PERSON_1>"
    return [asked if randomness.random() < fee else usual[place % 4] for place in range(many)]


def test_the_words_of_a_new_topic_are_named_with_texts_that_use_them() -> None:
    texts = questions(fee=0.0) + questions(fee=0.35)
    codes = np.arange(len(texts))

    words = changed_words(texts, codes, codes >= 80)

    named = " ".join(word.word for word in words)
    assert "fee" in named
    assert "person" not in named
    assert words[0].before == 0
    assert words[0].now == pytest.approx(0.35, abs=0.12)
    assert all("fee increase" in texts[place] for place in words[0].places)


def test_no_word_is_named_where_the_topics_are_the_same() -> None:
    texts = questions(fee=0.3) + questions(fee=0.3)
    codes = np.arange(len(texts))

    assert changed_words(texts, codes, codes >= 80) == ()
    assert changed_words(texts[70:90], codes[70:90] - 70, codes[70:90] >= 80) == ()


def test_wasserstein_s_distance_of_a_plain_shift_is_the_shift() -> None:
    randomness = np.random.default_rng(8)
    values = randomness.lognormal(size=300)

    found = _distances(np.r_[values, values + 2.5], np.arange(600), np.arange(600) >= 300, is_share=False)

    assert found["wasserstein"] == pytest.approx(2.5 / values.std())
    assert found["psi"] == pytest.approx(psi(values, values + 2.5))
    assert found["psi"] > found["psi_by_chance"] > 0  # type: ignore[operator]


def test_words_compared_all_at_once_are_shares_compared_one_by_one() -> None:
    randomness = np.random.default_rng(9)
    for many in (12, 60):
        codes = np.repeat(np.arange(2 * many), randomness.integers(1, 5, 2 * many))
        uses, is_new = randomness.random((len(codes), 6)) < 0.3, codes >= many

        columns = shares_of_columns(sparse.csc_array(uses), codes, is_new)

        for place in range(6):
            alone = shares(uses[:, place], codes, is_new)
            assert (columns.before[place], columns.now[place]) == pytest.approx((alone.before, alone.now))
            assert columns.p[place] == pytest.approx(alone.p)
            assert columns.now[place] - columns.before[place] + 1.959964 * columns.error[place] == (
                pytest.approx(alone.high)
            )
