"""What a reader chose: kept in the address (so that a link restores it) or in the session.

Choices that name a thing (a corpus, runs) have no default in their widget, because Streamlit leaves a value equal to
the default out of the address, and a copied link would change its meaning when the default moves. `preset` fills them
in before the widget is drawn.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from typing import Any

import streamlit as st
from streamlit.navigation.page import Page

PAGES = "_pages"
FORM = {"do": "Start a run"}
"""What the address of the form for a run says."""
IMPORT = {"corpora": "Import a corpus"}
"""What the address of the import says."""


def page(name: str) -> Page:
    """Return a page by its view's name, for links to it."""
    found: Page = st.session_state[PAGES][name]
    return found


def preset(key: str, value: Any) -> None:
    """Choose `value` for the widget `key` unless the address or the session already has a choice."""
    if key not in st.session_state and key not in st.query_params and value is not None:
        st.session_state[key] = value


def asked_for(key: str) -> list[str]:
    """Return what the address names under `key`, whether or not it exists."""
    return st.query_params.get_all(key)


def missing(key: str, known: Iterable[str]) -> list[str]:
    """Return what the address names under `key` and is not among `known`; call before the widget is drawn."""
    present = set(known)
    return [name for name in asked_for(key) if name not in present]


def keep_known(key: str, known: Container[str]) -> None:
    """Drop from the session's choice under `key` what no longer exists, so that a widget does not fail on it."""
    chosen = st.session_state.get(key)
    if isinstance(chosen, list):
        st.session_state[key] = [name for name in chosen if name in known]
    elif chosen is not None and chosen not in known:
        st.session_state[key] = None


def read_address(
    key: str,
    known: Container[str],
    *,
    several: bool,
    otherwise: Sequence[str] = (),
    required: bool = False,
    stored: bool = False,
) -> list[str]:
    """Take a choice of ids from the address into the session, before its widget is drawn; return the unknown ones.

    For widgets that show names in place of ids: Streamlit's own binding would put the names into the address, which
    may mean another run tomorrow. `write_address` is the other half. What the address names in vain stays there, and
    is returned each time, until something else is chosen; an empty widget has words beside it that say why.

    Args:
        key: of the widget and of the address's parameter.
        known: the ids there are, or what says whether there is one.
        several: whether the widget holds a list.
        otherwise: chosen where neither address nor session says anything.
        required: whether `otherwise` is chosen too where the session has lost its choice, or the reader emptied it.
        stored: whether the ids are of things in the store, which others can take away: a choice that is gone is told.
            Any other choice that is none any more was made so by another choice of the reader's, and is dropped.
    """
    asked, chosen = asked_for(key), st.session_state.get(key)
    if several and isinstance(chosen, str):  # chosen on a page whose widget of this name holds one
        st.session_state[key] = chosen = [chosen]
    elif not several and isinstance(chosen, list):
        st.session_state[key] = chosen = next(iter(chosen), None)
    in_vain = asked == st.session_state.get(_in_vain(key))
    new = not in_vain and asked != st.session_state.get(_written(key))
    if asked and (new or (in_vain and not chosen)):  # what was not there may be by now
        found = [name for name in asked if name in known]
        st.session_state[key] = found if several else next(iter(found), None)
    elif otherwise and (
        key not in st.session_state or (required and not chosen and all(name in known for name in asked))
    ):
        st.session_state[key] = list(otherwise) if several else otherwise[0]
    keep_known(key, known)
    unknown = [name for name in asked if name not in known]
    if not (new or in_vain or stored):
        return []
    if unknown and not st.session_state.get(key):
        st.session_state[_in_vain(key)] = asked
        return unknown
    st.session_state.pop(_in_vain(key), None)
    return unknown if new else []


def write_address(key: str, chosen: Sequence[str]) -> None:
    """Put a choice of ids into the address, after its widget is drawn; what it names in vain stays for an empty one."""
    asked = asked_for(key)
    if asked and not chosen and asked == st.session_state.get(_in_vain(key)):
        return
    st.session_state[_written(key)] = list(chosen)
    if asked == list(chosen):
        return
    if chosen:
        st.query_params[key] = list(chosen)
    elif key in st.query_params:
        del st.query_params[key]


def choose(key: str, name: str) -> None:
    """Choose `name` for a widget that holds one, whatever the address says; before the widget is drawn."""
    st.session_state[key] = name
    st.session_state[_written(key)] = asked_for(key)  # so it is not taken for a new address
    st.session_state.pop(_in_vain(key), None)


def _written(key: str) -> str:
    return f"_{key}_written"


def _in_vain(key: str) -> str:
    return f"_{key}_in_vain"


def follow(key: str, suggested: Sequence[str], known: Sequence[str]) -> None:
    """Let a choice that nobody made follow what is suggested, before its widget is drawn.

    While the choice is just what was suggested the last time, or nothing is left of it, it becomes what is suggested
    now; a choice of the reader's own stays. An address that names something else goes first (`read_address`).

    Args:
        key: of a widget that holds a list.
        suggested: chosen where nobody chose.
        known: what there is to choose from.
    """
    before, chosen = st.session_state.get(f"_{key}_suggested"), st.session_state.get(key)
    if chosen and (list(chosen) == before or not set(chosen) & set(known)):
        st.session_state[key] = list(suggested)
    st.session_state[f"_{key}_suggested"] = list(suggested)


def revealed(corpus: str, item_id: str) -> bool:
    """Return whether this reader asked to see the item's text, alone or with all texts of the session."""
    return show_all() or (corpus, item_id) in st.session_state.get("revealed", set())


def reveal(corpus: str, item_id: str) -> None:
    """Show one item's text from now on."""
    st.session_state.setdefault("revealed", set()).add((corpus, item_id))


def hide(corpus: str, item_id: str) -> None:
    """Hide one item's text again."""
    st.session_state.get("revealed", set()).discard((corpus, item_id))


def show_all() -> bool:
    """Return whether this reader asked for all texts of the session."""
    return bool(st.session_state.get("show_texts", False))
