"""CUSUM over weeks: did the judge (or the application) change? Quiet in healthy years, unlike a weekly 95% interval."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy import special, stats

Numbers = npt.NDArray[np.float64]

SLACK = 0.5
"""k: half of the shift to find, in standard errors."""
LIMIT = 5.0
"""h: the sum that alarms. With k = .5, 9.5% of quiet years alarm (simulated), 465 weeks lie between."""

_ENDLESS = 1e9
_LEAST = 1e-300


@dataclass(frozen=True, slots=True)
class Cusum:
    """Sums per week: `up` and `down` (standard errors, from 0), `alarms`: weeks (index) at which one passes the limit.

    `since`: for each alarm the week in which it most likely began.
    """

    up: Numbers
    down: Numbers
    alarms: tuple[int, ...]
    since: tuple[int, ...]
    limit: float = LIMIT

    @property
    def is_open(self) -> bool:
        """Whether the sum stands above the limit; a week without a figure does not close an alarm."""
        return len(self.up) > 0 and bool(max(self.up[-1], self.down[-1]) > self.limit)


@dataclass(frozen=True, slots=True, eq=False)
class Weekly:
    """A figure per week, its standard error with degrees of freedom, and the items that it rests on.

    A week without a figure, or one that does not say how sure it is, has nan and is skipped. `items` are effective ones
    (Kish's), so that weeks with another allocation to the strata are on one footing.
    """

    values: Numbers
    errors: Numbers
    df: Numbers
    items: Numbers


def cusum(z_scores: Sequence[float] | Numbers, *, slack: float = SLACK, limit: float = LIMIT) -> Cusum:
    """Two-sided CUSUM of weekly z-scores ((value - baseline) / standard error); a missing week (nan) adds nothing.

    The sums run on after an alarm, so an alarm stays open until the level returns. Begin anew at each judge version.

    Source: Page (1954) Biometrika 41:100; Montgomery, Introduction to Statistical Quality Control, chapter 9; since
    when: the likelihood of a change point, Hinkley (1970) Biometrika 57:1.
    """
    run = _Run(slack, limit)
    for z in z_scores:
        run.add(z)
    return run.chart()


def self_starting(of: Weekly, *, slack: float = SLACK, limit: float = LIMIT) -> Cusum:
    """CUSUM of each week against the mean of all weeks before it, which needs no target and no quiet years to learn it.

    Against a mean of the first three weeks, whose own error then stays in every later score, 39 to 49% of quiet years
    alarm; against all weeks before, scores of quiet weeks are independent and 9 to 11% do (`benchmarks.coverage`). It
    pays with late or missed alarms of a small shift soon after the start: it becomes part of the mean. From an alarm on
    the mean is that of the weeks before the shift, until the alarm closes.

    Weeks weigh by their items and share one variance per item: a share's own error is small whenever it happens to be
    high, and scores made with it alarm in up to 26% of quiet years.

    Source: Hawkins 1987 (The Statistician 36:299); Hawkins & Olwell 1998, chapter 7, also for t scores made normal.
    """
    run = _Run(slack, limit)
    known: list[int] = []
    for week, (value, error, items) in enumerate(zip(of.values, of.errors, of.items, strict=True)):
        if np.isnan(value) or np.isnan(error) or not items:
            run.add(math.nan)
            continue
        before = [one for one in known if not run.is_open or one < run.since[-1]]
        run.add(_normal_score(of, week, before) if before else math.nan)
        known.append(week)
    return run.chart()


def _normal_score(of: Weekly, week: int, before: list[int]) -> float:
    """How far a week lies from the mean of the weeks before it, as likely in a quiet one as a standard normal score."""
    known = [*before, week]
    items = of.items[known]
    per_item = float((items**2 * of.errors[known] ** 2).sum() / items.sum())
    past = items[:-1].sum()
    variance = per_item * (1 / past + 1 / items[-1])
    if variance <= 0:
        return math.nan
    t = (of.values[week] - float(items[:-1] @ of.values[before] / past)) / math.sqrt(variance)
    beyond = float(special.stdtr(min(float(of.df[known].sum()), _ENDLESS), -abs(t)))
    return math.copysign(float(special.ndtri(max(beyond, _LEAST))), t)


@dataclass(slots=True)
class _Run:
    """The scores and their two sums, week by week."""

    slack: float
    limit: float
    scores: list[float] = field(default_factory=list)
    up: list[float] = field(default_factory=lambda: [0.0])
    down: list[float] = field(default_factory=lambda: [0.0])
    alarms: list[int] = field(default_factory=list)
    since: list[int] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        return max(self.up[-1], self.down[-1]) > self.limit

    def add(self, z: float) -> None:
        """One more week; nan leaves the sums as they are."""
        self.scores.append(z)
        for sums, step in ((self.up, z), (self.down, -z)):
            sums.append(sums[-1] if np.isnan(z) else max(0.0, sums[-1] + step - self.slack))
        if self.is_open and not np.isnan(z):
            self.alarms.append(len(self.scores) - 1)
            self.since.append(self._likeliest_start())

    def _likeliest_start(self) -> int:
        """The week from which on a shift explains the scores best."""
        sign = 1.0 if self.up[-1] >= self.down[-1] else -1.0
        backwards = sign * np.array(self.scores[::-1])
        weeks = np.cumsum(~np.isnan(backwards))
        gain = np.maximum(np.nancumsum(backwards), 0.0) ** 2 / np.maximum(weeks, 1)
        return len(backwards) - 1 - int(gain.argmax())

    def chart(self) -> Cusum:
        return Cusum(np.array(self.up[1:]), np.array(self.down[1:]), tuple(self.alarms), tuple(self.since), self.limit)


def average_run_length(*, shift: float = 0.0, slack: float = SLACK, limit: float = LIMIT, states: int = 200) -> float:
    """Mean weeks until a two-sided CUSUM alarms when the mean is `shift` standard errors off (0: between false alarms).

    Source: Brook & Evans (1972) Biometrika 59:539 (Markov chain); the two sides joined as Kemp (1961).
    """
    return 1 / (1 / _one_sided(shift, slack, limit, states) + 1 / _one_sided(-shift, slack, limit, states))


def _one_sided(shift: float, slack: float, limit: float, states: int) -> float:
    width = 2 * limit / (2 * states - 1)
    steps = np.arange(states)
    edges = (steps[None, :] - steps[:, None]) * width + slack - shift
    chances = stats.norm.cdf(edges + width / 2) - stats.norm.cdf(edges - width / 2)
    chances[:, 0] = stats.norm.cdf(edges[:, 0] + width / 2)
    return float(np.linalg.solve(np.eye(states) - chances, np.ones(states))[0])
