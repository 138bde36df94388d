"""Injection flags in words: what the rules saw at a step, and what a flag is not."""

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from metrics import words
from scrub.injection import MEANS

WHERE = {"tool": "A tool's result", "document": "A document", "user": "The user's text"}
WHAT_IT_IS = (
    "A flag is a hint to look, from rules about wording. Rules see about a fifth of attacks, and some flags are "
    "harmless. Nothing was blocked."
)


def note(span: "pd.Series[Any]") -> None:
    """Draws the flag of a span of `metrics.anatomy`, if it has one."""
    if not _is_true(span.get("injection_flag")):
        if _is_text(span.get("injection_version")) and pd.isna(span.get("injection_flag")):
            st.text("Injection flags: not judged, the classifier gave no answer.")
        return
    with st.container(border=True):
        st.markdown(":material/flag: **Injection flag**")
        for said in rule_words(span.get("injection_rules")):
            st.text(said)
        if not pd.isna(span.get("injection_probability")):
            st.text(f"The classifier says {words.share(float(span['injection_probability']))}.")
        st.text(WHAT_IT_IS)


def count(spans: pd.DataFrame) -> None:
    """Draws how many spans of a trace carry a flag, and which come first; nothing when none does."""
    flagged = spans[[_is_true(flag) for flag in spans["injection_flag"]]]
    if flagged.empty:
        return
    names = list(dict.fromkeys(str(name) for name in flagged["name"].fillna("unnamed span")))
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    st.text(f"Injection flag on {words.counted(len(flagged), 'span')}: {', '.join(names[:3])}{more}")


def cell(span: Mapping[Hashable, object]) -> str:
    """The rules behind a span's flag, for a table; empty without a flag."""
    if not _is_true(span.get("injection_flag")):
        return ""
    return ", ".join(rule.partition("/")[2] for rule in _listed(span.get("injection_rules"))) or "flag"


def rule_words(rules: object) -> list[str]:
    """`A tool's result tells to ignore earlier instructions (override).` for each rule that matched."""
    said = []
    for each in _listed(rules):
        where, _, name = each.partition("/")
        said.append(f"{WHERE.get(where, where)} {MEANS.get(name, 'matches a rule')} ({name}).")
    return said


def _listed(rules: object) -> list[str]:
    return [str(rule) for rule in rules] if hasattr(rules, "__iter__") and not isinstance(rules, str) else []


def _is_true(flag: object) -> bool:
    return not pd.isna(flag) and bool(flag)  # type: ignore[call-overload]


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)
