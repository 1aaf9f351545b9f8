"""What a study learns from: labels of a corpus's people and of the personas of runs, checked before any training."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from engine.annotators.annotations import Annotations, annotations_of_people, annotations_of_personas
from engine.annotators.studies.manifest import LabelsRecord, RunRecord
from engine.annotators.studies.spec import StudySpec
from engine.corpora import Corpus, load_corpus
from engine.errors import InputError
from engine.runs import personas_of
from engine.runs.run_folder import RunFolder
from engine.runs.store import find_run


@dataclass(frozen=True)
class StudyLabels:
    """The labels of a study."""

    people: Annotations
    personas: dict[str, Annotations]
    """Run id -> labels, in the spec's order."""
    about_people: LabelsRecord
    about_runs: list[RunRecord]
    notes: list[str]
    """What a reader must know of the runs."""


def checked(spec: StudySpec) -> StudySpec:
    """Return the spec with the whole ids of its runs, after a look at everything that it names but the labels.

    Raises:
        InputError: no such corpus, run or persona set; a run that is not finished, or that labelled something else; a
            temperature that a sampled run does not have.
    """
    corpus = load_corpus(spec.corpus)
    runs = [find_run(name) for name in spec.runs]
    for run in runs:
        _check_run(run, corpus, spec)
    return spec.model_copy(update={"runs": tuple(dict.fromkeys(run.run_id for run in runs))})


def read_labels(spec: StudySpec) -> StudyLabels:
    """Return the labels that a study learns from.

    Raises:
        InputError: see `checked`; a run has no label of these personas.
    """
    corpus = load_corpus(spec.corpus)
    people = annotations_of_people(corpus)
    personas: dict[str, Annotations] = {}
    about, notes = [], []
    for name in spec.runs:
        run = find_run(name)
        _check_run(run, corpus, spec)
        manifest = run.manifest()
        at = _temperature(run, spec)
        chosen = personas_of(manifest, spec.persona_sets)
        found = annotations_of_personas(run, corpus, at, chosen, spec.draw_seed)
        if not len(found):
            raise InputError(
                f"run {run.run_id!r} has no label of the {len(chosen):,} personas asked for. `polyvocal run show "
                f"{run.run_id}` says what came instead."
            )
        personas[run.run_id] = found
        about.append(
            RunRecord(
                **_facts(found, manifest.corpus.synthetic), run_id=run.run_id, title=manifest.spec.name,
                model=manifest.spec.model, backend=manifest.spec.backend, mode=manifest.spec.mode,
                temperature=1.0 if at is None else at,
            )
        )  # fmt: skip
        notes += [f"{run.run_id}: {note}" for note in manifest.notes]
    return StudyLabels(people, personas, LabelsRecord(**_facts(people, corpus.synthetic)), about, notes)


def labels_digest(labels: Annotations) -> str:
    """Return the sha256 (hexadecimal) over texts, annotators and who gave which label."""
    digest = hashlib.sha256("\x00".join([*labels.texts, "", *labels.annotators, "", *labels.labels]).encode())
    for column in (labels.item, labels.annotator, labels.label):
        digest.update(column.tobytes())
    return digest.hexdigest()


def _facts(labels: Annotations, synthetic: bool) -> dict:
    return {
        "name": labels.name, "digest": labels_digest(labels), "n_items": len(set(labels.item.tolist())),
        "n_annotators": len(set(labels.annotator.tolist())), "n_labels": len(labels), "synthetic": synthetic,
    }  # fmt: skip


def _check_run(run: RunFolder, corpus: Corpus, spec: StudySpec) -> None:
    manifest, state = run.manifest(), run.state()
    if state != "finished":
        raise InputError(
            f"run {run.run_id!r} is {state}: what its personas say is not whole, and a study of it would change while "
            f"it goes on. Let it finish (`polyvocal run resume {run.run_id}`), or choose another."
        )
    ours, theirs = list(manifest.task.labels), list(corpus.task.labels)
    if ours != theirs:
        raise InputError(
            f"run {run.run_id!r} has the labels {ours}, the corpus {corpus.name!r} {theirs}: they do not belong "
            "together. Choose runs that labelled this corpus."
        )
    if not set(manifest.item_ids) & set(corpus.item_by_id):
        raise InputError(
            f"run {run.run_id!r} labelled the corpus {manifest.corpus.name!r}, and {corpus.name!r} has none of its "
            "items: they do not belong together. Choose runs that labelled this corpus."
        )
    personas_of(manifest, spec.persona_sets)
    _temperature(run, spec)


def _temperature(run: RunFolder, spec: StudySpec) -> float | None:
    """Return at which temperature a run's labels are taken."""
    asked = run.manifest().spec
    known: Sequence[float] = asked.temperatures
    if asked.mode == "exact" or spec.temperature in known:
        return spec.temperature
    if spec.temperature is None and len(known) == 1:
        return known[0]
    found = "none was named" if spec.temperature is None else f"{spec.temperature:g} was asked for"
    raise InputError(
        f"run {run.run_id!r} was sampled at {', '.join(f'{t:g}' for t in known)}; {found}. Name one of these; an exact "
        "run can be asked at any."
    )
