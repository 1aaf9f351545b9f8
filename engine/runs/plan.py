"""Plan: what a spec asks, request by request, in an order that suits a prefix cache, without holding it in memory.

A request's key names everything its answer depends on. Sampled requests of one prompt (temperatures, repeats) follow
each other, items follow within persona and wording: so what two prompts share, the engine has just read. Exact
requests go through the whole grid once a repeat: repeats are there to show how far batching moves the logits, and side
by side in one batch they would show nothing.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

from engine.corpora.corpus import Corpus, Item, Task
from engine.corpora.store import load_corpus
from engine.errors import InputError, PolyvocalError
from engine.inference.backend import BackendInfo, Failure, Prompt
from engine.personas.store import load_persona_set, load_template_family
from engine.personas.template import AnswerOption, Messages, TemplateFamily, Wording, answer_options, render
from engine.runs.keys import KeyStart, key_start
from engine.runs.manifest import CorpusRecord, Manifest, RunPersona
from engine.runs.planned_request import Cell, CellPrompt, PlannedRequest, Prepare, prepare_all
from engine.runs.spec import RunSpec
from engine.validation import unknown_name

_CELLS_AT_ONCE = 256


@dataclass(frozen=True)
class Plan:
    """The whole grid of a spec, with everything it names loaded and checked."""

    spec: RunSpec
    corpus: CorpusRecord
    task: Task
    items: tuple[Item, ...]
    personas: tuple[RunPersona, ...]
    template: str
    wordings: tuple[Wording, ...]
    options: tuple[AnswerOption, ...]

    @cached_property
    def answers(self) -> tuple[str, ...]:
        """What the model is to write for each label, in the task's order."""
        return tuple(option.answer for option in self.options)

    @property
    def n_cells(self) -> int:
        """Personas times wordings times items."""
        return len(self.personas) * len(self.wordings) * len(self.items)

    @property
    def n_requests(self) -> int:
        """Requests of the whole grid."""
        return self.n_cells * max(1, len(self.spec.temperatures)) * self.spec.repeats

    @property
    def longest_answer(self) -> int:
        """Tokens an answer may have; 0 in an exact run, where nothing is written."""
        return 0 if self.spec.mode == "exact" else self.spec.longest_answer

    def cell(self, number: int) -> Cell:
        """Return one cell by its place in the order: persona, then wording, then item."""
        number, item = divmod(number, len(self.items))
        persona, wording = divmod(number, len(self.wordings))
        return Cell(self.personas[persona], self.wordings[wording], self.items[item])

    def render(self, cell: Cell) -> Messages:
        """Return the chat messages of a cell.

        Raises:
            InputError: the template asks for what the item does not have.
        """
        return render(cell.wording, cell.persona, cell.item, self.options, self.spec.answer_with)

    def requests(
        self, prepare: Prepare, info: BackendInfo, done: Collection[str] = frozenset()
    ) -> Iterator[PlannedRequest]:
        """Yield the requests whose key is not in `done`, in order, rendering a few hundred at a time.

        A cell that cannot be rendered or prepared yields requests that carry a `failure` instead of a prompt.

        Args:
            prepare: The backend's `prepare`.
            info: What the backend is; its revision enters the keys.
            done: Keys that need not be asked again; looked at anew for every request.
        """
        exact = self.spec.mode == "exact"
        for sweep in range(self.spec.repeats) if exact else (None,):
            repeats = range(self.spec.repeats) if sweep is None else (sweep,)
            for prompt in self._prompts(prepare, info, range(self.n_cells)):
                for temperature in self._temperatures:
                    for repeat in repeats:
                        request = prompt.request(temperature, repeat)
                        if request.key not in done:
                            yield request

    def draw(
        self, n: int, prepare: Prepare, info: BackendInfo, done: Collection[str] = frozenset()
    ) -> list[PlannedRequest]:
        """Return `n` requests whose key is not in `done`, drawn from all over the grid, the same each time.

        Few or none where nearly everything is done: the search ends after ten times as many places of the grid.
        """
        places = random.Random(self.spec.seed).sample(range(self.n_requests), min(10 * n, self.n_requests))
        left, drawn = iter(places), list[PlannedRequest]()
        while len(drawn) < n and (chunk := list(islice(left, n))):
            of_prompt = [divmod(place, self.n_requests // self.n_cells) for place in chunk]
            prompts = self._prompts(prepare, info, [cell for cell, _ in of_prompt])
            for prompt, (_, within) in zip(prompts, of_prompt, strict=True):
                temperature, repeat = divmod(within, self.spec.repeats)
                request = prompt.request(self._temperatures[temperature], repeat)
                if request.key not in done:
                    drawn.append(request)
        return drawn[:n]

    @property
    def _temperatures(self) -> tuple[float | None, ...]:
        return self.spec.temperatures or (None,)

    def _prompts(self, prepare: Prepare, info: BackendInfo, numbers: Iterable[int]) -> Iterator[CellPrompt]:
        left = iter(numbers)
        while chunk := [self.cell(number) for number in islice(left, _CELLS_AT_ONCE)]:
            rendered = [self._try_render(cell) for cell in chunk]
            prepared = iter(prepare_all(prepare, [m for m in rendered if not isinstance(m, Failure)]))
            for cell, messages in zip(chunk, rendered, strict=True):
                result = messages if isinstance(messages, Failure) else next(prepared)
                prompt, failure = (None, result) if isinstance(result, Failure) else (result, None)
                yield CellPrompt(cell, self._key_start(info, cell, prompt), prompt, failure)

    def _try_render(self, cell: Cell) -> Messages | Failure:
        try:
            return self.render(cell)
        except PolyvocalError as error:
            return Failure("rejected", str(error))

    def _key_start(self, info: BackendInfo, cell: Cell, prompt: Prompt | None) -> KeyStart:
        spec = self.spec
        return key_start(
            model=spec.model,
            revision=info.revision,
            prompt=prompt.text if prompt else "",
            decoding={
                "mode": spec.mode,
                "answers": self.answers,
                **({} if spec.mode == "exact" else {"max_tokens": spec.longest_answer, "top_p": spec.top_p}),
            },
            seed=spec.seed,
            cell=(cell.persona.persona_id, cell.wording.name, cell.item.item_id),
        )

    def new_manifest(self, run_id: str, created: Any) -> Manifest:
        """Return the manifest of a run that has not begun."""
        manifest = Manifest(
            run_id=run_id,
            spec=self.spec,
            created=created,
            task=self.task,
            corpus=self.corpus,
            item_ids=tuple(item.item_id for item in self.items),
            personas=self.personas,
            template=self.template,
            wordings=self.wordings,
        )
        manifest.counts.planned = self.n_requests
        return manifest

    def check_same(self, manifest: Manifest) -> None:
        """Raise InputError where what the spec names has changed since the run was planned: answers would mix."""
        changed = [
            name
            for name, then, now in (
                ("the task", manifest.task, self.task),
                ("the corpus's items", manifest.corpus.digest, self.corpus.digest),
                ("the personas", manifest.personas, self.personas),
                ("the template's wordings", manifest.wordings, self.wordings),
            )
            if then != now
        ]
        if changed:
            raise InputError(
                f"run {manifest.run_id!r} was made when {' and '.join(changed)} read differently than now; going on "
                "would mix two things in one run. Give the spec another name to start a new run, or delete this one."
            )


def make_plan(spec: RunSpec, corpus: Corpus | None = None) -> Plan:
    """Load and check everything a spec names, and return its grid.

    Args:
        spec: The run.
        corpus: What `spec.corpus` names, where it is not stored (yet); None: it is loaded.

    Raises:
        InputError: a corpus, split, item, persona set, persona, template or wording is missing, persona ids clash, or
            the template asks for fields that the corpus's items do not have.
    """
    corpus = load_corpus(spec.corpus) if corpus is None else corpus
    items = _choose_items(corpus, spec)
    family = load_template_family(spec.template or corpus.task.kind)
    plan = Plan(
        spec=spec,
        corpus=CorpusRecord(
            name=corpus.name, digest=items_digest(corpus.task, items), synthetic=corpus.synthetic, n_items=len(items)
        ),
        task=corpus.task,
        items=items,
        personas=_load_personas(spec.persona_sets, spec.persona_ids),
        template=family.name,
        wordings=_choose_wordings(family, spec.wordings),
        options=answer_options(corpus.task, spec.answers),
    )
    for wording in plan.wordings:  # one item through every wording: a template that does not fit is told up front
        plan.render(Cell(plan.personas[0], wording, items[0]))
    return plan


def _choose_items(corpus: Corpus, spec: RunSpec) -> tuple[Item, ...]:
    for split in spec.splits:
        if split not in corpus.splits:
            raise unknown_name("split", split, [s for s in corpus.splits if s], f"Corpus {corpus.name!r} has these.")
    for item_id in spec.item_ids:
        if item_id not in corpus.item_by_id:
            raise unknown_name("item", item_id, list(corpus.item_by_id), f"Corpus {corpus.name!r} has these.")
    items = [item for item in corpus.items if not spec.splits or item.split in spec.splits]
    if spec.item_ids:
        items = [item for item in items if item.item_id in spec.item_ids]
    if not items:
        raise InputError(f"corpus {corpus.name!r} has no items to label. Import it again, or name another corpus.")
    if len({item.item_id for item in items}) != len(items):
        raise InputError(f"corpus {corpus.name!r} uses an item id twice. Import it again, with unique ids.")
    if spec.max_items is not None and spec.max_items < len(items):
        chosen = sorted(random.Random(spec.seed).sample(range(len(items)), spec.max_items))
        items = [items[number] for number in chosen]
    return tuple(items)


def _load_personas(names: Sequence[str], only: Sequence[str]) -> tuple[RunPersona, ...]:
    personas = [
        RunPersona(**persona.model_dump(), set_name=loaded.name)
        for loaded in map(load_persona_set, names)
        for persona in loaded.personas
    ]
    known = [persona.persona_id for persona in personas]
    for name in only:
        if name not in known:
            raise unknown_name("persona", name, known, f"The sets {', '.join(map(repr, names))} have these.")
    personas = [persona for persona in personas if not only or persona.persona_id in only]
    owners: dict[str, list[str]] = {}
    for persona in personas:
        owners.setdefault(persona.persona_id, []).append(persona.set_name)
    clashes = [f"{pid!r} (sets {', '.join(map(repr, sets))})" for pid, sets in owners.items() if len(sets) > 1]
    if clashes:
        raise InputError(
            f"persona_sets: these persona ids occur more than once in the run: {'; '.join(clashes[:5])}. "
            "Every persona of a run needs an id of its own. Rename them, or leave one of the sets out."
        )
    return tuple(personas)


def _choose_wordings(family: TemplateFamily, names: Sequence[str]) -> tuple[Wording, ...]:
    by_name = {wording.name: wording for wording in family.wordings}
    if twice := sorted({name for name in names if list(names).count(name) > 1}):
        raise InputError(
            f"wordings names {', '.join(map(repr, twice))} twice. Name each once; use repeats to ask again."
        )
    for name in names:
        if name not in by_name:
            raise unknown_name("wording", name, list(by_name), f"Template family {family.name!r} has these.")
    return tuple(by_name[name] for name in names) or family.wordings[:1]


def items_digest(task: Task, items: Sequence[Item]) -> str:
    """Return the sha256 of what is put to the personas: the task, and the items with their texts, in order."""
    digest = hashlib.sha256(task.model_dump_json().encode())
    for item in items:
        digest.update(json.dumps([item.item_id, list(item.fields.items())]).encode())
    return digest.hexdigest()
