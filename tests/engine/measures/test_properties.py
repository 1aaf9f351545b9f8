"""What every measure must keep, whatever the labels: one test a property, for all measures of the registry.

A new public measure fails `test_every_measure_is_registered_and_has_properties` until it is registered here and stands
in the sets of properties that it has.
"""

from __future__ import annotations

import dataclasses
import inspect
import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays as array_strategy

import engine.measures as measures
from engine.measures.voices import Voices, voices
from tests.engine.measures import arrays

K = 4
"""Labels of every drawn case."""
Codes = np.ndarray
Measure = Callable[..., np.ndarray]
"""From codes (raters, items), level and values to a flat array of numbers that do not depend on the draws."""
QUICK = {"resamples": 20}
TEMPERATURES = [0.0, 0.6, 1.0]


def softened(codes: Codes) -> np.ndarray:
    """Distributions that lean to the code, (raters, items, labels); NaN where it is missing."""
    leaning = np.where(codes[..., None] < 0, np.nan, 0.7 * np.eye(K)[codes] + 0.3 / K)
    return leaning


def as_exact(codes: Codes, level: str, values: list[float]) -> object:
    return arrays.exact(softened(codes)[:, :, None, None], level=level).assign_attrs(values=values)


def as_sampled(codes: Codes, level: str, values: list[float]) -> object:
    run = arrays.sampled(np.repeat(codes[:, :, None, None, None], 2, axis=4), [0.5], K)
    return run.assign_attrs(level=level, values=values)


def as_voices(codes: Codes, level: str, values: list[float]) -> Voices:
    return voices(as_exact(codes, level, values))  # type: ignore[arg-type]


def as_human(codes: Codes, level: str, values: list[float]) -> object:
    return arrays.human(codes, K, level=level).assign_attrs(values=values)


def cells(codes: Codes) -> tuple[np.ndarray, np.ndarray]:
    return np.log(np.nan_to_num(softened(codes[:1])[0], nan=1 / K)), (codes[:, :, None] == np.arange(K)).sum(axis=0)


def numbers(result: object) -> np.ndarray:
    """The numbers of a result that resampling does not touch."""
    if isinstance(result, measures.Estimate):
        return np.array([result.value, result.n_items, result.n_raters])
    keep = [c for c in result.columns if c != "note" and not c.endswith(("low", "high"))]  # type: ignore[attr-defined]
    return result[keep].to_numpy(dtype=float).ravel()  # type: ignore[index]


def table_numbers(table: object) -> np.ndarray:
    return table[["n_labels", "entropy", "disagreement"]].to_numpy(dtype=float).ravel()  # type: ignore[index]


def signal_numbers(found: measures.PersonaSignal) -> np.ndarray:
    return np.concatenate([numbers(found.signal), numbers(found.noise), numbers(found.ratio)])


def as_sides(codes: Codes, level: str, values: list[float]) -> tuple[measures.Voices, measures.People]:
    """Raters as personas, each beside itself as an annotator, all in one group."""
    voices = measures.voices(as_exact(codes, level, values), 1.0)  # type: ignore[arg-type]
    human = arrays.human(codes, K, groups=["g"] * len(codes), level=level).assign_attrs(values=values)
    people = measures.people(human)
    return replace(voices, kinds=("strong",) * len(codes), annotators=people.annotators), people


def cell_numbers(frame: object, *columns: str) -> np.ndarray:
    """Numbers of cells that have a value, in an order that does not depend on the raters' order."""
    found = frame[list(columns)].to_numpy(dtype=float)  # type: ignore[index]
    return np.sort(found[~np.isnan(found[:, 0])], axis=0).ravel()


def modes_numbers(voices: Voices) -> np.ndarray:
    """One persona beside all the others as controls."""
    kinds = ("strong", *["control"] * (len(voices.personas) - 1))
    found = measures.failure_modes(dataclasses.replace(voices, kinds=kinds), **QUICK)
    return found[["noise", "shift", "added_noise", "beyond_controls", "n_items"]].to_numpy(float).ravel()


def retest_numbers(voices: Voices) -> np.ndarray:
    """A run against itself."""
    if not voices.items:
        return np.full(3, np.nan)
    return numbers(measures.retest(voices, voices, **SHORT).accuracy)


SHORT = {"permutations": 2, "resamples": 20}


def sensitivity_numbers(voices: Voices) -> np.ndarray:
    """The same answers in two wordings, at two temperatures."""
    both = np.concatenate([voices.probability, voices.probability], axis=2)
    two = dataclasses.replace(
        voices, probability=both, draws=np.concatenate([voices.draws] * 2, axis=2), wordings=("a", "b")
    )
    found = measures.wording_sensitivity(two, two, **QUICK)
    return np.concatenate([numbers(found.wording), numbers(found.persona), numbers(found.temperature)])


REGISTRY: dict[str, Measure] = {
    "alignment": lambda c, lv, v: cell_numbers(
        measures.alignment(*as_sides(c, lv, v), "kappa", **QUICK), "value", "n_items"
    ),
    "composite_cosine": lambda c, lv, v: cell_numbers(
        measures.composite_cosine(*as_sides(c, lv, v), np.random.default_rng(0).normal(size=(c.shape[1], 3)), **QUICK),
        "value",
        "n_items",
    ),
    "own_person": lambda c, lv, v: cell_numbers(
        measures.own_person(*as_sides(c, lv, v), "kappa", **QUICK).table, "own", "n_items"
    ),
    "alternative_annotator": lambda c, lv, v: cell_numbers(
        measures.alternative_annotator(*as_sides(c, lv, v), min_items=2, **QUICK).verdicts, "advantage", "winning_rate"
    ),
    "prototypes": lambda c, lv, v: cell_numbers(
        measures.prototypes(*as_sides(c, lv, v), "kappa", **QUICK).stand_ins, "value", "n_items"
    ),
    "alpha": lambda c, lv, v: numbers(measures.alpha(c, n_labels=K, level=lv, values=v, **QUICK)),
    "expected_alpha": lambda c, lv, v: numbers(measures.expected_alpha(softened(c), level=lv, values=v, **QUICK)),
    "percent_agreement": lambda c, lv, v: numbers(measures.percent_agreement(c, n_labels=K, **QUICK)),
    "alpha_curve": lambda c, lv, v: numbers(
        measures.alpha_curve(np.log(softened(c)), TEMPERATURES, level=lv, values=v, **QUICK)
    ),
    "sampled_curve": lambda c, lv, v: numbers(
        measures.sampled_curve(
            np.repeat(c[:, :, None, None], 2, axis=3), [0.5], n_labels=K, level=lv, values=v, **QUICK
        )
    ),
    "human_agreement": lambda c, lv, v: numbers(measures.human_agreement(as_human(c, lv, v), **QUICK)),
    "persona_agreement": lambda c, lv, v: numbers(measures.persona_agreement(as_exact(c, lv, v), 0.5, **QUICK)),
    "agreement_by_temperature": lambda c, lv, v: numbers(
        measures.agreement_by_temperature(as_exact(c, lv, v), TEMPERATURES, **QUICK)
    ),
    "sampled_agreement_by_temperature": lambda c, lv, v: numbers(
        measures.sampled_agreement_by_temperature(as_sampled(c, lv, v), **QUICK)
    ),
    "item_disagreement": lambda c, lv, v: table_numbers(
        measures.item_disagreement(c, [str(i) for i in range(c.shape[1])], list("abcd"))
    ),
    "item_table": lambda c, lv, v: table_numbers(measures.item_table(as_human(c, lv, v))),
    "check_against_exact": lambda c, lv, v: numbers(measures.check_against_exact(*cells(c), 0.7, **QUICK).rms),
    "at_temperature": lambda c, lv, v: np.sort(measures.at_temperature(np.log(softened(c)), 0.4), axis=-1).ravel(),
    "log_probability": lambda c, lv, v: np.sort(measures.log_probability(softened(c)), axis=-1).ravel(),
}
REGISTRY["check_repeats"] = lambda c, lv, v: numbers(measures.check_repeats(as_sampled(c, lv, v), **QUICK).differ)
REGISTRY["compare_with_exact"] = lambda c, lv, v: (
    numbers(measures.compare_with_exact(as_exact(c, lv, v), as_sampled(c, lv, v), **QUICK).check.rms)
    if (c >= 0).any()
    else np.full(3, np.nan)
)
REGISTRY["failure_modes"] = lambda c, lv, v: modes_numbers(as_voices(np.vstack([c, c[:1], c[-1:]]), lv, v))
REGISTRY["retest"] = lambda c, lv, v: retest_numbers(as_voices(np.vstack([c, c]), lv, v))
REGISTRY["halves"] = lambda c, lv, v: np.concatenate(
    [np.nan_to_num(half.probability).sum(axis=(0, 1, 2)) for half in measures.halves(as_sampled(c, lv, v))]  # type: ignore[arg-type]
)
REGISTRY["wording_sensitivity"] = lambda c, lv, v: sensitivity_numbers(as_voices(c, lv, v))
REGISTRY["variance_components"] = lambda c, lv, v: (
    measures.variance_components(as_voices(c, lv, v), **QUICK).table["variance"].to_numpy(float)
)
REGISTRY["persona_signal"] = lambda c, lv, v: signal_numbers(measures.persona_signal(as_voices(c, lv, v), **SHORT))

REGISTRY |= {
    "labelled_items": lambda c, lv, v: np.array([len(measures.labelled_items(as_human(c, lv, v)))]),
    "common_items": lambda c, lv, v: (
        np.array([len(measures.common_items({"people": as_human(c, lv, v)}))]) if (c >= 0).any() else np.zeros(1)
    ),
    "voices": lambda c, lv, v: np.sort(as_voices(c, lv, v).probability, axis=-1).ravel(),
    "people": lambda c, lv, v: np.sort(measures.people(as_human(c, lv, v)).codes >= 0, axis=None).astype(float),
    "beside": lambda c, lv, v: (
        np.array([measures.beside(as_exact(c, lv, v), as_human(c, lv, v))[0].draws.size])
        if (c >= 0).any()
        else np.zeros(1)
    ),
    "homogenization": lambda c, lv, v: numbers(
        measures.homogenization(as_voices(c, lv, v), measures.people(as_human(c, lv, v)), **QUICK)
    ),
    "agreement_of_panels": lambda c, lv, v: panel_numbers(
        measures.agreement_of_panels(as_voices(c, lv, v), measures.people(as_human(c, lv, v)), **QUICK)
    ),
}
REGISTRY |= {
    "effective_number": lambda c, lv, v: np.concatenate(
        [numbers(n) for n in measures.effective_number(as_voices(c, lv, v), **QUICK)]
    ),
    "parting_items": lambda c, lv, v: (
        measures.parting_items(as_voices(c, lv, v), measures.people(as_human(c, lv, v)))[
            ["people", "personas", "gap", "people_entropy", "personas_entropy", "n_people", "n_personas"]
        ]
        .to_numpy(dtype=float)
        .ravel()
    ),
    "failure_signatures": lambda c, lv, v: np.concatenate(
        [
            numbers(sign.value)
            for sign in measures.failure_signatures(
                as_voices(c, lv, v), measures.people(as_human(c, lv, v)), control=as_voices(c[::-1], lv, v), **QUICK
            )
        ]
    ),
    "cohen_kappa": lambda c, lv, v: numbers(measures.cohen_kappa(c[0], c[-1], n_labels=K, **QUICK)),
    "fleiss_kappa": lambda c, lv, v: numbers(measures.fleiss_kappa(c, n_labels=K, **QUICK)),
    "agreement_of_sets": lambda c, lv, v: numbers(measures.agreement_of_sets(softened(c), softened(c), **QUICK)),
    "labelless_rates": lambda c, lv, v: (
        measures.labelless_rates(with_refusals(c, lv, v))[["rate", "n_answers", "n_items"]]
        .to_numpy(dtype=float)[:4]
        .ravel()
    ),
    "agreement_by_policy": lambda c, lv, v: numbers(
        measures.agreement_by_policy(with_refusals(c, lv, v), **QUICK).drop(columns=["policy", "wording"])
    ),
}


REGISTRY["kappas_of_panels"] = lambda c, lv, v: (
    measures.kappas_of_panels(as_voices(c, lv, v), measures.people(as_human(c, lv, v)), **QUICK)[
        ["fleiss", "cohen", "entropy", "n_items", "n_raters", "n_pairs"]
    ]
    .to_numpy(dtype=float)
    .ravel()
)


def with_refusals(codes: Codes, level: str, values: list[float]) -> object:
    """A sampled run in which every missing label was refused."""
    run = as_sampled(codes, level, values)
    return run.assign(status=(run["code"].dims, np.where(run["code"].to_numpy() < 0, 1, 0)))  # type: ignore[attr-defined]


def panel_numbers(table: object) -> np.ndarray:
    columns = ["alpha", "agreement", "homogenization", "n_items", "n_raters"]
    return table[columns].to_numpy(dtype=float).ravel()  # type: ignore[index]


def given_labels(codes: Codes) -> np.ndarray:
    return (codes[:, :, None] == np.arange(K)).sum(axis=0)


def as_pair(codes: Codes, level: str, values: list[float]) -> np.ndarray:
    """What separates the first rater from the last."""
    voices = as_voices(codes, level, values)
    pair = (voices.personas[0], voices.personas[-1], "age", "old")
    table = measures.attribute_effects(voices, [pair], **QUICK)
    return table[["total_variation", "flipped", "n_items", "dropped"]].to_numpy(dtype=float).ravel()


def calibrated(codes: Codes, level: str, values: list[float]) -> np.ndarray:
    """The scores of the pooled personas."""
    human = measures.people(as_human(codes, level, values))
    table = measures.calibration_scores(as_voices(codes, level, values), human, floors=0, **QUICK)
    chosen = table[table["who"] == "(pooled)"]
    return chosen[["value", "n_items"]].to_numpy(dtype=float).ravel()


REGISTRY |= {
    "attribute_effects": as_pair,
    "calibration_scores": calibrated,
    "factorial_effects": lambda c, lv, v: (
        measures.factorial_effects(
            np.vstack([softened(c)[:1, :, 0], 0.4 * np.ones((1, c.shape[1]))]),
            [{"age": "old"}, {"age": "young"}],
            **QUICK,
        )[["effect", "p_value", "n_items"]]
        .to_numpy(dtype=float)
        .ravel()
    ),
    "expected_calibration_error": lambda c, lv, v: np.array(
        [measures.expected_calibration_error(softened(c)[0], given_labels(c))]
    ),
    "abstention_curve": lambda c, lv, v: (
        measures.abstention_curve(softened(c)[0], given_labels(c), resamples=0)[["coverage", "error", "people"]]
        .to_numpy(dtype=float)
        .ravel()
    ),
}
BESIDE_PEOPLE = {"calibration_scores", "expected_calibration_error", "abstention_curve"}
"""Predictions against the shares of people."""

AGREEMENT = {
    "alpha", "expected_alpha", "alpha_curve", "sampled_curve", "human_agreement", "persona_agreement",
    "agreement_by_temperature", "sampled_agreement_by_temperature",
}  # fmt: skip
"""Alpha in one form or another."""
CURVES = {"alpha_curve", "sampled_curve", "agreement_by_temperature", "sampled_agreement_by_temperature"}
TABLES = {"item_disagreement", "item_table"}

STAND_INS = {"alignment", "own_person", "alternative_annotator", "prototypes"}
"""Personas beside people, by agreement."""

PROPERTIES: dict[str, set[str]] = {
    "order of items": STAND_INS | AGREEMENT | BESIDE_PEOPLE | {"attribute_effects", "factorial_effects"}
        | {"percent_agreement", "check_against_exact"},
    "order of raters": STAND_INS | {"composite_cosine"} | AGREEMENT | {"calibration_scores"}
        | {"percent_agreement"} | TABLES,
    "new names of labels": STAND_INS | {"composite_cosine"} | AGREEMENT | BESIDE_PEOPLE | {"attribute_effects"}
        | TABLES | {"percent_agreement", "check_against_exact", "at_temperature",
                                                 "log_probability"},
    "monotone values": AGREEMENT,
    "reversed order": STAND_INS | AGREEMENT,
    "affine values": STAND_INS | AGREEMENT,
    "scaled values": AGREEMENT,
    "a rater without labels": STAND_INS | {"composite_cosine"} | AGREEMENT | {"percent_agreement"} | TABLES,
    "an item without labels": STAND_INS | AGREEMENT | {"percent_agreement"},
    "at most one": {"alignment", "prototypes"} | AGREEMENT | {"percent_agreement"},
    "certain labels unanimous": {"alpha", "human_agreement", "sampled_curve", "sampled_agreement_by_temperature"},
    "one rater": AGREEMENT | {"percent_agreement"},
    "nothing": AGREEMENT | {"percent_agreement"},
}  # fmt: skip

SIGNAL_HAS = (
    "order of items", "order of raters", "new names of labels", "monotone values", "reversed order", "scaled values",
    "a rater without labels", "an item without labels", "one rater", "nothing",
)  # fmt: skip
for _property in ("order of items", "order of raters", "new names of labels"):
    PROPERTIES[_property] = PROPERTIES[_property] | {"check_repeats", "compare_with_exact"}
for _property in ("a rater without labels", "an item without labels", "nothing"):
    PROPERTIES[_property] = PROPERTIES[_property] | {"check_repeats"}
for _property in (
    "order of items",
    "new names of labels",
    "monotone values",
    "reversed order",
    "scaled values",
    "an item without labels",
    "nothing",
):
    PROPERTIES[_property] = PROPERTIES[_property] | {"failure_modes"}  # fmt: skip
for _property in (
    "order of items",
    "order of raters",
    "new names of labels",
    "monotone values",
    "reversed order",
    "scaled values",
    "an item without labels",
    "nothing",
):
    PROPERTIES[_property] = PROPERTIES[_property] | {"retest"}  # fmt: skip
for _property in ("order of items", "order of raters", "a rater without labels", "an item without labels"):
    PROPERTIES[_property] = PROPERTIES[_property] | {"halves"}
for _property in (
    "order of items",
    "order of raters",
    "new names of labels",
    "monotone values",
    "reversed order",
    "scaled values",
    "a rater without labels",
    "an item without labels",
    "nothing",
):
    PROPERTIES[_property] = PROPERTIES[_property] | {"wording_sensitivity"}  # fmt: skip
for _property in SIGNAL_HAS:
    PROPERTIES[_property] = PROPERTIES[_property] | {"persona_signal"}
for _property in (
    "order of items",
    "order of raters",
    "new names of labels",
    "monotone values",
    "reversed order",
    "a rater without labels",
    "an item without labels",
    "nothing",
):
    PROPERTIES[_property] = PROPERTIES[_property] | {"variance_components"}  # fmt: skip

PANELS_HAVE = (
    "order of items", "order of raters", "new names of labels", "monotone values", "reversed order", "scaled values",
    "affine values", "a rater without labels", "an item without labels",
)  # fmt: skip
for _property in PANELS_HAVE:
    PROPERTIES[_property] = PROPERTIES[_property] | {"homogenization", "agreement_of_panels"}
for _property in ("order of items", "order of raters", "new names of labels", "reversed order", "affine values",
                  "scaled values", "a rater without labels", "an item without labels"):  # fmt: skip
    PROPERTIES[_property] = PROPERTIES[_property] | {"kappas_of_panels"}
PROPERTIES["one rater"] = PROPERTIES["one rater"] | {"homogenization"}
PROPERTIES["nothing"] = PROPERTIES["nothing"] | {"homogenization"}
PROPERTIES["new names of labels"] = PROPERTIES["new names of labels"] | {
    "voices", "people", "beside", "labelled_items", "common_items",
}  # fmt: skip

for _property, _names in {
    "order of items": {"effective_number", "failure_signatures", "cohen_kappa", "fleiss_kappa", "agreement_of_sets",
                       "labelless_rates", "agreement_by_policy"},
    "order of raters": {"effective_number", "parting_items", "fleiss_kappa", "agreement_of_sets", "labelless_rates",
                        "agreement_by_policy"},
    "new names of labels": {"effective_number", "failure_signatures", "cohen_kappa", "fleiss_kappa",
                            "agreement_of_sets", "labelless_rates"},
    "monotone values": {"effective_number", "failure_signatures", "agreement_by_policy"},
    "scaled values": {"effective_number", "failure_signatures"},
    "a rater without labels": {"effective_number", "parting_items", "fleiss_kappa", "agreement_of_sets"},
    "an item without labels": {"effective_number", "fleiss_kappa", "agreement_of_sets", "cohen_kappa"},
    "at most one": {"cohen_kappa", "fleiss_kappa", "agreement_of_sets"},
    "one rater": {"fleiss_kappa"},
    "nothing": {"effective_number", "cohen_kappa", "fleiss_kappa", "agreement_of_sets"},
}.items():  # fmt: skip
    PROPERTIES[_property] = PROPERTIES[_property] | _names

CASES = st.integers(1, 5).flatmap(
    lambda raters: st.integers(1, 7).flatmap(
        lambda items: array_strategy(np.int64, (raters, items), elements=st.integers(-1, K - 1))
    )
)
LEVELS = st.sampled_from(["nominal", "ordinal", "interval", "ratio"])
VALUES = [0.0, 1.0, 3.0, 4.0]
FEW = settings(max_examples=25, deadline=None, database=None, derandomize=True)


def holders(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("name", sorted(PROPERTIES[name]))


def same(left: np.ndarray, right: np.ndarray) -> bool:
    return left.shape == right.shape and np.allclose(left, right, atol=1e-9, equal_nan=True)


def test_every_measure_is_registered_and_has_properties() -> None:
    public = {name for name in measures.__all__ if inspect.isfunction(getattr(measures, name))}
    assert public == set(REGISTRY), "register the measure here, under its public name"
    assert set().union(*PROPERTIES.values()) == public, "name the properties that the measure has"


@holders("order of items")
@given(codes=CASES, level=LEVELS, data=st.data())
@FEW
def test_the_order_of_items_does_not_matter(name: str, codes: Codes, level: str, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(codes.shape[1])))
    assert same(REGISTRY[name](codes, level, VALUES), REGISTRY[name](codes[:, order], level, VALUES))


@holders("order of raters")
@given(codes=CASES, level=LEVELS, data=st.data())
@FEW
def test_the_order_of_raters_does_not_matter(name: str, codes: Codes, level: str, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(codes.shape[0])))
    assert same(REGISTRY[name](codes, level, VALUES), REGISTRY[name](codes[order], level, VALUES))


@holders("new names of labels")
@given(codes=CASES, data=st.data())
@FEW
def test_nominal_labels_are_only_names(name: str, codes: Codes, data: st.DataObject) -> None:
    renamed = np.append(data.draw(st.permutations(range(K))), -1)[codes]  # code -1 reaches the last entry
    assert same(REGISTRY[name](codes, "nominal", VALUES), REGISTRY[name](renamed, "nominal", VALUES))


@holders("monotone values")
@given(codes=CASES)
@FEW
def test_ordinal_labels_have_order_alone(name: str, codes: Codes) -> None:
    other = [-3.0, 0.0, 0.1, 90.0]
    assert same(REGISTRY[name](codes, "ordinal", VALUES), REGISTRY[name](codes, "ordinal", other))


@holders("reversed order")
@given(codes=CASES)
@FEW
def test_an_ordinal_scale_can_be_read_from_either_end(name: str, codes: Codes) -> None:
    turned = np.where(codes < 0, -1, K - 1 - codes)
    assert same(REGISTRY[name](codes, "ordinal", VALUES), REGISTRY[name](turned, "ordinal", VALUES))


@holders("affine values")
@given(codes=CASES, factor=st.floats(0.1, 50), shift=st.floats(-100, 100))
@FEW
def test_interval_agreement_does_not_depend_on_unit_and_zero(
    name: str, codes: Codes, factor: float, shift: float
) -> None:
    before = REGISTRY[name](codes, "interval", VALUES)
    after = REGISTRY[name](codes, "interval", [factor * v + shift for v in VALUES])
    if name in CURVES:  # disagreement, noise and signal are in squared units of the values
        before, after = (numbers_.reshape(-1, 7) for numbers_ in (before, after))
        before[:, 2:5] *= factor**2
    assert np.allclose(before, after, rtol=1e-6, atol=1e-6, equal_nan=True)


@holders("scaled values")
@given(codes=CASES, factor=st.floats(0.1, 50))
@FEW
def test_ratio_agreement_does_not_depend_on_the_unit(name: str, codes: Codes, factor: float) -> None:
    scaled = REGISTRY[name](codes, "ratio", [factor * v for v in VALUES])
    assert same(REGISTRY[name](codes, "ratio", VALUES), scaled)


@holders("a rater without labels")
@given(codes=CASES, level=LEVELS)
@FEW
def test_a_rater_without_labels_changes_nothing(name: str, codes: Codes, level: str) -> None:
    more = np.vstack([codes, np.full(codes.shape[1], -1)])
    assert same(REGISTRY[name](codes, level, VALUES), REGISTRY[name](more, level, VALUES))


@holders("an item without labels")
@given(codes=CASES, level=LEVELS)
@FEW
def test_an_item_without_labels_changes_nothing(name: str, codes: Codes, level: str) -> None:
    more = np.hstack([codes, np.full((codes.shape[0], 1), -1)])
    assert same(REGISTRY[name](codes, level, VALUES), REGISTRY[name](more, level, VALUES))


def values_of(name: str, codes: Codes, level: str) -> np.ndarray:
    """The agreement alone: of an estimate the first number, of a curve the alpha column."""
    found = REGISTRY[name](codes, level, VALUES)
    return found.reshape(-1, 7)[:, 1] if name in CURVES else found[:1]


@holders("at most one")
@given(codes=CASES, level=LEVELS)
@FEW
def test_agreement_is_at_most_one_or_undefined(name: str, codes: Codes, level: str) -> None:
    values = values_of(name, codes, level)
    values = values[~np.isnan(values)]
    assert (values <= 1 + 1e-12).all()
    if name == "percent_agreement":
        assert (values >= 0).all()


@holders("certain labels unanimous")
@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval", "ratio"])
def test_unanimous_labels_have_no_alpha(name: str, level: str) -> None:
    assert np.isnan(values_of(name, np.full((3, 5), 2), level)).all()


@holders("one rater")
@given(codes=array_strategy(np.int64, (1, 6), elements=st.integers(-1, K - 1)), level=LEVELS)
@FEW
def test_one_rater_agrees_with_nobody(name: str, codes: Codes, level: str) -> None:
    assert np.isnan(values_of(name, codes, level)).all()


@holders("nothing")
@pytest.mark.parametrize("shape", [(3, 4), (3, 0)])
def test_nothing_is_undefined(name: str, shape: tuple[int, int]) -> None:
    assert np.isnan(values_of(name, np.full(shape, -1), "nominal")).all()


def test_the_registry_would_notice_a_measure_that_breaks_a_property() -> None:
    """The comparison itself can fail: values that differ, and NaN against a number."""
    assert not same(np.array([0.1]), np.array([0.2]))
    assert not same(np.array([math.nan]), np.array([0.2]))
    codes = np.array([[0, 1, 2, 3], [1, 1, 2, 0]])
    assert not same(REGISTRY["alpha"](codes, "interval", VALUES), REGISTRY["alpha"](codes, "nominal", VALUES))
