"""Every public measure as a function of label codes, and the properties that it keeps.

A new public measure fails `test_registry.py` until it stands in REGISTRY and in KEPT.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

import engine.measures as m
from tests.engine.measures.from_codes import (
    K,
    as_controlled,
    as_exact,
    as_human,
    as_people,
    as_sampled,
    as_sides,
    as_voices,
    cell_numbers,
    cells,
    columns,
    given_labels,
    in_two_groups,
    in_two_wordings,
    numbers,
    softened,
    with_refusals,
)

Measure = Callable[..., np.ndarray]
"""From codes (raters, items), level and values to a flat array of numbers that do not depend on the draws."""
QUICK = {"resamples": 20}
SHORT = {"permutations": 2, "resamples": 20}
TEMPERATURES = [0.0, 0.6, 1.0]
TEXTS = np.random.default_rng(0).normal(size=(100, 3))


def attribute_effects(codes: np.ndarray, level: str, values: list[float]) -> np.ndarray:
    """What separates the first rater from the last."""
    voices = as_voices(codes, level, values)
    pair = (voices.personas[0], voices.personas[-1], "age", "old")
    return columns(m.attribute_effects(voices, [pair], **QUICK), "total_variation", "flipped", "n_items", "dropped")


def attribute_items(codes: np.ndarray, level: str, values: list[float]) -> np.ndarray:
    """Where the first rater and the last lie apart."""
    voices = as_voices(codes, level, values)
    table = m.attribute_items(voices, [(voices.personas[0], voices.personas[-1], "age", "old")], "age")
    return np.sort(columns(table, "total_variation"))


def calibration_scores(codes: np.ndarray, level: str, values: list[float]) -> np.ndarray:
    """The scores of the pooled personas."""
    table = m.calibration_scores(as_voices(codes, level, values), as_people(codes, level, values), floors=0, **QUICK)
    return columns(table[table["who"] == "(pooled)"], "value", "n_items")


def cell_items(codes: np.ndarray, level: str, values: list[float]) -> np.ndarray:
    """The first rater beside itself."""
    voices, people = as_sides(codes, level, values)
    table = m.cell_items(voices, people, voices.personas[0], people.annotators[0], "kappa")
    return np.concatenate([np.sort(columns(table, name)) for name in ("difference", "influence")])


def factorial_effects(codes: np.ndarray, _level: str, _values: list[float]) -> np.ndarray:
    """The first rater against an undecided one."""
    outcome = np.vstack([softened(codes)[:1, :, 0], 0.4 * np.ones((1, codes.shape[1]))])
    return columns(m.factorial_effects(outcome, [{"a": "x"}, {"a": "y"}], **QUICK), "effect", "p_value", "n_items")


def failure_signatures(codes: np.ndarray, level: str, values: list[float]) -> np.ndarray:
    """Raters beside themselves as people and, in the opposite order, as controls."""
    control = as_voices(codes[::-1], level, values)
    sides = as_voices(codes, level, values), as_people(codes, level, values)
    return numbers(*(sign.value for sign in m.failure_signatures(*sides, control=control, **QUICK)))


def compare_with_exact(codes: np.ndarray, level: str, values: list[float]) -> np.ndarray:
    if not (codes >= 0).any():  # runs without any label do not belong together
        return np.full(3, np.nan)
    return numbers(m.compare_with_exact(as_exact(codes, level, values), as_sampled(codes, level, values)).check.rms)


def answers(codes: np.ndarray, level: str, values: list[float]) -> np.ndarray:
    """How many cells there are, and the sum of what people said; items without a label stand last."""
    found = m.answers(as_voices(codes, level, values), as_people(codes, level, values), most_items=1000)
    return np.array([np.isfinite(found.people).sum(), np.isfinite(found.told).sum(), np.nansum(found.people)])


def retest(codes: np.ndarray, level: str, values: list[float]) -> np.ndarray:
    """A run against itself."""
    voices = as_voices(np.vstack([codes, codes]), level, values)
    return numbers(m.retest(voices, voices, **SHORT).accuracy) if voices.items else np.full(3, np.nan)


def beside(codes: np.ndarray, level: str, values: list[float]) -> np.ndarray:
    if not (codes >= 0).any():  # nothing in common
        return np.zeros(1)
    return np.array([m.beside(as_exact(codes, level, values), as_human(codes, level, values))[0].draws.size])


REGISTRY: dict[str, Measure] = {
    "abstention_curve": lambda c, _lv, _v: columns(
        m.abstention_curve(softened(c)[0], given_labels(c), resamples=0), "coverage", "error", "people"
    ),
    "agreement_by_policy": lambda c, lv, v: columns(
        m.agreement_by_policy(with_refusals(c, lv, v), **QUICK), "alpha", "agreement", "n_items", "n_labelless"
    ),
    "agreement_by_temperature": lambda c, lv, v: numbers(
        m.agreement_by_temperature(as_exact(c, lv, v), TEMPERATURES, **QUICK)
    ),
    "agreement_of_panels": lambda c, lv, v: columns(
        m.agreement_of_panels(as_voices(c, lv, v), as_people(c, lv, v), **QUICK),
        "alpha", "agreement", "homogenization", "n_items", "n_raters",
    ),
    "agreement_of_sets": lambda c, _lv, _v: numbers(m.agreement_of_sets(softened(c), softened(c), **QUICK)),
    "alignment": lambda c, lv, v: cell_numbers(m.alignment(*as_sides(c, lv, v), "kappa", **QUICK), "value", "n_items"),
    "alpha": lambda c, lv, v: numbers(m.alpha(c, n_labels=K, level=lv, values=v, **QUICK)),
    "alpha_curve": lambda c, lv, v: numbers(
        m.alpha_curve(np.log(softened(c)), TEMPERATURES, level=lv, values=v, **QUICK)
    ),
    "alternative_annotator": lambda c, lv, v: cell_numbers(
        m.alternative_annotator(*as_sides(c, lv, v), min_items=2, **QUICK).verdicts, "advantage", "winning_rate"
    ),
    "answers": answers,
    "at_temperature": lambda c, _lv, _v: np.sort(m.at_temperature(np.log(softened(c)), 0.4), axis=-1).ravel(),
    "attribute_effects": attribute_effects,
    "attribute_items": attribute_items,
    "beside": beside,
    "calibration_scores": calibration_scores,
    "cell_items": cell_items,
    "check_against_exact": lambda c, _lv, _v: numbers(m.check_against_exact(*cells(c), 0.7, **QUICK).rms),
    "check_repeats": lambda c, lv, v: numbers(m.check_repeats(as_sampled(c, lv, v), **QUICK).differ),
    "cluster_order": lambda c, _lv, _v: np.sort(np.concatenate(m.cluster_order(np.where(c < 0, np.nan, c)))),
    "cohen_kappa": lambda c, _lv, _v: numbers(m.cohen_kappa(c[0], c[-1], n_labels=K, **QUICK)),
    "common_items": lambda c, lv, v: np.array(
        [len(m.common_items({"people": as_human(c, lv, v)})) if (c >= 0).any() else 0.0]
    ),
    "compare_with_exact": compare_with_exact,
    "composite_cosine": lambda c, lv, v: cell_numbers(
        m.composite_cosine(*as_sides(c, lv, v), TEXTS[: c.shape[1]], **QUICK), "value", "n_items"
    ),
    "departing_items": lambda c, lv, v: columns(
        m.departing_items(voices := as_voices(c, lv, v), voices.personas[0]), "departure", "n_others"
    ),
    "differing_items": lambda c, lv, v: columns(
        m.differing_items(as_voices(c, lv, v)), "difference", "n_personas"
    ),
    "effective_number": lambda c, lv, v: numbers(*m.effective_number(as_voices(c, lv, v), **QUICK)),
    "expected_alpha": lambda c, lv, v: numbers(m.expected_alpha(softened(c), level=lv, values=v, **QUICK)),
    "expected_calibration_error": lambda c, _lv, _v: np.array(
        [m.expected_calibration_error(softened(c)[0], given_labels(c))]
    ),
    "factorial_effects": factorial_effects,
    "failure_modes": lambda c, lv, v: columns(
        m.failure_modes(as_controlled(c, lv, v), **QUICK), "noise", "shift", "added_noise", "beyond_controls", "n_items"
    ),
    "failure_signatures": failure_signatures,
    "fleiss_kappa": lambda c, _lv, _v: numbers(m.fleiss_kappa(c, n_labels=K, **QUICK)),
    "halves": lambda c, lv, v: np.concatenate(
        [np.nan_to_num(half.probability).sum(axis=(0, 1, 2)) for half in m.halves(as_sampled(c, lv, v))]
    ),
    "homogenization": lambda c, lv, v: numbers(m.homogenization(as_voices(c, lv, v), as_people(c, lv, v), **QUICK)),
    "human_agreement": lambda c, lv, v: numbers(m.human_agreement(as_human(c, lv, v), **QUICK)),
    "item_disagreement": lambda c, _lv, _v: columns(
        m.item_disagreement(c, [str(i) for i in range(c.shape[1])], list("abcd")), "n_labels", "entropy", "disagreement"
    ),
    "item_table": lambda c, lv, v: columns(
        m.item_table(as_human(c, lv, v)), "n_labels", "entropy", "disagreement"
    ),
    "kappas_of_panels": lambda c, lv, v: columns(
        m.kappas_of_panels(as_voices(c, lv, v), as_people(c, lv, v), **QUICK),
        "fleiss", "cohen", "entropy", "n_items", "n_raters", "n_pairs",
    ),
    "label_curves": lambda c, lv, v: np.sort(
        columns(m.label_curves(as_exact(c, lv, v), as_sampled(c, lv, v), TEMPERATURES), "probability")
    ),
    "label_rates": lambda c, lv, v: np.sort(columns(m.label_rates(as_voices(c, lv, v), **QUICK), "rate")),
    "labelled_items": lambda c, lv, v: np.array([float(len(m.labelled_items(as_human(c, lv, v))))]),
    "labelless_items": lambda c, lv, v: np.sort(columns(m.labelless_items(with_refusals(c, lv, v)), "rate")),
    "labelless_rates": lambda c, lv, v: columns(
        m.labelless_rates(with_refusals(c, lv, v)).head(4), "rate", "n_answers", "n_items"
    ),
    "log_probability": lambda c, _lv, _v: np.sort(m.log_probability(softened(c)), axis=-1).ravel(),
    "own_person": lambda c, lv, v: cell_numbers(
        m.own_person(*as_sides(c, lv, v), "kappa", **QUICK).table, "own", "n_items"
    ),
    "parting_items": lambda c, lv, v: columns(
        m.parting_items(as_voices(c, lv, v), as_people(c, lv, v)),
        "people", "personas", "gap", "people_entropy", "personas_entropy", "n_people", "n_personas",
    ),
    "people": lambda c, lv, v: np.sort(as_people(c, lv, v).codes >= 0, axis=None).astype(float),
    "percent_agreement": lambda c, _lv, _v: numbers(m.percent_agreement(c, n_labels=K, **QUICK)),
    "persona_agreement": lambda c, lv, v: numbers(m.persona_agreement(as_exact(c, lv, v), 0.5, **QUICK)),
    "persona_agreement_by_policy": lambda c, lv, v: columns(
        m.persona_agreement_by_policy(with_refusals(c, lv, v), **QUICK), "alpha", "agreement", "n_items", "n_labelless"
    ),
    "persona_signal": lambda c, lv, v: numbers(
        *(getattr(m.persona_signal(as_voices(c, lv, v), **SHORT), part) for part in ("signal", "noise", "ratio"))
    ),
    "prototypes": lambda c, lv, v: cell_numbers(
        m.prototypes(*as_sides(c, lv, v), "kappa", **QUICK).stand_ins, "value", "n_items"
    ),
    "representation": lambda c, lv, v: columns(
        m.representation(*in_two_groups(c, lv, v), **QUICK).groups, "carried", "n_items"
    ),
    "retest": retest,
    "sampled_agreement_by_temperature": lambda c, lv, v: numbers(
        m.sampled_agreement_by_temperature(as_sampled(c, lv, v), **QUICK)
    ),
    "sampled_curve": lambda c, lv, v: numbers(
        m.sampled_curve(np.repeat(c[:, :, None, None], 2, axis=3), [0.5], n_labels=K, level=lv, values=v, **QUICK)
    ),
    "variance_components": lambda c, lv, v: columns(
        m.variance_components(as_voices(c, lv, v), **QUICK).table, "variance"
    ),
    "voices": lambda c, lv, v: np.sort(as_voices(c, lv, v).probability, axis=-1).ravel(),
    "wording_sensitivity": lambda c, lv, v: numbers(
        *(
            getattr(m.wording_sensitivity(*[in_two_wordings(c, lv, v)] * 2, **QUICK), part)
            for part in ("wording", "persona", "temperature")
        )
    ),
}  # fmt: skip
