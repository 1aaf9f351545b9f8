"""The subject of a page: one run, the personas of it that are measured, and the temperature they are looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import streamlit as st

from dashboard import comparison, loaders, run_warnings, sentences, state, text, ui
from dashboard.run_curves import Selection
from engine.runs.choosing import persona_sets_of, personas_of
from engine.runs.manifest import Manifest
from engine.runs.store import RunSummary

MOST = 2.0
"""Highest temperature of the slider."""


@dataclass(frozen=True)
class Subject:
    """What a page is about."""

    run: RunSummary
    manifest: Manifest
    title: str
    """What the pages call the run."""
    personas: tuple[str, ...]
    temperature: float

    @property
    def corpus(self) -> str:
        """Name or folder of the corpus that the run labelled."""
        return self.manifest.spec.corpus

    @property
    def exact(self) -> bool:
        """Whether label distributions were read, so that any temperature can be looked at."""
        return self.manifest.spec.mode == "exact"

    def of_personas(self, personas: Sequence[str]) -> Subject:
        """Return the same with other personas."""
        return replace(self, personas=tuple(personas))

    @property
    def everybody(self) -> Subject:
        """The same with all personas of the run, controls included."""
        return self.of_personas([p.persona_id for p in self.manifest.personas])

    def selection(self, items: Sequence[str] | None = None) -> Selection:
        """Return it as the part of a run that curves are computed of."""
        return Selection(self.run, self.personas, tuple(self.manifest.item_ids if items is None else items))


def pick(*, sets: bool = True, temperature: bool = True) -> Subject | None:
    """Let the reader choose run, persona sets and temperature; the address restores them. None: there is nothing yet.

    Args:
        sets: whether to ask which persona sets are measured; else all personas are.
        temperature: whether to ask for one; else 1, or the first that the run sampled.
    """
    titles = sentences.titles(loaders.runs())
    with st.container(horizontal=True, vertical_alignment="bottom"):
        run = _pick_run(titles)
        if run is None:
            return None
        manifest = loaders.manifest(run)
        personas = _pick_personas(run, manifest) if sets else [p.persona_id for p in manifest.personas]
        at = pick_temperature(manifest) if temperature else _usual_temperature(manifest)
    subject = Subject(run, manifest, titles[run.run_id], tuple(personas), at)
    with st.container(horizontal=True, vertical_alignment="center", key="about-the-run"):
        ui.badges_of_runs([run])
        ui.say(sentences.run_line(run), "quiet", key="subject")
    if misleading := run_warnings.low_mass(manifest):
        ui.notice(misleading, "warning", key="low-mass")
    with ui.guarded("damage"):
        for number, words in enumerate(run_warnings.damage(run, loaders.labels(run).attrs["dropped"])):
            ui.notice(words, "warning", key=f"damage-{number}")
    if not personas:
        ui.say("Choose at least one persona set.", "quiet", key="no-set")
        return None
    return subject


def labelled_runs(*, several: bool) -> dict[str, RunSummary]:
    """Return the runs that have labels by their ids, newest first; say what to do where there are none.

    The address chooses among them; what it names and is not there is told.

    Args:
        several: whether the page shows several at once.
    """
    runs = [run for run in loaders.runs() if run.done and run.state != "broken"]
    by_id = {run.run_id: run for run in runs}
    otherwise = comparison.suggested(runs)[: None if several else 1] if runs else []
    for name in state.read_address(
        "run", list(by_id), several=several, otherwise=otherwise, required=not several, stored=True
    ):
        ui.problem(run_warnings.no_such_run(name, list(by_id), loaders.runs()))
    if not runs:
        ui.empty(
            "No run has labels yet", "Start one on the Runs page, or make both demo runs in a terminal:", ("make demo",)
        )
        ui.start_link()
    return by_id


def _pick_run(titles: dict[str, str]) -> RunSummary | None:
    by_id = labelled_runs(several=False)
    if not by_id:
        return None
    chosen = st.selectbox(
        "Run", list(by_id), index=None, format_func=titles.__getitem__, key="run", persist_state="session",
        placeholder="Choose a run", width=310,
    )  # fmt: skip
    state.write_address("run", [chosen] if chosen else [])
    return by_id[chosen] if chosen else None


def _pick_personas(run: RunSummary, manifest: Manifest) -> list[str]:
    sizes, usual = comparison.set_sizes([run]), persona_sets_of(manifest, personas_of(manifest))
    state.follow("set", usual, list(sizes))
    for name in state.read_address("set", list(sizes), several=True, otherwise=usual):
        ui.problem(f"This run has no persona set {text.plain(name, 80)!r}. It has {', '.join(sizes)}.")
    chosen: list[str] = st.multiselect(
        "Persona sets", list(sizes), format_func=lambda name: f"{text.plain(name, 60)} ({sizes[name]})", key="set",
        persist_state="session", placeholder="Choose who is measured", width=310,
    )  # fmt: skip
    state.write_address("set", chosen)
    if not chosen:
        return []
    return personas_of(manifest, None if set(chosen) == set(usual) else chosen)


def pick_temperature(manifest: Manifest) -> float:
    """Let the reader choose a temperature: any of an exact run, one of its own of a sampled run."""
    if manifest.spec.mode == "exact":
        state.preset("t", 1.0)
        at: float = st.slider("Temperature", 0.0, MOST, step=0.05, key="t", bind="query-params", width=210)
        return at
    known = [f"{t:g}" for t in manifest.spec.temperatures]
    state.preset("sampled_t", known[0])
    state.keep_known("sampled_t", known)
    chosen = st.selectbox("Temperature", known, key="sampled_t", bind="query-params", width=160)
    return float(chosen or known[0])


def _usual_temperature(manifest: Manifest) -> float:
    return 1.0 if manifest.spec.mode == "exact" else float(manifest.spec.temperatures[0])
