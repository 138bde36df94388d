"""What is odd about the versions in traffic: deployed by nobody, a model that changed by itself, a name that may."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import pandas as pd

from metrics.versions.deployments import Registered
from metrics.versions.sightings import Kind

EARLY = pd.Timedelta(days=1)
"""Traffic may show a version so long before its deployment is said to have been, and the two are one."""


class Flag(StrEnum):
    """What is odd. `SILENT`: for the same model asked for another one answers, and nobody deployed that."""

    UNREGISTERED = "unregistered deployment"
    SILENT = "silent model update"
    UNPINNED = "unpinned model name"


def flags(seen: pd.DataFrame, registered: Sequence[Registered]) -> pd.DataFrame:
    """`app, what, value, asked, first_seen, flag, why`, newest first, of `sightings` and `deployments`.

    An unregistered deployment is the proposal to register it: at its first sighting.
    """
    rows = []
    for row in seen.to_dict("records"):
        one = {str(name): value for name, value in row.items()}
        said = {name: one[name] for name in ("app", "what", "value", "asked", "first_seen")}
        is_unpinned = one["what"] == Kind.MODEL and one["asked"] not in ("", one["value"])
        if is_unpinned:
            why = f"{one['value']} answers for {one['asked']}: the provider may change it at any time"
            rows.append(said | {"flag": Flag.UNPINNED.value, "why": why})
        if one["is_from_the_start"] or _is_registered(one, registered):
            continue
        before = _answered_before(one, seen) if is_unpinned else []
        if before:
            why = f"{one['value']} answers for {one['asked']}, before it was {', '.join(before)}; nobody deployed that"
            rows.append(said | {"flag": Flag.SILENT.value, "why": why})
        else:
            why = f"{one['what'].replace('_', ' ')} {one['value']} is in traffic and nobody said that it went live"
            rows.append(said | {"flag": Flag.UNREGISTERED.value, "why": why})
    columns = ["app", "what", "value", "asked", "first_seen", "flag", "why"]
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values(["first_seen", "flag", "value"], ascending=[False, True, True], ignore_index=True)


def _is_registered(one: dict[str, Any], registered: Sequence[Registered]) -> bool:
    return any(
        row.is_of(one["app"])
        and row.deployment.changed.get(one["what"]) == one["value"]
        and row.deployment.at <= one["first_seen"] + EARLY
        for row in registered
    )


def _answered_before(one: dict[str, Any], seen: pd.DataFrame) -> list[str]:
    """What the same requested model was answered by earlier."""
    same = seen[(seen["app"] == one["app"]) & (seen["what"] == Kind.MODEL) & (seen["asked"] == one["asked"])]
    return [str(value) for value in same[same["first_seen"] < one["first_seen"]]["value"]]
