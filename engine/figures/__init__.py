"""Figures: finished results as plotly figures; no statistics here.

Each function takes a result of engine.measures as it is and returns a plotly Figure with its own template: page, report
and notebook draw the same picture. In Streamlit, pass `theme=None` to `st.plotly_chart`.
"""

from engine.figures.abstention import coverage_and_error
from engine.figures.agreement import agreement_by_temperature
from engine.figures.alignment import alignment_heatmap
from engine.figures.alignment_gaps import alignment_gaps
from engine.figures.alternative_annotator import alternative_annotator
from engine.figures.annotator_gains import condition_contrasts, condition_gains, encoding_gains, model_differences
from engine.figures.annotator_heatmap import annotator_heatmap
from engine.figures.annotator_map import annotator_map
from engine.figures.annotator_scores import model_scores
from engine.figures.answers import answers
from engine.figures.attributes import factorial_effects, ranked_effects
from engine.figures.calibration import calibration_scores
from engine.figures.cell_counts import cell_counts
from engine.figures.cell_grid import cell_grid
from engine.figures.estimates import effective_number, estimates, persona_signal, wording_sensitivity
from engine.figures.exact_check import item_scores, repeat_checks
from engine.figures.homogenization import homogenization, kappas_of_panels, parting_items
from engine.figures.item_split import item_split
from engine.figures.label_curves import label_curves
from engine.figures.label_rates import label_rates
from engine.figures.learning_curves import learning_curves, learning_gains
from engine.figures.noise import noise_and_signal
from engine.figures.own_person import own_person
from engine.figures.prototypes import deciding_items, stand_in_margins, stand_ins
from engine.figures.refusals import agreement_by_policy, labelless_rates, persona_agreement_by_policy
from engine.figures.representation import representation
from engine.figures.retest import retest_accuracy, retest_assignments
from engine.figures.signatures import failure_signatures
from engine.figures.stability import persona_failures, variance_shares
from engine.figures.theme import PALETTES, TEMPLATE, Theme

__all__ = [
    "PALETTES",
    "TEMPLATE",
    "Theme",
    "agreement_by_policy",
    "agreement_by_temperature",
    "alignment_gaps",
    "alignment_heatmap",
    "alternative_annotator",
    "annotator_heatmap",
    "annotator_map",
    "answers",
    "calibration_scores",
    "cell_counts",
    "cell_grid",
    "condition_contrasts",
    "condition_gains",
    "coverage_and_error",
    "deciding_items",
    "effective_number",
    "encoding_gains",
    "estimates",
    "factorial_effects",
    "failure_signatures",
    "homogenization",
    "item_scores",
    "item_split",
    "kappas_of_panels",
    "label_curves",
    "label_rates",
    "labelless_rates",
    "learning_curves",
    "learning_gains",
    "model_differences",
    "model_scores",
    "noise_and_signal",
    "own_person",
    "parting_items",
    "persona_agreement_by_policy",
    "persona_failures",
    "persona_signal",
    "ranked_effects",
    "repeat_checks",
    "representation",
    "retest_accuracy",
    "retest_assignments",
    "stand_in_margins",
    "stand_ins",
    "variance_shares",
    "wording_sensitivity",
]
