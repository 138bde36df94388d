"""What a team says in the policy, checked when it is read and not when the first text comes."""

import re

import regex  # type: ignore[import-untyped]  # Presidio's engine: the only one with a time limit

from errors import UsageError

_NAME = re.compile(r"[A-Z][A-Z0-9_]{0,59}")


def checked_entity(name: object, where: str) -> str:
    """The name of an entity that can stand in a placeholder: capitals, digits, underscores, no number at its end.

    Raises `UsageError` naming `where` it was said.
    """
    if isinstance(name, str) and _NAME.fullmatch(name):
        parts = name.split("_")
        if all(parts) and not parts[-1].isdigit():
            return name
    raise UsageError(f"{where}: an entity is named in capitals, like POLICY_NUMBER")


def checked_words(entity: str, listed: list[str]) -> tuple[str, ...]:
    """The team's list of words for an entity. Raises `UsageError` when one of them has neither letter nor digit."""
    if all(any(character.isalnum() for character in said) for said in listed):
        return tuple(listed)
    raise UsageError(f"scrub.deny.{entity}: every entry needs a letter or a digit")


def compiled(entity: str, expression: str) -> "regex.Pattern[str]":
    """The team's expression for an entity. Raises `UsageError` when it is none."""
    try:
        return regex.compile(expression)
    except regex.error as error:
        raise UsageError(f"scrub.patterns.{entity} is not a regular expression: {error}") from error
