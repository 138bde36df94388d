"""What the rules find in the newest traffic: sure changes against the time before, window after window."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import pandas as pd

from metrics.alerts.figures import Tables
from metrics.alerts.quality import QUALITY, QualityWeeks, moved
from metrics.alerts.rules import Rule, Rules
from metrics.drift.changes import Verdict
from metrics.versions.flags import Flag

WORDS = "words"
"""The metric of the words that questions use."""


class Level(StrEnum):
    """How grave."""

    WARN = "warn"
    ACT = "act"


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule says of one figure of one step. `since` is the first of the windows in a row that show it."""

    rule: Rule
    step: str
    value_of: str
    level: Level
    since: datetime
    value: float | None
    reference: float | None
    effect: float | None
    words: str
    where: str = ""
    traces: tuple[str, ...] = ()
    reference_window: tuple[datetime, datetime] | None = None
    is_held: bool = False
    """The newest window has too little traffic to tell; what was known stays."""

    @property
    def series(self) -> str:
        """What tells it from the rule's other alerts."""
        return f"{self.step} {self.value_of}".strip()

    def as_json(self) -> dict[str, Any]:
        """As `benchbook watch --json` prints it."""
        return {
            "rule": self.rule.name, "metric": self.rule.metric, "step": self.step, "value_of": self.value_of,
            "where": self.where, "since": self.since.isoformat(), "value": self.value, "reference": self.reference,
            "effect": self.effect, "level": self.level.value, "persistence": self.rule.persistence,
            "owner": self.rule.owner, "action": self.rule.action, "words": self.words, "traces": list(self.traces),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Open:
    """An alert that is open already: it is held against the reference that it was opened with."""

    rule: str
    series: str
    reference_window: tuple[datetime, datetime] | None
    level: Level = Level.WARN
    step: str = ""
    value_of: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known beside the traffic: odd versions (`metrics.versions.flags`), and quality week by week."""

    odd: pd.DataFrame | None = None
    quality: Sequence[QualityWeeks] = ()


def evaluate(
    figures: Tables, rules: Rules, *, at: datetime, opened: Sequence[Open] = (), known: Known | None = None
) -> list[Found]:
    """What the rules find in the windows that end at `at` (UTC), graver first.

    A rule warns when the newest window shows a sure change of its size, and acts when each of its last `persistence`
    windows shows one of the acting size. What is open stays open until the newest window shows less than half of the
    warning size, sure or not; while the newest has too little traffic it stays as it is, unless there is nothing to
    compare in any of the windows. A silent model update acts at once, and quality by its own control chart.
    """
    beside = known or Known()
    found: list[Found] = []
    for rule in rules.rules:
        if not rule.enabled:
            continue
        if rule.metric == Flag.SILENT:
            found += [] if beside.odd is None else _of_versions(rule, beside.odd, at)
        elif rule.metric == QUALITY:
            found += _of_quality(rule, beside.quality, at)
        else:
            found += _of_windows(rule, figures, rules.reference_days, at, opened)
    return sorted(found, key=lambda one: (one.level is not Level.ACT, one.rule.name, one.series))


def _of_windows(
    rule: Rule, figures: Tables, reference_days: int, at: datetime, opened: Sequence[Open]
) -> Iterator[Found]:
    """What a rule finds in its windows; older windows are only looked at where the newest shows something."""
    width = timedelta(days=rule.window_days)
    windows = [(at - (place + 1) * width, at - place * width) for place in range(rule.persistence)]
    reference = (windows[-1][0] - timedelta(days=reference_days), windows[-1][0])
    held = {one.series: one for one in opened if one.rule == rule.name}
    fresh = _matching(rule, figures.table(rule.metric, windows[0], reference))
    for series in sorted(fresh.keys() | held.keys()):
        kept = held[series].reference_window if series in held else None
        against = (
            kept if kept is not None and kept[1] <= windows[-1][0] else reference
        )  # since then windows may be wider
        newest = _matching(rule, figures.table(rule.metric, windows[0], against)).get(series)
        if series not in held and (newest is None or not _is_sure(rule, newest)):
            continue  # whatever the windows before say
        older = [_matching(rule, figures.table(rule.metric, one, against)).get(series) for one in windows[1:]]
        if newest is None or newest["n_now"] < rule.fewest:
            if any(row is not None for row in (newest, *older)):
                yield _held(rule, held[series], at=windows[0][0])
            continue
        one = _judged(rule, [newest, *older], windows, is_open=series in held)
        if one is not None:
            level, row, since = one
            yield _found(rule, row, level, since, against)


def _held(rule: Rule, one: Open, *, at: datetime) -> Found:
    words = f"{one.series}: too little traffic to tell whether it is over"
    return Found(rule, one.step or one.series, one.value_of, one.level, at, None, None, None, words,
                 reference_window=one.reference_window, is_held=True)  # fmt: skip


def _is_sure(rule: Rule, row: Mapping[str, Any]) -> bool:
    """Whether a window shows a sure change of the warning size, on enough rows."""
    size_is_enough = _size(rule, row) >= _threshold(row, rule.warn)
    return bool(row["verdict"] == Verdict.CHANGED and row["n_now"] >= rule.fewest and size_is_enough)


def _matching(rule: Rule, table: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Rows of the rule by series; of words one, as the same topic is named by others of its words from day to day."""
    found = [{str(name): value for name, value in row.items()} for row in table.to_dict("records")
             if rule.watches(row["step"], row["metric"], row["value"])]  # fmt: skip
    if rule.metric == WORDS:
        return {row["step"]: row for row in [_of_words(rule, found)] if row is not None}
    return {f"{row['step']} {row['value']}".strip(): row for row in found}


def _of_words(rule: Rule, rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The words that changed in the rule's direction as one row: the figures of the one that changed most."""
    named = sorted((row for row in rows if _size(rule, row) > 0), key=lambda row: -_size(rule, row))
    if not named:
        return None
    said = ", ".join(f'"{row["value"]}" {row["before"]:.0%} to {row["now"]:.0%}' for row in named[:8])
    words = f"{named[0]['step']}: other words, {said}; n {named[0]['n_before']:,} and {named[0]['n_now']:,}"
    return named[0] | {"value": "", "words": words}


def _judged(
    rule: Rule, rows: Sequence[dict[str, Any] | None], windows: list[tuple[datetime, datetime]], *, is_open: bool
) -> tuple[Level, dict[str, Any], datetime] | None:
    """Level, the newest row, and since when; None when there is nothing to say (any more)."""
    newest = rows[0]
    if newest is None:
        return None
    is_sure = [row is not None and row["verdict"] == Verdict.CHANGED and row["n_now"] >= rule.fewest for row in rows]
    sizes = [_size(rule, row) if row is not None else 0.0 for row in rows]
    warn, act = _threshold(newest, rule.warn), _threshold(newest, rule.act)
    lasted = 0
    while lasted < len(rows) and is_sure[lasted] and sizes[lasted] >= warn:
        lasted += 1
    since = windows[max(lasted - 1, 0)][0]
    if all(sure and size >= act for sure, size in zip(is_sure, sizes, strict=True)):
        return Level.ACT, newest, since
    if is_sure[0] and sizes[0] >= warn:
        return Level.WARN, newest, since
    if is_open and sizes[0] >= warn / 2:
        return Level.WARN, newest, since
    return None


def _size(rule: Rule, row: Mapping[str, Any]) -> float:
    """How large the change is, in the rule's direction: points, deviations, or the logarithm of the ratio."""
    effect = float(row["effect"])
    if row["unit"] == "ratio":
        if math.isnan(effect):
            return math.inf  # from nothing
        effect = math.log(effect) if effect > 0 else -math.inf  # inf from nothing, -inf to nothing
    return effect if rule.direction == "up" else -effect


def _threshold(row: Mapping[str, Any], said: float) -> float:
    """The rule's threshold on the scale of `_size`; a falling ratio is said as its part, 0.8 for a fifth less."""
    if row["unit"] != "ratio":
        return said
    return abs(math.log(said)) if said > 0 else 0.0


def _found(
    rule: Rule, row: Mapping[str, Any], level: Level, since: datetime, against: tuple[datetime, datetime]
) -> Found:
    return Found(
        rule, row["step"], row["value"], level, since, _finite(row["now"]), _finite(row["before"]),
        _finite(row["effect"]),
        row["words"], row["where"], tuple(row["traces"]), against,
    )  # fmt: skip


def _finite(said: object) -> float | None:
    """None for a ratio to or from nothing, which the ledger cannot hold."""
    value = float(str(said))
    return value if math.isfinite(value) else None


def _of_quality(rule: Rule, weeks: Sequence[QualityWeeks], at: datetime) -> Iterator[Found]:
    """A corrected mean that left its level acts: the chart has waited for several weeks already."""
    for one in weeks:
        if not rule.watches("(answer)", QUALITY, one.criterion) or (now := moved(one, at=at)) is None:
            continue
        if now.is_up == (rule.direction == "up"):
            words = (f"{one.name}: corrected mean {now.before:.3g} before, {now.now:.3g} in the "
                     f"{now.weeks} weeks since; by people's labels")  # fmt: skip
            effect = now.now - now.before
            yield Found(rule, "(answer)", one.name, Level.ACT, now.since, now.now, now.before, effect, words)


def _of_versions(rule: Rule, odd: pd.DataFrame, at: datetime) -> list[Found]:
    """A model that changed by itself acts at once, and until somebody registers it."""
    found = []
    for row in odd.to_dict("records"):
        since = row["first_seen"].floor("us").to_pydatetime()
        if row["flag"] == rule.metric and since < at:
            why, value = str(row["why"]), str(row["value"])
            found.append(Found(rule, "(version)", value, Level.ACT, since, None, None, None, why))
    return found
