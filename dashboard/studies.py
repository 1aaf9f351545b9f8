"""Studies as the pages know them: which there are, what they are called, and their results, read once as long as the
files stay the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from dashboard import loaders, sentences
from dashboard.loaders import Key
from dashboard.text import DOT, ago, duration, joined, plain, plural
from engine.annotators.annotations import annotations_of_people
from engine.annotators.studies import (
    StoredResult,
    StudyFolder,
    StudyManifest,
    StudySpec,
    StudySummary,
    list_studies,
    most_trainings,
    pace_of,
    read_result,
)
from engine.annotators.studies.labels import labels_digest
from engine.annotators.studies.results import PEOPLE
from engine.corpora.store import load_corpus
from engine.errors import PolyvocalError
from engine.runs.choosing import personas_of
from engine.runs.store import RunSummary

PART_WORDS = {"comparison": "comparison of models", "gaps": "alignment gaps", "map": "map"}
PHASE_WORDS = {
    "waiting": "waiting for another study", "reading": "reading labels", "embedding": "embedding texts",
    "training": "training", "scoring": "computing scores and intervals", "mapping": "drawing the map", "ended": "ended",
}  # fmt: skip
"""What each phase of a live study is called on the page."""


def all_studies() -> list[StudySummary]:
    """Return every study, newest first; read anew each time, because studies go on while pages are open."""
    return list_studies()


def result(study: StudySummary, name: str) -> StoredResult:
    """Return one result of a study.

    Raises:
        InputError: it is not there, or cannot be read.
    """
    return _result((str(study.path), StudyFolder(study.path).stamp(), name))


@st.cache_resource(max_entries=32, show_spinner="Reading the study")
def _result(key: Key) -> StoredResult:
    return read_result(Path(key[0]), key[2])


def corpus_changed(manifest: StudyManifest) -> bool:
    """Return whether the corpus has other labels or texts now than a study read; False where it is gone."""
    try:
        key = loaders.corpus_key(manifest.spec.corpus)
        return manifest.people is not None and _labels_digest(key) != manifest.people.digest
    except PolyvocalError:
        return False


@st.cache_resource(max_entries=16, show_spinner=False)
def _labels_digest(key: Key) -> str:
    return labels_digest(annotations_of_people(load_corpus(Path(key[0]))))


def run_titles(manifest: StudyManifest, known: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return what the pages call each run of a study, by its id; runs that are gone are called as they were.

    Args:
        manifest: of the study.
        known: titles of the runs there are; None: they are looked up.
    """
    known = sentences.titles(loaders.runs()) if known is None else known
    gone = {run.run_id: f"{plain(run.title or run.model, 60)}, deleted" for run in manifest.personas}
    return {run_id: known.get(run_id) or gone.get(run_id, run_id) for run_id in manifest.spec.runs}


@dataclass(frozen=True)
class AboutRuns:
    """What a page says of the runs of a study; looked up once, however often a live study is looked at."""

    runs: tuple[RunSummary, ...]
    """To be marked as what they are; those that are gone as they were."""
    titles: Mapping[str, str]
    """By run id."""


def about_runs(study: StudySummary) -> AboutRuns:
    """Return what the page says of the runs of a study; nothing of one that cannot be read."""
    if study.manifest is None:
        return AboutRuns((), {})
    listed = loaders.runs()
    return AboutRuns(tuple(_runs_of(study.manifest, listed)), run_titles(study.manifest, sentences.titles(listed)))


def _runs_of(manifest: StudyManifest, listed: Sequence[RunSummary]) -> list[RunSummary]:
    known = {run.run_id: run for run in listed}
    gone = {
        run.run_id: RunSummary(run.run_id, Path(), "finished", manifest.created, run.title, manifest.spec.corpus,
                               run.model, run.backend, run.mode, synthetic=run.synthetic)
        for run in manifest.personas
    }  # fmt: skip
    return [run for name in manifest.spec.runs if (run := known.get(name) or gone.get(name))]


def titles(studies: Sequence[StudySummary]) -> dict[str, str]:
    """Return what the page calls each study, by its id; no two have the same."""
    known = sentences.titles(loaders.runs())
    names = {study.study_id: _title(study, known) for study in studies}
    tell_apart: tuple[Callable[[StudySummary], str], ...] = (
        _at, lambda study: study.study_id.rsplit("-", 1)[-1]
    )  # fmt: skip
    for more in tell_apart:
        alike = {name for name, n in Counter(names.values()).items() if n > 1}
        names |= {
            study.study_id: f"{names[study.study_id]}, {more(study)}"
            for study in studies
            if names[study.study_id] in alike and more(study)
        }
    return names


def _title(study: StudySummary, known: Mapping[str, str]) -> str:
    if study.manifest is None:
        return study.study_id
    spec = study.manifest.spec
    if spec.name:
        return plain(spec.name, 60)
    corpus = plain(spec.corpus.rstrip("/").rsplit("/", 1)[-1], 40)
    return f"{corpus}: {joined([PEOPLE, *run_titles(study.manifest, known).values()])}"


def _at(study: StudySummary) -> str:
    """Return at which temperature a study took its runs' labels, in words."""
    spec = study.manifest.spec if study.manifest else None
    return "" if spec is None or spec.temperature is None else f"temperature {spec.temperature:g}"


def line(manifest: StudyManifest) -> str:
    """Return what a study asked, in one line."""
    spec = manifest.spec
    at = f"temperature {spec.temperature:g}" if spec.temperature is not None else ""
    parts = [
        f"corpus {plain(spec.corpus, 60)}", f"{plural(len(spec.models), 'model')} × {plural(spec.seeds, 'seed')}",
        joined([PART_WORDS[part] for part in spec.wanted]), at, f"encoder {plain(spec.encoder, 60)}",
        ago(manifest.created),
    ]  # fmt: skip
    return DOT.join(filter(None, parts))


def progress_line(study: StudySummary, names: Mapping[str, str]) -> str:
    """Return how far a study is, with the time left while it goes on.

    Args:
        study: with its manifest.
        names: titles of its runs by id, for what it says of them.
    """
    live = StudyFolder(study.path).progress() if study.state in ("planned", "running") else None
    if study.state == "finished" and study.manifest is not None:
        work = study.manifest.work
        took = f"{duration(work.seconds)} in all" if work.seconds else ""
        made = f"{work.trained:,} made here, the others found" if work.trained < study.planned else ""
        return DOT.join(filter(None, [plural(study.planned, "training"), made, took]))
    parts = [f"{study.done:,} of {study.planned:,} trainings" if study.planned else "no training yet"]
    if live is not None and (study.state == "running" or live.phase != "ended"):  # planned: of the attempt before
        parts.append(PHASE_WORDS.get(live.phase, live.phase))
        if live.phase == "training" and live.seconds_left is not None:
            parts.append(f"about {duration(live.seconds_left)} left")
        if live.message:
            words = live.message
            for run_id, title in names.items():
                words = words.replace(run_id, title)
            parts.append(plain(words, 120))
    return DOT.join(parts)


def size_line(spec: StudySpec, runs: Mapping[str, RunSummary], studies: Sequence[StudySummary]) -> str:
    """Return how much a study would train, and how long that may take.

    Args:
        spec: of the study.
        runs: those it names, by id.
        studies: those there are, newest first: an earlier one tells the pace.
    """
    corpus = loaders.corpus(spec.corpus)
    manifests = [loaders.manifest(runs[name]) for name in spec.runs]
    personas = [len(personas_of(manifest, spec.persona_sets)) for manifest in manifests]
    groups = len({a.group for a in corpus.annotators if a.group is not None})
    most = most_trainings(spec, len(corpus.annotators), groups, personas)
    pace = pace_of(spec, [study.manifest for study in studies if study.manifest is not None])
    if pace is None:
        how_long = "how long a training takes here is not known yet; on a quiet CPU about a second"
    else:
        of = "" if pace.same_corpus else ", of another corpus, so a rough guess"
        how_long = f"about {duration(most * pace.seconds)} at the pace of {pace.study_id}{of}"
    kept = "trainings that an earlier study made are read"
    return f"At most {plural(most, 'training')}{DOT}{how_long}{DOT}{kept}"
