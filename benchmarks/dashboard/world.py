"""A store as large as the aims name: 800 people who each labelled a few items, and runs of 1,000,000 responses.

Everything is drawn from one seed, so that two runs of the benchmark look at the same numbers. Answers are written
through RunFolder, as an execution writes them.
"""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from engine import paths
from engine.corpora.checks import annotation_frame
from engine.corpora.corpus import Annotator, Corpus, Item, Task
from engine.corpora.store import save_corpus
from engine.personas.template import Wording
from engine.runs.manifest import CorpusRecord, Counts, Manifest, RunPersona
from engine.runs.response import SCHEMA
from engine.runs.run_folder import RunFolder
from engine.runs.spec import RunSpec

TASK = Task(
    name="hate speech detection", kind="hate-speech", labels=("0", "1"), answers={"0": "no", "1": "yes"}, positive="1"
)
N_PEOPLE, N_ITEMS, LABELS_AN_ITEM = 800, 2_500, 20
N_PERSONAS, N_STRONG, N_WEAK = 200, 188, 8
WORDINGS = ("plain", "formal")
TEMPERATURES = (0.5, 1.0)
REFUSED = 0.02
PART = 250_000
"""Responses a file."""
Floats = npt.NDArray[np.float64]


def make() -> tuple[str, str]:
    """Write corpus and runs into the store of POLYVOCAL_HOME; return the ids of the exact and the sampled run.

    Both have 1,000,000 responses of 200 personas: exact 2,500 items in 2 wordings, sampled 1,250 items at 2
    temperatures in 2 repeats.
    """
    rng = np.random.default_rng(0)
    leaning, own = rng.normal(-0.5, 1.5, N_ITEMS), rng.normal(0, 0.8, N_PEOPLE)
    corpus = _corpus(rng, leaning, own)
    save_corpus(corpus, paths.imported_dir() / corpus.name)
    personas = _personas(corpus)
    lean = np.concatenate([own[:N_STRONG], rng.normal(0, 0.8, N_PERSONAS - N_STRONG)])
    logit = 1.4 * leaning + 0.7 * lean[:, None] + rng.normal(0, 0.6, (N_PERSONAS, N_ITEMS))
    return _exact_run(rng, corpus, personas, logit), _sampled_run(rng, corpus, personas, logit)


def _corpus(rng: np.random.Generator, leaning: Floats, own: Floats) -> Corpus:
    """Return items that 20 people each labelled, of 800 in four groups."""
    people = tuple(Annotator(f"person-{i:03d}", group=f"group {'ABCD'[i % 4]}") for i in range(N_PEOPLE))
    items = tuple(Item(f"item-{i:04d}", {"text": f"Made-up post number {i}, about the weather."}, split="test")
                  for i in range(N_ITEMS))  # fmt: skip
    rows = []
    for i, item in enumerate(items):
        who = rng.choice(N_PEOPLE, LABELS_AN_ITEM, replace=False)
        said = rng.random(LABELS_AN_ITEM) < _chance(leaning[i] + own[who] + 0.5 * (who % 4 == 0))
        rows += [(item.item_id, people[j].annotator_id, str(int(s)), None) for j, s in zip(who, said, strict=True)]
    return Corpus("bench", TASK, items, people, annotation_frame(rows), synthetic=True, source="a benchmark's script")


def _personas(corpus: Corpus) -> tuple[RunPersona, ...]:
    """Return personas of 188 people, of the groups, of nobody."""
    strong = [
        RunPersona(persona_id=f"strong-{i:03d}", kind="strong", text=f"You are person {i}.", set_name="strong",
                   group=person.group, annotator=person.annotator_id,
                   attributes={"age": ("young", "middle", "old")[i % 3], "work": ("office", "field")[i // 3 % 2]})
        for i, person in enumerate(corpus.annotators[:N_STRONG])
    ]  # fmt: skip
    weak = [
        RunPersona(persona_id=f"weak-{i}", kind="weak", text=f"You are of group {'ABCD'[i % 4]}.", set_name="weak",
                   group=f"group {'ABCD'[i % 4]}") for i in range(N_WEAK)
    ]  # fmt: skip
    nobody = [
        RunPersona(persona_id=f"control-{i}", kind="control", text="You are a helpful assistant.", set_name="control")
        for i in range(N_PERSONAS - N_STRONG - N_WEAK)
    ]
    return (*strong, *weak, *nobody)


def _exact_run(rng: np.random.Generator, corpus: Corpus, personas: tuple[RunPersona, ...], logit: Floats) -> str:
    spec = RunSpec(
        name="large", corpus=corpus.name, persona_sets=("strong", "weak", "control"), model="bench",
        backend="scripted", wordings=WORDINGS,
    )  # fmt: skip
    worded = logit[..., None] + rng.normal(0, 0.3, (*logit.shape, len(WORDINGS)))
    p = _chance(worded).ravel()
    mass = rng.beta(60, 1.5, p.size)
    persona, item, wording = (axis.ravel() for axis in np.indices(worded.shape))
    logprobs = np.log(np.stack([1 - p, p], axis=1) * mass[:, None]).ravel()
    columns = _cells(corpus, personas, persona, item) | {
        "wording": pa.array(WORDINGS).take(pa.array(wording)),
        "repeat": pa.array(np.zeros(p.size, dtype=np.int32)),
        "label": pa.array(TASK.labels).take(pa.array((p > 0.5).astype(np.int8))),
        "logprobs": pa.ListArray.from_arrays(pa.array(np.arange(0, 2 * p.size + 1, 2, dtype=np.int32)), logprobs),
        "label_mass": pa.array(mass), "missing_mass": pa.array(np.zeros(p.size)),
    }  # fmt: skip
    return _store(spec, corpus, personas, N_ITEMS, columns)


def _sampled_run(rng: np.random.Generator, corpus: Corpus, personas: tuple[RunPersona, ...], logit: Floats) -> str:
    spec = RunSpec(
        name="large-drawn", corpus=corpus.name, persona_sets=("strong", "weak", "control"), model="bench",
        backend="scripted", mode="sampled", temperatures=TEMPERATURES, repeats=2, max_items=N_ITEMS // 2,
        wordings=WORDINGS[:1],
    )  # fmt: skip
    axes = (N_PERSONAS, N_ITEMS // 2, len(TEMPERATURES), spec.repeats)
    persona, item, temperature, repeat = (axis.ravel() for axis in np.indices(axes))
    at = np.asarray(TEMPERATURES)[temperature]
    drawn = (rng.random(at.size) < _chance(logit[persona, item] / at)).astype(np.int8)
    kept = rng.random(at.size) >= REFUSED
    refusal = pa.array(["I would rather not judge this post."])
    columns = _cells(corpus, personas, persona, item) | {
        "wording": pa.repeat(WORDINGS[0], at.size),
        "temperature": pa.array(at),
        "repeat": pa.array(repeat.astype(np.int32)),
        "status": pa.array(["refusal", "ok"]).take(pa.array(kept.astype(np.int8))),
        "label": pa.array(TASK.labels).take(pa.array(drawn, mask=~kept)),
        "text": pa.chunked_array([pa.array(["no", "yes"]), refusal]).combine_chunks().take(
            pa.array(np.where(kept, drawn, 2))
        ),
        "seed": pa.array(rng.integers(0, 2**31, at.size)),
    }  # fmt: skip
    return _store(spec, corpus, personas, N_ITEMS // 2, columns)


def _cells(
    corpus: Corpus, personas: tuple[RunPersona, ...], persona: npt.NDArray[np.int64], item: npt.NDArray[np.int64]
) -> dict[str, pa.Array]:
    """Return the columns that both kinds of runs have."""
    n = len(persona)
    return {
        "key": pa.array(np.char.mod("%064x", np.arange(n))),
        "persona_id": pa.array([p.persona_id for p in personas]).take(pa.array(persona)),
        "item_id": pa.array([i.item_id for i in corpus.items]).take(pa.array(item)),
        "status": pa.repeat("ok", n),
        "prompt_tokens": pa.repeat(pa.scalar(120, pa.int32()), n),
        "output_tokens": pa.repeat(pa.scalar(2, pa.int32()), n),
        "attempt": pa.repeat("bench", n),
    }


def _store(
    spec: RunSpec, corpus: Corpus, personas: tuple[RunPersona, ...], n_items: int, columns: dict[str, pa.Array]
) -> str:
    """Write a finished run; return its id."""
    n = len(columns["key"])
    table = pa.table([columns.get(f.name, pa.nulls(n, f.type)) for f in SCHEMA], schema=SCHEMA)
    folder = RunFolder(paths.runs_dir() / spec.run_id())
    folder.path.mkdir(parents=True)
    for at in range(0, n, PART):
        folder.append(table.slice(at, PART))
    items = corpus.items[:n_items]
    statuses = {str(row["values"]): int(row["counts"]) for row in table["status"].value_counts().to_pylist()}
    wordings = spec.wordings or WORDINGS
    folder.write_manifest(
        Manifest(
            run_id=spec.run_id(), spec=spec, created=datetime.now(UTC), state="finished", task=TASK,
            corpus=CorpusRecord(name=corpus.name, digest="0", synthetic=True, n_items=n_items),
            item_ids=tuple(item.item_id for item in items), personas=personas, template="hate-speech",
            wordings=tuple(Wording(name=w, user="{{ request }}", label="?", explanation="?") for w in wordings),
            counts=Counts(planned=n, done=n, by_status=statuses),
        )
    )  # fmt: skip
    return spec.run_id()


def _chance(logit: Floats) -> Floats:
    chance: Floats = 1 / (1 + np.exp(-logit))
    return chance
