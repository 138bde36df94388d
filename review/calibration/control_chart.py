"""CUSUM over weeks: did the judge (or the application) change? Quiet in healthy years, unlike a weekly 95% interval."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

SLACK = 0.5
"""k: half of the shift to find, in standard errors."""
LIMIT = 5.0
"""h: the sum that alarms. With k = .5, 9.5% of quiet years alarm (simulated), 465 weeks lie between."""


@dataclass(frozen=True, slots=True)
class Cusum:
    """Sums per week: `up` and `down` (standard errors, from 0), `alarms`: weeks (index) at which one passes the limit.

    `since`: for each alarm the week after the sum was last 0, the best guess of when it began.
    """

    up: npt.NDArray[np.float64]
    down: npt.NDArray[np.float64]
    alarms: tuple[int, ...]
    since: tuple[int, ...]

    @property
    def is_open(self) -> bool:
        """Whether the latest week stands above the limit."""
        return bool(self.alarms) and self.alarms[-1] == len(self.up) - 1


def cusum(z_scores: Sequence[float] | npt.NDArray[np.float64], *, slack: float = SLACK, limit: float = LIMIT) -> Cusum:
    """Two-sided CUSUM of weekly z-scores ((value - baseline) / standard error); a missing week (nan) adds nothing.

    The sums run on after an alarm, so an alarm stays open until the level returns. Begin anew at each judge version.

    Source: Page (1954) Biometrika 41:100; Montgomery, Introduction to Statistical Quality Control, chapter 9.
    """
    up, down = np.zeros(len(z_scores)), np.zeros(len(z_scores))
    high = low = 0.0
    began_up = began_down = 0
    alarms: list[int] = []
    since: list[int] = []
    for week, z in enumerate(z_scores):
        if np.isnan(z):
            up[week], down[week] = high, low
            continue
        began_up = week if high == 0 else began_up
        began_down = week if low == 0 else began_down
        high, low = max(0.0, high + z - slack), max(0.0, low - z - slack)
        up[week], down[week] = high, low
        if max(high, low) > limit:
            alarms.append(week)
            since.append(began_up if high >= low else began_down)
    return Cusum(up, down, tuple(alarms), tuple(since))


def average_run_length(*, shift: float = 0.0, slack: float = SLACK, limit: float = LIMIT, states: int = 200) -> float:
    """Mean weeks until a two-sided CUSUM alarms when the mean is `shift` standard errors off (0: between false alarms).

    Source: Brook & Evans (1972) Biometrika 59:539 (Markov chain); the two sides joined as Kemp (1961).
    """
    return 1 / (1 / _one_sided(shift, slack, limit, states) + 1 / _one_sided(-shift, slack, limit, states))


def _one_sided(shift: float, slack: float, limit: float, states: int) -> float:
    from scipy import stats

    width = 2 * limit / (2 * states - 1)
    steps = np.arange(states)
    edges = (steps[None, :] - steps[:, None]) * width + slack - shift
    chances = stats.norm.cdf(edges + width / 2) - stats.norm.cdf(edges - width / 2)
    chances[:, 0] = stats.norm.cdf(edges[:, 0] + width / 2)
    return float(np.linalg.solve(np.eye(states) - chances, np.ones(states))[0])
