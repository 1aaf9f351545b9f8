"""The look of the pages: colours of labels in both themes, and the few style rules that Streamlit does not set."""

from __future__ import annotations

import re

import streamlit as st

from engine.corpora.corpus import Task
from engine.figures.theme import PALETTES, Theme

_SCALE: dict[Theme, tuple[str, ...]] = {
    "light": ("#002E50", "#393F4E", "#5B514B", "#7B6447", "#997840", "#B88C37"),
    "dark": ("#1972B0", "#6583A2", "#8E9594", "#AFA984", "#CDBD72", "#EAD15C"),
}
_REST: dict[Theme, str] = {"light": "#8A95A1", "dark": "#66727F"}
"""Of the label that is not the positive one."""

STYLE = """
<style>
h1 { font-size: 2.1rem !important; padding: .2rem 0 .4rem !important; }
h2 { font-size: 1.3rem !important; padding: .9rem 0 .3rem !important; }
h3 { font-size: 1.12rem !important; padding: .5rem 0 .2rem !important; }
/* texts of the data: any word length, any direction, never wider than the page */
[data-testid="stText"] { overflow-wrap: anywhere; unicode-bidi: plaintext; text-align: start; white-space: pre-wrap; }
[class*="st-key-quiet"] [data-testid="stText"] { opacity: .86; font-size: .875rem; }
[class*="st-key-lead"] [data-testid="stText"] { font-size: 1.1rem; line-height: 1.5; }
[class*="st-key-headline"] [data-testid="stText"] { font-weight: 680; font-size: 1.55rem; line-height: 1.25; }
[class*="st-key-name"] [data-testid="stText"] { font-weight: 650; font-size: 1.05rem; }
[class*="st-key-big"] p { font-size: 2rem; font-weight: 650; line-height: 1.2; }
[data-testid="stCaptionContainer"], [data-testid="stCaptionContainer"] p, [data-testid="stExpander"] summary,
[data-testid="stExpander"] summary * { color: VAR_QUIET !important; opacity: 1; }
[class*="st-key-hidden"] [data-testid="stText"] { font-style: italic; opacity: .8; }
[class*="st-key-problem"] { border-left: 4px solid #D0453B; padding: .6rem .9rem; border-radius: .35rem;
  background: rgba(208, 69, 59, .08); }
[class*="st-key-notice"], [class*="st-key-awaited"] { border-left: 4px solid #B7791F; padding: .6rem .9rem;
  border-radius: .35rem; background: rgba(183, 121, 31, .09); }
[class*="st-key-cta"] a { background: VAR_PRIMARY; padding: .35rem .9rem; width: fit-content; }
[class*="st-key-cta"] a:hover { background: VAR_PRIMARY; filter: brightness(1.12); }
[class*="st-key-cta"] a * { color: VAR_ON_PRIMARY !important; font-weight: 600; }
/* all that is chosen is to be seen: tags go on in a new line, where Streamlit hides them */
[data-testid="stMultiSelect"] div:has(> [data-testid="stMultiSelectTagsContainer"]) { max-height: none; height: auto; }
[data-testid="stMultiSelectTagsContainer"] { min-width: 0; flex-wrap: wrap; row-gap: .25rem; height: auto;
  padding: .25rem; overflow: visible; mask: none; }
[data-testid="stMultiSelectTagsContainer"] [data-tag] *,
[data-testid="stBaseButton-primary"]:enabled, [data-testid="stBaseButton-primary"]:enabled * {
  color: VAR_ON_PRIMARY !important; }
/* what the Tab key reaches is seen, on the ground of either theme */
[data-testid="stElementToolbar"]:focus-within { opacity: 1 !important; }
.modebar-btn:focus-visible { outline: 2px solid VAR_PRIMARY !important; }
/* a log begins at its end: its newest lines */
.st-key-log { flex-direction: column-reverse !important; justify-content: flex-start !important; }
.pv-bar { display: flex; height: .8rem; border-radius: .3rem; overflow: hidden; gap: 2px; }
.pv-bar > i { display: block; min-width: 2px; }
.pv-dots { display: flex; gap: .5rem; align-items: center; min-height: 1.6rem; }
.pv-dots > i { width: .7rem; height: .7rem; border-radius: 50%; border: 2px solid VAR_QUIET; }
.pv-dots > i.pv-here { background: VAR_PRIMARY; border-color: VAR_PRIMARY; }
.st-key-remote { display: none; }
.st-key-turn kbd { color: VAR_QUIET !important; opacity: 1 !important; }
.pv-swatch { width: .85rem; height: .85rem; border-radius: .2rem; margin-top: .3rem; }
.block-container, [data-testid="stMainBlockContainer"] { max-width: 1240px;
  padding-top: 3.6rem; padding-left: 3rem; padding-right: 3rem; }
.st-key-map-legend { display: none; }
@media (max-width: 640px) {
  /* values in the cells of a heatmap have no room there; hovering and the table tell them */
  :is([class*="st-key-exhibit-alignment-"], [class*="st-key-exhibit-annotators-"]) .scatterlayer g.text,
  [class*="st-key-exhibit-annotator-map"] .legend { display: none; }
  .st-key-map-legend { display: flex !important; }
  [data-testid="stMainBlockContainer"] { padding-left: 1rem; padding-right: 1rem; }
  /* badges in one line, and below them the sentence over the whole width */
  .st-key-about-the-run { flex-wrap: wrap; row-gap: .5rem; }
  .st-key-about-the-run > [class*="st-key-quiet"], .st-key-about-the-run > :has(> [class*="st-key-quiet"]) {
    flex-basis: 100%; }
  /* choices go on in a new line, where Streamlit scrolls them out of sight */
  [data-testid="stButtonGroup"] [role="radiogroup"] { flex-wrap: wrap; row-gap: .25rem; mask: none; }
}
</style>
"""
"""Our own constant: no string of the data is ever put into HTML."""

PRESENTING = """
<style>
[data-testid="stSidebar"], [data-testid="stHeader"], [data-testid="stExpandSidebarButton"],
.st-key-steps [data-testid="stButtonGroup"], .st-key-steps [data-testid="stCheckbox"] { display: none !important; }
.st-key-steps { position: fixed; right: calc(3vw + 6.6rem); bottom: .5rem; z-index: 6; width: auto; }
.st-key-steps [data-testid="stSlider"] { display: flex; align-items: center; gap: .6rem; }
.st-key-steps [data-testid="stSlider"] > :last-child { flex: 1; }
@media (max-width: 1000px) { .st-key-steps { display: none !important; } }
[data-testid="stMainBlockContainer"], .block-container { max-width: none; padding: 1.4vh 3vw 5.5rem; }
h1 { font-size: clamp(1rem, 1.5vw, 1.9rem) !important; font-weight: 600 !important; color: VAR_QUIET !important;
  padding: 0 !important; }
[class*="st-key-headline"] [data-testid="stText"] { font-size: clamp(1.5rem, 2.7vw, 3.6rem); line-height: 1.15; }
[class*="st-key-lead"] [data-testid="stText"] { font-size: clamp(1rem, 1.25vw, 1.6rem); line-height: 1.4; }
[class*="st-key-name"] [data-testid="stText"] { font-size: clamp(1rem, 1.3vw, 1.7rem); }
/* the chart gets the height that headline and sentence leave, however long they are */
[data-testid="stMainBlockContainer"], [data-testid="stColumn"] { display: flex; flex-direction: column; }
[data-testid="stMainBlockContainer"] { min-height: 100vh; box-sizing: border-box; }
[data-testid="stMainBlockContainer"] :is([data-testid="stVerticalBlock"], [data-testid="stHorizontalBlock"],
  [data-testid="stLayoutWrapper"]):has([class*="st-key-stage"]) { flex: 1 1 auto !important; }
[data-testid="stLayoutWrapper"]:has(> [class*="st-key-stage"]) { flex: 1 1 0px !important; }
[class*="st-key-stage"] { position: relative; flex: 1 1 0px !important; min-height: 15rem; overflow: hidden; }
[class*="st-key-stage"] > [data-testid="stElementContainer"] { position: absolute; inset: 0; }
[class*="st-key-stage"] :is([data-testid="stElementContainer"], [data-testid="stFullScreenFrame"],
  [data-testid="stPlotlyChart"]) { height: 100% !important; }
.st-key-turn { position: fixed; left: 0; right: 0; bottom: 0; padding: .6rem 3vw; z-index: 5; background: VAR_BACK;
  border-top: 1px solid VAR_GRID; }
</style>
"""
"""Added to STYLE while one step fills the screen."""
_PRIMARY: dict[Theme, tuple[str, str]] = {"light": ("#005F95", "#FFFFFF"), "dark": ("#6DB7E8", "#0B1218")}
"""The accent of .streamlit/config.toml, and what is written on it."""


def style() -> str:
    """Return the style rules for the theme that the reader's browser shows."""
    primary, on_primary = _PRIMARY[now()]
    colours = {"VAR_PRIMARY": primary, "VAR_ON_PRIMARY": on_primary, "VAR_QUIET": PALETTES[now()].quiet}
    return re.sub("|".join(colours), lambda found: colours[found[0]], STYLE)


def presenting() -> str:
    """Return the style rules that give one step the whole screen."""
    palette = PALETTES[now()]
    colours = {"VAR_QUIET": palette.quiet, "VAR_BACK": palette.background, "VAR_GRID": palette.grid}
    return re.sub("|".join(colours), lambda found: colours[found[0]], PRESENTING)


def now() -> Theme:
    """Return the theme that the reader's browser shows."""
    return "dark" if st.context.theme.type == "dark" else "light"


def label_colours(task: Task, shown: Theme) -> tuple[str, ...]:
    """Return one colour a label, in the task's order.

    With a positive label, that one stands out and the other is grey; ordered labels take steps of one scale that reads
    the same for colour-blind eyes; other labels take the hues of the figures.
    """
    n, hues = len(task.labels), PALETTES[shown].series
    if task.positive is not None and n == 2:
        return tuple(hues[0] if label == task.positive else _REST[shown] for label in task.labels)
    if task.level != "nominal":
        scale = _SCALE[shown]
        return tuple(scale[round(i * (len(scale) - 1) / max(n - 1, 1))] for i in range(n))
    return tuple(hues[i % len(hues)] for i in range(n))
