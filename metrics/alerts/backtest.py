"""What rules would have done on past traffic, day by day: before one is switched on."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from metrics.alerts.evaluate import Level, Open
from metrics.alerts.rules import Rules
from metrics.alerts.states import settled
from metrics.alerts.watching import Watched, afresh

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Episode:
    """One alert as it would have been: opened, asking for action from `acted_at` on (if ever), closed (if it was)."""

    rule: str
    series: str
    opened_at: dt.datetime
    evidence: dict[str, Any]
    acted_at: dt.datetime | None = None
    closed_at: dt.datetime | None = None
    levels: list[tuple[dt.datetime, str]] = field(default_factory=list)

    def as_open(self) -> Open:
        """As an evaluation holds it against the reference it was opened with."""
        window = self.evidence.get("reference_window")
        ends = None if window is None else (dt.datetime.fromisoformat(window[0]), dt.datetime.fromisoformat(window[1]))
        return Open(self.rule, self.series, ends, Level(self.evidence["level"]), self.evidence["step"],
                    self.evidence["value_of"])  # fmt: skip

    def as_json(self) -> dict[str, Any]:
        """The newest evidence, with when it would have been opened, acted and closed."""
        ends = {"opened_at": self.opened_at, "acted_at": self.acted_at, "closed_at": self.closed_at}
        said = {name: None if at is None else at.isoformat() for name, at in ends.items()}
        return {
            name: value for name, value in self.evidence.items() if name not in ("reference_window", "window_days")
        } | said


@dataclass(frozen=True, slots=True)
class Tried:
    """A look back: the moments that were looked at, and what would have been open."""

    moments: tuple[dt.datetime, ...]
    episodes: tuple[Episode, ...]

    def by_rule(self, rules: Rules) -> list[dict[str, Any]]:
        """A row per rule: alerts, of them acted, and the days on which it would have asked for action."""
        rows = []
        for rule in rules.rules:
            own = [one for one in self.episodes if one.rule == rule.name]
            acting = {at for one in own for at, level in one.levels if level == Level.ACT}
            acted = sum(one.acted_at is not None for one in own)
            rows.append({"rule": rule.name, "metric": rule.metric, "alerts": len(own), "acted": acted,
                         "looks": len(self.moments), "looks_acting": len(acting)})  # fmt: skip
        return rows


def backtest(
    watched: Watched, *, since: dt.datetime, until: dt.datetime, each: dt.timedelta = dt.timedelta(days=1),
    progress: Progress | None = None,
) -> Tried:  # fmt: skip
    """Every evaluation from `since` to `until` (UTC, both included), with what it left open carried on; none is kept.

    Each sees what lies before it. Two things it knows that it could not have known then: spans that came late, and
    later turns of conversations that began before it.
    """
    moments = tuple(_moments(since, until, each))
    opened: dict[tuple[str, str], Episode] = {}
    episodes: list[Episode] = []
    for place, at in enumerate(moments):
        found = afresh(watched).at(at, tuple(one.as_open() for one in opened.values()))
        known = {key: one.evidence for key, one in opened.items()}
        for key, event, evidence in settled(known, found):
            if event == "closed":
                opened.pop(key).closed_at = at
            elif event == "opened":
                opened[key] = Episode(*key, opened_at=at, evidence=evidence)
                episodes.append(opened[key])
            else:
                opened[key].evidence = evidence
        for one in opened.values():
            level = str(one.evidence["level"])
            one.levels.append((at, level))
            if level == Level.ACT and one.acted_at is None:
                one.acted_at = at
        if progress:
            progress(place + 1, len(moments))
    return Tried(moments, tuple(episodes))


def _moments(since: dt.datetime, until: dt.datetime, each: dt.timedelta) -> Iterator[dt.datetime]:
    at = since
    while at <= until:
        yield at
        at += each
