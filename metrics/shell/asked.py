"""What the commands of this room share: the traffic that is asked for, rows as JSON, and the ledger to write in."""

import datetime as dt
import math
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from errors import UsageError
from metrics.filters import TrafficFilter
from settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd

    from metrics.questions import Warehouse
    from storage.ledger_database import Database

FromOption = Annotated[str | None, typer.Option("--from", help="First day or moment, UTC: 2026-11-02 [all there is].")]
ToOption = Annotated[str | None, typer.Option("--to", help="The moment after the last, UTC [all there is].")]
WhereOption = Annotated[
    list[str] | None, typer.Option("--where", help="COLUMN=VALUE, several times: app, tenant, model ...")
]
EVER = (dt.datetime(1970, 1, 2, tzinfo=dt.UTC), dt.datetime(2261, 1, 1, tzinfo=dt.UTC))
_NARROWED = {"app": "apps", "environment": "environments", "tenant": "tenants", "model": "models",
             "prompt_version": "prompt_versions", "step": "steps"}  # fmt: skip
_MOST_VALUES = 8


def wanted(since: str | None, until: str | None, where: list[str]) -> TrafficFilter:
    """The traffic that `--from`, `--to` and `--where` ask for. Raises `UsageError` when one cannot be read."""
    parts: dict[str, list[str]] = {}
    for one in where:
        column, equals, value = one.partition("=")
        if not equals or column.strip() not in _NARROWED:
            raise UsageError(f"--where is COLUMN=VALUE, with one of {', '.join(_NARROWED)}; for example model=gpt-4o")
        parts.setdefault(_NARROWED[column.strip()], []).append(value.strip())
    first, last = moment(since) or EVER[0], moment(until) or EVER[1]
    if first >= last:
        raise UsageError("--from must be before --to")
    return TrafficFilter(first, last, **{name: tuple(values) for name, values in parts.items()})


def unknown_values(warehouse: "Warehouse", asked: TrafficFilter) -> list[str]:
    """Of each value asked for that no traffic has, at any time, that it is so, and which values there are."""
    from metrics.extent import choices

    found, lines = choices(warehouse), []
    for column, field in _NARROWED.items():
        values = list(found.loc[found["field"] == column.replace("_", " "), "value"]) if len(found) else []
        for value in getattr(asked, field):
            if value not in values:
                more = ", ..." if len(values) > _MOST_VALUES else ""
                there = f"there are {', '.join(values[:_MOST_VALUES])}{more}" if values else "nothing is loaded"
                lines.append(f"no {column} {value} here; {there}")
    return lines


def moment(said: str | None) -> dt.datetime | None:
    """A day or a time as typed, UTC. Raises `UsageError`."""
    if said is None:
        return None
    try:
        moment = dt.datetime.fromisoformat(said)
    except ValueError:
        raise UsageError("a moment is a day or a time, UTC: 2026-11-02 or 2026-11-02T09:00") from None
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)


def records(frame: "pd.DataFrame") -> list[dict[str, Any]]:
    """Rows as JSON knows them: moments as ISO text, what is not known as null."""
    return [{str(name): known(value) for name, value in row.items()} for row in frame.to_dict("records")]


def known(value: Any) -> Any:
    """A value as JSON knows it."""
    if isinstance(value, dt.datetime):
        return value.isoformat()
    return None if isinstance(value, float) and math.isnan(value) else value


@contextmanager
def ledger(home: Path | None, now: dt.datetime) -> "Iterator[tuple[Database, Callable[[str], str]]]":
    """The home's ledger, and what scrubs words before they are kept in it."""
    from review.words import Words
    from scrub import Policy
    from storage.home import open_home
    from storage.key import home_key

    settings = read_settings(home)
    opened = open_home(settings, now=now)
    words = Words(Policy.from_settings(settings.scrub), home_key(settings.key_path))
    try:
        yield opened.ledger.database, lambda text: words.scrubbed(text).text
    finally:
        opened.close()
