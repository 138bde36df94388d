"""`benchbook outcomes`: how conversations ended."""

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any

import typer

from metrics.shell.asked import FromOption, ToOption, WhereOption, ledger, records, unknown_values, wanted
from printing import HomeOption, JsonOption, columns, show
from settings import Settings, read_settings

if TYPE_CHECKING:
    import pandas as pd

    from metrics.filters import TrafficFilter
    from metrics.questions import Warehouse

USUAL = ("tenant", "language", "topic")
"""Segments that fairness looks at unless others are asked for."""
SURE = 0.05


def outcomes(  # noqa: PLR0913, PLR0917 - options of a command
    by: Annotated[str, typer.Option(help="Segments, with commas: app_version,tenant,language,topic.")] = "",
    since: FromOption = None,
    until: ToOption = None,
    where: WhereOption = None,
    fairness: Annotated[  # noqa: FBT002
        bool,
        typer.Option("--fairness", help="Each segment on its own: gaps in outcomes and quality, the surest first."),
    ] = False,
    home: HomeOption = None,
    json: JsonOption = False,  # noqa: FBT002
) -> int:
    """How conversations ended: contained, escalated, abandoned, asked again, corrected, solved; the users' mood."""
    from metrics.outcomes.conversations import conversations
    from metrics.outcomes.moods import moods
    from metrics.outcomes.rules import rules_by_app
    from metrics.outcomes.shares import shares
    from metrics.outcomes.until_a_person import until_a_person
    from metrics.outcomes.wording import with_wording
    from storage.desk import DeskWarehouse

    settings = read_settings(home)
    segments = [one.strip() for one in by.split(",") if one.strip()]
    warehouse, asked, rules = DeskWarehouse(settings), wanted(since, until, where or []), rules_by_app(settings)
    ended = conversations(warehouse, asked, rules)
    if ended.empty:
        unknown = unknown_values(warehouse, asked)
        empty: dict[str, Any] = {
            "conversations": 0,
            "outcomes": [],
            "moods": [],
            "until_a_person": [],
            "unknown": unknown,
        }
        show(empty, unknown or ["no conversation began then"], json=json)
        return 0
    found = with_wording(warehouse, asked, ended, rules)
    if fairness:
        told = _fairness(settings, (warehouse, asked), found, segments or list(USUAL))
        tables = {name: records(one) for name, one in told.items()}
        show({"conversations": len(found), **tables}, _worse(told), json=json)
        return 0
    rows = records(shares(found, by=segments))
    mood = records(moods(found, by=segments))
    said = {"conversations": len(found), "read": int(found["language"].notna().sum()), "outcomes": rows, "moods": mood,
            "until_a_person": until_a_person(found).to_dict("records")}  # fmt: skip
    show(said, [*_lines(rows, segments), "", *_moods(mood, segments)], json=json)
    return 0


def _fairness(
    settings: Settings, of: "tuple[Warehouse, TrafficFilter]", found: "pd.DataFrame", by: list[str]
) -> "dict[str, pd.DataFrame]":
    """Gaps in outcomes, in judges' scores as they are, and in those corrected by people's labels."""
    import pandas as pd

    from metrics.outcomes.fairness import gaps
    from metrics.outcomes.quality import corrected_by_segment, judged_by_segment
    from review.calibration.mapping import rules_of
    from review.calibration.reviewed import reviewed

    table = gaps(found, by=by)
    with ledger(settings.home, dt.datetime.now(dt.UTC)) as (database, _):
        reviews = reviewed(database, of[0], rules=rules_of(settings))
    judged = [judged_by_segment(*of, found, by=column).assign(by=column) for column in by]
    corrected = [corrected_by_segment(reviews, found, by=column).assign(by=column) for column in by]
    return {
        "gaps": table,
        "judged": pd.concat(judged, ignore_index=True),
        "corrected": pd.concat(corrected, ignore_index=True),
    }


def _worse(told: "dict[str, pd.DataFrame]") -> list[str]:
    """What stands apart, in words; the whole tables are in the JSON."""
    lines = []
    for row in _sure(told["gaps"]):
        ends = f"{row['gap_low']:+.1%} to {row['gap_high']:+.1%}; q {max(row['q'], 0.001):.3f}"
        said = (
            f"{row['outcome']} {row['share']:.1%} of {row['trials']:.0f}, {row['gap']:+.1%} against all others ({ends})"
        )
        lines.append(f"{row['by']} {row['segment']}: {said}")
    for kind, name, how in (("corrected", "criterion", "corrected by people's labels"),
                            ("judged", "score", "the judge alone, uncalibrated")):  # fmt: skip
        for row in _sure(told[kind]):
            ends = f"{row['gap_low']:+.2f} to {row['gap_high']:+.2f}; q {max(row['q'], 0.001):.3f}; {how}"
            said = f"{row[name]} {row['mean']:.2f}, {row['gap']:+.2f} against all others ({ends})"
            lines.append(f"{row['by']} {row['segment']}: {said}")
    return lines or ["no segment stands apart (false discovery rate 5 %)"]


def _sure(table: "pd.DataFrame") -> list[dict[str, Any]]:
    known = table[table["q"].astype(float) < SURE]
    return [{str(name): value for name, value in row.items()} for row in known.to_dict("records")]


def _lines(rows: list[dict[str, Any]], segments: list[str]) -> list[str]:
    head = [*segments, "outcome", "share", "95 % interval", "of", "against the rest", "q"]
    cells = []
    for row in rows:
        if row["lacks"] and row["trials"] == 0:
            continue
        figures = ["", "", str(row["conversations"]), row["lacks"], ""]
        if not row["lacks"]:
            gap = "" if row["gap"] is None else f"{row['gap']:+.1%} ({row['gap_low']:+.1%} to {row['gap_high']:+.1%})"
            q = "" if row["q"] is None else f"{row['q']:.3f}"
            figures = [f"{row['share']:.1%}", f"{row['low']:.1%} to {row['high']:.1%}", f"{row['trials']:.0f}", gap, q]
        cells.append([*(row[name] for name in segments), row["outcome"], *figures])
    return columns(head, cells)


def _moods(rows: list[dict[str, Any]], segments: list[str]) -> list[str]:
    """The mood of users' words in English, -1 to 1."""
    head = [*segments, "mood (-1 to 1)", "mean", "95 % interval", "of", "not measured"]
    cells = []
    for row in rows:
        ends = row["lacks"] or f"{row['low']:+.2f} to {row['high']:+.2f}"
        mean = "" if row["lacks"] else f"{row['mean']:+.2f}"
        name = row["figure"].removeprefix("mood_")
        cells.append(
            [*(row[one] for one in segments), name, mean, ends, str(row["measured"]), str(row["not_measured"])]
        )
    return columns(head, cells)
