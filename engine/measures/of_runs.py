"""Measures of runs and corpora: the same numbers, taken from labelled arrays with named axes.

The arrays are those of engine.runs.label_arrays:
    human    codes (annotator, item); -1 missing
    exact    `probability` (persona, item, wording, repeat, label), NaN missing
    sampled  `code` (persona, item, wording, temperature, repeat), -1 missing, and `status` of the same axes, an
             index into attrs["statuses"]
attrs carry the task's labels, level and values, and what making the arrays dropped. A unit is one item in one wording
(and repeat); the item is what the bootstrap draws.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from engine.errors import InputError
from engine.measures.agreement import alpha, expected_alpha
from engine.measures.coincidence import Floats, Ints
from engine.measures.item_disagreement import item_disagreement
from engine.measures.result import Estimate
from engine.measures.temperature import alpha_curve, at_temperature, check_range, log_probability, sampled_curve

if TYPE_CHECKING:
    import xarray as xr

Policy = Literal["left out", "own category"]
"""What becomes of answers without a label (refusal, hedge, unparsable). Failed requests are always left out."""

LABELLESS = ("refusal", "hedge", "unparsable")
"""Statuses of answers that came, but hold no label."""


def human_agreement(
    human: xr.DataArray, group: str | None = None, *, items: Sequence[str] | None = None, **settings: Any
) -> Estimate:
    """Krippendorff's alpha of the people of a corpus, or of one group of them.

    Args:
        human: codes (annotator, item).
        group: only annotators whose `group` coordinate is this; None: all.
        items: only these; None: all.
        settings: resamples, confidence, seed, as of `alpha`.

    Raises:
        InputError: no annotator is of this group, or an item is not in the corpus.
    """
    codes = _chosen(human, "item", items).transpose("annotator", "item")
    if group is not None:
        groups = _coordinate(human, "group", "annotator")
        if group not in groups:
            known = ", ".join(map(repr, sorted({str(g) for g in groups if isinstance(g, str) and g}))) or "none"
            raise InputError(f"group {group!r} is not in the corpus. Its groups: {known}.")
        codes = codes.isel(annotator=np.flatnonzero(groups == group))
    estimate = alpha(codes.to_numpy(), n_labels=len(labels_of(human)), **_scale(human), **settings)
    return _with_dropped(estimate, human) if group is None and items is None else estimate


def persona_agreement(
    exact: xr.Dataset,
    temperature: float,
    personas: Sequence[str] | None = None,
    *,
    items: Sequence[str] | None = None,
    **settings: Any,
) -> Estimate:
    """Krippendorff's alpha of the personas of an exact run at a temperature.

    Args:
        exact: label distributions of a run.
        temperature: 0 to 2.
        personas: only these; None: all.
        items: only these; None: all.
        settings: resamples, confidence, seed, as of `expected_alpha`.

    Raises:
        InputError: a persona or an item that is not in the run, or a temperature outside 0 to 2.
    """
    check_range(temperature)
    logprobs, units = _distributions(exact, personas, items)
    estimate = expected_alpha(at_temperature(logprobs, temperature), cluster=units, **_scale(exact), **settings)
    estimate = replace(estimate, note=_joined(estimate.note, _cells_left_out(logprobs)))
    return _with_dropped(estimate, exact) if personas is None and items is None else estimate


def agreement_by_temperature(
    exact: xr.Dataset,
    temperatures: Sequence[float],
    personas: Sequence[str] | None = None,
    *,
    items: Sequence[str] | None = None,
    **settings: Any,
) -> pd.DataFrame:
    """The curve of an exact run: alpha, noise and signal of its personas at each temperature.

    Args:
        exact: label distributions of a run.
        temperatures: 0 to 2.
        personas: only these; None: all.
        items: only these; None: all.
        settings: resamples, confidence, seed, as of `alpha_curve`.

    Returns:
        One row a temperature, with `CURVE_COLUMNS`.

    Raises:
        InputError: a persona or an item that is not in the run, or a temperature outside 0 to 2.
    """
    logprobs, units = _distributions(exact, personas, items)
    curve = alpha_curve(logprobs, [check_range(t) for t in temperatures], cluster=units, **_scale(exact), **settings)
    left_out = _cells_left_out(logprobs)
    return curve.assign(note=[_joined(note, left_out) for note in curve["note"]])


def sampled_agreement_by_temperature(
    sampled: xr.Dataset | xr.DataArray,
    personas: Sequence[str] | None = None,
    policy: Policy = "left out",
    *,
    items: Sequence[str] | None = None,
    **settings: Any,
) -> pd.DataFrame:
    """The points of a sampled run: alpha, noise and signal of its personas at each of its temperatures.

    Args:
        sampled: label codes of a run; with `status` where the policy is 'own category'.
        personas: only these; None: all.
        policy: 'left out': answers without a label are missing; 'own category': they are one more label (nominal
            tasks only). Each row's note says which.
        items: only these; None: all.
        settings: resamples, confidence, seed, as of `sampled_curve`.

    Returns:
        One row a temperature, with `CURVE_COLUMNS`.

    Raises:
        InputError: a persona or an item that is not in the run, or a policy that its data or level does not allow.
    """
    import xarray as xr

    if policy not in get_args(Policy):
        raise InputError(f"policy {policy!r} is unknown. Use one of {', '.join(map(repr, get_args(Policy)))}.")
    axes = ("persona", "item", "wording", "temperature", "repeat")
    data = _chosen(_chosen(sampled, "persona", personas), "item", items)
    codes = (data if isinstance(data, xr.DataArray) else data["code"]).transpose(*axes)
    labelless = _labelless(data, axes)
    n_labels = len(labels_of(sampled))
    array: Ints = codes.to_numpy()
    scale = _scale(sampled)
    if policy == "own category":
        if labelless is None:
            raise InputError("policy 'own category' needs to know why a label is missing; pass arrays with `status`.")
        if scale["level"] != "nominal":
            raise InputError(f"policy 'own category' has no place on a scale of level {scale['level']!r}; leave out.")
        array, n_labels, scale = np.where(np.any(list(labelless.values()), axis=0), n_labels, array), n_labels + 1, {}
    n_personas, n_items, n_wordings, n_temperatures, n_repeats = array.shape
    curve = sampled_curve(
        array.reshape(n_personas, n_items * n_wordings, n_temperatures, n_repeats),
        codes["temperature"].to_numpy().tolist(),
        n_labels=n_labels,
        cluster=np.repeat(np.arange(n_items), n_wordings),
        **scale,
        **settings,
    )
    policies = [_policy_note(policy, labelless, t) for t in range(n_temperatures)]
    return curve.assign(note=[_joined(*notes) for notes in zip(curve["note"], policies, strict=True)])


def item_table(human: xr.DataArray, positive: str | None = None) -> pd.DataFrame:
    """How people split on each item: `item_disagreement` of a corpus.

    Args:
        human: codes (annotator, item).
        positive: the label that means 'yes', where the task is binary.

    Returns:
        One row an item, with the columns of `item_disagreement`.
    """
    codes = human.transpose("annotator", "item")
    ids = [str(item) for item in codes["item"].to_numpy()]
    return item_disagreement(codes.to_numpy(), ids, labels_of(human), positive=positive)


def labels_of(data: xr.DataArray | xr.Dataset) -> list[str]:
    """Return the label set that labelled arrays carry, in order.

    Raises:
        InputError: the arrays carry none.
    """
    if "label" in data.coords:
        return [str(label) for label in data.coords["label"].to_numpy()]
    if "labels" in data.attrs:
        return [str(label) for label in data.attrs["labels"]]
    raise InputError(
        f"the arrays name no labels (coordinates: {', '.join(map(str, data.coords))}). Expected a coordinate 'label' "
        "or an attribute 'labels'. Make them with engine.runs.label_arrays."
    )


def _scale(data: xr.DataArray | xr.Dataset) -> dict[str, Any]:
    """Return level and values as the task has them."""
    return {"level": data.attrs.get("level", "nominal"), "values": data.attrs.get("values")}


def _distributions(
    exact: xr.Dataset, personas: Sequence[str] | None, items: Sequence[str] | None
) -> tuple[Floats, Ints]:
    """Return natural-log distributions (personas, units, labels) and the item number of each unit."""
    chosen = _chosen(_chosen(exact["probability"], "persona", personas), "item", items)
    array = chosen.transpose("persona", "item", "wording", "repeat", "label").to_numpy()
    n_personas, n_items, n_wordings, n_repeats, n_labels = array.shape
    logs = log_probability(array.reshape(n_personas, n_items * n_wordings * n_repeats, n_labels))
    return logs, np.repeat(np.arange(n_items), n_wordings * n_repeats)


def _chosen(data: Any, axis: str, names: Sequence[str] | None) -> Any:
    """Return only the named personas or items, in the order named."""
    if names is None:
        return data
    place = {str(name): i for i, name in enumerate(data[axis].to_numpy())}
    if missing := [name for name in names if name not in place]:
        raise InputError(f"{axis}s {_some(missing)} are not in the labels. They have {_some(list(place))}.")
    return data.isel({axis: [place[name] for name in names]})


def _some(names: Sequence[str], at_most: int = 20) -> str:
    """Return names for a message, which would be unreadable with hundreds of them."""
    more = f" and {len(names) - at_most:,} more" if len(names) > at_most else ""
    return f"{', '.join(map(repr, names[:at_most]))}{more}"


def _labelless(data: xr.Dataset | xr.DataArray, axes: Sequence[str]) -> dict[str, npt.NDArray[np.bool_]] | None:
    """Return where answers came without a label, by status; None where the arrays do not say."""
    import xarray as xr

    if not isinstance(data, xr.Dataset) or "status" not in data:
        return None
    names = list(data.attrs["statuses"])
    status = data["status"].transpose(*axes).to_numpy()
    return {name: status == names.index(name) for name in LABELLESS if name in names}


def _policy_note(policy: Policy, labelless: dict[str, npt.NDArray[np.bool_]] | None, temperature: int) -> str:
    """Say what became of answers without a label at one place of the temperature axis, and how many there were."""
    if labelless is None:
        return f"missing labels: {policy}"
    counts = {name: int(where[:, :, :, temperature].sum()) for name, where in labelless.items()}
    some = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    return f"answers without a label: {policy} ({some or 'none'})"


def _cells_left_out(logprobs: Floats) -> str:
    return f"cells without a distribution: left out ({int(np.isnan(logprobs).any(axis=2).sum()) or 'none'})"


def _with_dropped(estimate: Estimate, data: xr.DataArray | xr.Dataset) -> Estimate:
    """Add what was dropped when the arrays were made."""
    return replace(estimate, dropped={**data.attrs.get("dropped", {}), **estimate.dropped})


def _coordinate(data: xr.DataArray, name: str, dim: str) -> npt.NDArray[Any]:
    if name not in data.coords:
        raise InputError(f"the arrays have no coordinate {name!r} along {dim!r}. Expected one value a {dim}.")
    return data.coords[name].to_numpy()


def _joined(*notes: str) -> str:
    return "; ".join(note for note in notes if note)
