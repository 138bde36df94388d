"""Versions as traffic shows them: what was first seen when, and how much of the traffic it has now."""

from enum import StrEnum
from pathlib import Path

import pandas as pd

from metrics.filters import TrafficFilter
from metrics.questions import Warehouse

_SQL = Path(__file__).parent / "sightings.sql"


class Kind(StrEnum):
    """What has a version. The words are those of `benchbook gate` and `benchbook deploy`."""

    APP_VERSION = "app_version"
    MODEL = "model"
    PROMPT = "prompt"
    RETRIEVAL = "retrieval"


def sightings(warehouse: Warehouse, wanted: TrafficFilter) -> pd.DataFrame:
    """`app, what, value, asked, first_seen, last_seen (UTC), spans, share_of_week, is_from_the_start`.

    A row per app, kind (`Kind`) and value; `asked` is the model requested, or the prompt's name. `share_of_week` is the
    share (0-1) of the kind's spans in the last seven days of the window. What was there within a day of the kind's
    first span is from the start: nobody can tell when it was deployed.
    """
    window = {name: value for name, value in wanted.parameters().items() if name in ("since_ns", "until_ns")}
    found = warehouse.frame(_SQL.read_text(), **window)
    if found.empty:
        return found
    if wanted.apps:
        found = found[found["app"].isin(wanted.apps)].reset_index(drop=True)
    moments = {name: pd.to_datetime(found[name], format="ISO8601", utc=True) for name in ("first_seen", "last_seen")}
    return found.assign(**moments, is_from_the_start=found["is_from_the_start"].astype(bool))
