"""Drawn label codes as what measures take (distributions, runs, voices, people), and their numbers as one array."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import xarray as xr

from engine.measures import Estimate, People, Voices, people, voices
from tests.engine.measures import arrays

K = 4
"""Labels of every drawn case."""
Codes = np.ndarray
"""(raters, items), -1 missing."""


def softened(codes: Codes) -> np.ndarray:
    """Distributions that lean to the code, (raters, items, labels); NaN where it is missing."""
    leaning = np.where(codes[..., None] < 0, np.nan, 0.7 * np.eye(K)[codes] + 0.3 / K)
    return leaning


def given_labels(codes: Codes) -> np.ndarray:
    """(items, labels) how often each label was given."""
    return (codes[:, :, None] == np.arange(K)).sum(axis=0)


def as_exact(codes: Codes, level: str, values: list[float]) -> xr.Dataset:
    return arrays.exact(softened(codes)[:, :, None, None], level=level).assign_attrs(values=values)


def as_sampled(codes: Codes, level: str, values: list[float]) -> xr.Dataset:
    """Every label twice, at one temperature."""
    run = arrays.sampled(np.repeat(codes[:, :, None, None, None], 2, axis=4), [0.5], K)
    return run.assign_attrs(level=level, values=values)


def with_refusals(codes: Codes, level: str, values: list[float]) -> xr.Dataset:
    """A sampled run in which every missing label was refused."""
    run = as_sampled(codes, level, values)
    return run.assign(status=(run["code"].dims, np.where(run["code"].to_numpy() < 0, 1, 0)))


def as_voices(codes: Codes, level: str, values: list[float]) -> Voices:
    return voices(as_exact(codes, level, values))


def as_human(codes: Codes, level: str, values: list[float], groups: list[str] | None = None) -> xr.DataArray:
    return arrays.human(codes, K, groups=groups, level=level).assign_attrs(values=values)


def as_people(codes: Codes, level: str, values: list[float]) -> People:
    return people(as_human(codes, level, values))


def as_sides(codes: Codes, level: str, values: list[float]) -> tuple[Voices, People]:
    """Raters as personas, each beside itself as an annotator, all in one group."""
    given = people(as_human(codes, level, values, ["g"] * len(codes)))
    played = as_voices(codes, level, values)
    return replace(played, kinds=("strong",) * len(codes), annotators=given.annotators), given


def as_controlled(codes: Codes, level: str, values: list[float]) -> Voices:
    """The first rater as a persona, the others (the first and last once more among them) as its controls."""
    made = as_voices(np.vstack([codes, codes[:1], codes[-1:]]), level, values)
    return replace(made, kinds=("strong", *["control"] * (len(made.personas) - 1)))


def in_two_groups(codes: Codes, level: str, values: list[float]) -> tuple[Voices, People]:
    """Raters, and the same moved on by one item, as two groups: of people, and of the personas that play them."""
    everybody = np.vstack([codes, np.roll(codes, 1, axis=1)])
    groups = [name for name in "gh" for _ in codes]
    return (
        replace(as_voices(everybody, level, values), groups=tuple(groups)),
        people(as_human(everybody, level, values, groups)),
    )


def in_two_wordings(codes: Codes, level: str, values: list[float]) -> Voices:
    """The same answers in two wordings."""
    one = as_voices(codes, level, values)
    both = np.concatenate([one.probability] * 2, axis=2)
    return replace(one, probability=both, draws=np.concatenate([one.draws] * 2, axis=2), wordings=("a", "b"))


def cells(codes: Codes) -> tuple[np.ndarray, np.ndarray]:
    """The first rater's log-probabilities and everybody's counts, both (items, labels)."""
    return np.log(np.nan_to_num(softened(codes[:1])[0], nan=1 / K)), given_labels(codes)


def numbers(*results: Estimate | pd.DataFrame) -> np.ndarray:
    """The numbers of results that resampling does not touch."""
    found = []
    for result in results:
        if isinstance(result, Estimate):
            found.append(np.array([result.value, result.n_items, result.n_raters]))
        else:
            keep = [c for c in result.columns if c != "note" and not c.endswith(("low", "high"))]
            found.append(result[keep].to_numpy(dtype=float).ravel())
    return np.concatenate(found)


def columns(table: pd.DataFrame, *names: str) -> np.ndarray:
    """Some columns, row by row."""
    return table[list(names)].to_numpy(dtype=float).ravel()


def cell_numbers(table: pd.DataFrame, *names: str) -> np.ndarray:
    """Numbers of cells that have a value, in an order that does not depend on the raters' order."""
    found = table[list(names)].to_numpy(dtype=float)
    return np.sort(found[~np.isnan(found[:, 0])], axis=0).ravel()
