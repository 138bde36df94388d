"""The packed lists are small, documented, and say what they should of a few words."""

from pathlib import Path

import scrub.lists
from scrub.lexicon import lexicon

FOLDER = Path(scrub.lists.__file__).parent
PACKED = sorted(FOLDER.glob("*.gz"))


def test_the_lists_together_stay_below_three_megabytes() -> None:
    assert PACKED
    assert sum(file.stat().st_size for file in PACKED) < 3 * 2**20


def test_every_list_is_named_in_the_notice_with_its_licence() -> None:
    notice = (FOLDER / "NOTICE").read_text()
    assert all(file.name in notice for file in PACKED)
    assert all(source in notice for source in ("Census", "Faker", "Brill", "GeoNames", "MIT License", "Attribution"))


def test_frequent_names_words_and_places_are_told_apart() -> None:
    known = lexicon()
    assert "maria" in known.frequent_firsts
    assert "maria" not in known.words
    assert "nakamura" in known.lasts
    assert known.is_word("documents")
    assert known.is_word("you'll")
    assert not known.is_word("quillon")
    assert "los angeles" in known.large_places
    assert "monday" in known.firm
