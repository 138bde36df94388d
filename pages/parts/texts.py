"""Drawing text of traces: always as text. Nothing here hands it to a label, a caption or markdown."""

import json

import streamlit as st

from pages.parts.messages import Message

_SHOWN_CHARACTERS = 20_000


def block(text: object, *, key: str, prose: bool = False) -> None:
    """A long text: as a tree when it is a JSON object or list, else as it is; its beginning when it is very long.

    `prose` is what people and assistants say to each other: drawn in the page's own type.
    """
    said = text if isinstance(text, str) else ""
    if not said.strip():
        st.text("Nothing recorded.")
        return
    if len(said) > _SHOWN_CHARACTERS and not st.toggle(f"Show all {len(said):,} characters", key=f"all_{key}"):
        said = said[:_SHOWN_CHARACTERS] + " …"
    parsed = _structured(said)
    if parsed is None and prose:
        st.text(said)
    elif parsed is None:
        st.code(said, language=None, wrap_lines=True)
    else:
        st.json(parsed, expanded=2)


def conversation(messages: list[Message], *, key: str) -> None:
    """Messages in order, each with who said it."""
    for number, message in enumerate(messages):
        name = message.role if message.role in ("user", "assistant") else "tool"
        avatar = {"user": ":material/person:", "assistant": ":material/smart_toy:", "system": ":material/settings:"}
        with st.chat_message(name, avatar=avatar.get(message.role, ":material/build:")):
            st.text(message.said_role or "no role")
            block(message.text, key=f"{key}_{number}", prose=True)


def _structured(text: str) -> object | None:
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict | list) else None
