"""Who is looking at the pages, where people log in."""

from __future__ import annotations

import streamlit as st

from dashboard import login, text, ui


def is_let_in() -> bool:
    """Return whether the pages may be shown to this session; where not, show how to log in.

    The door (dashboard/entrance.py) has refused everybody else before. This holds should it ever be left out.
    """
    required = login.in_force()
    if required is None:
        return True
    if st.user.get("is_logged_in") and not required.refusal(st.user.to_dict()):
        return True
    st.title("Log in")
    ui.style()
    ui.say(text.WHAT, "lead")
    st.button("Log in", type="primary", on_click=st.login)
    return False


def show() -> None:
    """Show below the navigation who is logged in, and the way out."""
    if login.in_force() is None:
        return
    who = login.name_of(st.user.to_dict())
    with st.sidebar, st.container(key="account", gap="xsmall"):
        ui.say(f"Logged in as {text.plain(who, 80)}", "quiet", key="account")
        st.button("Log out", icon=":material/logout:", on_click=st.logout)
