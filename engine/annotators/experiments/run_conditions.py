"""Conditions out of one run: its labels at several temperatures, or of several kinds or sets of personas."""

from __future__ import annotations

from collections.abc import Sequence

from engine.annotators.annotations import Annotations, annotations_of_personas
from engine.corpora.corpus import Corpus
from engine.errors import InputError
from engine.runs import persona_sets_of, personas_of
from engine.runs.run_folder import RunFolder


def at_temperatures(
    run: RunFolder, corpus: Corpus, temperatures: Sequence[float], personas: Sequence[str] | None = None, seed: int = 0
) -> dict[str, Annotations]:
    """Return one condition a temperature, named 'temperature 0.5', of the same personas.

    Labels of an exact run are drawn with the same random numbers at every temperature, so that conditions differ by the
    temperature alone.

    Args:
        run: exact, or sampled at these temperatures.
        corpus: that it labelled.
        temperatures: 0 to 2 each, in the order of the conditions.
        personas: ids; None: as `engine.runs.personas_of` chooses them.
        seed: of the draws.

    Raises:
        InputError: a temperature given twice, or as `annotations_of_personas`.
    """
    if len(set(temperatures)) != len(temperatures):
        raise InputError(f"temperatures {', '.join(f'{t:g}' for t in temperatures)} name one twice. Name each once.")
    chosen = list(personas) if personas is not None else personas_of(run.manifest())
    return {f"temperature {t:g}": annotations_of_personas(run, corpus, t, chosen, seed) for t in temperatures}


def of_kinds(
    run: RunFolder, corpus: Corpus, kinds: Sequence[str] = ("strong", "weak"), temperature: float | None = None,
    seed: int = 0,
) -> dict[str, Annotations]:  # fmt: skip
    """Return one condition a kind of personas (strong, weak, control, empty), named by it.

    Args:
        run: with personas of these kinds.
        corpus: that it labelled.
        kinds: in the order of the conditions.
        temperature: see `annotations_of_personas`.
        seed: of the draws.

    Raises:
        InputError: a kind of which the run has not two personas, or as `annotations_of_personas`.
    """
    manifest = run.manifest()
    ids = {kind: [p.persona_id for p in manifest.personas if p.kind == kind] for kind in dict.fromkeys(kinds)}
    return _of_personas(run, corpus, ids, "kind", temperature, seed)


def of_sets(
    run: RunFolder, corpus: Corpus, sets: Sequence[str] | None = None, temperature: float | None = None, seed: int = 0
) -> dict[str, Annotations]:
    """Return one condition a persona set of a run, named by it.

    Args:
        run: with these persona sets.
        corpus: that it labelled.
        sets: in the order of the conditions; None: all of the run.
        temperature: see `annotations_of_personas`.
        seed: of the draws.

    Raises:
        InputError: a set of which the run has not two personas, or as `annotations_of_personas`.
    """
    manifest = run.manifest()
    wanted = persona_sets_of(manifest) if sets is None else list(dict.fromkeys(sets))
    ids = {name: [p.persona_id for p in manifest.personas if p.set_name == name] for name in wanted}
    return _of_personas(run, corpus, ids, "persona set", temperature, seed)


def _of_personas(
    run: RunFolder, corpus: Corpus, ids: dict[str, list[str]], what: str, temperature: float | None, seed: int
) -> dict[str, Annotations]:
    if few := {name: len(personas) for name, personas in ids.items() if len(personas) < 2}:
        counts = ", ".join(f"{name!r} {n}" for name, n in few.items())
        raise InputError(
            f"run {run.manifest().run_id!r} has too few personas by {what}: {counts}. Two of each at least can differ; "
            "run more, or choose others."
        )
    return {name: annotations_of_personas(run, corpus, temperature, its, seed) for name, its in ids.items()}
