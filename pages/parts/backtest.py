"""Trying a rule on past traffic, on the page Alerts: what it would have said, before it is switched on."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from charts.spans_of_time import spans_of_time
from errors import BenchbookError
from metrics import words
from metrics.alerts.rules import Rule, Rules
from pages.parts import links, tables
from pages.parts.opened import opened

_RESULT = "what the back-test said"
_NOT_OF_WINDOWS = frozenset({"silent model update", "quality (corrected)"})


def show(rules: Rules, *, newest: datetime) -> None:
    """The form, and what came of it. Nothing is kept, nobody is told."""
    st.header("Try a rule on the past", anchor=False)
    names = [one.name for one in rules.rules]
    chosen = st.selectbox("Rule", names, key="tried rule", format_func=lambda name: name.replace("_", " "))
    rule = next(one for one in rules.rules if one.name == chosen)
    with st.form("backtest", border=False):
        changed, days = _fields(rule)
        is_asked = st.form_submit_button("Try it", icon=":material/history:", key="try it")
    if is_asked:
        _try(rule, changed, days=days, newest=newest)
    if (said := st.session_state.get(_RESULT)) is not None:
        _told(said)


def _fields(rule: Rule) -> tuple[dict[str, float], int]:
    """What may differ from the rule as it is set, and how many days to look back."""
    row = st.columns(5)
    days = int(row[4].number_input("Days back", min_value=1, max_value=90, value=21, key="tried days"))
    if rule.metric in _NOT_OF_WINDOWS:
        return {}, days
    is_budget = rule.metric == "budget"
    warn = 0.0 if is_budget else row[0].number_input("Warns from", value=rule.warn, key=f"warn {rule.name}")
    act = 0.0 if is_budget else row[1].number_input("Acts from", value=rule.act, key=f"act {rule.name}")
    width = row[2].number_input("Days of a window", min_value=1, max_value=28, value=rule.window_days,
                                key=f"width {rule.name}")  # fmt: skip
    lasting = row[3].number_input("Windows in a row", min_value=1, max_value=10, value=rule.persistence,
                                  key=f"lasting {rule.name}")  # fmt: skip
    return {"warn": warn, "act": act, "window_days": int(width), "persistence": int(lasting)}, days


def _try(rule: Rule, changed: dict[str, float], *, days: int, newest: datetime) -> None:
    run = opened().backtest
    if run is None:
        return
    until = newest.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    with st.spinner(f"Looking at {days} days, one after the other. It runs beside the app and may take a minute."):
        try:
            st.session_state[_RESULT] = run(rule.name, changed, until - timedelta(days=days), until)
        except BenchbookError as error:
            st.session_state.pop(_RESULT, None)
            st.error(str(error))


def _told(said: dict[str, Any]) -> None:
    rule = said["rules"][0]
    name = str(rule["rule"]).replace("_", " ")
    since, until = (words.moment(datetime.fromisoformat(said[end])) for end in ("from", "to"))
    st.text(f"{name}, looked at {words.counted(said['looks'], 'time')} from {since} to {until} UTC: "
            f"{words.counted(rule['alerts'], 'alert')}, {rule['acted']} of them would have asked for action, "
            f"at {rule['looks_acting']} of {rule['looks']} looks.")  # fmt: skip
    episodes = said["episodes"]
    if not episodes:
        st.success("It would have said nothing.", icon=":material/check:")
        return
    bars = pd.DataFrame([bar for one in episodes for bar in _bars(one, said["to"])])
    st.plotly_chart(spans_of_time(bars), config={"displayModeBar": False}, key="tried",
                    alt="Alerts as bars from opening to closing")  # fmt: skip
    shown = pd.DataFrame([
        {"opened": _day(one["opened_at"]), "acted": _day(one["acted_at"]), "closed": _day(one["closed_at"]),
         "words": one["words"]} for one in episodes
    ])  # fmt: skip
    names = {"opened": "opened (UTC)", "acted": "asked for action", "closed": "over", "words": "what it said last"}
    tables.table(shown, names, key="tried_table", alt="Alerts that the rule would have opened")
    with st.container(horizontal=True):
        for place, trace in enumerate(dict.fromkeys(trace for one in episodes for trace in one["traces"][:2])):
            if place < 6:
                st.page_link(links.TRACE, label=f"Trace {place + 1}", icon=":material/account_tree:",
                             query_params={"trace": trace})  # fmt: skip


def _bars(one: dict[str, Any], end: str) -> list[dict[str, object]]:
    """An alert as one bar while it warned and one from when it acted."""
    opened_at, closed = _moment(one["opened_at"]), _moment(one["closed_at"] or end)
    name = f"{one['step']} {one['value_of']}".strip()
    said = {"name": name, "text": one["words"]}
    if one["acted_at"] is None:
        return [said | {"group": "warned", "since": opened_at, "until": closed}]
    acted = _moment(one["acted_at"])
    warned = [said | {"group": "warned", "since": opened_at, "until": acted}] if acted > opened_at else []
    return [*warned, said | {"group": "asked for action", "since": acted, "until": closed}]


def _moment(said: str) -> datetime:
    return datetime.fromisoformat(said)


def _day(said: str | None) -> str:
    return words.UNKNOWN if said is None else words.moment(_moment(said))
