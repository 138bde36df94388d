"""Numbers in words, one way everywhere: unit beside the number, a dash for unknown."""

from datetime import datetime

import pandas as pd

UNKNOWN = "–"  # noqa: RUF001 - an en dash is what is meant


def duration(ms: float | None) -> str:
    """`340 ms`, `1.23 s`, `2 min 05 s`, `3 h 12 min`."""
    if ms is None or pd.isna(ms):
        return UNKNOWN
    if ms < 1000:
        return f"{ms:.0f} ms" if ms >= 10 or ms == 0 else f"{ms:.2g} ms"
    seconds = ms / 1000
    if seconds < 60:
        return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def usd(amount: float | None) -> str:
    """`$12.34`; small amounts keep two significant digits: `$0.0012`."""
    if amount is None or pd.isna(amount):
        return UNKNOWN
    if amount == 0 or abs(amount) >= 0.1:
        return f"${amount:,.2f}"
    return f"${amount:.2g}" if abs(amount) >= 0.0001 else f"${amount:.1e}"


def count(number: float | None) -> str:
    """`12,345`."""
    return UNKNOWN if number is None or pd.isna(number) else f"{int(number):,}"


def share(part: float | None) -> str:
    """A share of 0-1 as `1.2 %`."""
    if part is None or pd.isna(part):
        return UNKNOWN
    return f"{part * 100:.2f} %" if 0 < part < 0.01 else f"{part * 100:.1f} %"


def counted(number: float, noun: str) -> str:
    """`1 span`, `12,345 spans`."""
    return f"{count(number)} {noun if number == 1 else noun + 's'}"


def moment(when: datetime | pd.Timestamp | None) -> str:
    """`2 Mar 2026 09:00`, UTC."""
    if when is None or pd.isna(when):
        return UNKNOWN
    return f"{when.day} {when.strftime('%b %Y %H:%M')}"


def window(since: datetime, until: datetime) -> str:
    """`2 Mar 2026 09:00 to 9 Mar 2026 09:00 UTC`."""
    return f"{moment(since)} to {moment(until)} UTC"
