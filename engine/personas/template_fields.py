"""Which fields of an item a template family asks for, so that a corpus can be held against it before a run is made."""

from __future__ import annotations

import re

from engine.personas.template import TemplateFamily

_FIELD = re.compile(r"\bitem(?:\.([A-Za-z_]\w*)|\[\s*['\"]([^'\"]+)['\"]\s*\])")


def item_fields(family: TemplateFamily) -> tuple[str, ...]:
    """Return the fields that the family's first wording names, in order; it may ask whether one of them is there.

    >>> from engine.personas.store import load_template_family
    >>> item_fields(load_template_family("nli"))
    ('context', 'statement')
    """
    first = family.wordings[0]
    found = _FIELD.findall("\n".join((first.system, first.user, first.label, first.explanation)))
    return tuple(dict.fromkeys(dotted or quoted for dotted, quoted in found))
