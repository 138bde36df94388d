"""A home for calibration: weeks of traffic that several judges scored on every criterion, and people's labels of it."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import sqlalchemy as sa

from review.rubric.criteria import Criterion, Scale
from review.rubric.rubric import Rubric, Unit
from review.rubric.rubrics import save_rubric
from review.sampling import weeks
from settings import read_settings
from storage.home import open_home
from storage.ledger_database import Database
from storage.review_tables import labels, sample_items, sample_strata, samples, submissions
from storage.schema import lake_schema
from storage.warehouse import Warehouse

Floats = npt.NDArray[np.float64]
WEEKS = ("2026-W39", "2026-W40", "2026-W41", "2026-W42", "2026-W43", "2026-W44", "2026-W45", "2026-W46")
STRATA = {"plain": (1_500, 200), "long": (625, 200), "tools": (250, 150), "flagged": (125, 75)}
"""Stratum to its traces in a week, and how many of them are labelled."""
TWICE = 4
"""One item in so many is labelled by two people."""
PEOPLE = tuple(f"reviewer {number}" for number in range(1, 7))
_S = 1_000_000_000
_DRAWN = dt.datetime(2026, 11, 16, 9, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Size:
    """How many judges and criteria; `share` scales the traces and labels of a week."""

    judges: int = 10
    criteria: int = 8
    share: float = 1.0

    @property
    def strata(self) -> dict[str, tuple[int, int]]:
        return {name: (round(units * self.share), round(items * self.share)) for name, (units, items) in STRATA.items()}


def criteria_of(size: Size) -> tuple[Criterion, ...]:
    """Five in eight are answered from 1 to 5, the others by yes or no."""
    return tuple(
        Criterion(f"criterion_{number}", "How good is it?", Scale.INTEGER, low=1, high=5)
        if number % 8 < 5
        else Criterion(f"criterion_{number}", "Is it good?", Scale.YES_NO)
        for number in range(size.criteria)
    )


def fill(home: Path, size: Size, *, seed: int = 1) -> dict[str, int]:
    """Fill an empty home; the same each time. Returns how many traces, scores, items and labels there are."""
    random = np.random.default_rng(seed)
    settings = read_settings(home)
    opened = open_home(settings, now=_DRAWN)
    criteria, made = criteria_of(size), {"traces": 0, "scores": 0, "items": 0, "labels": 0}
    database = Database(settings.ledger_url)
    rubric = Rubric("bench", 0, Unit.TRACE, criteria)
    save_rubric(database, rubric, by="shell", now=_DRAWN)
    for place, week in enumerate(WEEKS):
        traces = _Week(week, size, random)
        quality = random.normal(0.62 + 0.01 * place, 0.2, (size.criteria, len(traces.ids)))
        opened.lake.append("spans", traces.spans())
        opened.lake.append("scores", scores := traces.scores(criteria, quality, size.judges))
        items, said = traces.review(database, criteria, quality)
        for name, number in (("traces", len(traces.ids)), ("scores", len(scores)), ("items", items), ("labels", said)):
            made[name] += number
    database.close()
    warehouse = Warehouse.open(settings, opened.lake)
    warehouse.load(with_index=False)
    warehouse.close()
    opened.close()
    return made


class _Week:
    """The traffic of a week: its ids, strata and sessions of two."""

    def __init__(self, week: str, size: Size, random: np.random.Generator) -> None:
        self.week, self.size, self.random = week, size, random
        self.since, self.until = weeks.window(week)
        count = sum(units for units, _ in size.strata.values())
        self.ids = [f"{number:032x}" for number in random.permutation(2**40 + np.arange(count) * 977)]
        self.ids = [f"{int(week[-2:]):02x}{one[2:]}" for one in self.ids]
        self.strata = np.repeat(list(size.strata), [units for units, _ in size.strata.values()])
        self.sessions = [f"{week} {place // 2}" for place in range(count)]
        step = (self.until - self.since).total_seconds() / (count + 1)
        self.starts = [round((self.since.timestamp() + step * (place + 1)) * _S) for place in range(count)]

    def spans(self) -> pa.Table:
        count = len(self.ids)
        tokens = self.random.integers(20, 900, count)
        return _table("spans", count, {
            "trace_id": self.ids, "span_id": [one[-16:] for one in self.ids], "start_ns": self.starts,
            "end_ns": [at + _S for at in self.starts], "duration_ns": [_S] * count, "time_source": ["client"] * count,
            "name": ["answer"] * count, "step": ["answer"] * count, "kind": ["llm"] * count, "status": ["ok"] * count,
            "model": [("gpt-4o", "claude-haiku-4-5")[place % 2] for place in range(count)], "tok_out": tokens.tolist(),
            "session_id": self.sessions, "app": ["helpdesk"] * count,
            "prompt_version": ["v3" if self.week < WEEKS[4] else "v4"] * count, "arrival": ["whole"] * count,
            "source_format": ["bench"] * count, "ingest_batch": [self.week] * count,
            "content_hash": [one[-16:] for one in self.ids], "received_at": [_DRAWN] * count,
        })  # fmt: skip

    def scores(self, criteria: tuple[Criterion, ...], quality: Floats, judges: int) -> pa.Table:
        parts, count = [], len(self.ids)
        for place, criterion in enumerate(criteria):
            for judge in range(judges):
                noise = self.random.normal(0.01 * judge, 0.08 + 0.02 * judge, count)
                values = _answers(criterion, quality[place] + noise)
                name = f"judge_{judge}"
                parts.append(_table("scores", count, {
                    "id": [f"{one}{judge:02x}{place:02x}" for one in self.ids], "target_level": ["trace"] * count,
                    "trace_id": self.ids, "name": [criterion.name] * count, "value": values,
                    "data_type": ["numeric"] * count, "source": ["judge"] * count, "judge_name": [name] * count,
                    "judge_model": ["gpt-4o-mini"] * count, "judge_version": ["1"] * count,
                    "created_at": [_DRAWN] * count, "received_at": [_DRAWN] * count,
                    "ingest_batch": [self.week] * count,
                }))  # fmt: skip
        return pa.concat_tables(parts)

    def review(self, database: Database, criteria: tuple[Criterion, ...], quality: Floats) -> tuple[int, int]:
        """Draw the sample of the week and label it; returns its items and labels."""
        sample = f"weekly-{self.week}"
        drawn = np.concatenate([
            np.sort(self.random.choice(np.flatnonzero(self.strata == name), items, replace=False))
            for name, (_, items) in self.size.strata.items()
        ])  # fmt: skip
        rows: dict[str, list[dict[str, Any]]] = {"items": [], "submissions": [], "labels": []}
        with database.writing() as connection:
            first = 1 + (connection.execute(sa.select(sa.func.max(sample_items.c.id))).scalar() or 0)
            for number, place in enumerate(drawn, start=first):
                units, items = self.size.strata[self.strata[place]]
                rows["items"].append({
                    "id": number, "sample": sample, "target": self.ids[place], "session": self.sessions[place],
                    "stratum": self.strata[place], "probability": items / units, "hand_picked": False, "copies": 1,
                    "added_at": _DRAWN, "added_by": "shell",
                })  # fmt: skip
                for copy in range(1 + (number % TWICE == 0)):
                    by = PEOPLE[(number + copy) % len(PEOPLE)]
                    submission = f"{self.week}-{number}-{copy}"
                    rows["submissions"].append({
                        "id": submission, "item": number, "reviewer": by, "rubric": "bench", "rubric_version": 1,
                        "at": self.until, "active_seconds": 30.0, "blind": True, "again": False,
                    })  # fmt: skip
                    for at, criterion in enumerate(criteria):
                        (value,) = _answers(criterion, quality[at, [place]] + self.random.normal(0, 0.07, 1))
                        said = str(int(value)) if criterion.scale is Scale.INTEGER else ("no", "yes")[int(value)]
                        rows["labels"].append({
                            "submission": submission, "criterion": criterion.name, "value": said, "cannot_tell": False,
                        })  # fmt: skip
            connection.execute(sa.insert(samples).values(
                id=sample, source="drawn", plan="weekly", definition={}, rubric="bench", rubric_version=1, unit="trace",
                week=self.week, since=self.since, until=self.until, seed=1, frame_sequence=1, drawn_at=_DRAWN,
                drawn_by="shell",
            ))  # fmt: skip
            connection.execute(sa.insert(sample_strata), [
                {"sample": sample, "stratum": name, "population": units, "drawn": items, "certainty": False}
                for name, (units, items) in self.size.strata.items()
            ])  # fmt: skip
            for table, name in ((sample_items, "items"), (submissions, "submissions"), (labels, "labels")):
                connection.execute(sa.insert(table), rows[name])
        return len(rows["items"]), len(rows["labels"])


def _answers(criterion: Criterion, quality: Floats) -> list[float]:
    if criterion.scale is Scale.INTEGER:
        return [float(one) for one in np.clip(np.round(1 + 4 * quality), 1, 5)]
    return [float(one) for one in quality > 0.45]


def _table(name: str, rows: int, columns: dict[str, list[Any]]) -> pa.Table:
    """Rows of the lake's table, the columns that are not given empty."""
    schema = lake_schema(name)
    return pa.table(
        [pa.array(columns[one.name], one.type) if one.name in columns else pa.nulls(rows, one.type) for one in schema],
        schema=schema,
    )
