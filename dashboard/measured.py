"""Measures of a subject, computed once for as long as run and corpus stay the same.

One door for all pages: the measure is named as engine.measures names it, and gets what its parameters ask for.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import later, loaders
from dashboard.kept import Kept, Known, Part
from dashboard.loaders import Key
from dashboard.subject import Subject
from engine import measures
from engine.measures.calibration import pooled
from engine.measures.calibration_terms import as_frequencies
from engine.runs.run_folder import RunFolder

MOST_VOICES = 2
"""Parts of runs whose distributions are kept; at a million responses one takes 25 MB."""
MOST_LARGE = 3
"""Tables of every persona beside every person that are kept; at 200 x 800 one takes 25 MB, and each temperature that a
reader looks at makes one."""
OF_CELLS = ("alignment", "own_person", "alternative_annotator")
"""Measures whose results are as large as that, if they are of several personas and of every person."""


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
    return later.now(part_of(subject, what, **settings), later.size(subject.run))


def part_of(subject: Subject, what: str, **settings: Any) -> Part[Any]:
    """Return the same as a part that a page need not wait for (`dashboard.later`)."""
    personas = json.dumps([subject.personas, subject.temperature])
    beside_people = "people" in inspect.signature(getattr(measures, what)).parameters
    # what needs no people stays known where their corpus is gone
    stamps = _stamps(subject) if beside_people else (*loaders.run_key(subject.run), "", "")
    large = what in OF_CELLS and len(subject.personas) > 1 and settings.get("by") != "group"
    return _part(_of_voices, (*stamps, personas, what, json.dumps(settings, sort_keys=True)), of_cells=large)


def of_labels(subject: Subject, what: str, **settings: Any) -> Any:
    """Return the result of a measure that reads the label arrays themselves, of the subject's personas.

    Args:
        subject: run and personas; its temperature plays no part.
        what: the name of a function of engine.measures whose first argument is the arrays of a run.
        settings: more arguments of it, JSON-ready.

    Raises:
        InputError: the measure has no meaning for the run.
    """
    part = json.dumps(subject.personas)
    key = (*loaders.run_key(subject.run), part, what, json.dumps(settings, sort_keys=True))
    return later.now(_part(_of_labels, key), later.size(subject.run))


def sensitivity(subject: Subject, second: float | None) -> measures.Sensitivity:
    """Return how far answers move with wording, persona and temperature, from the subject's to a second one.

    Args:
        subject: run, personas and temperature.
        second: temperature; None: temperature is not compared.
    """
    key = (*_part_of_run(subject), json.dumps(second))
    return later.now(_part(_sensitivity, key), later.size(subject.run))


def retest(subject: Subject) -> measures.Retest:
    """Return how many personas of the odd repeats find themselves in the even ones.

    Raises:
        InputError: the run has no repeats, or fewer than two personas.
    """
    return later.now(_part(_retest, _part_of_run(subject)), later.size(subject.run))


def abstention(subject: Subject) -> pd.DataFrame:
    """Return coverage against error of the personas pooled (`engine.measures.abstention_curve`).

    Raises:
        InputError: run and corpus do not belong together.
    """
    part = json.dumps([subject.personas, subject.temperature])
    return later.now(_part(_abstention, (*_stamps(subject), part)), later.size(subject.run))


def factorial(subject: Subject, positive: str, interactions: bool) -> pd.DataFrame:
    """Return what each value of an attribute adds to the log-odds of a label (`engine.measures.factorial_effects`).

    Args:
        subject: run, personas and temperature.
        positive: the label.
        interactions: whether to estimate what two values add together.

    Raises:
        InputError: the personas do not vary in any attribute.
    """
    key = (*_part_of_run(subject), json.dumps([positive, interactions]))
    return later.now(_part(_factorial, key), later.size(subject.run))


def _part_of_run(subject: Subject) -> Key:
    """Return what decides what the subject's personas say at its temperature."""
    return (*loaders.run_key(subject.run), json.dumps([subject.personas, subject.temperature]))


def _stamps(subject: Subject) -> Key:
    """Return what changes with the files of the run and of its corpus."""
    return (*loaders.run_key(subject.run), *loaders.corpus_key(subject.corpus))


_known = Known("measures")


def _part(how: Callable[[Key], Any], key: Key, of_cells: bool = False) -> Part[Any]:
    """Return what a function of a key below computes, kept among the small results or among those of all cells."""
    named, cache = (how.__name__, *key), _large if of_cells else _small
    return _known.part(named, lambda: cache(named))


@st.cache_resource(max_entries=256, show_spinner="Computing", on_release=_known.forget)
def _small(key: Key) -> Kept:
    return _known.keep(key, _HOW[key[0]](key[1:]))


@st.cache_resource(
    max_entries=MOST_LARGE, show_spinner="Computing every persona beside every person", on_release=_known.forget
)
def _large(key: Key) -> Kept:
    return _known.keep(key, _HOW[key[0]](key[1:]))


def _of_voices(key: Key) -> Any:
    *stamps, part, what, settings = key
    function = getattr(measures, what)
    takes = inspect.signature(function).parameters
    found = _voices((*stamps, part))
    given: dict[str, Any] = {"raters" if "raters" in takes else "voices": found.voices}
    if "people" in takes:
        given["people"] = found.people
    return function(**given, **json.loads(settings))


@dataclass(frozen=True)
class _Voices:
    """What the measures of a part of a run are given."""

    voices: measures.Voices
    people: measures.People | None
    """On the same items; None where nobody asked for them."""


@st.cache_resource(max_entries=MOST_VOICES, show_spinner=False)
def _voices(key: Key) -> _Voices:
    """Return personas at a temperature, beside people where the key names a corpus: a page asks several measures."""
    run_folder, run_stamp, corpus_folder, corpus_stamp, part = key
    personas, temperature = json.loads(part)
    labels = loaders.labels_of((run_folder, run_stamp))
    if not corpus_folder:
        return _Voices(measures.voices(labels, temperature, personas), None)
    return _Voices(*measures.beside(labels, loaders.human_of((corpus_folder, corpus_stamp)), temperature, personas))


def _of_labels(key: Key) -> Any:
    run_folder, run_stamp, part, what, settings = key
    labels = loaders.labels_of((run_folder, run_stamp))
    chosen = labels.isel(persona=labels["persona"].isin(json.loads(part)))
    return getattr(measures, what)(chosen, **json.loads(settings))


def _sensitivity(key: Key) -> measures.Sensitivity:
    run_folder, run_stamp, part, beside = key
    (personas, temperature), second = json.loads(part), json.loads(beside)
    labels = loaders.labels_of((run_folder, run_stamp))
    other = None if second is None else measures.voices(labels, second, personas)
    return measures.wording_sensitivity(measures.voices(labels, temperature, personas), other)


def _retest(key: Key) -> measures.Retest:
    run_folder, run_stamp, part = key
    personas, temperature = json.loads(part)
    return measures.retest(*measures.halves(loaders.labels_of((run_folder, run_stamp)), temperature, personas))


def _abstention(key: Key) -> pd.DataFrame:
    found = _voices(key)
    if found.people is None:
        raise ValueError("abstention needs people; the key names none")
    counts = as_frequencies(found.people.codes, len(found.people.labels))
    return measures.abstention_curve(pooled(found.voices.of_items()), counts)


def _factorial(key: Key) -> pd.DataFrame:
    run_folder, run_stamp, part, how = key
    (personas, temperature), (positive, interactions) = json.loads(part), json.loads(how)
    voices = measures.voices(loaders.labels_of((run_folder, run_stamp)), temperature, personas)
    attributes = {p.persona_id: p.attributes for p in RunFolder(Path(run_folder)).manifest().personas}
    outcome = voices.of_items()[..., voices.labels.index(positive)]
    return measures.factorial_effects(outcome, [attributes[name] for name in personas], interactions=interactions)


_HOW: dict[str, Callable[[Key], Any]] = {
    how.__name__: how for how in (_of_voices, _of_labels, _sensitivity, _retest, _abstention, _factorial)
}
