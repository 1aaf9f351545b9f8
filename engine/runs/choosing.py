"""Which personas of a run are measured: one rule for the command line, the pages and notebooks."""

from __future__ import annotations

from collections.abc import Sequence

from engine.errors import InputError
from engine.runs.manifest import Manifest


def personas_of(manifest: Manifest, sets: Sequence[str] | None = None) -> list[str]:
    """Return the ids of the personas to measure, in the run's order.

    Personas of several kinds in one number would compare people with a mixture, so the default is one kind.

    Args:
        manifest: of the run.
        sets: names of persona sets of the run; None or empty: the strong personas (each stands for one annotator)
            where there are at least two of them, since one alone can agree with nobody, else all.

    Raises:
        InputError: a set that the run did not ask.
    """
    personas = manifest.personas
    if sets:
        known = persona_sets_of(manifest)
        if unknown := [name for name in sets if name not in known]:
            raise InputError(
                f"{manifest.run_id} has no persona set {', '.join(map(repr, unknown))}. Its sets: {', '.join(known)}."
            )
        return [p.persona_id for p in personas if p.set_name in sets]
    strong = [p.persona_id for p in personas if p.kind == "strong"]
    return strong if len(strong) > 1 else [p.persona_id for p in personas]


def persona_sets_of(manifest: Manifest, personas: Sequence[str] | None = None) -> list[str]:
    """Return the names of the persona sets that a run asked, in its order; of some of its personas only where given."""
    return list(dict.fromkeys(p.set_name for p in manifest.personas if personas is None or p.persona_id in personas))
