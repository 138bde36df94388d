"""`benchbook report`: the week on paper and as a page."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from errors import UsageError
from printing import HomeOption, JsonOption, show
from settings import read_settings

if TYPE_CHECKING:
    from metrics.week.report import Report
    from metrics.week.weeks import Week


def report(
    week: Annotated[
        str | None, typer.Option(help="ISO week, 2026-W46 [the newest with three days of traffic].")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder that the page and the PDF are written to.")] = Path(),
    app: Annotated[list[str] | None, typer.Option(help="Of one application; several times for more.")] = None,
    home: HomeOption = None,
    json: JsonOption = False,  # noqa: FBT002
) -> int:
    """A week beside the one before, as one HTML page and a PDF of two pages or so that anybody can read."""
    from metrics.budgets.limits import human_cost_of, limits_of
    from metrics.filters import TrafficFilter
    from metrics.outcomes.rules import rules_by_app
    from metrics.shell.asked import ledger
    from metrics.week import weeks
    from metrics.week.report import report as report_of
    from metrics.week.summary import Sources
    from review.calibration.mapping import rules_of
    from storage.desk import DeskWarehouse

    settings, now = read_settings(home), dt.datetime.now(dt.UTC)
    warehouse = DeskWarehouse(settings)
    first, newest = _ends(warehouse, now)
    chosen = weeks.week(week or weeks.shown_unasked(first, newest), newest=newest)
    with ledger(home, now) as (database, _):
        sources = Sources(warehouse, database, rules_by_app(settings), rules_of(settings), limits_of(settings),
                          human_cost_of(settings))  # fmt: skip
        made = report_of(sources, chosen, TrafficFilter(first, newest, apps=tuple(app or ())), now=now)
    files = _written(made, out, chosen, now)
    tiles = [{"title": one.title, "value": one.value, "verdict": one.verdict, "notes": list(one.notes)}
             for one in made.told.tiles]  # fmt: skip
    value = {"week": chosen.name, "headline": made.told.headline, "tiles": tiles,
             "went_live": list(made.told.went_live), "html": str(files[0]), "pdf": str(files[1])}  # fmt: skip
    show(value, [made.told.headline, *(str(path) for path in files)], json=json)
    return 0


def _ends(warehouse: Any, now: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    """The moments of the oldest and the newest span. Raises `UsageError` when there is none."""
    import pandas as pd

    from metrics.extent import extent

    row = extent(warehouse, now=now).iloc[0]
    if not int(row["traces"]):
        raise UsageError("no traces yet; benchbook ingest PATH takes in an export")
    first, last = (pd.Timestamp(row[name]).floor("us") for name in ("first_ts", "last_ts"))
    aware = [at.tz_localize("UTC") if at.tzinfo is None else at.tz_convert("UTC") for at in (first, last)]
    return aware[0].to_pydatetime(), aware[1].to_pydatetime()


def _written(made: "Report", out: Path, week: "Week", now: dt.datetime) -> tuple[Path, Path]:
    """Paths of the page and the PDF."""
    from metrics.week.html import as_html
    from metrics.week.pdf import as_pdf
    from metrics.week.weeks import report_name

    page, paper = (out / report_name(week, suffix) for suffix in ("html", "pdf"))
    try:
        out.mkdir(parents=True, exist_ok=True)
        page.write_text(as_html(made), encoding="utf-8")
        paper.write_bytes(as_pdf(made, now=now))
    except OSError as error:
        raise UsageError(
            f"the folder {out} cannot be written to: {error.strerror}; choose another with --out"
        ) from error
    return page, paper
