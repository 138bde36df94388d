"""Alerts: what asks for somebody, since when, why, and who has it."""

from datetime import UTC, datetime, timedelta

import pandas as pd
import streamlit as st

from errors import BenchbookError
from metrics import words
from metrics.alerts.deliveries import delivery_rows, pending
from metrics.alerts.evaluate import Level
from metrics.alerts.states import LONGEST_REASON, acknowledge, events, last_look, open_alerts, snooze
from pages.parts import backtest, board, controls, links, reads, states, tables, who
from pages.parts.opened import opened
from review.people import Right

SAID, REASON, DAYS = "how the last answer went", "reason of", "days of"
ICONS = {Level.ACT: ":red[:material/error:]", Level.WARN: ":orange[:material/warning:]"}


def reason_of(number: int) -> str:
    """What was typed, without personal data."""
    said = str(st.session_state.get(f"{REASON} {number}") or "")
    scrub = opened().words
    return scrub.scrubbed(said).text if scrub else ""


def take(number: int) -> None:
    """Callback: who is here has it."""
    here, now = who.person(), datetime.now(UTC)
    if here is None:
        return
    try:
        acknowledge(who.database(), number, by=here.name, reason=reason_of(number), now=now)
    except BenchbookError as error:
        st.session_state[SAID] = (str(error), False)
        return
    st.session_state[SAID] = (f"Alert {number} is yours.", True)


def quieten(number: int) -> None:
    """Callback: quiet for the days chosen."""
    here, now = who.person(), datetime.now(UTC)
    if here is None:
        return
    until = now + timedelta(days=int(st.session_state[f"{DAYS} {number}"]))
    try:
        snooze(who.database(), number, until=until, by=here.name, reason=reason_of(number), now=now)
    except BenchbookError as error:
        st.session_state[SAID] = (str(error), False)
        return
    st.session_state[SAID] = (f"Alert {number} is quiet until {words.moment(until)} UTC.", True)


st.title("Alerts", anchor=False)
states.stop_if_nothing_loaded(int(reads.loaded(controls.now())["traces"]))
database = opened().database
if database is None:
    st.info("No ledger was opened, so no alerts are kept.", icon=":material/inbox:")
    st.stop()
if said := st.session_state.pop(SAID, None):
    (st.success if said[1] else st.error)(said[0])

now = datetime.now(UTC)
asked_for = str(st.query_params.get("alert", ""))  # by a link of the webhook
alerts = sorted(
    open_alerts(database),
    key=lambda one: (str(one.number) != asked_for, one.is_quiet(now), one.level is not Level.ACT, one.opened_at),
)
acting = sum(one.level is Level.ACT and not one.is_quiet(now) for one in alerts)
taken = sum(bool(one.acknowledged_by) for one in alerts)
one, two, three = st.columns(3)
board.card(one, "Ask for action", words.count(acting), f"of {words.counted(len(alerts), 'open alert')}")
board.card(two, "Taken by somebody", words.count(taken), "acknowledged")
board.card(three, "Quiet for now", words.count(sum(one.is_quiet(now) for one in alerts)), "snoozed, with a reason")

look = last_look(database)
if look is None:
    st.text(
        "Nobody has looked so far. The app looks when a day of traffic is over; a shell does it by benchbook watch."
    )
else:
    st.text(f"Traffic until {words.moment(look.at)} UTC was looked at, on {words.moment(look.recorded_at)} UTC.")
unsent = [row for row, _ in pending(database, now=now)] if opened().webhook else []
if unsent:
    st.warning(
        f"{words.counted(len(unsent), 'message')} to the webhook wait to be taken.", icon=":material/outgoing_mail:"
    )

may_answer = who.allowed(who.person(), Right.DEPLOY)
if not alerts and look is not None:
    st.success("Nothing is open.", icon=":material/check:")
for alert in alerts:
    evidence = alert.evidence
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(ICONS[alert.level], width="content")
            st.text(str(evidence["words"]), width="stretch")
        since = words.moment(datetime.fromisoformat(evidence["since"]))
        state = f" · {alert.acknowledged_by} has it" if alert.acknowledged_by else ""
        quiet = f" · quiet until {words.moment(alert.snoozed_until)}" if alert.is_quiet(now) else ""
        why = f" · {alert.reason}" if alert.reason else ""
        st.text(f"{alert.level} · since {since} UTC · {evidence['owner']}: {evidence['action']}{state}{quiet}{why}")
        if evidence["traces"]:
            with st.container(horizontal=True):
                for place, trace in enumerate(evidence["traces"][:5]):
                    st.page_link(links.TRACE, label=f"Trace {place + 1}", icon=":material/account_tree:",
                                 query_params={"trace": trace})  # fmt: skip
        if may_answer:
            number = alert.number
            with st.container(horizontal=True, vertical_alignment="bottom"):
                st.text_input("What is done about it, or why it may wait", key=f"{REASON} {number}",
                              max_chars=LONGEST_REASON)  # fmt: skip
                st.number_input("Days", min_value=1, max_value=90, value=3, key=f"{DAYS} {number}", width=120)
                st.button("I have it", key=f"take {number}", on_click=take, args=(number,), icon=":material/back_hand:")
                st.button("Keep quiet", key=f"snooze {number}", on_click=quieten, args=(number,),
                          icon=":material/notifications_paused:")  # fmt: skip

if board.wants_table("Show what happened before"):
    happened = events(database)
    shown = pd.DataFrame([
        {"at": words.moment(row["at"]), "rule": row["rule"], "series": row["series"], "event": row["event"],
         "level": row["evidence"].get("level", ""), "by": row["by"], "reason": row["reason"]}
        for row in happened
    ])  # fmt: skip
    names = {"at": "at (UTC)", "rule": "rule", "series": "figure of", "event": "event", "level": "level", "by": "by",
             "reason": "reason"}  # fmt: skip
    if shown.empty:
        st.text("Nothing yet.")
    else:
        tables.table(shown, names, key="alerts_table", alt="What happened to alerts, newest first")

if opened().webhook and st.toggle("Show what was sent", key="sent", bind="query-params"):
    sent = pd.DataFrame([
        {"at": words.moment(row["at"]), "event": row["event"], "outcome": row["outcome"],
         "status": words.count(row["status"]), "reason": row["reason"]}
        for row in delivery_rows(database)
    ])  # fmt: skip
    names = {"at": "at (UTC)", "event": "event", "outcome": "outcome", "status": "status", "reason": "reason"}
    if sent.empty:
        st.text("Nothing yet.")
    else:
        tables.table(sent, names, key="sent_table", alt="Messages to the webhook, newest first")

rules = opened().rules
if rules is not None and opened().backtest is not None:
    newest = pd.to_datetime(reads.loaded(controls.now())["last_ts"], utc=True).floor("s")
    backtest.show(rules, newest=newest.to_pydatetime() + timedelta(days=1))
