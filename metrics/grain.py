"""How wide the buckets of a trend are."""

from enum import StrEnum

from metrics.buckets import DAY_NS


class Grain(StrEnum):
    """Width of a bucket; weeks begin on Mondays."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"

    @property
    def width_ns(self) -> int:
        return {Grain.HOUR: DAY_NS // 24, Grain.DAY: DAY_NS, Grain.WEEK: 7 * DAY_NS}[self]
