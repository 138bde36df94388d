"""The rules of alerts: which change, how large, for how long, whose, and what to do."""

import fnmatch
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from errors import UsageError
from settings import Settings
from settings.traffic import AlertSettings


class Rule(BaseModel):
    """One rule; see rules.toml. `warn` and `act` are a ratio for numbers, points (0-1) for shares."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    metric: str
    value: str = "*"
    step: str = "*"
    direction: Literal["up", "down"] = "up"
    warn: float = 0.0
    act: float = 0.0
    fewest: int = Field(default=20, ge=1)
    """Rows (spans, documents, traces) of the newer window below which nothing is said."""
    persistence: int = Field(default=2, ge=1)
    window_days: int = Field(default=2, ge=1)
    owner: str = ""
    action: str = ""
    enabled: bool = True

    def watches(self, step: str, metric: str, value: str) -> bool:
        """Whether the figure is one of this rule's."""
        if not self.enabled or metric != self.metric:
            return False
        steps = self.step.lower().split("|")
        return any(fnmatch.fnmatch(step.lower(), one) for one in steps) and fnmatch.fnmatch(value, self.value)


class Rules(BaseModel):
    """All rules, and the windows that they look at."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reference_days: int = Field(ge=1)
    rules: tuple[Rule, ...]


@cache
def _built_in() -> dict[str, dict[str, Any]]:
    return tomllib.loads((Path(__file__).parent / "rules.toml").read_text())


def rules_of(settings: Settings) -> Rules:
    """The rules that come with Benchbook, with what the settings say otherwise.

    Raises `UsageError` naming the key that cannot be read.
    """
    return _checked(_set(settings), settings.alerts, place=f"{settings.toml_path}: alerts.")


def rules_from(path: Path, settings: Settings) -> Rules:
    """The rules of a TOML file alone: `[rules.NAME]`, each whole, or with the keys that differ from a known rule's.

    Raises `UsageError` naming the key that cannot be read.
    """
    try:
        read = tomllib.loads(path.read_text())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error
    section = read.get("alerts", read)
    own = section.get("rules") if isinstance(section, dict) else None
    if not isinstance(own, dict) or not own or not all(isinstance(one, dict) for one in own.values()):
        raise UsageError(f"{path}: expected [rules.NAME] with a metric; see metrics/alerts/rules.toml")
    known = _set(settings)
    merged = {name: {**known.get(name, {}), **one} for name, one in own.items()}
    return _checked(merged, settings.alerts, place=f"{path}: ")


def _set(settings: Settings) -> dict[str, dict[str, Any]]:
    """The rules by name: those that come with Benchbook, with what the settings say otherwise."""
    said, own = _built_in()["rules"], settings.alerts.rules
    return {name: {**said.get(name, {}), **own.get(name, {})} for name in {**said, **own}}


def _checked(merged: dict[str, dict[str, Any]], own: AlertSettings, *, place: str) -> Rules:
    windows = _built_in()["settings"]
    common = {
        "persistence": own.persistence or windows["persistence"],
        "window_days": own.window_days or windows["window_days"],
    }
    try:
        return Rules.model_validate({
            "reference_days": own.reference_days or windows["reference_days"],
            "rules": [{"name": name, **common, **rule} for name, rule in merged.items()],
        })  # fmt: skip
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        at = fault["loc"]
        named = list(merged)[int(at[1])] if len(at) > 1 and at[0] == "rules" else ""
        key = f"rules.{named}.{at[-1]}" if named else str(at[0])
        raise UsageError(f"{place}{key}: {fault['msg']}") from error
