"""Recognisers that a team wrote in Python, named in the policy as `module:Class`, and loaded when the policy is read.

Such a class is one of Presidio's (`EntityRecognizer`, `PatternRecognizer`), or any other whose objects have
`supported_entities` and `analyze(text, entities, nlp_artifacts)`; it is made without arguments, and there are no
`nlp_artifacts`. Whatever it raises never leaves the scrubber: the text is masked whole instead.
"""

import hashlib
import importlib
import importlib.util
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from errors import UsageError
from scrub.checked import checked_entity
from scrub.time_limit import TookTooLong, broken_off_after

TRIED_ON = "A text without anything in it."
CLASS_PATIENCE_SECONDS = 30.0
"""Time by the clock after which a class is broken off: it may wait for what never comes, and a machine may be busy."""


class Analyser(Protocol):
    """What a class must make: Presidio's interface, less what we do not need of it."""

    supported_entities: list[str]

    def analyze(self, text: str, entities: list[str], nlp_artifacts: Any) -> Iterable[Any] | None:
        """Results with `entity_type`, `start`, `end` and `score`."""
        ...


@cache
def loaded(named: str) -> Analyser:
    """The recogniser that `module:Class` names, made and tried once.

    Raises `UsageError` that says what is wrong with the name, the module, the class or its answer.
    """
    where = f"scrub.classes: {named}"
    module, _, name = named.partition(":")
    if not module or not name.isidentifier():
        raise UsageError(f"{where} is no `module:Class`")
    try:
        wanted = getattr(importlib.import_module(module), name)
        with broken_off_after(CLASS_PATIENCE_SECONDS):
            made = wanted()
            entities = [checked_entity(entity, where) for entity in made.supported_entities]
            for _ in made.analyze(TRIED_ON, entities, None) or ():
                pass
    except UsageError:
        raise
    except TookTooLong:
        raise UsageError(f"{where} did not return within {CLASS_PATIENCE_SECONDS:g} s") from None
    except ModuleNotFoundError as error:
        raise UsageError(f"{where}: there is no module {error.name}; install it, or set PYTHONPATH") from error
    except Exception as error:  # a team's own code; it was tried on our text, so its message quotes nobody
        raise UsageError(f"{where} cannot be used: {type(error).__name__}: {error}") from error
    if not entities:
        raise UsageError(f"{where} has no supported_entities")
    found: Analyser = made
    return found


def source_digest(named: str) -> str:
    """8 characters that change with the file of the class, so that what it found is known by its version."""
    spec = importlib.util.find_spec(named.partition(":")[0])
    if spec is None or not spec.origin or not Path(spec.origin).is_file():
        return ""
    return hashlib.sha256(Path(spec.origin).read_bytes()).hexdigest()[:8]
