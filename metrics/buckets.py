"""How finely time is cut, so that a line has few enough points to read.

In the SQL, buckets are counted from Monday 5 January 1970 (345,600 seconds), so a bucket of 7 days is a calendar week.
"""

from metrics.filters import TrafficFilter, nanoseconds

MOST_POINTS = 400
"""Points of one line at most; more are slower to draw and no better to read."""

WANTED_POINTS = 120
"""Points of one line where there is data enough for each."""

FEWEST_POINTS = 12
WEEK_ORIGIN_NS = 345_600 * 1_000_000_000
"""Monday 5 January 1970, from which buckets are counted."""
DAY_NS = 86_400 * 1_000_000_000
_MINUTE_NS = 60 * 1_000_000_000
_DAYS = (1, 2, 4, 7, 14, 28, 56, 112, 182, 364)
_WIDTHS_MIN = (1, 5, 15, 30, 60, 180, 360, 720, *(days * 1440 for days in _DAYS))


def bucket_width_ns(wanted: TrafficFilter, *, most_points: int = WANTED_POINTS) -> int:
    """The narrowest usual width that cuts the window into at most `most_points` buckets; at least a minute."""
    window_ns = nanoseconds(wanted.until) - nanoseconds(wanted.since)
    for minutes in _WIDTHS_MIN:
        if window_ns <= minutes * _MINUTE_NS * most_points:
            return minutes * _MINUTE_NS
    return _WIDTHS_MIN[-1] * _MINUTE_NS * -(-window_ns // (_WIDTHS_MIN[-1] * _MINUTE_NS * MOST_POINTS))


def points_with(spans: int, *, each: int) -> int:
    """How many points a line may have so that its points hold about `each` of its `spans`."""
    return max(FEWEST_POINTS, min(WANTED_POINTS, spans // each))


def bucket_words(width_ns: int) -> str:
    """The width in words: `5 minutes`, `6 hours`, `1 day`."""
    minutes = width_ns // _MINUTE_NS
    for size, word in ((1440, "day"), (60, "hour"), (1, "minute")):
        if minutes % size == 0:
            many = minutes // size
            return f"{many} {word}" if many == 1 else f"{many} {word}s"
    return f"{minutes} minutes"
