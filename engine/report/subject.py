"""The run that a report is about: its labels, voices and people, read once for all sections."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from engine.corpora import Corpus, load_corpus
from engine.errors import InputError, PolyvocalError
from engine.measures import People, Voices, agreement_by_temperature, beside, sampled_agreement_by_temperature, voices
from engine.report.content import Exhibit, Texts
from engine.runs import Manifest, RunFolder, human_labels, labels_of, personas_of
from engine.runs.plan import items_digest

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

TEMPERATURES = tuple(round(0.05 * step, 2) for step in range(41))
"""Where the curve of an exact run is computed: 0, 0.05, ..., 2."""
KINDS = ("strong", "weak", "control", "empty")


@dataclass(frozen=True)
class Subject:
    """A run and how it is measured. Every reading is made when it is first asked for, and kept."""

    folder: RunFolder
    corpus_name: str | None = None
    """Whose people; None: those of the corpus that the run labelled."""
    asked_temperature: float | None = None
    """None: 1 of an exact run; of a sampled run the one nearest to 1, the model's own distribution."""
    texts: Texts = "masked"
    resampling: dict[str, Any] = field(default_factory=dict)
    """resamples, confidence and seed, as every measure takes them."""

    @cached_property
    def manifest(self) -> Manifest:
        """What was asked."""
        return self.folder.manifest()

    @property
    def exact(self) -> bool:
        """Whether the run holds distributions instead of drawn labels."""
        return self.manifest.spec.mode == "exact"

    @cached_property
    def labels(self) -> xr.Dataset:
        """Exact or sampled labels of all personas."""
        return labels_of(self.folder)

    @cached_property
    def temperature(self) -> float:
        """The temperature that everything but the curve is measured at.

        Raises:
            InputError: it is outside 0 to 2, or the run was sampled at others.
        """
        asked, known = self.asked_temperature, self.manifest.spec.temperatures
        if asked is None:
            return 1.0 if self.exact else min(known, key=lambda t: (abs(t - 1), t))
        if self.exact and not 0 <= asked <= 2:
            raise InputError(f"temperature {asked:g} is outside 0 to 2.")
        if not self.exact and asked not in known:
            raise InputError(
                f"run {self.folder.run_id!r} was sampled at {', '.join(f'{t:g}' for t in known)}; {asked:g} was asked "
                "for. Name one of these; an exact run can be measured at any."
            )
        return float(asked)

    @cached_property
    def corpus(self) -> Corpus:
        """The people's corpus. InputError: it is not there any more, or cannot be read."""
        return load_corpus(self.corpus_name or self.manifest.spec.corpus)

    @cached_property
    def human(self) -> xr.DataArray:
        """The people's label codes, of all items of their corpus."""
        return human_labels(self.corpus)

    @cached_property
    def voices(self) -> Voices:
        """What all personas say of all items of the run."""
        return voices(self.labels, self.temperature)

    @cached_property
    def both(self) -> tuple[Voices, People]:
        """Personas and people on the items that both have labels for. InputError: there are none, with the reason."""
        return beside(self.labels, self.human, self.temperature)

    @cached_property
    def has_people(self) -> bool:
        """Whether people labelled the items of the run."""
        try:
            return bool(self.both)
        except PolyvocalError:
            return False

    @cached_property
    def measured(self) -> tuple[str, ...]:
        """The personas that stand for the run in one number: the strong ones, or all where there are not two."""
        return tuple(personas_of(self.manifest))

    @property
    def main_kind(self) -> str:
        """What panels call the personas of `measured`."""
        kinds = dict.fromkeys(p.kind for p in self.manifest.personas if p.persona_id in set(self.measured))
        return next((kind for kind in kinds if len(self.of_kind(kind)) > 1), "personas")

    @property
    def main(self) -> Voices:
        """The voices of `measured`, beside people where there are any."""
        told = self.both[0] if self.has_people else self.voices
        return told.where([name in set(self.measured) for name in told.personas])

    def of_kind(self, kind: str) -> list[str]:
        """Return the ids of the personas of a kind."""
        return [p.persona_id for p in self.manifest.personas if p.kind == kind]

    def at(self, temperature: float, like: Voices) -> Voices:
        """Return the same personas on the same items at another temperature."""
        return voices(self.labels, temperature, like.personas, like.items)

    @cached_property
    def curve(self) -> pd.DataFrame:
        """Agreement of `measured` at every temperature, on the items that people labelled too (all, without people)."""
        items: Sequence[str] | None = self.both[0].items if self.has_people else None
        if self.exact:
            return agreement_by_temperature(self.labels, TEMPERATURES, self.measured, items=items, **self.resampling)
        return sampled_agreement_by_temperature(self.labels, self.measured, items=items, **self.resampling)

    @cached_property
    def why_no_texts(self) -> str:
        """Why the texts of the items cannot be shown although they were asked for; '' where they can be."""
        try:
            known = self.corpus.item_by_id
        except PolyvocalError as error:
            return str(error)
        items = [known[name] for name in self.manifest.item_ids if name in known]
        if items_digest(self.corpus.task, items) != self.manifest.corpus.digest:
            return (
                f"The corpus {self.corpus.name!r} has changed since the run labelled it, so its texts may not be the "
                "ones that were labelled; they are left out."
            )
        return ""


Builder = Callable[[Subject], "Exhibit | list[Exhibit]"]


def attempt(subject: Subject, name: str, title: str, build: Builder) -> list[Exhibit]:
    """Return what a builder makes; where the measure has no meaning for the run, an exhibit that says why."""
    try:
        made = build(subject)
    except PolyvocalError as error:
        return [Exhibit(name, title, note=str(error))]
    return made if isinstance(made, list) else [made]


def attempt_all(subject: Subject, parts: Mapping[str, tuple[str, Builder]]) -> tuple[Exhibit, ...]:
    """Return what the builders of a section make, in their order.

    Args:
        subject: of the report.
        parts: name of an exhibit -> its title and what builds it.
    """
    return tuple(made for name, (title, build) in parts.items() for made in attempt(subject, name, title, build))
