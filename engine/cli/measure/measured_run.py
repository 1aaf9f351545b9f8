"""The run that a `polyvocal measure` command is about: its labels, voices and people, read when they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import typer

from engine.errors import InputError

if TYPE_CHECKING:
    import xarray as xr

    from engine.corpora import Corpus
    from engine.measures import People, Voices
    from engine.runs import Manifest, RunFolder


@dataclass(frozen=True)
class MeasuredRun:
    """A run as the command line names it, and how to measure it."""

    name: str
    """Its id, the beginning of it, or its folder."""
    sets: tuple[str, ...] = ()
    """Only personas of these sets; none: the command decides."""
    corpus_name: str | None = None
    """Whose people; None: those of the corpus that the run labelled."""
    temperature: float | None = None
    """None: 1 of an exact run, the only one of a sampled run."""
    resampling: dict[str, Any] = field(default_factory=dict)
    """resamples, confidence and seed, as every measure takes them."""
    as_json: bool = False

    @cached_property
    def folder(self) -> RunFolder:
        """The stored run. InputError: there is none of this name."""
        from engine.runs import find_run

        return find_run(self.name)

    @property
    def run_id(self) -> str:
        """Its whole id."""
        return self.folder.run_id

    @cached_property
    def manifest(self) -> Manifest:
        """What was asked."""
        return self.folder.manifest()

    @property
    def exact(self) -> bool:
        """Whether it holds distributions instead of drawn labels."""
        return self.manifest.spec.mode == "exact"

    @cached_property
    def labels(self) -> xr.Dataset:
        """Exact or sampled labels of all its personas."""
        from engine.runs import labels_of

        return labels_of(self.folder)

    @cached_property
    def corpus(self) -> Corpus:
        """The people's corpus. InputError: there is no such corpus, or the run does not belong to it."""
        from engine.corpora import load_corpus

        people = load_corpus(self.corpus_name or self.manifest.spec.corpus)
        ours, theirs = list(self.manifest.task.labels), list(people.task.labels)
        problem = ""
        if ours != theirs:
            problem = f"with the labels {ours}, and those of {people.name!r} are {theirs}"
        elif not set(self.manifest.item_ids) & set(people.item_by_id):
            problem = f"and {people.name!r} has none of its {len(self.manifest.item_ids):,} items"
        if problem:
            raise InputError(
                f"run {self.run_id!r} labelled the corpus {self.manifest.corpus.name!r}, {problem}: they do not belong "
                f"together. Name the corpus that the run labelled (--corpus {self.manifest.corpus.name}), or leave "
                "--corpus out."
            )
        return people

    @cached_property
    def human(self) -> xr.DataArray:
        """The people's label codes, all items of their corpus."""
        from engine.runs import human_labels

        return human_labels(self.corpus)

    @property
    def personas(self) -> list[str] | None:
        """The personas of the sets that were named; None, which is all of them, where none was."""
        from engine.runs import personas_of

        return personas_of(self.manifest, self.sets) if self.sets else None

    @property
    def personas_or_strong(self) -> list[str]:
        """The personas of the sets that were named; where none was, the strong ones, or all if there are none."""
        from engine.runs import personas_of

        return personas_of(self.manifest, self.sets)

    def voices(self, personas: Sequence[str] | None = None, temperature: float | None = None) -> Voices:
        """Return what personas say (None: those of the sets named) at a temperature (None: the one asked for)."""
        from engine.measures import voices

        at = self.one_temperature if temperature is None else self.known(temperature)
        return voices(self.labels, at, self.personas if personas is None else personas)

    def beside(self, personas: Sequence[str] | None = None) -> tuple[Voices, People]:
        """Return personas (None: those of the sets named) and people on the items that both have labels for."""
        from engine.measures import beside

        return beside(self.labels, self.human, self.one_temperature, self.personas if personas is None else personas)

    def another(self, name: str) -> MeasuredRun:
        """Return a second run of the same corpus, to be measured in the same way.

        Raises:
            InputError: there is none of this name, or it labelled another corpus.
        """
        other = replace(self, name=name)
        ours, theirs = self.manifest.corpus.name, other.manifest.corpus.name
        if ours != theirs:
            raise InputError(
                f"run {self.run_id!r} labelled the corpus {ours!r}, run {other.run_id!r} {theirs!r}: they do not "
                "belong together. Compare runs of one corpus; `polyvocal run list` shows whose each is."
            )
        return other

    def facts(self, voices: Voices | None = None) -> dict[str, Any]:
        """Return what stands at the top of every JSON document: the run, where it was measured, what to know of it."""
        at = {} if voices is None else {"temperature": voices.temperature, "dropped_answers": dict(voices.dropped)}
        how = {name: self.resampling[name] for name in ("confidence",) if name in self.resampling}
        return {"run": self.run_id} | at | how | {"run_notes": self.notes}

    @property
    def notes(self) -> list[str]:
        """What a reader of any number of this run must know: that it is not whole, low label mass, copies."""
        state = self.folder.state()
        partial = [] if state == "finished" else [f"the run is {state}: only the responses that it has are measured"]
        return [*partial, *self.manifest.notes]

    def head(self, voices: Voices | None = None, text: str = "") -> None:
        """Print what stands above every table: the run, the temperature, what is shown, what to know of the run."""
        at = "" if voices is None else f" at temperature {voices.temperature:g}"
        typer.echo(f"{self.run_id}{at}" + (f": {text}" if text else ""))
        for note in self.notes:
            typer.echo(f"note: {note}")

    @property
    def one_temperature(self) -> float | None:
        """The temperature that was asked for, checked: None is 1 of an exact run, the only one of a sampled one."""
        return self.known(self.temperature)

    def known(self, temperature: float | None) -> float | None:
        """Return a temperature that the run has.

        Raises:
            InputError: it was sampled at others, or at several and none was named.
        """
        sampled = [] if self.exact else list(self.manifest.spec.temperatures)
        if self.exact or temperature in sampled or (temperature is None and len(sampled) == 1):
            return temperature
        asked = "none was named" if temperature is None else f"{temperature:g} was asked for"
        raise InputError(
            f"run {self.run_id!r} was sampled at {', '.join(f'{t:g}' for t in sampled)}; {asked}. Name one of these "
            "with --temperature; an exact run can be measured at any."
        )
