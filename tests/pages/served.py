"""The script that browser tests serve: the pages over a bank, one trace of 5,000 spans and one full of hostile text."""

import json

import streamlit as st

from pages import menu
from pages.parts import opened
from tests.metrics.built import span
from tests.pages.bank import HOSTILE, Bank, chain, four_weeks


def hostile() -> Bank:
    """One trace whose every text tries to do harm."""
    bank = Bank()
    named = {
        "name": HOSTILE,
        "step": HOSTILE,
        "app": HOSTILE,
        "tenant": HOSTILE,
        "environment": HOSTILE,
        "session_id": "s_hostile",
        "model": HOSTILE,
        "prompt_version": HOSTILE,
        "error_type": HOSTILE,
        "cost_missing": HOSTILE,
        "tool_name": HOSTILE,
    }
    top = bank._add(
        span("hostile", kind="llm", status="error", **named),
        input_text=HOSTILE,
        output_text=HOSTILE,
        error_message=HOSTILE,
        system_text=HOSTILE,
        messages_in=json.dumps(
            [{"role": "<img src=x onerror=alert(1)>", "parts": [{"type": "text", "text": HOSTILE}]}]
        ),
        attributes='{"<img src=https://evil.example/a.png>": "![x](https://evil.example/b.png)"}',
    )
    bank.documents.append(
        {
            "trace_id": "hostile",
            "span_id": top,
            "rank": 1,
            "role": HOSTILE,
            "doc_id": HOSTILE,
            "title": HOSTILE,
            "url": "https://evil.example/",
            "content": HOSTILE,
        }
    )
    bank.scores.append(
        {
            "id": "h",
            "trace_id": "hostile",
            "span_id": top,
            "target_level": "span",
            "name": HOSTILE,
            "label": HOSTILE,
            "explanation": HOSTILE,
            "judge_name": HOSTILE,
        }
    )
    return bank


def late() -> Bank:
    """A trace of 4 s that was judged a minute after it had ended."""
    bank = Bank()
    top = bank._add(span("late", lasts_s=4, name="answer"), input_text="Hi", output_text="Hello")
    bank._add(span("late", parent_span_id=top, at_s=1, lasts_s=2, name="write"))
    bank._add(span("late", parent_span_id=top, at_s=64, lasts_s=2, name="judge", kind="evaluator"))
    return bank


@st.cache_resource
def held() -> opened.Opened:
    bank = four_weeks(120)
    for more in (chain(5_000), hostile(), late()):
        bank.spans += more.spans
        bank.texts |= more.texts
        bank.documents += more.documents
        bank.scores += more.scores
    return bank.opened()


opened.use(held())
st.navigation(menu.sections()).run()
