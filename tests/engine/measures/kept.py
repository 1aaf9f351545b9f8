"""Which measure keeps which property; test_properties.py has one test for each property."""

from __future__ import annotations

from typing import Literal

Property = Literal[
    "order of items", "order of raters", "new names of labels", "monotone values", "reversed order", "affine values",
    "scaled values", "a rater without labels", "an item without labels", "range", "unanimous labels", "one rater",
    "nothing",
]  # fmt: skip
Names = frozenset[str]

CURVES: Names = frozenset(
    {"alpha_curve", "sampled_curve", "agreement_by_temperature", "sampled_agreement_by_temperature"}
)
LABELLED_ALPHAS: Names = frozenset({"alpha", "human_agreement", "sampled_curve", "sampled_agreement_by_temperature"})
"""Alpha of labels, which can be unanimous; distributions never are."""
ALPHAS: Names = LABELLED_ALPHAS | CURVES | {"expected_alpha", "persona_agreement"}
PANELS: Names = frozenset({"agreement_of_panels", "homogenization"})
TABLES: Names = frozenset({"item_disagreement", "item_table"})
STAND_INS: Names = frozenset({"alignment", "alternative_annotator", "own_person", "prototypes"})
"""Personas beside people, by agreement."""
BESIDE_PEOPLE: Names = frozenset({"abstention_curve", "calibration_scores", "expected_calibration_error"})
"""Predictions against the shares of people."""
READERS: Names = frozenset({"at_temperature", "beside", "common_items", "labelled_items", "log_probability", "people",
                            "voices"})  # fmt: skip
"""What makes arrays for measures."""
UNDER_POLICIES: Names = frozenset({"agreement_by_policy", "persona_agreement_by_policy"})
OF_REPEATS: Names = frozenset({"persona_signal", "wording_sensitivity"})

KEPT: dict[Property, Names] = {
    "order of items": ALPHAS | PANELS | STAND_INS | BESIDE_PEOPLE | OF_REPEATS | UNDER_POLICIES | {
        "agreement_of_sets", "attribute_effects", "attribute_items", "cell_items", "check_against_exact",
        "check_repeats", "cohen_kappa", "compare_with_exact", "effective_number", "factorial_effects", "failure_modes",
        "failure_signatures", "fleiss_kappa", "halves", "kappas_of_panels", "label_curves", "label_rates",
        "labelless_items", "labelless_rates", "percent_agreement", "retest", "variance_components", "answers",
    },
    "order of raters": ALPHAS | PANELS | STAND_INS | TABLES | OF_REPEATS | {
        "agreement_by_policy", "agreement_of_sets", "calibration_scores", "check_repeats", "cluster_order",
        "compare_with_exact", "composite_cosine", "differing_items", "effective_number", "fleiss_kappa", "halves",
        "kappas_of_panels", "label_curves", "label_rates", "labelless_items", "labelless_rates", "parting_items",
        "percent_agreement", "retest", "variance_components", "answers", "representation",
    },
    "new names of labels": ALPHAS | PANELS | STAND_INS | BESIDE_PEOPLE | TABLES | READERS | OF_REPEATS | {
        "agreement_of_sets", "attribute_effects", "cell_items", "check_against_exact", "check_repeats", "cohen_kappa",
        "compare_with_exact", "composite_cosine", "departing_items", "differing_items", "effective_number",
        "failure_modes", "failure_signatures", "fleiss_kappa", "kappas_of_panels", "label_curves", "label_rates",
        "labelless_rates", "percent_agreement", "retest", "variance_components", "representation",
    },
    "monotone values": ALPHAS | PANELS | OF_REPEATS | UNDER_POLICIES | {
        "effective_number", "failure_modes", "failure_signatures", "retest",
        "variance_components",
    },
    "reversed order": ALPHAS | PANELS | STAND_INS | OF_REPEATS | {
        "failure_modes", "kappas_of_panels", "retest", "variance_components",
    },
    "affine values": ALPHAS | PANELS | STAND_INS | {"answers", "kappas_of_panels", "representation",
    },
    "scaled values": ALPHAS | PANELS | OF_REPEATS | {
        "effective_number", "failure_modes", "failure_signatures", "kappas_of_panels", "retest", "representation",
    },
    "a rater without labels": ALPHAS | PANELS | STAND_INS | TABLES | OF_REPEATS | {
        "agreement_of_sets", "check_repeats", "composite_cosine", "effective_number", "fleiss_kappa", "halves",
        "kappas_of_panels", "parting_items", "percent_agreement", "variance_components", "answers", "representation",
    },
    "an item without labels": ALPHAS | PANELS | STAND_INS | OF_REPEATS | {
        "agreement_of_sets", "check_repeats", "cohen_kappa", "effective_number", "failure_modes", "fleiss_kappa",
        "halves", "kappas_of_panels", "percent_agreement", "retest", "variance_components", "answers",
    },
    "unanimous labels": LABELLED_ALPHAS | PANELS | UNDER_POLICIES | {
        "cohen_kappa", "composite_cosine", "effective_number", "fleiss_kappa",
        "kappas_of_panels",
    },
    "one rater": ALPHAS | PANELS | UNDER_POLICIES | {
        "alternative_annotator", "effective_number", "failure_signatures", "fleiss_kappa",
        "kappas_of_panels", "parting_items", "percent_agreement", "persona_signal", "variance_components",
    },
    "nothing": ALPHAS | PANELS | STAND_INS | BESIDE_PEOPLE | OF_REPEATS | UNDER_POLICIES | {
        "agreement_of_sets", "attribute_effects", "cell_items", "check_against_exact",
        "check_repeats", "cohen_kappa", "compare_with_exact", "composite_cosine", "departing_items", "differing_items",
        "effective_number", "factorial_effects", "failure_modes", "failure_signatures", "fleiss_kappa", "label_rates",
        "parting_items", "percent_agreement", "retest", "variance_components", "representation",
    },
}  # fmt: skip

RANGES: dict[str, tuple[float, float]] = {
    **dict.fromkeys(ALPHAS | {"agreement_of_panels"}, (-float("inf"), 1.0)),
    **dict.fromkeys(("alignment", "prototypes"), (-float("inf"), 1.0)),
    **dict.fromkeys(("composite_cosine", "cohen_kappa", "fleiss_kappa"), (-1.0, 1.0)),
    **dict.fromkeys(("agreement_of_sets", "check_repeats", "percent_agreement", "retest"), (0.0, 1.0)),
    **dict.fromkeys(("alternative_annotator", "attribute_effects", "expected_calibration_error"), (0.0, 1.0)),
    "homogenization": (-2.0, 2.0),
    "label_curves": (0.0, 1.0),
    **dict.fromkeys(("attribute_items", "labelless_items", "labelless_rates"), (0.0, 1.0)),
    "effective_number": (1.0, 5.0),
}
"""Between what the value of a measure lies (of drawn cases, which have five raters at most)."""
KEPT["range"] = frozenset(RANGES)
