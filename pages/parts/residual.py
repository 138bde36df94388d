"""The measured residual risk: how often the present rules find something in text that was scrubbed before."""

from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

from ingest.rescrub.words import meaning
from metrics import words
from pages.parts import tables
from pages.parts.opened import opened
from storage.rewriting import record

HOW = "Measure it with `benchbook rescrub --sample 500`; the served app does so once a week."


def draw() -> None:
    """Draws the part of the page *Data*: the latest rate, and those before it."""
    st.header("What looking again finds", anchor=False)
    database = opened().database
    if database is None:
        st.info("The ledger is not open here, so what was measured is not known.", icon=":material/info:")
        return
    runs = [one for one in record(database) if one["state"] == "done" and one["found"].get("rate")]
    if not runs:
        st.info(f"The residual risk has not been measured yet. {HOW}", icon=":material/search:")
        return
    _latest(runs[0])
    if len(runs) > 1:
        _earlier(runs)


def _latest(run: dict[str, Any]) -> None:
    found, rate = run["found"], run["found"]["rate"]
    st.text(
        f"{words.share(rate['share'])} of traces held something (95 % interval {words.share(rate['low'])} to "
        f"{words.share(rate['high'])})"
    )
    st.text(" · ".join([
        f"{words.counted(rate['traces'], 'trace')} looked at, of {words.count(found.get('frame'))}",
        f"rules {run['version']}",
        _window(found.get("window")),
        f"measured {words.moment(run['started_at'])} UTC",
    ]))  # fmt: skip
    st.text(_of_which_rules(run["version"]))
    if found.get("by_type"):
        st.text("Found: " + ", ".join(f"{many} {entity}" for entity, many in found["by_type"].items()))
    for said in meaning(found, run["version"]):
        st.text(said)
    _surfaces(rate.get("surfaces", {}))


def _of_which_rules(measured: str) -> str:
    """Whether the rate is of the rules by which this home scrubs now: an older one says nothing of what these find."""
    now = opened().words
    if now is None:
        return f"This is the rate of the rules {measured}."
    if now.rules == measured:
        return f"This is the rate of the rules by which this home scrubs now ({measured})."
    return (
        f"This is the rate of an older set of rules, {measured}. This home scrubs by {now.rules} now; what those would "
        "find has not been measured yet: `benchbook rescrub --sample 500`."
    )


def _surfaces(said: dict[str, dict[str, float]]) -> None:
    """Where it sits: the columns with the largest share first."""
    if not said:
        return
    rows = sorted(said.items(), key=lambda one: (-one[1]["share"], -one[1]["traces"], one[0]))
    shown = pd.DataFrame([
        {"surface": name, "share": words.share(one["share"]), "low": words.share(one["low"]),
         "high": words.share(one["high"]), "traces": int(one["traces"])}
        for name, one in rows
    ])  # fmt: skip
    names = {
        "surface": "column", "share": "traces with a finding in it", "low": "95 % low", "high": "95 % high",
        "traces": "traces with text in it",
    }  # fmt: skip
    tables.table(shown, names, key="residual_surfaces", alt="Measured residual risk by column")


def _earlier(runs: list[dict[str, Any]]) -> None:
    shown = pd.DataFrame([
        {
            "at": words.moment(one["started_at"]),
            "share": words.share(one["found"]["rate"]["share"]),
            "low": words.share(one["found"]["rate"]["low"]),
            "high": words.share(one["found"]["rate"]["high"]),
            "traces": one["found"]["rate"]["traces"],
            "window": _window(one["found"].get("window")),
            "rules": one["version"],
            "became": _became(one),
        }
        for one in runs
    ])  # fmt: skip
    names = {
        "at": "measured (UTC)", "share": "traces with a finding", "low": "95 % low", "high": "95 % high",
        "traces": "traces looked at", "window": "window", "rules": "rules", "became": "what was found",
    }  # fmt: skip
    tables.table(shown, names, key="residual", alt="Measured residual risk, newest first")


def _became(run: dict[str, Any]) -> str:
    """What a look did with what it found."""
    if not run["found"]["rate"]["share"]:
        return "nothing"
    return "left as it was" if run["asked"].get("dry_run") else "replaced"


def _window(said: dict[str, str] | None) -> str:
    if not said:
        return "no times known"
    return words.window(datetime.fromisoformat(said["since"]), datetime.fromisoformat(said["until"]))
