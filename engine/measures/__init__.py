"""Measures: pure functions from label arrays to results with their uncertainty.

Some take plain arrays (`alpha`, `alpha_curve`, ...); those of engine.measures.of_runs take the labelled arrays of runs
and corpora (`human_agreement`, `agreement_by_temperature`, ...) and call the former. docs/measures.md explains each.
"""

from engine.measures.abstention import abstention_curve
from engine.measures.agreement import alpha, expected_alpha, percent_agreement
from engine.measures.alignment import ALIGNMENT_COLUMNS, alignment
from engine.measures.alternative_annotator import AlternativeAnnotator, alternative_annotator
from engine.measures.answers import Answers, answers
from engine.measures.attribute_items import ATTRIBUTE_ITEM_COLUMNS, attribute_items
from engine.measures.attributes import attribute_effects
from engine.measures.calibration import calibration_scores, expected_calibration_error
from engine.measures.cell_items import CELL_ITEM_COLUMNS, cell_items
from engine.measures.cluster_order import cluster_order
from engine.measures.common_items import common_items, labelled_items
from engine.measures.composites import COMPOSITE_COLUMNS, composite_cosine
from engine.measures.diversity import ITEM_COLUMNS, EffectiveNumber, effective_number, parting_items
from engine.measures.exact_check import ExactCheck, check_against_exact
from engine.measures.exact_comparison import ExactComparison, compare_with_exact
from engine.measures.factorial import factorial_effects
from engine.measures.failure_modes import MODE_COLUMNS, failure_modes
from engine.measures.homogenization import AGREEMENT_COLUMNS, agreement_of_panels, homogenization
from engine.measures.item_disagreement import item_disagreement
from engine.measures.kappa_panels import KAPPA_COLUMNS, kappas_of_panels
from engine.measures.kappas import agreement_of_sets, cohen_kappa, fleiss_kappa
from engine.measures.label_curves import LABEL_CURVE_COLUMNS, label_curves
from engine.measures.labelless import RATE_COLUMNS, labelless_rates
from engine.measures.labelless_items import LABELLESS_ITEM_COLUMNS, labelless_items
from engine.measures.of_runs import (
    agreement_by_temperature,
    human_agreement,
    item_table,
    persona_agreement,
    sampled_agreement_by_temperature,
)
from engine.measures.own_person import OwnPerson, own_person
from engine.measures.persona_items import (
    DEPARTING_COLUMNS,
    DIFFERING_COLUMNS,
    LABEL_RATE_COLUMNS,
    departing_items,
    differing_items,
    label_rates,
)
from engine.measures.persona_policies import PERSONA_POLICY_COLUMNS, persona_agreement_by_policy
from engine.measures.persona_signal import PersonaSignal, persona_signal
from engine.measures.prototypes import Prototypes, prototypes
from engine.measures.refusals import POLICY_COLUMNS, agreement_by_policy
from engine.measures.repeat_check import RepeatCheck, check_repeats
from engine.measures.representation import REPRESENTATION_COLUMNS, Representation, representation
from engine.measures.result import Estimate
from engine.measures.retest import Retest, halves, retest
from engine.measures.signatures import Bounds, Signature, failure_signatures
from engine.measures.temperature import CURVE_COLUMNS, alpha_curve, at_temperature, log_probability, sampled_curve
from engine.measures.variance import VARIANCE_COLUMNS, VarianceComponents, variance_components
from engine.measures.voices import People, Voices, beside, people, voices
from engine.measures.wording import Sensitivity, wording_sensitivity

__all__ = [
    "AGREEMENT_COLUMNS",
    "ALIGNMENT_COLUMNS",
    "ATTRIBUTE_ITEM_COLUMNS",
    "CELL_ITEM_COLUMNS",
    "COMPOSITE_COLUMNS",
    "CURVE_COLUMNS",
    "DEPARTING_COLUMNS",
    "DIFFERING_COLUMNS",
    "ITEM_COLUMNS",
    "KAPPA_COLUMNS",
    "LABELLESS_ITEM_COLUMNS",
    "LABEL_CURVE_COLUMNS",
    "LABEL_RATE_COLUMNS",
    "MODE_COLUMNS",
    "PERSONA_POLICY_COLUMNS",
    "POLICY_COLUMNS",
    "RATE_COLUMNS",
    "REPRESENTATION_COLUMNS",
    "VARIANCE_COLUMNS",
    "AlternativeAnnotator",
    "Answers",
    "Bounds",
    "EffectiveNumber",
    "Estimate",
    "ExactCheck",
    "ExactComparison",
    "OwnPerson",
    "People",
    "PersonaSignal",
    "Prototypes",
    "RepeatCheck",
    "Representation",
    "Retest",
    "Sensitivity",
    "Signature",
    "VarianceComponents",
    "Voices",
    "abstention_curve",
    "agreement_by_policy",
    "agreement_by_temperature",
    "agreement_of_panels",
    "agreement_of_sets",
    "alignment",
    "alpha",
    "alpha_curve",
    "alternative_annotator",
    "answers",
    "at_temperature",
    "attribute_effects",
    "attribute_items",
    "beside",
    "calibration_scores",
    "cell_items",
    "check_against_exact",
    "check_repeats",
    "cluster_order",
    "cohen_kappa",
    "common_items",
    "compare_with_exact",
    "composite_cosine",
    "departing_items",
    "differing_items",
    "effective_number",
    "expected_alpha",
    "expected_calibration_error",
    "factorial_effects",
    "failure_modes",
    "failure_signatures",
    "fleiss_kappa",
    "halves",
    "homogenization",
    "human_agreement",
    "item_disagreement",
    "item_table",
    "kappas_of_panels",
    "label_curves",
    "label_rates",
    "labelled_items",
    "labelless_items",
    "labelless_rates",
    "log_probability",
    "own_person",
    "parting_items",
    "people",
    "percent_agreement",
    "persona_agreement",
    "persona_agreement_by_policy",
    "persona_signal",
    "prototypes",
    "representation",
    "retest",
    "sampled_agreement_by_temperature",
    "sampled_curve",
    "variance_components",
    "voices",
    "wording_sensitivity",
]
