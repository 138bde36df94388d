"""Numbers on pages are worded as in reports: what `metrics.words` says."""

from metrics.words import UNKNOWN, count, counted, duration, moment, share, usd, window

__all__ = ["UNKNOWN", "count", "counted", "duration", "moment", "share", "usd", "window"]
