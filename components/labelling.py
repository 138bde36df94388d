"""The labelling panel: an item and its rubric side by side, worked by keyboard alone, as a Component v2.

What travels: the open items (the one that is shown and the next), the rubric, progress, and for each message of the
panel how it ended. What comes back: messages (submit, skip, return, undo, draft, more, alive), each with an id and its
assignment, sent again until they are answered; so nothing hangs on one message, and none names an item by its place.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from review.rubric.criteria import Criterion, Scale
from review.rubric.rubric import Rubric

_HERE = Path(__file__).parent
_OUTBOX = "outbox"
_LONGEST_ID = 100


def labelling(payload: Mapping[str, Any], *, key: str, on_messages: Callable[[], None]) -> None:
    """Draws the panel; `on_messages` runs when it sends some, to be read with `messages(key)`."""
    _renderer()(key=key, data=dict(payload), on_outbox_change=on_messages)


def messages(key: str) -> list[dict[str, Any]]:
    """What the panel `key` sent in this run; whatever is not of the right shape is left out."""
    state = st.session_state.get(key)
    return as_messages(state.get(_OUTBOX) if state is not None else None)


def as_messages(sent: object) -> list[dict[str, Any]]:
    """The messages in what a browser sent, which may be anything."""
    listed = sent.get("messages") if isinstance(sent, Mapping) else None
    if not isinstance(listed, Sequence):
        return []
    named = [one for one in listed if isinstance(one, Mapping) and isinstance(one.get("id"), str)]
    return [dict(one) for one in named if len(one["id"]) <= _LONGEST_ID]


def rubric_payload(rubric: Rubric) -> dict[str, Any]:
    """The rubric as the panel walks it, each option with its key; criteria that depend on an answer come last."""
    criteria = sorted(rubric.criteria, key=lambda one: one.shown_if is not None)
    return {
        "criteria": [_criterion(one) for one in criteria],
        "instructions": rubric.instructions,
        "good": list(rubric.good),
        "bad": list(rubric.bad),
    }


def _criterion(one: Criterion) -> dict[str, Any]:
    keys = option_keys(one)
    condition = one.shown_if
    return {
        "name": one.name,
        "question": one.question,
        "required": one.required,
        "several": one.scale is Scale.CATEGORIES,
        "field": one.scale is Scale.TEXT,
        "numbers": one.scale is Scale.INTEGER,
        "entry": not keys and bool(one.values),
        "shown_if": condition and {"criterion": condition.criterion, "values": list(condition.values)},
        "options": [
            {"value": value, "label": value, "words": _anchor(one, value), "key": key}
            for value, key in zip(one.values, keys or _numbers(one), strict=True)
        ],
    }


def option_keys(criterion: Criterion) -> tuple[str, ...]:
    """The key of each value; none when there are too many for one key each, so that a number is typed instead.

    A number is its own key, and 0 stands for 10 when the scale has a 10 and no 0. A category is its place in the list.
    """
    values = criterion.values
    match criterion.scale:
        case Scale.YES_NO:
            return ("y", "n")
        case Scale.INTEGER if all(value.isdigit() and int(value) <= 9 for value in values):
            return values
        case Scale.INTEGER if all(value.isdigit() and 1 <= int(value) <= 10 for value in values):
            return tuple(value[-1] for value in values)
        case Scale.CATEGORY | Scale.CATEGORIES if len(values) <= 9:
            return tuple(str(place) for place in range(1, len(values) + 1))
    return ()


def _numbers(criterion: Criterion) -> tuple[str, ...]:
    """What is typed for each value when it is typed as a number."""
    if criterion.scale is Scale.INTEGER:
        return criterion.values
    return tuple(str(place) for place in range(1, len(criterion.values) + 1))


def _anchor(criterion: Criterion, value: str) -> str | None:
    return criterion.anchors.get(int(value)) if criterion.scale is Scale.INTEGER else None


def _renderer() -> Any:  # Streamlit's own type of it is not public
    """The component, registered with the runtime of this run: registering the same again changes nothing."""
    return st.components.v2.component(
        "benchbook_labelling",
        html='<div class="mount"></div>',
        css=(_HERE / "labelling.css").read_text(),
        js=(_HERE / "labelling.js").read_text() + (_HERE / "labelling_view.js").read_text(),
    )
