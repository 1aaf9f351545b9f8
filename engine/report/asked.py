"""What was asked: corpus, task, personas, model, prompt, grid, and how far the run came."""

from __future__ import annotations

import pandas as pd

from engine import figures
from engine.corpora import Corpus
from engine.errors import PolyvocalError
from engine.measures import human_agreement, item_table
from engine.report.content import Exhibit, Headline, Section
from engine.report.subject import Subject, attempt
from engine.report.words import counted, joined, of_estimate
from engine.runs import Manifest

LEAD = "The grid of the run: who was asked what, of which model, and how often."
READ_SPLIT = (
    "Items by how people split on them. Items at the middle are contested, items at the ends are agreed on. With few "
    "people an item the share of a single item is coarse."
)
READ_PERSONAS = "Every persona of the run with the text that the model was given."


def asked(subject: Subject) -> Section:
    """Say what the run asked."""
    manifest = subject.manifest
    return Section(
        "asked",
        "What was asked",
        LEAD,
        facts=(*_facts_of_run(manifest, subject.folder.true_state(manifest)), *_facts_of_people(subject)),
        exhibits=(
            *attempt(subject, "people-split", "How people split on the items", _split),
            _personas(manifest),
        ),
    )


def _facts_of_run(manifest: Manifest, state: str) -> tuple[tuple[str, str], ...]:
    spec, task, counts = manifest.spec, manifest.task, manifest.counts
    labels = [label if task.answer(label) == label else f"{label} ({task.answer(label)})" for label in task.labels]
    how = "exact: label distributions read from the model's logits, so every temperature follows"
    if spec.mode == "sampled":
        how = f"sampled at {joined([f'{t:g}' for t in spec.temperatures])}, {counted(spec.repeats, 'repeat')}"
    statuses = ", ".join(f"{n:,} {status}" for status, n in counts.by_status.items() if n)
    revision = manifest.backend.get("revision") or spec.revision
    mass = manifest.actual.mean_label_mass
    facts = {
        "Run": manifest.run_id,
        "State": f"{state}: {counts.done:,} of {counts.planned:,} answers{f' ({statuses})' if statuses else ''}",
        "Corpus": manifest.corpus.name + (" (synthetic)" if manifest.corpus.synthetic else ""),
        "Task": f"{task.name}; {task.level} labels: {', '.join(labels)}",
        "Items": f"{len(manifest.item_ids):,}" + (f" of the splits {joined(spec.splits)}" if spec.splits else ""),
        "Personas": f"{len(manifest.personas):,}: {_by_set(manifest)}",
        "Model": f"{spec.model}{f', revision {revision}' if revision else ''}",
        "Backend": str(manifest.backend.get("backend", spec.backend)),
        "Prompt": f"template {manifest.template}, {counted(len(manifest.wordings), 'wording')}: "
        f"{joined([w.name for w in manifest.wordings])}; answered with "
        f"{'a label' if spec.answer_with == 'label' else 'a label and an explanation'}, as {spec.answers}",
        "Mode": how,
        "Seed": str(spec.seed),
        "Label mass": "" if mass is None else f"{mass:.4f} (probability that the label tokens hold together)",
        "Made": f"{manifest.created:%Y-%m-%d %H:%M} UTC",
    }
    return tuple((name, text) for name, text in facts.items() if text)


def _by_set(manifest: Manifest) -> str:
    sets: dict[tuple[str, str], int] = {}
    for persona in manifest.personas:
        key = (persona.set_name, persona.kind)
        sets[key] = sets.get(key, 0) + 1
    return ", ".join(f"{n} of {name} ({kind})" for (name, kind), n in sets.items())


def _facts_of_people(subject: Subject) -> tuple[tuple[str, str], ...]:
    try:
        corpus = subject.corpus
    except PolyvocalError as error:
        return (("People", f"none: {error}"),)
    if not subject.has_people:
        return (("People", "none: no item of the run has a label by a person"),)
    return (("People", _people(corpus)), *((("Source", corpus.source),) if corpus.source else ()))


def _people(corpus: Corpus) -> str:
    groups: dict[str, int] = {}
    for annotator in corpus.annotators:
        if annotator.group:
            groups[annotator.group] = groups.get(annotator.group, 0) + 1
    named = ", ".join(f"{n} of {name}" for name, n in groups.items()) or "no groups named"
    return f"{counted(len(corpus.annotators), 'annotator')}: {named}; {len(corpus.annotations):,} annotations"


def _split(subject: Subject) -> Exhibit:
    voices, _ = subject.both
    human = subject.human.sel(item=list(voices.items))
    positive = subject.manifest.task.positive
    table = item_table(human, positive)
    alpha = human_agreement(subject.human, items=voices.items, **subject.resampling)
    return Exhibit(
        "people-split",
        "How people split on the items",
        says=(
            f"People's agreement on these {counted(alpha.n_items, 'item')}: Krippendorff's alpha {of_estimate(alpha)}, "
            f"{counted(alpha.n_raters, 'person', 'people')}.",
        ),
        draw=lambda theme: figures.item_split(table, positive=positive, theme=theme),
        frame=table,
        read=READ_SPLIT,
        headlines=(Headline("Agreement of people (alpha)", alpha),),
    )


def _personas(manifest: Manifest) -> Exhibit:
    rows = [(p.persona_id, p.set_name, p.kind, p.group, p.annotator, p.text) for p in manifest.personas]
    frame = pd.DataFrame(rows, columns=["persona", "set", "kind", "group", "annotator", "text"])
    return Exhibit("personas", "The personas", frame=frame.fillna(""), read=READ_PERSONAS)
