"""Who is here and what they may do: asked of the ledger in every run, never of a cookie alone.

A cookie, a sign-in or a header says only which person it is. A page calls `required(right)` before it shows anything
(also at the top of a fragment, which runs without the page around it), and hands the person's name to what writes,
which asks the ledger again inside its own transaction.
"""

import hashlib
from datetime import UTC, datetime

import streamlit as st

from components.kept_name import keep_name, kept_name
from errors import BenchbookError
from pages.parts.opened import Opened, opened
from review import people
from review.people import Person, Right, Role
from storage.ledger_database import Database

NAME = "chosen name"
"""Where a session keeps the name that was chosen in it; empty when it was given up."""
_ASKED, _FAILED = "name to choose", "why that name did not do"
ROLE_WORDS = {
    Role.REVIEWER: "reviewer",
    Role.PRODUCT_OWNER: "product owner",
    Role.ENGINEER: "engineer",
    Role.ADMIN: "admin",
    Role.NONE: "removed",
}


def person() -> Person | None:
    """Who is here, with the role that the ledger says now; None when nobody is known or they were removed."""
    now = opened()
    if now.database is None:
        return None
    if now.access.mode == "local":
        found = people.person(now.database, name) if (name := _local_name(now)) else None
    else:
        found = people.person_of_login(now.database, said) if (said := login()) else None
    return None if found is None or found.role is Role.NONE else found


def login() -> str | None:
    """What the provider or the proxy calls who is here; None when they did not sign in."""
    access = opened().access
    if access.mode == "proxy":
        said = st.context.headers.get_all(access.header)
        return said[0] if len(said) == 1 and said[0].strip() else None  # two of them: one may come from outside
    if access.mode == "oidc" and _is_signed_in():
        claim = st.user.get(access.claim)
        vouched = access.claim != "email" or st.user.get("email_verified") is not False
        return claim if isinstance(claim, str) and claim.strip() and vouched else None
    return None


def may(right: Right) -> bool:
    """Whether who is here may do it. Without a name, in local mode, traffic can be read and nothing else."""
    return allowed(person(), right)


def allowed(here: Person | None, right: Right) -> bool:
    """As `may`, of somebody who was looked up already in this run."""
    if here is not None:
        return here.may(right)
    return right is Right.SEE_TRAFFIC and opened().access.mode == "local"


def required(right: Right) -> Person:
    """The person who is here, if they may do this; otherwise asks for a name or refuses, and ends the page."""
    here = person()
    if here is None or not here.may(right):
        turn_away(right)
        st.stop()
    return here


def database() -> Database:
    """The ledger; where it is not open, says so and ends the page."""
    found = opened().database
    if found is None:
        st.info("The ledger is not open in this process, so there is nothing to review here.")
        st.stop()
    return found


def turn_away(right: Right) -> None:
    """Says why this page is not shown and what to do: choose a name, sign in, or ask an admin."""
    here, mode = person(), opened().access.mode
    if here is not None:
        st.title("You may not open this page", anchor=False)
        st.warning(f"It is for people who may {right.value}.", icon=":material/lock:")
        st.text(f"You are {here.name}, {ROLE_WORDS[here.role]}. An admin can change that, on the page People or so:")
        st.code(f'benchbook user role "{here.name}" {_smallest_role(right).value}', language=None)
    elif mode == "local":
        st.title("Who are you?", anchor=False)
        database()
        _ask_name()
    elif mode == "oidc" and not _is_signed_in():
        st.title("Sign in", anchor=False)
        st.text("Benchbook is open to the people of this team.")
        st.button("Sign in", on_click=st.login, type="primary")
    else:
        _refuse_stranger()


def _is_signed_in() -> bool:
    return bool(st.user.get("is_logged_in"))


def _refuse_stranger() -> None:
    said = login()
    st.title("Not on the list", anchor=False)
    if said is None:
        st.warning(
            "Nobody vouches for who you are: the sign-in or the proxy in front of Benchbook said no (verified) login.",
            icon=":material/lock:",
        )
    else:
        st.warning("You are signed in, but not one of this team's people (any more).", icon=":material/lock:")
        st.text("An admin can add you, on the page People or so:")
        st.code(f'benchbook user add YOUR-NAME --role reviewer --login "{said}"', language=None)
    if opened().access.mode == "oidc":
        st.button("Sign out", on_click=st.logout)


def _smallest_role(right: Right) -> Role:
    return next(role for role in people.RIGHTS if right in people.RIGHTS[role])


def badge() -> None:
    """In the sidebar: who is here, and the way out or to another name."""
    now, here = opened(), person()
    if now.database is None:
        return
    with st.sidebar:
        if here is not None:
            st.text(f"{here.name}, {ROLE_WORDS[here.role]}")
        if now.access.mode == "local":
            if here is None:
                with st.popover("Choose your name", icon=":material/person:"):
                    _ask_name("in the sidebar")
            else:
                st.button("Change name", on_click=_give_up_name, key="change_name", type="tertiary")
        elif now.access.mode == "oidc" and here is not None:
            st.button("Sign out", on_click=st.logout, key="sign_out", type="tertiary")
        if NAME in st.session_state:
            keep_name(_cookie(now), st.session_state[NAME])


def _ask_name(where: str = "") -> None:
    """Asks for a name; the person is in the ledger, and known to this browser, when it was given."""
    st.text("Reading is open here; what you draw, label or decide is kept under your name.")
    with st.form(f"name {where}", border=False):
        st.text_input("Your name", key=f"{_ASKED} {where}", max_chars=60, autocomplete="name")
        st.form_submit_button("That is me", on_click=_choose, args=(where,), type="primary")
    if why := st.session_state.pop(f"{_FAILED} {where}", None):
        st.error(why)


def _choose(where: str) -> None:
    """Callback: register the name that was typed."""
    typed = str(st.session_state.get(f"{_ASKED} {where}") or "")
    found = opened().database
    if found is None or opened().access.mode != "local":
        return
    try:
        st.session_state[NAME] = people.register_locally(found, typed, now=datetime.now(UTC)).name
    except BenchbookError as error:
        st.session_state[f"{_FAILED} {where}"] = str(error)


def _give_up_name() -> None:
    """Callback: this browser is nobody again."""
    st.session_state[NAME] = ""


def _local_name(now: Opened) -> str | None:
    if NAME in st.session_state:
        return str(st.session_state[NAME]) or None
    return kept_name(_cookie(now))


def _cookie(now: Opened) -> str:
    """Named by the home: two homes on one machine share the browser's cookies, whatever their ports."""
    return f"benchbook_{hashlib.sha256(now.home.encode()).hexdigest()[:12]}"
