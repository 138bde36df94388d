"""Versions: what was live when, by what people registered and by what traffic shows; and where the two differ."""

from collections.abc import Hashable
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from charts.spans_of_time import spans_of_time
from errors import BenchbookError
from metrics import words
from metrics.versions.deployments import LONGEST, Deployment, register
from metrics.versions.flags import Flag
from metrics.versions.sightings import Kind
from pages.parts import board, controls, dora, reads, states, tables, two_versions, who
from pages.parts.opened import opened
from review.people import Right

SAID = "how the last registration went"
KIND, VERSION, APP, DAY, NOTE = "kind", "version", "app of it", "day of it", "note of it"
ICONS = {
    Flag.SILENT: ":material/sync_problem:",
    Flag.UNREGISTERED: ":material/help:",
    Flag.UNPINNED: ":material/keep_off:",
}


def keep(said: Deployment) -> None:
    """Registers it by the rights that who is here has now."""
    here = who.person()
    if here is None:
        st.session_state[SAID] = ("Choose your name first: a deployment is kept with who registered it.", False)
        return
    try:
        number = register(who.database(), said, by=here.name, now=datetime.now(UTC))
    except BenchbookError as error:
        st.session_state[SAID] = (str(error), False)
        return
    st.session_state[SAID] = (f"Deployment {number} is registered.", True)


def keep_form() -> None:
    """Callback of the form."""
    version = str(st.session_state[VERSION]).strip()
    if not version:
        st.session_state[SAID] = ("Say which version went live.", False)
        return
    note = str(st.session_state[NOTE] or "")
    scrub = opened().words
    if scrub is None or scrub.scrubbed(version).text != version:
        st.session_state[SAID] = ("That version looks personal; traffic has placeholders instead.", False)
        return
    note = scrub.scrubbed(note).text
    keep(Deployment(st.session_state[DAY], {str(st.session_state[KIND]): version}, st.session_state[APP], note))


def bar(row: dict[Hashable, Any]) -> dict[str, object]:
    """A row of `sightings` as a bar of the chart."""
    is_of_name = row["what"] == Kind.MODEL and row["asked"] not in ("", row["value"])
    seen = f"{words.moment(row['first_seen'])} to {words.moment(row['last_seen'])}"
    return {
        "name": f"{row['value']} for {row['asked']}" if is_of_name else row["value"],
        "group": board.kind_words(row["what"]),
        "since": row["first_seen"],
        "until": row["last_seen"],
        "text": f"{row['app']}: {seen}, {words.counted(row['spans'], 'span')}",
    }


asked = board.open_page("Versions", grouped=False)
seen = reads.sightings(asked.wanted)
if seen.empty:
    states.nothing_matches(asked.wanted, what="versions")
if said := st.session_state.pop(SAID, None):
    (st.success if said[1] else st.error)(said[0])

odd = reads.version_flags(asked.wanted)
st.header("What nobody said", anchor=False)
if odd.empty:
    st.success("Every version that came into traffic in this window was registered.", icon=":material/check:")
for place, row in enumerate(odd.head(12).to_dict("records")):
    icon, told, button = st.columns([1, 20, 5], vertical_alignment="center")
    icon.markdown(ICONS[Flag(row["flag"])], width="content")
    first = f"{words.moment(row['first_seen'])} UTC, {row['app']}"
    told.text(f"{row['flag'].capitalize()}: {row['why']} ({first})")
    if row["flag"] != Flag.UNPINNED and who.allowed(who.person(), Right.DEPLOY):
        at = row["first_seen"].floor("min").to_pydatetime()
        it = Deployment(at, {row["what"]: row["value"]}, row["app"], "as first seen in traffic")
        button.button("Register it", key=f"register {place}", on_click=keep, args=(it,), icon=":material/add:")
if len(odd) > 12:
    st.text(f"{len(odd) - 12} more are older.")

st.header("Seen in traffic", anchor=False)
within = seen[(seen["last_seen"] >= asked.wanted.since) & (seen["first_seen"] < asked.wanted.until)]
bars = pd.DataFrame([bar(row) for row in within.to_dict("records")])
st.plotly_chart(spans_of_time(bars), config={"displayModeBar": False}, key="seen",
                alt="Versions as bars from first to last sighting")  # fmt: skip

st.header("Two versions side by side", anchor=False)
two_versions.draw(asked.wanted, within)

st.header("Registered", anchor=False)
known = reads.deployments()
if known:
    rows = pd.DataFrame([
        {"at": words.moment(one.deployment.at), "what": one.words, "app": one.deployment.app or "all", "by": one.by,
         "note": one.deployment.note}
        for one in reversed(known)
    ])  # fmt: skip
    names = {"at": "went live (UTC)", "what": "what", "app": "app", "by": "registered by", "note": "note"}
    tables.table(rows, names, key="deployments", alt="Registered deployments, newest first")
else:
    st.text("None yet. A pipeline can do it: benchbook deploy prompt=v4 --app NAME")

dora.show(asked.wanted)

if who.allowed(who.person(), Right.DEPLOY):
    with st.expander("Register a deployment"), st.form("deployment", border=False, clear_on_submit=True):
        one, two, three, four = st.columns(4)
        one.selectbox("What", list(Kind), key=KIND, format_func=board.kind_words, index=2)
        two.text_input("Version", key=VERSION, max_chars=LONGEST)
        three.selectbox("App", [None, *sorted(set(seen["app"]))], key=APP, format_func=lambda app: app or "all")
        four.datetime_input("Went live (UTC)", key=DAY, value=controls.now() - timedelta(minutes=1))
        st.text_input("Note", key=NOTE, max_chars=LONGEST, help="Scrubbed of personal data before it is kept.")
        st.form_submit_button("Register", on_click=keep_form)

if board.wants_table():
    shown = within.assign(
        first=[words.moment(at) for at in within["first_seen"]], last=[words.moment(at) for at in within["last_seen"]],
        share=[words.share(value) for value in within["share_of_week"]],
    )  # fmt: skip
    names = {
        "app": "app",
        "what": "kind",
        "value": "version",
        "asked": "asked for",
        "first": "first seen (UTC)",
        "last": "last seen (UTC)",
        "spans": "spans",
        "share": "share of the last 7 days",
    }
    tables.table(shown, names, key="versions_table", alt="Versions in traffic")
