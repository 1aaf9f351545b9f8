"""Navigation only: the pages and what stands around every one of them.

The views lie in views/, never in a folder named `pages`: Streamlit would run such files by their address, past this
one.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.navigation.page import Page

from dashboard import account, later, state, ui, warm_up
from engine.errors import PolyvocalError

HERE = Path(__file__).resolve().parent
SECTIONS = {
    "": {"home": ("Home", "home")},
    "Show": {
        "story": ("Story", "auto_stories"),
        "report": ("Report", "description"),
    },
    "Explore": {
        "corpus": ("Corpus", "groups"),
        "personas": ("Personas", "diversity_3"),
        "temperature": ("Temperature", "thermostat"),
        "alignment": ("Alignment", "grid_on"),
        "stability": ("Stability", "balance"),
        "attributes": ("Attributes", "tune"),
        "refusals": ("Refusals", "block"),
        "models": ("Annotator models", "model_training"),
    },
    "Ask": {
        "live": ("Live", "forum"),
        "runs": ("Runs", "play_circle"),
    },
}
"""By section of the navigation: title and icon of each view. A view is named as its file; so is its address."""


def main() -> None:
    """Build the navigation and run the page that was asked for, for who may see it."""
    st.set_page_config(page_title="Polyvocal", page_icon=str(HERE / "static" / "mark.svg"), layout="wide")
    if not account.is_let_in():
        return
    sections = {
        section: {name: _page(name, title, icon) for name, (title, icon) in views.items()}
        for section, views in SECTIONS.items()
    }
    page = st.navigation({section: list(pages.values()) for section, pages in sections.items()}, expanded=True)
    pages = {name: page for pages in sections.values() for name, page in pages.items()}
    st.session_state[state.PAGES] = pages
    st.logo(str(HERE / "static" / "logo.svg"), size="large", icon_image=str(HERE / "static" / "mark.svg"))
    ui.style()
    account.show()
    with later.around_page():
        try:
            page.run()
        except later.Awaited:
            ui.awaited()
        except PolyvocalError as error:
            ui.failed(error)
        finally:
            warm_up.FIRST_PAGE.set()


def _page(name: str, title: str, icon: str) -> Page:
    home = name == "home"
    return st.Page(
        HERE / "views" / f"{name}.py", title=title, icon=f":material/{icon}:", default=home,
        url_path=None if home else name,
    )  # fmt: skip


main()
