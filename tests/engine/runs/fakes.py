"""A backend whose answers are known, and a small corpus and persona sets in the test's own store."""

from __future__ import annotations

import hashlib
import math
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine import paths
from engine.corpora import Annotator, Corpus, Item, Task, annotation_frame, save_corpus
from engine.inference.backend import (
    BackendInfo,
    ExactAnswer,
    ExactRequest,
    Failure,
    Prompt,
    SampleAnswer,
    SampleRequest,
)
from engine.personas import Persona, PersonaSet, save_persona_set
from engine.personas.template import Messages
from engine.runs.spec import RunSpec

LABELS = ("no", "yes")


def fill_store(n_items: int = 10, n_personas: int = 3, texts: Sequence[str] | None = None) -> None:
    """Put corpus 'tiny', persona set 'few' and persona set 'one' into the store of POLYVOCAL_HOME."""
    given = texts or [f"post number {i}" for i in range(n_items)]
    items = tuple(Item(f"item-{i}", {"text": text}, split="train" if i % 2 else "dev") for i, text in enumerate(given))
    annotators = (Annotator("ann-0", "g0"), Annotator("ann-1", "g1"))
    rows = [(item.item_id, a.annotator_id, LABELS[(i + j) % 2], None) for i, item in enumerate(items)
            for j, a in enumerate(annotators)]  # fmt: skip
    corpus = Corpus(
        "tiny", Task(name="hate", kind="hate-speech", labels=LABELS), items, annotators, annotation_frame(rows), True
    )
    save_corpus(corpus, paths.imported_dir() / "tiny")
    people = [Persona(persona_id=f"p{i}", kind="strong", text=f"You are person {i}.", annotator=f"ann-{i % 2}",
                      group=f"g{i % 2}") for i in range(n_personas)]  # fmt: skip
    _save(PersonaSet(name="few", personas=tuple(people)))
    _save(PersonaSet(name="one", personas=(Persona(persona_id="nobody", kind="empty"),)))


def _save(persona_set: PersonaSet) -> None:
    save_persona_set(persona_set, paths.persona_sets_dir() / f"{persona_set.name}.yaml")


def exact_spec(**more: object) -> RunSpec:
    """An exact run of corpus 'tiny' with set 'few'."""
    return RunSpec.model_validate(
        {"corpus": "tiny", "persona_sets": ("few",), "model": "fake", "backend": "scripted"} | more
    )


def sampled_spec(**more: object) -> RunSpec:
    """A sampled run of corpus 'tiny' with set 'few' at T = 0, 0.7 and 1.5, three repeats."""
    return exact_spec(**{"mode": "sampled", "temperatures": (0.0, 0.7, 1.5), "repeats": 3} | more)


def chance_of_yes(text: str) -> float:
    """What the fake gives 'yes' for this prompt, .05 to .95."""
    return 0.05 + 0.9 * int(hashlib.sha256(text.encode()).hexdigest()[:6], 16) / 0xFFFFFF


Fault = Callable[[str], Failure | Exception | None]


@dataclass
class FakeBackend:
    """Answers by the hash of the prompt, in a way that every test can recompute; faults are given as functions."""

    seconds_each: float = 0.0
    batch_size: int = 8
    seeds: str = "request"
    exact_kind: str = "full"
    revision: str = "r1"
    mass: float = 0.98
    fault: Fault | None = None
    draw: Callable[[SampleRequest], str] | None = None
    calls: list[int] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    closed: bool = False

    def info(self) -> BackendInfo:
        return BackendInfo("fake", "fake", self.revision, self.exact_kind, self.seeds, batch_size=self.batch_size,  # type: ignore[arg-type]
                           engine_seed=77 if self.seeds == "engine" else None)  # fmt: skip

    def prepare(self, conversations: Sequence[Messages]) -> list[Prompt]:
        return [Prompt(m, "\n".join(f"{part['role']}: {part['content']}" for part in m)) for m in conversations]

    def check_answers(self, prompt: Prompt, answers: Sequence[str]) -> None:
        assert prompt.text
        assert len(set(answers)) == len(answers)

    def exact(self, requests: Sequence[ExactRequest]) -> list[ExactAnswer | Failure]:
        return [self._fail(r.prompt.text) or self._exact(r) for r in self._take(requests)]

    def sample(self, requests: Sequence[SampleRequest]) -> list[SampleAnswer | Failure]:
        return [self._fail(r.prompt.text) or self._sample(r) for r in self._take(requests)]

    def close(self) -> None:
        self.closed = True

    def _take(self, requests: Sequence) -> Sequence:
        self.calls.append(len(requests))
        self.asked += [r.prompt.text for r in requests]
        time.sleep(self.seconds_each * len(requests))
        return requests

    def _fail(self, text: str) -> Failure | None:
        problem = self.fault(text) if self.fault else None
        if isinstance(problem, Exception):
            raise problem
        return problem

    def _exact(self, request: ExactRequest) -> ExactAnswer:
        yes = chance_of_yes(request.prompt.text)
        return ExactAnswer((math.log(self.mass * (1 - yes)), math.log(self.mass * yes)), 0.0, 20)

    def _sample(self, request: SampleRequest) -> SampleAnswer:
        if self.draw:
            return SampleAnswer(self.draw(request), "stop", 20, 1)
        yes = chance_of_yes(request.prompt.text)
        if request.temperature == 0:
            return SampleAnswer(LABELS[yes > 0.5], "stop", 20, 1)
        odds = (yes / (1 - yes)) ** (1 / request.temperature)
        drawn = random.Random(request.seed).random() < odds / (1 + odds)
        return SampleAnswer(LABELS[drawn], "stop", 20, 1)


def part_names(folder: Path) -> list[str]:
    """The parts of a run folder."""
    return sorted(p.name for p in folder.glob("part-*.parquet"))
