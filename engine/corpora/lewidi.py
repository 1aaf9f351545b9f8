"""What the two Le-Wi-Di editions share: the description of a dataset, and the building of a `Corpus` from its entries.

One JSON key may name different items in different splits, so an item's id is the split and the key: 'train-1'.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engine.corpora.checks import annotation_frame, check_corpus
from engine.corpora.corpus import Annotator, Corpus, Item, Task
from engine.corpora.lewidi_files import SPLITS, Entry, find_files, plain_key, read_attributes, read_entries
from engine.corpora.reading import natural_order, storable, valid_unicode, whole
from engine.errors import InputError


@dataclass(frozen=True)
class Given:
    """One label that an annotator gave, as read: `raw` is None where the file leaves it out."""

    annotator: str
    raw: str | None
    explanation: str | None = None


@dataclass(frozen=True)
class Layer:
    """One kind of label that a dataset's files hold, and how to read it."""

    task: Task
    given: Callable[[Entry, Counter[str]], list[Given]]
    """Returns the labels of an entry, and counts in the second argument what it had to leave out."""
    label: Callable[[str], str] = whole
    """Turns a raw label into one of the task's."""
    left_out: Mapping[str, str] = field(default_factory=dict)
    """Raw labels that are no answer: label to the reason, for the notes."""
    written_as: Mapping[str, str] = field(default_factory=dict)
    """Slips of the published files: a label as it stands there to the one it means; counted in the notes."""


@dataclass(frozen=True)
class Dataset:
    """One published dataset: how it is recognised and what its entries hold."""

    name: str
    """The corpus's name by default: 'hs-brexit'."""
    title: str
    """The name in file names: 'HS-Brexit'."""
    asks: str
    """What the field `annotation task` contains."""
    layers: Mapping[str, Layer]
    """By name; the first is the default."""
    fields: Callable[[Entry], dict[str, str]]
    group: Callable[[Entry], dict[str, str]] = lambda _entry: {}
    """Returns annotator to group, where an entry tells it."""
    attributes_of_group: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    hidden_info: tuple[str, ...] = ()
    """Keys of `other_info` that become labels, groups or explanations and are not kept with the item."""


def read(path: Path, edition: str, datasets: Iterable[Dataset], name: str | None, task: str | None) -> Corpus:
    """Read one Le-Wi-Di corpus from its folder, or one file of it; see `read_lewidi2023` for the errors."""
    files, tables, ignored = find_files(path)
    notes: list[str] = []
    entries = [entry for file in files for entry in read_entries(file, notes)]
    dataset = _recognise(entries, edition, tuple(datasets), path)
    layer_name, layer = _choose(dataset, task)
    built = _Build(dataset, layer)
    for entry in entries:
        built.add(entry)
    notes += built.notes([file.name for file in files])
    if ignored:
        notes.append(f"not read: {', '.join(sorted(ignored))}")
    corpus_name = name or (dataset.name if layer_name == next(iter(dataset.layers)) else f"{dataset.name}-{layer_name}")
    annotators = built.annotators(read_attributes(tables, notes), notes)
    corpus = Corpus(
        name=corpus_name,
        task=layer.task,
        items=tuple(built.items.values()),
        annotators=annotators,
        annotations=annotation_frame(row for rows in built.rows.values() for row in rows),
        source=f"{dataset.title} of Le-Wi-Di {edition}: {', '.join(file.name for file in files)}",
        notes=tuple(notes),
    )
    check_corpus(corpus)
    return corpus


def _recognise(entries: list[Entry], edition: str, datasets: tuple[Dataset, ...], path: Path) -> Dataset:
    """Tell the dataset from what the entries say they ask; one folder is one dataset."""
    found: dict[str, Dataset] = {}
    for entry in entries:
        asked = str(entry.values["annotation task"]).lower()
        match = next((d for d in datasets if d.asks in asked), None)
        if match is None:
            expected = ", ".join(f"{d.title} ({d.layers[next(iter(d.layers))].task.name})" for d in datasets)
            raise InputError(
                f"{entry.where}: annotation task {asked!r} is none of Le-Wi-Di {edition}. Known: {expected}. "
                "Choose another --format, or import it as a table."
            )
        found[match.name] = match
    if len(found) > 1:
        raise InputError(f"{path} mixes entries of {', '.join(found)}. Put the files of each in a folder of its own.")
    return next(iter(found.values()))


def _choose(dataset: Dataset, task: str | None) -> tuple[str, Layer]:
    wanted = task or next(iter(dataset.layers))
    if wanted not in dataset.layers:
        raise InputError(
            f"{dataset.title} has no labels for task {task!r}. It has: {', '.join(dataset.layers)}. Choose one of them."
        )
    return wanted, dataset.layers[wanted]


class _Build:
    """Items and annotation rows as they come, and what was counted on the way."""

    def __init__(self, dataset: Dataset, layer: Layer) -> None:
        self.dataset, self.layer = dataset, layer
        self.items: dict[str, Item] = {}
        self.rows: dict[str, list[tuple[str, str, str, str | None]]] = {}
        self.groups: dict[str, str] = {}
        self.people: dict[str, None] = {}
        self.counts: Counter[str] = Counter()
        self.per_file: dict[str, Counter[str]] = {}

    def add(self, entry: Entry) -> None:
        """Make an entry an item with its annotations."""
        raw = self.dataset.fields(entry)
        fields = {name: valid_unicode(text) for name, text in raw.items()}
        given = self._labels(entry)
        item_id = f"{entry.split}-{entry.key}" if entry.split else entry.key
        if item_id in self.items:
            if self._is_repeat(item_id, fields, given):
                self.counts["entries repeat an earlier one and were left out"] += 1
                return
            item_id = self._next_id(item_id)
            self.counts["entries share split and key with another item; their ids end in #2, #3, ..."] += 1
        if fields != raw:
            self.counts["texts held half a surrogate pair (a cut emoji), which became U+FFFD"] += 1
        kept = {k: v for k, v in entry.other_info.items() if plain_key(k) not in self.dataset.hidden_info}
        language = str(entry.values.get("lang") or "en").strip()
        self.items[item_id] = Item(item_id, fields, language, entry.split, storable(kept))
        self.rows[item_id] = [(item_id, g.annotator, g.raw or "", g.explanation) for g in given]
        self.people |= dict.fromkeys([*entry.annotators, *(g.annotator for g in given)])
        for annotator, group in self.dataset.group(entry).items():
            if self.groups.setdefault(annotator, group) != group:
                self.counts["entries put an annotator in a second group (the first was kept)"] += 1
        self.per_file.setdefault(entry.path.name, Counter()).update(items=1, annotations=len(given), without=not given)

    def _is_repeat(self, item_id: str, fields: Mapping[str, str], given: list[Given]) -> bool:
        """Whether an entry says nothing that the item of its id does not say already."""
        known = sorted((row[1], row[2]) for row in self.rows[item_id])
        new = sorted((g.annotator, g.raw or "") for g in given)
        return self.items[item_id].fields == fields and new in ([], known)

    def _next_id(self, item_id: str) -> str:
        number = 2
        while f"{item_id}#{number}" in self.items:
            number += 1
        return f"{item_id}#{number}"

    def _labels(self, entry: Entry) -> list[Given]:
        """Return the usable labels of an entry, `raw` turned into a label of the task."""
        task, kept, seen = self.layer.task, [], dict[str, list[str]]()
        for given in self.layer.given(entry, self.counts):
            if given.raw is None:
                self.counts["annotations are empty and were left out"] += 1
                continue
            if (reason := self.layer.left_out.get(whole(given.raw))) is not None:
                self.counts[f"annotations are {whole(given.raw)!r}, {reason}; they were left out"] += 1
                continue
            label = self.layer.label(given.raw)
            if given.raw in self.layer.written_as:
                label = self.layer.written_as[given.raw]
                self.counts[f"annotations are written {given.raw!r} and were read as {label!r}"] += 1
            if label not in task.labels:
                raise entry.error(f"{given.annotator} gave the label {given.raw!r}", f"one of {list(task.labels)!r}")
            earlier = seen.setdefault(given.annotator, [])
            if label in earlier:
                self.counts["annotations repeat an annotator's label of the same item and were left out"] += 1
                continue
            if earlier and not task.multi_label:
                raise entry.error(f"{given.annotator} gave both {earlier[0]!r} and {label!r}", "one label an annotator")
            earlier.append(label)
            text = None if given.explanation is None else valid_unicode(given.explanation)
            kept.append(Given(given.annotator, label, text))
        return kept

    def annotators(self, attributes: Mapping[str, Mapping[str, str]], notes: list[str]) -> tuple[Annotator, ...]:
        if silent := len(set(attributes) - set(self.people)):
            notes.append(f"{silent} annotators of the table labelled nothing in these files and are not listed")
        if attributes and (unknown := len(set(self.people) - set(attributes))):
            notes.append(f"{unknown} annotators are not in the annotator table and have no attributes")
        return tuple(
            Annotator(a, group, dict(attributes.get(a) or self.dataset.attributes_of_group.get(group or "", {})))
            for a in sorted(self.people, key=natural_order)
            for group in [self.groups.get(a)]
        )

    def notes(self, files: list[str]) -> list[str]:
        lines = []
        for name in files:
            counts = self.per_file.get(name, Counter())
            rest = f", {counts['without']} items without annotations" if counts["without"] else ""
            lines.append(f"{name}: {counts['items']} items, {counts['annotations']} annotations{rest}")
        present = {item.split for item in self.items.values()}
        if absent := [split for split in SPLITS if split not in present]:
            lines.append(f"no {' and no '.join(absent)} split in these files")
        return lines + [f"{count} {what}" for what, count in self.counts.items()]
