"""What each conversation cost."""

from pathlib import Path

import pandas as pd

from metrics.filters import TrafficFilter
from metrics.questions import Warehouse, put, question

_SQL = Path(__file__).parent / "of_conversations.sql"


def costs_of(warehouse: Warehouse, wanted: TrafficFilter, found: pd.DataFrame) -> pd.Series:
    """What each of `found`, the conversations that began in the window, cost the app, in US dollars; missing where a
    price is."""
    costs = conversation_costs(warehouse, wanted).drop_duplicates("conversation_id").set_index("conversation_id")
    return found["conversation_id"].map(costs["cost_usd"]).astype(float)


def conversation_costs(warehouse: Warehouse, wanted: TrafficFilter) -> pd.DataFrame:
    """`conversation_id, start_ts (UTC), cost_usd` of conversations that began in the window and called a model.

    cost_usd is missing where the price of a call is unknown; what judging cost is not in it.
    """
    last = "SELECT conversation AS conversation_id, start_ts, amount AS cost_usd FROM units ORDER BY ALL"
    sql = f"WITH {question('evaluation_spans')},\n{_SQL.read_text()}{last}"
    found = put(warehouse, sql, **wanted.parameters(), other_apps=[])
    if found.empty:  # over the socket it has no columns then
        found = pd.DataFrame(columns=["conversation_id", "start_ts", "cost_usd"])
    return found.assign(
        start_ts=pd.to_datetime(found["start_ts"], format="ISO8601", utc=True),
        cost_usd=pd.to_numeric(found["cost_usd"]),
    )
