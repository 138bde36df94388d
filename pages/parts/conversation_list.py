"""A list of conversations, of which one is opened by picking its row."""

import pandas as pd
import streamlit as st

from pages.parts import links, tables

SHOWN = 200
COST = "cost (US$)"
_NAMES = {"start_ts": "began (UTC)", "human_turn": "person in turn", "cost_usd": COST,
          "first_trace": "first trace"}  # fmt: skip


def draw(found: pd.DataFrame, *, by: str, key: str, alt: str) -> None:
    """The newest `SHOWN` of `found` (`metrics.outcomes.conversations`), and a link to the one that is picked."""
    behind = found.sort_values("start_ts", ascending=False).head(SHOWN)
    columns = ["start_ts", "turns", "human_turn", by, "cost_usd", "first_trace"]
    answer = st.dataframe(
        tables.defused(behind[columns].rename(columns=_NAMES | {by: by.replace("_", " ")})),
        hide_index=True, key=key, on_select="rerun", selection_mode="single-row",
        column_config={
            "began (UTC)": st.column_config.DatetimeColumn(format="D MMM YYYY HH:mm"),
            COST: st.column_config.NumberColumn(
                help="What the application spent, without judging; empty where the price of a call is unknown"
            ),
        }, alt=alt,
    )  # fmt: skip
    picked = answer["selection"]["rows"]
    if not picked or picked[0] >= len(behind):
        st.text("Select a row to open the conversation.")
        return
    one = behind.iloc[picked[0]]
    if isinstance(one["session_id"], str) and one["session_id"]:
        st.page_link(links.SESSION, label="Open the conversation", icon=":material/forum:",
                     query_params={"session": one["session_id"]})  # fmt: skip
    else:
        st.page_link(links.TRACE, label="Open the trace", icon=":material/account_tree:",
                     query_params={"trace": one["first_trace"]})  # fmt: skip
