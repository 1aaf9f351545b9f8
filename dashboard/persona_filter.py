"""Which personas of a run a reader wants to see; the address keeps the choice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import streamlit as st

from dashboard import state, text, ui
from engine.runs.manifest import RunPersona

LONGEST_SEARCH = 80
NO_GROUP = "(no group)"


def matching(
    personas: Sequence[RunPersona],
    *,
    sets: Iterable[str] = (),
    kinds: Iterable[str] = (),
    groups: Iterable[str] = (),
    attributes: Iterable[str] = (),
    find: str = "",
) -> list[RunPersona]:
    """Return the personas that fit every choice; a choice of nothing fits all.

    Args:
        personas: of a run.
        sets: names of persona sets.
        kinds: strong, weak, control, empty.
        groups: of people; `NO_GROUP` for those without.
        attributes: as `attribute_options` writes them; values of one attribute are alternatives, different attributes
            must all fit.
        find: words that must all stand in id, description, group, annotator or attributes, whatever their case.
    """
    wanted_sets, wanted_kinds, wanted_groups = set(sets), set(kinds), set(groups)
    by_name: dict[str, set[str]] = {}
    for option in attributes:
        name, _, value = option.partition("=")
        by_name.setdefault(name, set()).add(value)
    words = find.casefold().split()

    def fits(persona: RunPersona) -> bool:
        return (
            (not wanted_sets or persona.set_name in wanted_sets)
            and (not wanted_kinds or persona.kind in wanted_kinds)
            and (not wanted_groups or (persona.group or NO_GROUP) in wanted_groups)
            and all(persona.attributes.get(name) in values for name, values in by_name.items())
            and all(word in _searched(persona) for word in words)
        )

    return [persona for persona in personas if fits(persona)]


def attribute_options(personas: Sequence[RunPersona]) -> list[str]:
    """Return every attribute with each of its values, 'age=old', in the order of their appearance, by attribute."""
    values: dict[str, dict[str, None]] = {}
    for persona in personas:
        for name, value in persona.attributes.items():
            values.setdefault(name, {})[value] = None
    return [f"{name}={value}" for name, known in values.items() for value in known]


def choose(personas: Sequence[RunPersona]) -> list[RunPersona]:
    """Let the reader narrow the personas of a run."""
    options: Mapping[str, tuple[str, list[str], Callable[[str], str]]] = {
        "persona_set": ("Set", list(dict.fromkeys(p.set_name for p in personas)), _plain),
        "kind": ("Kind", list(dict.fromkeys(p.kind for p in personas)), _plain),
        "group": ("Group", list(dict.fromkeys(p.group or NO_GROUP for p in personas)), _plain),
        "attribute": ("Attribute", attribute_options(personas), _attribute),
    }
    chosen: dict[str, list[str]] = {}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        find = st.text_input(
            "Search", key="find", bind="query-params", max_chars=LONGEST_SEARCH, width=200,
            placeholder="Name, description, attribute",
        )  # fmt: skip
        for key, (label, known, shown) in options.items():
            for name in state.read_address(key, known, several=True):
                ui.problem(f"No persona of this run has {label.lower()} {text.plain(name, 80)!r}.", key=f"no-{key}")
            if len(known) > 1:
                chosen[key] = st.multiselect(
                    label, known, format_func=shown, key=key, persist_state="session", placeholder="All", width=152
                )
                state.write_address(key, chosen[key])
    return matching(
        personas, sets=chosen.get("persona_set", ()), kinds=chosen.get("kind", ()), groups=chosen.get("group", ()),
        attributes=chosen.get("attribute", ()), find=find,
    )  # fmt: skip


def _plain(name: str) -> str:
    return text.plain(name, 60)


def _attribute(option: str) -> str:
    name, _, value = option.partition("=")
    return text.plain(f"{text.field_words(name)}: {value}", 60)


def _searched(persona: RunPersona) -> str:
    parts = (persona.persona_id, persona.text, persona.group or "", persona.annotator or "")
    return "\n".join([*parts, *persona.attributes, *persona.attributes.values()]).casefold()
