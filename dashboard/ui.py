"""Pieces that the pages share. Strings of the data pass through `st.text`, `st.dataframe` and options alone.

Streamlit reads markdown nearly everywhere, and a browser fetches a markdown image by itself. So no string of a corpus,
persona, answer, file name or address is ever given to anything but what `say`, `table` and the figures use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from html import escape
from itertools import count
from typing import Any, Literal

import pandas as pd
import streamlit as st

from dashboard import sentences, state, text, theme
from dashboard.later import Awaited
from dashboard.text import Mark
from engine.errors import NoHumanLabels, PolyvocalError
from engine.runs.store import RunSummary
from engine.spreadsheet import safe_csv

Style = Literal["quiet", "lead", "name", "hidden", "headline"]
FONT = '"Source Sans", "Segoe UI", Helvetica, Arial, sans-serif'
"""The pages' own; Streamlit serves it under this name."""


def style() -> None:
    """Put the page's style rules in place; once a run of the script, before anything is drawn."""
    st.session_state["_places"] = count()
    st.html(theme.style())


def fill_screen() -> None:
    """Give the page the whole screen: no sidebar, large letters."""
    st.html(theme.presenting())


def _place(name: str) -> str:
    """Return a key for a container that is styled by its name; unique in this run of the script."""
    places: Iterator[int] = st.session_state.setdefault("_places", count())
    return f"{name}-{next(places)}"


def say(words: str, style: Style | None = None, key: str = "") -> None:
    """Show a string of the data as plain text.

    Args:
        words: shown as they are, never as markdown or HTML.
        style: a look; none: as body text.
        key: makes the styled container's place unique where the same page may draw it in a fragment.
    """
    if style is None:
        st.text(words, width="stretch")
        return
    with st.container(key=f"{style}-{key}" if key else _place(style), gap=None):
        st.text(words, width="stretch")


def problem(message: str, key: str = "") -> None:
    """Show what went wrong in its own words, without a traceback."""
    with st.container(key=f"problem-{key}" if key else _place("problem"), gap=None):
        st.markdown(":material/error: **This did not work**")
        st.text(message, width="stretch")


def notice(message: str, icon: str = "info", key: str = "") -> None:
    """Show what a reader must know before trusting what stands below."""
    with st.container(key=f"notice-{key}" if key else _place("notice"), horizontal=True, wrap=False, gap="small"):
        st.markdown(f":material/{icon}:", width="content")
        st.text(message, width="stretch")


def awaited(what: str = "") -> None:
    """Tell that something is being measured, where it is going to stand. Own wording only.

    Args:
        what: it is; '': this part of the page.
    """
    lines = f"Being measured: {what}." if what else "Being measured."
    with st.container(key=_place("awaited"), horizontal=True, wrap=False, gap="small"):
        st.markdown(":material/hourglass_top:", width="content")
        # nobody pressed anything for it, so screen readers are to say it
        st.html(f'<div role="status">{escape(lines)} Shown as soon as known.</div>', width="stretch")


@contextmanager
def guarded(key: str = "") -> Iterator[None]:
    """Show a user's error in place of what it wraps, or that it is awaited; a bug passes on (to dashboard/asgi.py)."""
    try:
        yield
    except Awaited:
        awaited()
    except PolyvocalError as error:
        failed(error, key)


def failed(error: PolyvocalError, key: str = "") -> None:
    """Show why something is not shown: a place that is empty where nobody labelled, else what went wrong."""
    if isinstance(error, NoHumanLabels):
        empty("No person labelled these texts", text.NO_PEOPLE)
    else:
        problem(str(error), key)


def tabs(parts: Mapping[str, Callable[..., None]], key: str, *about: Any) -> None:
    """Show parts of a page in tabs, and draw the one whose tab is open.

    A user's error takes the place of its part alone.

    Args:
        parts: the title of each tab, and what draws it.
        key: under which the address says which tab is open.
        about: what every part is called with.
    """
    opened = st.tabs(list(parts), key=key, on_change="rerun", bind="query-params")
    for tab, part in zip(opened, parts.values(), strict=True):
        if tab.open:
            with tab, guarded():
                part(*about)


def empty(title: str, what_to_do: str, commands: Sequence[str] = ()) -> None:
    """Show an empty state: what is not here, and what to do next. Own wording only."""
    with st.container(border=True):
        st.markdown(f"**{title}**")
        st.markdown(what_to_do)
        for command in commands:
            st.code(command, language=None)


def start_link() -> None:
    """Offer the form for a run."""
    st.page_link(state.page("runs"), label="Start a run", icon=":material/add_circle:", query_params=state.FORM)


def badge(mark: Mark, *, count: int | None = None, help: str | None = None) -> None:
    """Show a mark: word, icon and colour, so that colour is never alone; `count`: of how many. Own wording only."""
    word, icon, colour = mark
    words = word if count is None else f"{count} × {word}"
    st.badge(words, icon=f":material/{icon}:", color=colour, help=help)  # type: ignore[arg-type]


def badge_synthetic() -> None:
    """Mark synthetic data."""
    badge(("Synthetic", "science", "orange"), help=text.SYNTHETIC)


def badge_state(named: str) -> None:
    """Show the state of a run or a study, by its name."""
    badge(text.STATE_WORDS.get(named, ("Unknown", "help", "gray")))


def badges_of_runs(runs: Sequence[RunSummary]) -> None:
    """Mark what runs' labels do not prove: synthetic texts, demo models, a program in a model's place; each once."""
    if any(run.backend == "scripted" for run in runs):
        badge(("Scripted labels", "smart_toy", "red"), help=text.SCRIPTED)
    if any(sentences.is_demo_model(run.model) and run.backend != "scripted" for run in runs):
        badge(("Demo model", "science", "orange"), help=text.DEMO_MODEL)
    if any(run.synthetic for run in runs):
        badge_synthetic()


def big(figure: str, key: str) -> None:
    """Show one number large. Numbers alone: no string of the data."""
    with st.container(key=f"big-{key}", gap=None):
        st.markdown(figure)


def figure_card(name: str, colour: str, figure: str, facts: Sequence[str]) -> None:
    """Show one number large beside what qualifies it, under a name with the colour it is drawn in."""
    with st.container(border=True, gap="xsmall", key=f"card-{name}"):
        swatch(name, colour, key=f"metric-{name}")
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            with st.container(width="content"):
                big(figure, name)
            with st.container(gap=None, width="stretch"):
                for number, fact in enumerate(facts):
                    say(fact, "quiet", key=f"metric-{number}-{name}")


def split_bar(shares: Sequence[float], colours: Sequence[str]) -> None:
    """Draw how people split as one bar; the counts stand beside it as text. Built of numbers alone."""
    parts = "".join(
        f'<i style="width:{100 * share:.2f}%;background:{colour}"></i>'
        for share, colour in zip(shares, colours, strict=True)
        if share > 0
    )
    st.html(f'<div class="pv-bar" aria-hidden="true">{parts}</div>')


def swatch(name: str, colour: str, key: str) -> None:
    """Show a name of the data beside its colour."""
    with st.container(horizontal=True, gap="xsmall", width="content", wrap=False, key=f"swatch-{key}"):
        st.html(f'<div class="pv-swatch" style="background:{colour}" aria-hidden="true"></div>', width="content")
        st.text(text.plain(name, 60))


def legend(names: Sequence[str], colours: Sequence[str]) -> None:
    """Show which colour stands for which name."""
    with st.container(horizontal=True, gap="medium"):
        for number, (name, colour) in enumerate(zip(names, colours, strict=True)):
            swatch(name, colour, key=f"legend-{number}")


def dots(here: int, n: int) -> None:
    """Draw how far a reader is among `n` steps, `here` counted from 0. Built of numbers alone."""
    parts = "".join(f'<i class="{"pv-here" if step == here else ""}"></i>' for step in range(n))
    st.html(f'<div class="pv-dots" role="img" aria-label="Step {here + 1} of {n}">{parts}</div>', width="content")


def chart(
    figure: Any,
    alt: str,
    key: str,
    height: int | Literal["content", "stretch"] = "content",
    picked: Callable[[], None] | None = None,
    boxed: Callable[[], None] | None = None,
    form: Literal["svg", "png"] = "svg",
) -> None:
    """Draw a finished figure with its own template, an alternative text, and the form that it is saved in.

    `picked` is called before the page runs again when a reader clicks on a mark, or `boxed`, where there is one, when a
    reader draws a box or takes it away; st.session_state[key] has what.
    """
    figure.update_layout(font={"family": FONT})
    config = {"displaylogo": False, "toImageButtonOptions": {"format": form, "filename": key, "scale": 2}}
    config["modeBarButtonsToRemove"] = ["lasso2d", "autoScale2d", *([] if boxed else ["select2d"])]
    st.plotly_chart(figure, theme=None, key=key, alt=alt, config=config, height=height,
                    on_select=boxed or picked or "ignore", selection_mode="box" if boxed else "points")  # fmt: skip


def table(frame: pd.DataFrame, alt: str, columns: dict[str, Any] | None = None, key: str | None = None) -> None:
    """Show a frame; its cells are never read as markdown."""
    st.dataframe(frame, hide_index=True, column_config=columns, alt=alt, key=key)


def download(label: str, frame: Callable[[], pd.DataFrame], file_name: str, key: str) -> None:
    """Offer a table as CSV, made when it is asked for, safe to open in a spreadsheet."""
    st.download_button(
        label,
        data=lambda: safe_csv(frame()),
        file_name=file_name,
        mime="text/csv",
        key=key,
        icon=":material/download:",
        on_click="ignore",
    )
