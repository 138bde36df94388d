"""The questions put to the warehouse: one `.sql` file each, values only as `$name`."""

import re
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from metrics.filters import TrafficFilter

_HERE = Path(__file__).parent


class Warehouse(Protocol):
    """What metrics, and samples drawn on pages, need of `storage.warehouse`."""

    @property
    def data_version(self) -> object: ...

    @property
    def whole(self) -> str | None: ...

    def frame(self, sql: str, **params: Any) -> pd.DataFrame: ...


class Group(StrEnum):
    """What traffic is grouped by. The words are those on screen and in links."""

    STEP = "step"
    MODEL = "model"
    PROMPT_VERSION = "prompt version"


@cache
def question(name: str) -> str:
    """Text of `<name>.sql`."""
    return (_HERE / f"{name}.sql").read_text()


def ask(warehouse: Warehouse, name: str, *, ctes: tuple[str, ...] = (), **params: Any) -> pd.DataFrame:
    """Answer of the question `name`; `ctes` are the files whose tables it reads (`kept_spans` makes `kept`)."""
    sql = question(name)
    if ctes:
        sql = "WITH " + ",\n".join(question(cte) for cte in ctes) + sql
    return put(warehouse, sql, **params)


def put(warehouse: Warehouse, sql: str, **params: Any) -> pd.DataFrame:
    """Answer of a text. Params that it does not use are left out, as the engine refuses them."""
    used = {key: params[key] for key in set(re.findall(r"\$(\w+)", sql))}
    return warehouse.frame(sql, **used)


def ask_of_spans(
    warehouse: Warehouse, name: str, *, wanted: TrafficFilter, group: Group = Group.STEP, **params: Any
) -> pd.DataFrame:
    """Answer of one question about the spans that `wanted` keeps, with `series` (the value of `group`) beside each."""
    return ask(warehouse, name, ctes=("kept_spans",), **wanted.parameters(), grouped_by=group.value, **params)
