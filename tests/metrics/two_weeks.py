"""Two weeks of conversations, a few of them handed over, for what compares a week with the one before."""

from typing import Any

from tests.metrics.built import BuiltWarehouse, llm, span

WEEK_S = 7 * 86_400
OLD, NEW = "1.0", "2.0"


def conversation(number: int, *, at_s: float, version: str = OLD, handed: bool = False) -> list[dict[str, Any]]:
    """One turn of 2 to 2.6 s that costs a cent; handed over or not."""
    name = f"{version}-{number:04d}-{int(at_s)}"
    common = {"at_s": at_s, "session_id": name, "app_version": version, "tenant": "north"}
    rows = [
        span(name, span_id="root", lasts_s=2 + number % 7 / 10, **common),
        llm(name, parent_span_id="root", **common),
    ]
    if handed:
        rows.append(span(name, parent_span_id="root", kind="tool", step="handover", tool_name="handover", **common))
    return rows


def two_weeks(*, new: str = NEW) -> BuiltWarehouse:
    """80 conversations a week, one that goes on; then the version `new` hands over half of its own conversations."""
    rows = []
    for number in range(80):
        at_s = number * 2 * 3600.0
        rows += conversation(number, at_s=at_s, handed=number % 20 == 0)
        is_new = number % 2 == 0
        version = new if is_new else OLD
        rows += conversation(number, at_s=WEEK_S + at_s, version=version, handed=is_new and number % 4 == 0)
    return BuiltWarehouse().load([*rows, span("late", session_id="late", at_s=WEEK_S + 158.8 * 3600)])
