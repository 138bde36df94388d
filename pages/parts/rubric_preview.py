"""A rubric as a reviewer meets it: the real labelling panel, over an invented item, keeping nothing."""

import streamlit as st

from components import labelling
from review.labelling.items import ShownItem
from review.rubric.rubric import Rubric, Unit

_KEY = "rubric preview"
_ITEM = ShownItem(
    unit="trace",
    target="preview",
    before=(),
    question="This is where the question stands, with the conversation before it.",
    answer="This is where the answer under review stands. Press the keys that are shown; nothing is kept here.",
    documents=(),
    tool_calls=(),
    turn=1,
)


def preview(rubric: Rubric) -> None:
    """Draws the panel with this rubric."""
    name = f"preview {rubric.name} {rubric.version}"
    answered = st.session_state.setdefault(f"{_KEY} answers", {})
    payload = {
        "sitting": name,
        "items": [{"assignment": name, "item": _ITEM.as_json(), "draft": None}],
        "acks": list(answered.values())[-20:],
        "more": False,
        "may_correct": rubric.unit is Unit.TRACE,
        "newcomer": False,
        "progress": {"done": 0, "of": 1, "mine": 0, "today": 0, "per_hour": None},
        "rubric": labelling.rubric_payload(rubric),
        "nothing": "",
    }
    labelling.labelling(payload, key=_KEY, on_messages=_answer)


def _answer() -> None:
    """Callback: every message is answered, and none is kept."""
    answered = st.session_state.setdefault(f"{_KEY} answers", {})
    for message in labelling.messages(_KEY):
        is_draft = message.get("kind") in ("draft", "alive", "more")
        reason = {} if is_draft else {"reason": "This is a preview: nothing is kept.", "open": True}
        answered[message["id"]] = {"id": message["id"], "ok": is_draft, **reason}
