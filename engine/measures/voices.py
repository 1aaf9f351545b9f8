"""Voices and People: what personas say of items at one temperature, and what people said, as plain arrays.

Measures that set personas beside people take these two, on the same items in the same order. `voices` reads an exact
run's distributions at any temperature, or a sampled run's label frequencies at one of its temperatures; `draws` says
how many answers stand behind each distribution, so that a measure can correct for the noise of few.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from engine.errors import InputError
from engine.measures.coincidence import Floats, Ints
from engine.measures.common_items import common_items
from engine.measures.short_axes import total
from engine.measures.temperature import at_temperature, check_range, log_probability

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class Voices:
    """Label distributions of personas at one temperature."""

    personas: tuple[str, ...]
    items: tuple[str, ...]
    wordings: tuple[str, ...]
    labels: tuple[str, ...]
    level: str
    """nominal, ordinal, interval or ratio."""
    values: tuple[float, ...]
    """The labels as numbers: their own value for interval and ratio, else their rank."""
    temperature: float
    probability: Floats
    """(personas, items, wordings, labels): sums to 1 along labels; NaN where there is no answer with a label."""
    draws: Floats
    """(personas, items, wordings): answers behind each distribution; inf where it was read from the logits."""
    kinds: tuple[str, ...] = ()
    """strong, weak, control or empty, a persona."""
    sets: tuple[str, ...] = ()
    """The persona set each comes from."""
    groups: tuple[str, ...] = ()
    """The human group each stands for or belongs to; '' where none."""
    annotators: tuple[str, ...] = ()
    """The annotator each stands for; '' where none."""
    dropped: Mapping[str, int] = field(default_factory=dict)
    """Cells without a label: status to count."""

    def of_items(self) -> Floats:
        """Return (personas, items, labels): the mean over wordings, NaN where no wording has a label; not to be
        changed."""
        return self._of_items

    @cached_property
    def _of_items(self) -> Floats:
        mean = _mean_of_known(self.probability, axis=2)
        mean.setflags(write=False)  # the measures of a page share it
        return mean

    def where(self, keep: npt.ArrayLike) -> Voices:
        """Return only the personas for which `keep` (personas,) is true."""
        chosen = np.flatnonzero(np.asarray(keep, dtype=bool))

        def only(names: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(names[i] for i in chosen) if names else ()

        return Voices(
            only(self.personas), self.items, self.wordings, self.labels, self.level, self.values, self.temperature,
            self.probability[chosen], self.draws[chosen],
            only(self.kinds), only(self.sets), only(self.groups), only(self.annotators), self.dropped,
        )  # fmt: skip

    def of_kind(self, kind: str) -> Voices:
        """Return only the personas of a kind (strong, weak, control or empty); none where kinds are unknown."""
        return self.where([k == kind for k in self.kinds] or [False] * len(self.personas))

    def by_kind(self) -> dict[str, Voices]:
        """Return the voices of each kind of persona that has two or more; all together, as 'all', where no kind has."""
        parts = {kind: self.of_kind(kind) for kind in dict.fromkeys(self.kinds)}
        return {kind: part for kind, part in parts.items() if len(part.personas) > 1} or {"all": self}


@dataclass(frozen=True)
class People:
    """Labels of the people of a corpus."""

    annotators: tuple[str, ...]
    items: tuple[str, ...]
    labels: tuple[str, ...]
    level: str
    values: tuple[float, ...]
    codes: Ints
    """(annotators, items): index into labels, -1 none."""
    groups: tuple[str, ...]
    """The group of each annotator; '' where none."""
    dropped: Mapping[str, int] = field(default_factory=dict)

    def where(self, keep: npt.ArrayLike) -> People:
        """Return only the annotators for which `keep` (annotators,) is true, on the same items."""
        chosen = np.flatnonzero(np.asarray(keep, dtype=bool))
        names, groups = ([of[i] for i in chosen] for of in (self.annotators, self.groups))
        return replace(self, annotators=tuple(names), codes=self.codes[chosen], groups=tuple(groups))

    def shares(self, group: str | None = None) -> Floats:
        """Return (items, labels): the share of people (of a group) who gave each label; NaN where nobody labelled."""
        rows = [group is None or g == group for g in self.groups]
        counts = (self.codes[rows][..., None] == np.arange(len(self.labels))).sum(axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            shares: Floats = counts / counts.sum(axis=1, keepdims=True)
        return shares


def voices(
    labels: xr.Dataset,
    temperature: float | None = None,
    personas: Sequence[str] | None = None,
    items: Sequence[str] | None = None,
) -> Voices:
    """Return what personas say at one temperature.

    Args:
        labels: of an exact or a sampled run (engine.runs.label_arrays).
        temperature: 0 to 2; of a sampled run one of its own. None: 1 for an exact run, the only one of a sampled run.
        personas: only these, in this order; None: all.
        items: only these, in this order; None: all.

    Raises:
        InputError: a persona, item or temperature that the run does not have, or a temperature outside 0 to 2.
    """
    chosen = _chosen(_chosen(labels, "persona", personas), "item", items)
    if "probability" in chosen:
        probability, draws, temperature = _exact(chosen, 1.0 if temperature is None else temperature)
    else:
        probability, draws, temperature = _sampled(chosen, temperature)

    def coordinate(name: str) -> tuple[str, ...]:
        return tuple(map(str, chosen[name].to_numpy())) if name in chosen.coords else ()

    return Voices(
        personas=coordinate("persona"),
        items=coordinate("item"),
        wordings=coordinate("wording"),
        labels=tuple(map(str, chosen.attrs["labels"])),
        level=str(chosen.attrs["level"]),
        values=tuple(map(float, chosen.attrs["values"])),
        temperature=temperature,
        probability=probability,
        draws=draws,
        kinds=coordinate("kind"),
        sets=coordinate("set"),
        groups=coordinate("group"),
        annotators=coordinate("annotator"),
        dropped=dict(labels.attrs.get("dropped", {})),
    )


def people(human: xr.DataArray, items: Sequence[str] | None = None) -> People:
    """Return what people said.

    Args:
        human: label codes of a corpus (engine.runs.label_arrays.human_labels).
        items: only these, in this order; None: all.

    Raises:
        InputError: an item that the corpus does not have.
    """
    chosen = _chosen(human, "item", items).transpose("annotator", "item")
    return People(
        annotators=tuple(map(str, chosen["annotator"].to_numpy())),
        items=tuple(map(str, chosen["item"].to_numpy())),
        labels=tuple(map(str, human.attrs["labels"])),
        level=str(human.attrs["level"]),
        values=tuple(map(float, human.attrs["values"])),
        codes=chosen.to_numpy(),
        groups=tuple(map(str, chosen["group"].to_numpy())),
        dropped=dict(human.attrs.get("dropped", {})),
    )


def beside(
    labels: xr.Dataset, human: xr.DataArray, temperature: float | None = None, personas: Sequence[str] | None = None
) -> tuple[Voices, People]:
    """Return personas and people on the items that both have labels for, in the run's order.

    Raises:
        InputError: they share no items, or were asked for different labels; the message names both.
    """
    if list(labels.attrs["labels"]) != list(human.attrs["labels"]):
        raise InputError(
            f"the run's labels {list(labels.attrs['labels'])} are not the corpus's {list(human.attrs['labels'])}: they "
            "do not belong together. Compare a run with the corpus and task it labelled."
        )
    items = common_items({"the run": _chosen(labels, "persona", personas), "the people": human})
    return voices(labels, temperature, personas, items), people(human, items)


def codes_at(sampled: xr.Dataset, temperature: float | None) -> tuple[Ints, float]:
    """Return codes (personas, items, wordings, repeats) at one temperature of a sampled run, and the temperature.

    Args:
        sampled: of a run.
        temperature: one of its own; None: the only one it has.

    Raises:
        InputError: the run has no such temperature, or several and none was named.
    """
    known = [float(t) for t in sampled["temperature"].to_numpy()]
    if temperature is None and len(known) == 1:
        temperature = known[0]
    if temperature is None or float(temperature) not in known:
        asked = "none was named" if temperature is None else f"{temperature:g} was asked for"
        raise InputError(f"the run was sampled at {', '.join(f'{t:g}' for t in known)}; {asked}. Name one of these.")
    codes = sampled["code"].transpose("persona", "item", "wording", "temperature", "repeat").to_numpy()
    return codes[:, :, :, known.index(float(temperature))], float(temperature)


def _exact(labels: xr.Dataset, temperature: float) -> tuple[Floats, Floats, float]:
    check_range(temperature)
    array = labels["probability"].transpose("persona", "item", "wording", "repeat", "label").to_numpy()
    probability = _mean_of_known(at_temperature(log_probability(array), temperature), axis=3)
    return probability, np.where(np.isnan(probability[..., 0]), 0.0, np.inf), float(temperature)


def _mean_of_known(distributions: Floats, axis: int) -> Floats:
    """Return the mean of label distributions over wordings or repeats, NaN where none is known.

    Args:
        distributions: labels last; NaN along labels where there is no answer with a label.
        axis: of what the mean goes over, not the last.
    """
    if distributions.shape[axis] == 1:
        only: Floats = np.moveaxis(distributions, axis, 0)[0]
        return only
    there = (~np.isnan(distributions[..., 0])).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean: Floats = (
            total(np.where(np.isnan(distributions), 0.0, distributions), axis) / total(there, axis)[..., None]
        )
    return mean


def _sampled(labels: xr.Dataset, temperature: float | None) -> tuple[Floats, Floats, float]:
    codes, temperature = codes_at(labels, temperature)
    counts = (codes[..., None] == np.arange(len(labels.attrs["labels"]))).sum(axis=3)
    draws = counts.sum(axis=-1).astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        probability = counts / draws[..., None]
    return probability, draws, temperature


def _chosen(data: Any, axis: str, names: Sequence[str] | None) -> Any:
    if names is None:
        return data
    place = {str(name): i for i, name in enumerate(data[axis].to_numpy())}
    if missing := [name for name in names if name not in place]:
        raise InputError(f"{axis} {missing[0]!r} is not in the labels ({len(place):,} {axis}s). Check its spelling.")
    return data.isel({axis: [place[name] for name in names]})
