"""Injection flags of all that is loaded: how many over time, and the rules behind them."""

import pandas as pd
import streamlit as st

from charts.over_time import Axis, lines
from metrics import words
from metrics.buckets import DAY_NS
from metrics.injection_flags import flagged_share
from pages.parts import flags, links, reads, tables
from scrub.injection import MEANS


def draw() -> None:
    """Draws the section of the page *Data*."""
    st.header("Injection flags", anchor=False)
    st.text("Text of tools, documents and users that reads like orders to the model.")
    st.text(flags.WHAT_IT_IS)
    by_day = reads.injection_flags_by_day()
    if by_day.empty:
        st.info(
            "Nothing that is loaded was looked at: it came before there were flags, or no tool, document or user "
            "says anything in it.",
            icon=":material/flag:",
        )
        return
    judged, flagged = int(by_day["judged_spans"].sum()), int(by_day["flagged_spans"].sum())
    unjudged = int(by_day["unjudged_spans"].sum())
    said = f"{words.counted(flagged, 'span')} of {words.count(judged)} flagged"
    st.text(said + (f"; {words.count(unjudged)} not judged, the classifier gave no answer" if unjudged else ""))
    daily = flagged_share(by_day)
    drawn = daily.assign(
        series="flagged",
        bucket_start=pd.to_datetime(daily["day"]),
        **{name: daily[name].astype(float) * 100 for name in ("share", "low", "high")},
    )
    st.plotly_chart(
        lines(
            drawn,
            Axis("share", "Spans flagged (%)", ".3~g", "judged_spans", "spans looked at"),
            width_ns=DAY_NS,
            width_words="1 day",
            band=("low", "high"),
        ),
        alt="Share of spans with an injection flag per day, with 95 % intervals",
        config={"displayModeBar": False},
    )
    _rules()


def _rules() -> None:
    rules = reads.injection_rules_matched()
    if rules.empty:
        return
    shown = rules.assign(
        means=[MEANS.get(str(rule), "") for rule in rules["rule"]],
        last=[words.moment(when) for when in rules["last_seen"]],
    )
    names = {
        "rule": "rule",
        "means": "what it sees",
        "place": "where",
        "spans": "spans",
        "traces": "traces",
        "last": "last (UTC)",
    }
    tables.table(shown, names, key="injection_rules", alt="Rules behind the injection flags")
    st.page_link(
        links.TRACES,
        label="Traces with a flag",
        icon=":material/arrow_forward:",
        query_params={"only": "with injection flags", "window": "all"},
    )
