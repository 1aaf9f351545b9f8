"""Small worlds for the tests of the pages: corpora and runs, made through the engine, in the test's own store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Literal

import numpy as np

from engine import paths
from engine.corpora.checks import annotation_frame
from engine.corpora.corpus import Annotator, Corpus, Item, Task
from engine.corpora.store import save_corpus
from engine.personas.persona import Persona, PersonaSet
from engine.personas.store import save_persona_set
from engine.personas.template import Wording
from engine.runs.manifest import Actual, CorpusRecord, Counts, Manifest, RunPersona, State
from engine.runs.run_folder import RunFolder
from engine.runs.spec import RunSpec

TASK = Task(
    name="hate speech detection", kind="hate-speech", labels=("0", "1"), answers={"0": "no", "1": "yes"}, positive="1"
)
SECRET = "zanzibar"
"""A word in every item's text, to find texts that should be hidden."""

HOSTILE = (
    "<script>window.pwned=1</script>",
    "<img src=x onerror='window.pwned=1'>",
    "![beacon](http://beacon.invalid/a.png)",
    "[click](javascript:window.pwned=1) <a href='javascript:window.pwned=1'>a</a>",
    "www.beacon.invalid http://beacon.invalid/b",
    "\u202egnirts desrever a \u202c end",
    "W" * 600,
    ":material/bolt: :red[red] $\\int$ **bold** `code` # heading",
    '=HYPERLINK("http://beacon.invalid/c";"x")',
    "+1+1 @SUM(1) \t-2",
    "مرحبا بالعالم 😀👩‍👩‍👧",
    "</div></style><style>body{display:none}</style>",
)


def small_corpus(name: str = "small", n_items: int = 40, *, synthetic: bool = True, seed: int = 0) -> Corpus:
    """Six people in two groups who split on the higher half of the items."""
    random = np.random.default_rng(seed)
    people = [Annotator(f"Ann{i}", group="target" if i > 3 else "control") for i in range(1, 7)]
    items = tuple(
        Item(f"item-{i:03d}", {"text": f"Post number {i} about {SECRET} and the weather, seen by many."}, split=split)
        for i, split in ((i, "train" if i % 4 else "test") for i in range(n_items))
    )
    rows = []
    for i, item in enumerate(items):
        for person in people:
            chance = (0.05 if i < n_items / 2 else 0.4) + (0.35 if person.group == "target" else 0.0)
            label = "1" if random.random() < chance else "0"
            rows.append((item.item_id, person.annotator_id, label, f"Because {SECRET}." if i % 3 == 0 else None))
    return Corpus(name, TASK, items, tuple(people), annotation_frame(rows), synthetic=synthetic, source="a test")


def hostile_corpus(name: str = "hostile") -> Corpus:
    """A corpus whose every string attacks the page: texts, names, labels, groups, ids, notes."""
    people = [Annotator(f"{HOSTILE[i % 6]} {i}", group=HOSTILE[i % 3]) for i in range(4)]
    items = tuple(
        Item(f"{i} {words[:80]}", {"text": words, HOSTILE[2]: words}, split=HOSTILE[i % 2][:30])
        for i, words in enumerate(HOSTILE)
    )
    labels = (HOSTILE[0], HOSTILE[2])
    rows = [
        (item.item_id, person.annotator_id, labels[(i * j) % 2], HOSTILE[(i + j) % len(HOSTILE)])
        for i, item in enumerate(items)
        for j, person in enumerate(people)
    ]
    task = Task(name=f"{HOSTILE[2]} {HOSTILE[0]}", kind="hate-speech", labels=labels)
    notes = (HOSTILE[2], HOSTILE[1])
    return Corpus(
        name, task, items, tuple(people), annotation_frame(rows), synthetic=True, source=HOSTILE[2], notes=notes
    )


def store_corpus(corpus: Corpus) -> Corpus:
    """Put a corpus among the imported ones."""
    save_corpus(corpus, paths.imported_dir() / corpus.name)
    return corpus


def store_personas(name: str = "two", ids: Sequence[str] = ("anna", "ben", "cleo")) -> PersonaSet:
    """Put a persona set among the user's own."""
    personas = tuple(Persona(persona_id=i, kind="strong", text=f"You are {i}.", group="target") for i in ids)
    made = PersonaSet(name=name, personas=personas, description="for tests")
    save_persona_set(made, paths.persona_sets_dir() / f"{name}.yaml")
    return made


def store_run(
    corpus: Corpus,
    model: str = "demo-voices",
    *,
    mode: Literal["exact", "sampled"] = "exact",
    state: State = "finished",
    spread: float = 1.5,
    mass: float = 0.999,
    missing: float = 0.0,
    share: float = 1.0,
    personas: Sequence[str] = ("anna", "ben", "cleo"),
    set_name: str = "two",
    controls: Sequence[str] = (),
    items: slice = slice(None),
    name: str = "",
    cut: bool = False,
    digest: str = "0",
    seed: int = 1,
) -> RunFolder:
    """Write a run as a process would have left it: every persona leans its own way on the items, by `spread`.

    Args:
        personas: strong ones of the set `set_name`.
        controls: personas of kind control of the set 'helpers'; they all answer alike.
        items: of the corpus.
        cut: sampled: refusals are as long as an answer may be.
        digest: of the items' texts.
        share: part of the answers that is there, 0 to 1; what is there of a sampled run holds some refusals.
    """
    sampled = mode == "sampled"
    spec = RunSpec(
        name=name, corpus=corpus.name, persona_sets=(set_name, *(["helpers"] if controls else [])), model=model,
        mode=mode, seed=seed, backend="scripted", max_items=None if items == slice(None) else len(corpus.items[items]),
        temperatures=(0.5, 1.0) if sampled else (), repeats=2 if sampled else 1,
    )  # fmt: skip
    chosen = corpus.items[items]
    rows = [
        *_rows(corpus, chosen, personas, spec, spread, mass, missing, cut),
        *_rows(corpus, chosen, controls, spec, 0.0, mass, missing, cut),
    ]
    planned, rows = len(rows), rows[: round(len(rows) * share)]
    folder = RunFolder(paths.runs_dir() / spec.run_id())
    folder.path.mkdir(parents=True)
    folder.append(rows)
    counts = Counts(planned=planned, done=len(rows), by_status=dict(Counter(row["status"] for row in rows)))
    folder.write_manifest(
        Manifest(
            run_id=spec.run_id(),
            spec=spec,
            created=moment(),
            state=state,
            task=corpus.task,
            corpus=CorpusRecord(name=corpus.name, digest=digest, synthetic=corpus.synthetic, n_items=len(chosen)),
            item_ids=tuple(item.item_id for item in chosen),
            personas=(
                *(RunPersona(persona_id=p, kind="strong", text=f"You are {p}.", set_name=set_name) for p in personas),
                *(RunPersona(persona_id=p, kind="control", text="You help.", set_name="helpers") for p in controls),
            ),
            template="hate-speech",
            wordings=(Wording(name="plain", user="{{ request }}", label="?", explanation="?"),),
            counts=counts,
            actual=Actual(mean_label_mass=None if sampled else mass),
        )
    )
    return folder


_minutes = count()


def moment() -> datetime:
    """Return a time after all that were given before, whatever the clock does: pages begin with what is newest."""
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=next(_minutes))


def let_play(folder: RunFolder, corpus: Corpus) -> RunFolder:
    """Let the strong personas of a run play the first people of the corpus, each with attributes of its own."""
    manifest = folder.manifest()
    people = iter(corpus.annotators)

    def playing(persona: RunPersona) -> RunPersona:
        if persona.kind != "strong":
            return persona
        person = next(people)
        age = "old" if person.annotator_id in ("Ann1", "Ann2") else "young"
        about = {"annotator": person.annotator_id, "group": person.group, "attributes": {"age": age, "work": "none"}}
        return persona.model_copy(update=about)

    folder.write_manifest(manifest.model_copy(update={"personas": tuple(map(playing, manifest.personas))}))
    return folder


PAIRS: dict[str, dict[str, str]] = {
    "p": {"age": "young", "work": "nurse"}, "p -age": {"work": "nurse"}, "p age=old": {"age": "old", "work": "nurse"},
    "q": {"age": "young"},
}  # fmt: skip
"""Personas of which some differ in one attribute alone, with their attributes."""


def with_attributes(folder: RunFolder, about: Mapping[str, Mapping[str, str]]) -> RunFolder:
    """Give the personas of a run attributes."""
    manifest = folder.manifest()
    personas = tuple(
        persona.model_copy(update={"attributes": dict(about.get(persona.persona_id, {}))})
        for persona in manifest.personas
    )
    folder.write_manifest(manifest.model_copy(update={"personas": personas}))
    return folder


def _rows(
    corpus: Corpus,
    items: Sequence[Item],
    personas: Sequence[str],
    spec: RunSpec,
    spread: float,
    mass: float,
    missing: float,
    cut: bool,
) -> Iterator[dict[str, Any]]:
    random = np.random.default_rng(spec.seed)
    labels = corpus.task.labels
    for persona in personas:
        for i, item in enumerate(items):
            logit = 2.0 * np.sin(i) + spread * random.normal()
            chances = np.full(len(labels), 1e-3)
            chances[0], chances[1] = 1 / (1 + np.exp(logit)), 1 / (1 + np.exp(-logit))
            chances /= chances.sum()
            for temperature in spec.temperatures or (None,):
                for repeat in range(spec.repeats):
                    row = {
                        "key": f"{persona}/{item.item_id}/{temperature}/{repeat}", "persona_id": persona,
                        "item_id": item.item_id, "wording": "plain", "temperature": temperature, "repeat": repeat,
                        "status": "ok", "label": labels[int(chances.argmax())], "attempt": "a", "missing_mass": missing,
                        "output_tokens": 1,
                    }  # fmt: skip
                    if temperature is None:
                        row |= {"logprobs": np.log(chances * mass).tolist(), "label_mass": mass}
                    else:
                        tempered = chances ** (1 / temperature)
                        row["label"] = str(random.choice(labels, p=tempered / tempered.sum()))
                        row["text"] = row["label"]
                        if random.random() < 0.02:
                            row |= {"status": "refusal", "label": None, "text": f"I will not. {SECRET}"}
                            row["output_tokens"] = spec.longest_answer if cut else 4
                    yield row
