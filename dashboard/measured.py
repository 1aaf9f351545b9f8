"""Measures of a subject, computed once for as long as run and corpus stay the same.

One door for all pages: the measure is named as engine.measures names it, and gets what its parameters ask for.
"""

from __future__ import annotations

import inspect
import json
from typing import Any

import streamlit as st

from dashboard import loaders
from dashboard.loaders import Key
from dashboard.subject import Subject
from engine import measures

RESAMPLES = 1000


def measured(subject: Subject, what: str, **settings: Any) -> Any:
    """Return the result of a measure on the subject's personas at its temperature.

    Args:
        subject: run, personas and temperature.
        what: the name of a function of engine.measures that takes `voices` (or `raters`), and `people` where it needs
            them.
        settings: more arguments of it, JSON-ready.

    Raises:
        InputError: run and corpus do not belong together, or the measure has no meaning for them.
    """
    part = json.dumps([subject.personas, subject.temperature])
    beside_people = "people" in inspect.signature(getattr(measures, what)).parameters
    # what needs no people stays known where their corpus is gone
    stamps = _stamps(subject) if beside_people else (*loaders.run_key(subject.run), "", "")
    return _measured((*stamps, part, what, json.dumps(settings, sort_keys=True)))


def _stamps(subject: Subject) -> Key:
    """Return what changes with the files of the run and of its corpus."""
    return (*loaders.run_key(subject.run), *loaders.corpus_key(subject.corpus))


@st.cache_resource(max_entries=256, show_spinner="Computing")
def _measured(key: Key) -> Any:
    from engine import measures

    run_folder, run_stamp, corpus_folder, corpus_stamp, part, what, settings = key
    personas, temperature = json.loads(part)
    function = getattr(measures, what)
    takes = inspect.signature(function).parameters
    labels = loaders.labels_of((run_folder, run_stamp))
    if "people" in takes:
        human = loaders.human_of((corpus_folder, corpus_stamp))
        voices, people = measures.beside(labels, human, temperature, personas)
        given: dict[str, Any] = {"people": people}
    else:
        voices, given = measures.voices(labels, temperature, personas), {}
    given["raters" if "raters" in takes else "voices"] = voices
    return function(**given, **json.loads(settings))
