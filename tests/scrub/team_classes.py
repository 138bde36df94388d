# ruff: noqa: ARG002  Presidio's signature
"""Recognisers as a team might write them: good ones, and every kind of bad one."""

import re
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, ClassVar

from presidio_analyzer import Pattern, PatternRecognizer, RecognizerResult

LEAKED = "Blue Heron"


class Badges(PatternRecognizer):
    """Presidio's own kind."""

    def __init__(self) -> None:
        super().__init__(supported_entity="BADGE", patterns=[Pattern("badge", r"\bB-\d{4}\b", 0.7)])


class Plain:
    """Not of Presidio: an object with the same interface. What it is unsure of does not count."""

    supported_entities: ClassVar = ["PROJECT"]

    def analyze(self, text: str, entities: list[str], nlp_artifacts: Any) -> Iterator[RecognizerResult]:
        assert nlp_artifacts is None
        assert entities == ["PROJECT"]
        for found in re.finditer("heron|maybe", text):
            yield RecognizerResult("PROJECT", found.start(), found.end(), 0.1 if found[0] == "maybe" else 0.9)


class Raises(Plain):
    """Raises with the text in its words."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: Any) -> Iterator[RecognizerResult]:
        if LEAKED in text:
            raise ValueError(f"cannot read {text}")
        return iter(())


class Exits(Plain):
    """Ends the process."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: Any) -> Iterator[RecognizerResult]:
        if LEAKED in text:
            raise SystemExit(3)
        return iter(())


class Outside(Plain):
    """Finds something behind the end of the text."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: Any) -> Iterator[RecognizerResult]:
        if LEAKED in text:
            yield RecognizerResult("PROJECT", 0, len(text) + 1, 0.9)


class Other(Plain):
    """Finds an entity that it did not say."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: Any) -> Iterator[RecognizerResult]:
        if LEAKED in text:
            yield RecognizerResult("PERSON", 0, 1, 0.9)


class Spins(Plain):
    """Never comes back, and catches what it can."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: Any) -> Iterator[RecognizerResult]:
        while LEAKED in text:
            with suppress(Exception):
                sum(range(1_000))
        return iter(())


class Waits(Plain):
    """Waits for what never comes."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: Any) -> Iterator[RecognizerResult]:
        if LEAKED in text:
            threading.Event().wait()
        return iter(())


class Swallows(Plain):
    """Waits, and takes the interruption for an answer."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: Any) -> Iterator[RecognizerResult]:
        if LEAKED in text:
            with suppress(BaseException):
                threading.Event().wait()
        return iter(())


class Renames(Plain):
    """Waits, and makes an error of its own of the interruption."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: Any) -> Iterator[RecognizerResult]:
        if LEAKED in text:
            try:
                threading.Event().wait()
            except BaseException as error:
                raise ValueError(text) from error
        return iter(())


class HangsWhenMade(Plain):
    """Its service is down when it is made."""

    def __init__(self) -> None:
        threading.Event().wait()


class HangsWhenTried(Plain):
    """Its service is down whatever it is asked."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: Any) -> Iterator[RecognizerResult]:
        threading.Event().wait()
        return iter(())


class Backtracks(Plain):
    """Its expression takes for ever on some texts."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: Any) -> Iterator[RecognizerResult]:
        if LEAKED in text:
            re.search(r"(?:a|a)*$", "a" * 80 + "b")
        return iter(())


class NeedsWords(Plain):
    """Needs a model's words, which nobody gives it."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: Any) -> Iterator[RecognizerResult]:
        return iter(nlp_artifacts.tokens)


class NeedsAnArgument(Plain):
    """Cannot be made."""

    def __init__(self, file: str) -> None:
        self.file = file


class BadlyNamed(Plain):
    """Its entity cannot stand in a placeholder."""

    supported_entities: ClassVar = ["project_1"]
