"""Which parts of several runs are compared with one another and with people: the same items, fitting personas.

Numbers of different items or of mixed personas say nothing beside one another, so what is shown of each run is cut to
what all have. The sets and items themselves are chosen by the engine (`personas_of`, `common_items`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dashboard import curve_sentences, loaders
from dashboard.run_curves import Selection
from engine.errors import PolyvocalError
from engine.measures import common_items, labelled_items
from engine.measures.result import Estimate
from engine.runs.choosing import persona_sets_of, personas_of
from engine.runs.manifest import Manifest
from engine.runs.spec import RunSpec
from engine.runs.store import RunSummary

if TYPE_CHECKING:
    import xarray as xr

MOST = 6
"""Runs in one chart; more cannot be told apart."""
HANDFUL = 7
"""Items below which a run is no more than a live question, which may ask about 6."""


@dataclass(frozen=True)
class Part:
    """What is shown of one run."""

    selection: Selection
    manifest: Manifest
    title: str
    """What the pages call the run."""
    line: str
    """What the chart calls its line; drawn answers bear the name of the line that they belong to."""

    @property
    def run(self) -> RunSummary:
        """The run's summary."""
        return self.selection.run

    @property
    def corpus(self) -> str:
        """The own name of the corpus that it labelled."""
        return self.manifest.corpus.name


@dataclass(frozen=True)
class Comparison:
    """Runs that can be laid over one another, and the people beside them."""

    parts: tuple[Part, ...]
    people: Mapping[str, Estimate]
    """Corpus to the agreement of its people on just the items compared; a corpus without people is not in it."""
    items: tuple[str, ...]
    """One line a corpus: how many items are compared, and how many are left out."""
    notes: tuple[str, ...]
    """What was left out, and why numbers may not be comparable."""


def suggested(runs: Sequence[RunSummary]) -> list[str]:
    """Return the runs to show when nobody chose: of the newest corpus each model's newest exact and sampled run.

    Runs on texts that nobody labelled or on a handful of items (a saved live question) come last, finished runs of real
    models first. A sampled run belongs to its model's exact run, whose line its drawn answers check; where there is no
    exact run at all, sampled ones stand alone.

    Args:
        runs: newest first.
    """
    unlabelled = {corpus.name for corpus in loaders.corpora() if not corpus.problem and not corpus.n_annotations}
    ordered = sorted(
        runs,
        key=lambda run: (
            run.corpus in unlabelled or run.n_items < HANDFUL,
            run.state != "finished",
            run.backend == "scripted",
            run.mode != "exact",
        ),
    )
    of_corpus = [run for run in ordered if run.corpus == ordered[0].corpus]
    newest: dict[tuple[str, str], str] = {}
    for run in of_corpus:
        newest.setdefault((run.mode, run.model), run.run_id)
    lines = [model for mode, model in newest if mode == ordered[0].mode]
    pairs = [(mode, model) for mode in ("exact", "sampled") for model in lines]
    return [newest[pair] for pair in pairs if pair in newest][:MOST]


def set_sizes(runs: Sequence[RunSummary]) -> dict[str, int]:
    """Return the persona sets of some runs, and how many personas each has."""
    sizes: dict[str, int] = {}
    for run in runs:
        personas = loaders.manifest(run).personas
        for name in dict.fromkeys(p.set_name for p in personas):
            sizes[name] = max(sizes.get(name, 0), sum(p.set_name == name for p in personas))
    return sizes


def default_sets(runs: Sequence[RunSummary]) -> list[str]:
    """Return the persona sets that the engine measures of these runs when nobody chose."""
    manifests = [loaders.manifest(run) for run in runs]
    return list(dict.fromkeys(name for m in manifests for name in persona_sets_of(m, personas_of(m))))


def compare(runs: Sequence[RunSummary], sets: Sequence[str], titles: Mapping[str, str]) -> Comparison:
    """Return what all these runs have in common, and the people on just that.

    Args:
        runs: in the order they are shown.
        sets: persona sets to show.
        titles: run id to what the pages call the run.

    Raises:
        InputError: runs of one corpus share no items; the message names them.
    """
    notes: list[str] = []
    parts = _with_personas(runs, sets, titles, notes)
    parts = _with_lines(parts, notes)
    people: dict[str, Estimate] = {}
    items: list[str] = []
    compared: dict[str, Part] = {}
    corpora = list(dict.fromkeys(part.corpus for part in parts))
    for corpus in corpora:
        of_corpus = [part for part in parts if part.corpus == corpus]
        shared, line, human = _shared(of_corpus, notes)
        items.append(f"{corpus}: {line}" if len(corpora) > 1 else line)
        people |= {} if human is None else {corpus: human}
        for part in of_corpus:
            compared[part.run.run_id] = replace(part, selection=replace(part.selection, items=tuple(shared)))
        notes += _differences(of_corpus)
    if len(corpora) > 1:
        notes.append("These runs labelled different corpora. Compare each line with the people of its own corpus only.")
    return Comparison(tuple(compared[part.run.run_id] for part in parts), people, tuple(items), tuple(notes))


def _with_personas(
    runs: Sequence[RunSummary], sets: Sequence[str], titles: Mapping[str, str], notes: list[str]
) -> list[Part]:
    """Choose each run's personas; leave out, with a note, a run that asked none of the sets."""
    usual = set(sets) == set(default_sets(runs))  # each run by its own default: a set may hold several kinds
    parts = []
    for run in runs:
        manifest = loaders.manifest(run)
        known = persona_sets_of(manifest)
        asked = [name for name in sets if name in known]
        if not asked:
            notes.append(f"{titles[run.run_id]} is not shown: it has none of these persona sets. It has "
                         f"{', '.join(known)}.")  # fmt: skip
            continue
        personas = personas_of(manifest, None if usual else asked)
        parts.append(Part(Selection(run, tuple(personas), ()), manifest, titles[run.run_id], ""))
    return parts


def _with_lines(parts: list[Part], notes: list[str]) -> list[Part]:
    """Name the lines, and cut an exact run and the sampled runs on its line to the personas that they share."""
    homes = {part.run.run_id: _home(part, parts) for part in parts}
    lines = [part for part in parts if homes[part.run.run_id] is part]
    names = curve_sentences.line_names({part.run.run_id: (part.run.model, part.title) for part in lines})
    kept: list[Part] = []
    shared: dict[str, list[str]] = {part.run.run_id: list(part.selection.personas) for part in lines}
    for part in parts:
        home = homes[part.run.run_id]
        common = [p for p in shared[home.run.run_id] if p in part.selection.personas]
        if not common:
            notes.append(f"{part.title} is not shown: it has none of the personas that {home.title} is shown with.")
            continue
        shared[home.run.run_id] = common
        kept.append(replace(part, line=names[home.run.run_id]))
    for part in lines:
        if left := len(part.selection.personas) - len(shared[part.run.run_id]):
            notes.append(f"{left} of {len(part.selection.personas)} personas of {part.title} are left out, because its "
                         "drawn answers lack them.")  # fmt: skip
    return [
        replace(part, selection=replace(part.selection, personas=tuple(shared[homes[part.run.run_id].run.run_id])))
        for part in kept
    ]


def _home(part: Part, parts: Sequence[Part]) -> Part:
    """Return the exact run whose line a sampled run's drawn answers belong to; the run itself where there is none."""
    if part.run.mode == "exact":
        return part
    fitting = (p for p in parts if p.run.mode == "exact" and _asks_alike(p.manifest.spec, part.manifest.spec))
    return next(fitting, part)


def _asks_alike(one: RunSpec, other: RunSpec) -> bool:
    """Return whether two runs put the same question to the same model."""
    same = ("corpus", "model", "revision", "template", "wordings", "answer_with", "answers", "chat_template_kwargs")
    return all(getattr(one, name) == getattr(other, name) for name in same)


def _shared(parts: Sequence[Part], notes: list[str]) -> tuple[list[str], str, Estimate | None]:
    """Return the items that runs of one corpus and its people share, a line on them, and the people's agreement."""
    arrays: dict[str, xr.DataArray | xr.Dataset] = {}
    for part in parts:
        labels = loaders.labels(part.run)
        arrays[part.title] = labels.isel(persona=labels["persona"].isin(part.selection.personas))
    shared = common_items(arrays)
    human, name = None, parts[0].manifest.spec.corpus
    try:
        arrays["the people"] = loaders.human(name)
        shared = common_items(arrays)
        human = loaders.human_of_items(name, shared)
    except PolyvocalError as error:
        arrays.pop("the people", None)
        notes.append(f"There is no human band: {error}")
    labelled = {title: set(labelled_items(array)) for title, array in arrays.items()}
    everything = set.union(*labelled.values())
    lacking = [title for title, items in labelled.items() if len(items) < len(everything)]
    return shared, curve_sentences.items_line(len(shared), len(everything), lacking), human


def _differences(parts: Sequence[Part]) -> list[str]:
    """Return why numbers of runs of one corpus may differ for another reason than their models."""
    found = []
    if len({frozenset(part.selection.personas) for part in parts}) > 1:
        found.append("These runs asked different personas; a difference between lines may be due to that alone.")
    texts: dict[tuple[str, ...], set[str]] = {}
    for part in parts:
        texts.setdefault(part.manifest.item_ids, set()).add(part.manifest.corpus.digest)
    if any(len(digests) > 1 for digests in texts.values()):
        found.append(
            "The corpus's texts changed between these runs, so they labelled different texts of the same name."
        )
    return found
