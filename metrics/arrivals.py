"""Arrivals: what came in, in which form, what was odd about it, and what was replaced in it."""

import pandas as pd

from metrics.questions import Warehouse, ask


def arrivals_by_day(warehouse: Warehouse) -> pd.DataFrame:
    """`day (UTC, of receipt), source_format, spans, traces, batches, merged_spans, truncated_spans, redacted_spans,
    odd_spans, last_received`; newest first. A span that came more than once counts in the day of its latest arrival.
    """
    return ask(warehouse, "arrivals_by_day")


def entities_over_time(warehouse: Warehouse) -> pd.DataFrame:
    """`entity, day (UTC, of the span), app, replaced, spans`: pieces of personal data replaced, by type.

    Counts of what was found: what the scrubber missed is in none of them.
    """
    return ask(warehouse, "entities_over_time")


def odd_spans(warehouse: Warehouse) -> pd.DataFrame:
    """`problem, source_format, spans, traces`; most frequent first."""
    return ask(warehouse, "odd_spans")
