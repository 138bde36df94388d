"""`benchbook trends`: one metric over time, by any columns."""

import math
from typing import Annotated, Any

import typer

from metrics.grain import Grain
from metrics.shell.asked import FromOption, ToOption, WhereOption, records, unknown_values, wanted
from printing import HomeOption, JsonOption, columns, show
from settings import read_settings


def trends(  # noqa: PLR0913, PLR0917 - options of a command
    metric: Annotated[
        str, typer.Option(help="latency_p95, cost, errors, tokens, volume ... (a wrong one lists them).")
    ],
    by: Annotated[str, typer.Option(help="Columns, with commas: step,model.")] = "step",
    grain: Annotated[Grain, typer.Option(help="Width of a bucket; weeks begin on Mondays.")] = Grain.DAY,
    since: FromOption = None,
    until: ToOption = None,
    where: WhereOption = None,
    home: HomeOption = None,
    json: JsonOption = False,  # noqa: FBT002
) -> int:
    """One metric over time, by step, model, prompt version, tenant ...: what the charts show."""
    from metrics import trends as of_traffic
    from storage.desk import DeskWarehouse

    columns_of = [one.strip() for one in by.split(",") if one.strip()]
    asked = wanted(since, until, where or [])
    warehouse = DeskWarehouse(read_settings(home))
    found = of_traffic.trends(warehouse, asked, metric=metric, by=columns_of, grain=grain)
    unit = of_traffic.METRICS[metric][0]
    cells = [(f"{row['bucket_start']:%Y-%m-%d %H:%M}", *(row[name] for name in columns_of),
              "" if row["value"] is None or math.isnan(row["value"]) else f"{row['value']:.6g}", f"{row['n']:,}")
             for row in found.to_dict("records")]  # fmt: skip
    basis = of_traffic.trends_basis(asked, metric=metric, by=columns_of, grain=grain)
    lines = columns(["from (UTC)", *columns_of, f"{metric} ({unit})", "spans"], cells)
    lines.append(f"{basis}.")
    value: dict[str, Any] = {
        "metric": metric,
        "unit": unit,
        "grain": grain.value,
        "basis": basis.value,
        "trend": records(found),
    }
    if found.empty:
        unknown = unknown_values(warehouse, asked)
        value["unknown"], lines = unknown, unknown or ["no span of this kind began then"]
    show(value, lines, json=json)
    return 0
