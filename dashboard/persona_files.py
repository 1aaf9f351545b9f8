"""Cached readings of persona sets and template families: their YAML is parsed once for as long as the files stay."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard.loaders import Key
from engine import paths
from engine.personas.persona import PersonaSet
from engine.personas.store import (
    PersonaSetSummary,
    TemplateFamilySummary,
    list_persona_sets,
    list_template_families,
    load_persona_set,
)


def persona_sets() -> list[PersonaSetSummary]:
    """Return every persona set that can be used, the user's own first."""
    return _persona_sets((*_stamps(paths.persona_sets_dir()), *_stamps(paths.shipped("personas"))))


def persona_set(summary: PersonaSetSummary) -> PersonaSet:
    """Return a set with its personas."""
    return _persona_set(_stamp(summary.path))


def template_families() -> list[TemplateFamilySummary]:
    """Return every template family that can be used."""
    return _template_families(_stamps(paths.shipped("templates")))


def _stamps(folder: Path) -> Key:
    found = sorted(folder.glob("*.y*ml")) if folder.is_dir() else []
    return (str(folder), *(part for path in found for part in _stamp(path)))


def _stamp(path: Path) -> Key:
    try:
        at = path.stat()
    except OSError:
        return (str(path), "gone")
    return (str(path), f"{at.st_mtime_ns}-{at.st_size}")


@st.cache_resource(max_entries=4, show_spinner=False)
def _persona_sets(key: Key) -> list[PersonaSetSummary]:  # noqa: ARG001 (the key decides what is there)
    return [found for found in list_persona_sets() if not found.problem]


@st.cache_resource(max_entries=64, show_spinner=False)
def _persona_set(key: Key) -> PersonaSet:
    return load_persona_set(Path(key[0]))


@st.cache_resource(max_entries=2, show_spinner=False)
def _template_families(key: Key) -> list[TemplateFamilySummary]:  # noqa: ARG001 (the key decides what is there)
    return [found for found in list_template_families() if not found.problem]
