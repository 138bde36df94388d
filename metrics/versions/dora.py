"""The four figures of DORA: how often something goes live, how soon, how often that fails, how soon it is mended.

Deployments are what was registered. One has failed when an alert that asked for action began within a week of it: the
one whose version the alert names, else the newest before it. Alerts are made of days, so restoring is no finer.

What it cannot tell: failures that no rule watches, and what was deployed and never registered.
Source: Forsgren, Humble and Kim 2018, Accelerate, chapter 2; DORA, "Software delivery performance metrics".
"""

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy import stats

from metrics.alerts.states import Incident
from metrics.versions.deployments import Registered
from metrics.wilson import wilson_interval

WITHIN = dt.timedelta(days=7)
_LEAST_ALPHA = 0.025


@dataclass(frozen=True, slots=True)
class Figure:
    """A value with its 95 % interval and what it rests on; None where there is too little to say it."""

    value: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Failed:
    """A deployment and the alert that began after it."""

    deployment: Registered
    incident: Incident


@dataclass(frozen=True, slots=True)
class Dora:
    """The four, over a window: deployments per week, median hours, a share (0-1), median days.

    `unrestored`: failures that are not over yet; they are not in the time to restore, which is then too short.
    """

    deployments: int
    per_week: Figure
    lead_time_hours: Figure
    change_failure_rate: Figure
    restore_days: Figure
    unrestored: int
    failures: tuple[Failed, ...]


def dora(
    deployments: Sequence[Registered], incidents: Sequence[Incident], *, since: dt.datetime, until: dt.datetime
) -> Dora:
    """The figures of what went live in [since, until), UTC."""
    within = [one for one in deployments if since <= one.deployment.at < until]
    failures = _failures(within, deployments, incidents)
    failed = {one.deployment.number for one in failures}
    ends = wilson_interval(len(failed), len(within))
    low, high = ends if ends is not None else (None, None)
    rate = Figure(len(failed) / len(within) if within else None, low, high, len(within))
    over = [one.incident for one in failures if one.incident.closed_at is not None]
    restored = [(one.closed_at - one.since) / dt.timedelta(days=1) for one in over if one.closed_at is not None]
    leads = [
        (one.deployment.at - one.deployment.committed_at) / dt.timedelta(hours=1)
        for one in within
        if one.deployment.committed_at is not None
    ]
    return Dora(
        len(within), _per_week(len(within), weeks=(until - since) / dt.timedelta(days=7)), _median(leads), rate,
        _median(restored), len(failures) - len(over), tuple(failures),
    )  # fmt: skip


def _failures(within: Sequence[Registered], every: Sequence[Registered], incidents: Sequence[Incident]) -> list[Failed]:
    found = []
    for incident in incidents:
        if incident.acted_at is None:
            continue
        blamed = _blamed(incident, every)
        if blamed is not None and any(one.number == blamed.number for one in within):
            found.append(Failed(blamed, incident))
    return found


def _blamed(incident: Incident, deployments: Sequence[Registered]) -> Registered | None:
    """The deployment that an alert began after: its first window may have begun before the deployment did."""
    latest = incident.since + dt.timedelta(days=incident.window_days)
    near = [one for one in deployments if incident.since - WITHIN <= one.deployment.at < latest]
    named = [one for one in near if _is_named(incident.where, one)]
    return max(named or near, key=lambda one: (one.deployment.at, one.number), default=None)


def _is_named(where: str, one: Registered) -> bool:
    """`app version 4.4.0` names the deployment of app_version 4.4.0."""
    spelt = {f"{kind.replace('_', ' ')} {value}" for kind, value in one.deployment.changed.items()}
    spelt |= {f"prompt version {value}" for kind, value in one.deployment.changed.items() if kind == "prompt"}
    spelt |= {f"retrieval config {value}" for kind, value in one.deployment.changed.items() if kind == "retrieval"}
    return where in spelt


def _per_week(many: int, *, weeks: float) -> Figure:
    """Deployments per week with the exact interval of a Poisson count. Source: Garwood 1936, Biometrika 28:437-442."""
    if weeks <= 0:
        return Figure(None, None, None, many)
    low = float(stats.chi2.ppf(_LEAST_ALPHA, 2 * many)) / 2 if many else 0.0
    high = float(stats.chi2.ppf(1 - _LEAST_ALPHA, 2 * many + 2)) / 2
    return Figure(many / weeks, low / weeks, high / weeks, many)


def _median(values: Sequence[float]) -> Figure:
    """The median; its interval from ranks, where there are enough for one (from 6 values on).

    Source: Conover 1999, Practical Nonparametric Statistics, sec. 3.2, in scipy.stats.quantile_test.
    """
    if not values:
        return Figure(None, None, None, 0)
    said = stats.quantile_test(values, p=0.5, q=0.0)
    ends = said.confidence_interval(0.95)
    low, high = (None if math.isnan(end) else float(end) for end in (ends.low, ends.high))
    ordered = sorted(values)
    middle = len(ordered) // 2
    value = ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
    return Figure(value, low, high, len(ordered))
