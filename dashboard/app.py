"""Navigation only: the pages and what stands around every one of them.

The views lie in views/, never in a folder named `pages`: Streamlit would run such files by their address, past this
one.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard import state, ui
from engine.errors import PolyvocalError

HERE = Path(__file__).resolve().parent
VIEWS = {
    "home": ("Home", "home"),
    "story": ("Story", "auto_stories"),
    "corpus": ("Corpus", "groups"),
    "personas": ("Personas", "diversity_3"),
    "temperature": ("Temperature", "thermostat"),
    "alignment": ("Alignment", "grid_on"),
    "stability": ("Stability", "balance"),
    "attributes": ("Attributes", "tune"),
    "refusals": ("Refusals", "block"),
    "report": ("Report", "description"),
    "runs": ("Runs", "play_circle"),
}
"""Of each view its title and icon; the name is its file's and, but for Home, its address."""


def main() -> None:
    """Build the navigation and run the page that was asked for."""
    st.set_page_config(page_title="Polyvocal", page_icon=str(HERE / "static" / "mark.svg"), layout="wide")
    pages = {
        name: st.Page(
            HERE / "views" / f"{name}.py",
            title=title,
            icon=f":material/{icon}:",
            url_path=None if name == "home" else name,
            default=name == "home",
        )
        for name, (title, icon) in VIEWS.items()
    }
    page = st.navigation(list(pages.values()))
    st.session_state[state.PAGES] = pages
    st.logo(str(HERE / "static" / "logo.svg"), size="large", icon_image=str(HERE / "static" / "mark.svg"))
    ui.style()
    try:
        page.run()
    except PolyvocalError as error:
        ui.problem(str(error))


main()
