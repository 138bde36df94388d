"""`benchbook changes`: what differs between two windows."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from errors import UsageError
from metrics.shell.asked import WhereOption, ledger, moment, records, unknown_values, wanted
from printing import HomeOption, JsonOption, show
from settings import Settings, read_settings

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from metrics.drift.sizes import Sizes
    from metrics.drift.windows import Windows
    from metrics.filters import TrafficFilter

_MOST_LINES = 5
"""Values, documents or topics that are told in words; --json has all."""


def changes(  # noqa: PLR0913, PLR0917 - options of a command
    since: Annotated[str | None, typer.Option("--from", help="First day or moment of the window, UTC.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="The moment after its last, UTC [all there is].")] = None,
    reference_since: Annotated[str | None, typer.Option("--reference-from", help="[as long, just before]")] = None,
    reference_until: Annotated[str | None, typer.Option("--reference-to", help="[where the window begins]")] = None,
    since_deployment: Annotated[  # noqa: FBT002
        bool, typer.Option("--since-deployment", help="From the last deployment before --to, beside the time before.")
    ] = False,
    texts: Annotated[str | None, typer.Option(help="Look at what is said too: questions or answers.")] = None,
    where: WhereOption = None,
    home: HomeOption = None,
    json: JsonOption = False,  # noqa: FBT002
) -> int:
    """What differs between two windows: every step and figure compared, the largest sure change first."""
    from metrics.drift.categories import categories_of
    from metrics.drift.changes import changes_of
    from metrics.drift.documents import documents_of
    from metrics.drift.sizes import sizes, sizes_of
    from metrics.drift.windows import read
    from storage.desk import DeskWarehouse

    if since_deployment and (since or reference_since or reference_until):
        raise UsageError("--since-deployment says where the windows begin; leave out --from and --reference-...")
    if not since_deployment and not (since and until):
        raise UsageError("say --from and --to, or --since-deployment")
    settings, warehouse = read_settings(home), DeskWarehouse(read_settings(home))
    now = wanted(since, until, where or [])
    windows, deployed = _since_deployment(now, home) if since_deployment else (
        _windows(now, reference_since, reference_until), "")  # fmt: skip
    traffic, held = read(warehouse, windows), sizes_of(sizes(warehouse, windows))
    tables = {
        "changes": changes_of(traffic, stale_days=settings.drift.stale_days), "names": categories_of(traffic),
        "documents": documents_of(traffic), **(_of_texts(warehouse, windows, texts, settings) if texts else {}),
    }  # fmt: skip
    said = {"from": windows.now.since.isoformat(), "to": windows.now.until.isoformat(),
            "reference_from": windows.reference_since.isoformat(), "reference_to": windows.reference_until.isoformat(),
            "conversations": {"before": held.before, "now": held.now}, "apps": list(held.apps),
            "deployment": deployed or None, **{name: records(table) for name, table in tables.items()}}  # fmt: skip
    lines = [*([f"since {deployed}"] if deployed else []), held.words]
    if not held.apps:
        lines += unknown_values(warehouse, now)
    if len(held.apps) > 1:
        lines.append(f"several applications, choose one by --where app=NAME: {', '.join(held.apps)}")
    show(said, lines + _lines(tables, held), json=json)
    return 0


def _windows(now: "TrafficFilter", reference_since: str | None, reference_until: str | None) -> "Windows":
    from metrics.drift.windows import Windows

    before = Windows.before(now)
    if not (reference_since or reference_until):
        return before
    first = moment(reference_since) or before.reference_since
    windows = Windows(now, first, moment(reference_until) or now.since)
    if windows.reference_since >= windows.reference_until:
        raise UsageError("--reference-from must be before --reference-to")
    return windows


def _since_deployment(now: "TrafficFilter", home: "Path | None") -> "tuple[Windows, str]":
    """The windows of the last deployment, and the deployment in words."""
    import datetime as dt

    from metrics.drift.since_deployment import since_last
    from metrics.versions.deployments import deployments

    present = dt.datetime.now(dt.UTC)
    with ledger(home, present) as (database, _):
        windows, last = since_last(deployments(database), replace(now, until=min(now.until, present)))
    return windows, f"{last.words} ({last.deployment.at:%Y-%m-%d %H:%M})"


def _of_texts(warehouse: Any, windows: "Windows", of: str, settings: Settings) -> "dict[str, pd.DataFrame]":
    from metrics.drift.sentence_model import space_of
    from metrics.drift.texts import Of, text_drift_of, topic_drift_of
    from metrics.drift.windows import read_texts

    if of not in set(Of):
        raise UsageError(f"--texts is {' or '.join(Of)}")
    said = read_texts(warehouse, windows, answers=of == Of.ANSWERS)
    return {"texts": text_drift_of(said, space=space_of(settings)), "topics": topic_drift_of(said)}


def _lines(tables: "dict[str, pd.DataFrame]", held: "Sizes") -> list[str]:
    from metrics.drift.changes import Verdict

    table = tables["changes"]
    told = table[table["verdict"] != Verdict.NONE].to_dict("records")
    lines = [f"{row['verdict']}: {row['words']} (q {max(row['q'], 0.0001):.4f})" for row in told]
    if not len(table):
        lines = [f"nothing can be compared. {held.advice or 'No step was called by enough conversations of both'}"]
    elif not told:
        lines = [f"{held.nothing_found(len(table))} (false discovery rate 5 %)"]
    for row in _sure(tables["names"]):
        new = "".join(f"; new: {one['value']} ({one['calls']:,})" for one in row["new"][:_MOST_LINES])
        lost = "".join(f"; gone: {one['value']} ({one['calls']:,} before)" for one in row["lost"][:_MOST_LINES])
        lines.append(f"{row['verdict']}: {row['step']}: {row['name']}, {row['effect']:.1%} of calls carry another value"
                     f"{new}{lost} (chi-square {row['chi_square']:.1f}, q {max(row['q'], 0.0001):.4f})")  # fmt: skip
    documents = tables["documents"]
    for one in documents[documents["verdict"] != ""].head(_MOST_LINES).to_dict("records"):
        row = {str(name): value for name, value in one.items()}
        lines.append(f"{row['verdict']}: {row['step']}: document {row['document']}, in {row['before']:,} of "
                     f"{row['n_before']:,} conversations before, {row['now']:,} of {row['n_now']:,} now")  # fmt: skip
    for row in _sure(tables.get("texts")):
        lines.append(f"{row['verdict']}: {row['figure']} {row['value']:.3f}, {row['of']} {row['low']:.3f} to "
                     f"{row['high']:.3f}; {row['n_before']:,} and {row['n_now']:,} conversations")  # fmt: skip
    for row in _sure(tables.get("topics"))[:_MOST_LINES]:
        lines.append(f"{row['verdict']}: topic {row['topic']}: {row['before']:.1%} before, {row['now']:.1%} now "
                     f"({100 * row['low']:+.1f} to {100 * row['high']:+.1f} points)")  # fmt: skip
    return lines


def _sure(table: "pd.DataFrame | None") -> list[dict[str, Any]]:
    """The rows that are sure."""
    from metrics.drift.changes import Verdict

    if table is None or table.empty:
        return []
    return [{str(k): v for k, v in row.items()} for row in table[table["verdict"] != Verdict.NONE].to_dict("records")]
