"""People: who may come in and as what; admins add, change and remove here, and what they did stays in the log."""

from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from errors import BenchbookError
from metrics import words
from pages.parts import tables, who
from pages.parts.opened import opened
from review import people
from review.people import RIGHTS, Right, Role

NAME, ROLE, LOGIN, PERSON, NEW_ROLE = "new name", "new role", "new login", "person", "other role"
SAID = "how the last change went"
ROLES = [Role.REVIEWER, Role.PRODUCT_OWNER, Role.ENGINEER, Role.ADMIN]


def role_words(role: Role) -> str:
    return who.ROLE_WORDS[role]


def add() -> None:
    """Callback: adds the person of the form, by the rights that who is here has now."""
    here, now = who.person(), datetime.now(UTC)
    if here is None:
        return
    name, login = str(st.session_state[NAME]), str(st.session_state[LOGIN] or "").strip() or None
    try:
        added = people.add_person(who.database(), name, st.session_state[ROLE], login=login, by=here.name, now=now)
    except BenchbookError as error:
        st.session_state[SAID] = (str(error), False)
        return
    st.session_state[SAID] = (f"{added.name} is {who.ROLE_WORDS[added.role]} now.", True)
    st.session_state[NAME] = st.session_state[LOGIN] = ""


def change(name: str, role: Role | None) -> None:
    """Callback: gives the person another role; the one that is chosen when none is named."""
    here, now = who.person(), datetime.now(UTC)
    if here is None:
        return
    try:
        changed = people.change_role(who.database(), name, role or st.session_state[NEW_ROLE], by=here.name, now=now)
    except BenchbookError as error:
        st.session_state[SAID] = (str(error), False)
        return
    st.session_state[SAID] = (f"{changed.name}: {who.ROLE_WORDS[changed.role]}, from the next click on.", True)


me = who.required(Right.MANAGE_PEOPLE)
st.title("People", anchor=False)
everybody = people.people(who.database())
if said := st.session_state.pop(SAID, None):
    (st.success if said[1] else st.error)(said[0])

shown = everybody.assign(
    role=[who.ROLE_WORDS[Role(role)] for role in everybody["role"]],
    since=[words.moment(at) for at in everybody["changed_at"]],
)
tables.table(
    shown,
    {"name": "name", "role": "role", "login": "login", "since": "role since (UTC)", "changed_by": "given by"},
    key="people",
    alt="Everybody who was ever let in, with role",
)

left, right = st.columns(2, gap="large")
with left:
    st.header("Add somebody", anchor=False)
    with st.form("add", border=False):
        st.text_input("Name", key=NAME, max_chars=60)
        st.selectbox("Role", ROLES, key=ROLE, format_func=role_words)
        st.text_input(
            "Login",
            key=LOGIN,
            max_chars=200,
            help="What the provider or the proxy calls them, mostly an e-mail address. Not needed in local mode.",
        )
        st.form_submit_button("Add", on_click=add, type="primary")
with right:
    st.header("Change somebody", anchor=False)
    name = st.selectbox("Person", [str(one) for one in everybody["name"]], key=PERSON)
    if name:
        now_role = Role(everybody.set_index("name")["role"].loc[name])
        others = [role for role in ROLES if role is not now_role]
        st.selectbox("New role", others, key=NEW_ROLE, format_func=role_words)
        with st.container(horizontal=True):
            st.button("Change role", on_click=change, args=(name, None))
            st.button("Remove", on_click=change, args=(name, Role.NONE), disabled=now_role is Role.NONE)
        st.text("Who is removed is out at the next click, also with a sign-in that lives. What they did stays.")

st.header("What a role may do", anchor=False)
tables.table(
    pd.DataFrame(
        [
            {"right": right.value, **{role.value: "✓" if right in RIGHTS[role] else "" for role in ROLES}}
            for right in Right
        ]
    ),
    {"right": "may", **{role.value: who.ROLE_WORDS[role] for role in ROLES}},
    key="rights",
    alt="What each role may do",
)
st.text(
    {
        "local": "Local mode: people choose their own name, on this machine alone.",
        "oidc": "People sign in at the identity provider; their login is looked up here.",
        "proxy": "A proxy in front says who somebody is; that login is looked up here.",
    }[opened().access.mode]
)
