"""Personas, sets of them, and the templates that put them before an item."""

from engine.personas.compose import compose
from engine.personas.counterfactual import Pair, counterfactual_pairs, counterfactual_set, exchanged, without
from engine.personas.from_corpus import personas_from_corpus
from engine.personas.persona import Kind, Persona, PersonaSet
from engine.personas.store import (
    PersonaSetSummary,
    TemplateFamilySummary,
    list_persona_sets,
    list_template_families,
    load_persona_set,
    load_template_family,
    save_persona_set,
)
from engine.personas.template import (
    AnswerOption,
    Message,
    Messages,
    Mode,
    TemplateFamily,
    Wording,
    answer_options,
    describe_choices,
    item_fields,
    render,
)

__all__ = [
    "AnswerOption",
    "Kind",
    "Message",
    "Messages",
    "Mode",
    "Pair",
    "Persona",
    "PersonaSet",
    "PersonaSetSummary",
    "TemplateFamily",
    "TemplateFamilySummary",
    "Wording",
    "answer_options",
    "compose",
    "counterfactual_pairs",
    "counterfactual_set",
    "describe_choices",
    "exchanged",
    "item_fields",
    "list_persona_sets",
    "list_template_families",
    "load_persona_set",
    "load_template_family",
    "personas_from_corpus",
    "render",
    "save_persona_set",
    "without",
]
