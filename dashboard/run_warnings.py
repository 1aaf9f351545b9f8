"""What the pages warn of: runs that are not whole, whose labels may mislead, whose files are damaged or not here."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from dashboard.text import HIDDEN_MASS, LOW_MASS, STATE_WORDS, STATUS_WORDS, joined, plain, plural, small_share
from engine.runs.manifest import Manifest
from engine.runs.store import RunSummary

if TYPE_CHECKING:
    from dashboard.run_curves import Facts

MASS_NOTE = "the label tokens hold only"
"""How a run's own note of a low label mass begins."""
FOREIGN = "outside the run's grid"
"""What label arrays call answers that are not of the run's grid."""


def curve_warnings(name: str, run: RunSummary, facts: Facts, manifest: Manifest) -> list[str]:
    """Return what may mislead a reader of one run's curve."""
    found, notes = [], list(manifest.notes)
    if run.state != "finished":
        word = STATE_WORDS.get(run.state, ("not finished", "", ""))[0].lower()
        found.append(f"{name} is {word}: {run.done:,} of {run.planned:,} answers are in, and the curve shows those.")
    if facts.label_mass < LOW_MASS:
        found.append(
            f"{name}: the label words hold only {facts.label_mass:.0%} of the model's probability on average. It "
            "wanted to say something else, so labels that are forced on it can mislead. Try other wordings, or sample "
            "and read texts."
        )
        notes = [note for note in notes if not note.startswith(MASS_NOTE)]  # it says the same
    if facts.missing_mass > HIDDEN_MASS:
        found.append(
            f"{name}: the server showed only its most probable words; up to {facts.missing_mass:.0%} of the "
            "probability is hidden from the labels. The curve is approximate."
        )
    left_out = [
        f"{count:,} {STATUS_WORDS.get(reason, reason)}"
        for reason, count in facts.dropped.items()
        if count and not (reason == "not answered" and run.state != "finished")
    ]
    if left_out:
        line = f"{name}: answers without a label are left out of alpha: {', '.join(left_out)}."
        if facts.cut:
            line += (
                f" {plural(facts.cut, 'of them is', 'of them are')} as long as an answer may be "
                f"({plural(manifest.spec.longest_answer, 'token')}), so probably cut off before the label: a larger "
                "max_tokens may find it."
            )
        found.append(line)
    return found + [f"{name}: {note}" for note in notes]


def low_mass(manifest: Manifest) -> str:
    """Return that a run's labels hold little of the model's probability; '' where they hold enough."""
    mass = manifest.actual.mean_label_mass
    if mass is None or mass >= LOW_MASS:
        return ""
    share = small_share(mass)
    return (
        f"The labels hold {share} of the model's probability on average: it wanted to say something else, so what "
        "stands here can mislead. Other wordings may help; the Refusals page shows how far each persona is concerned."
    )


def damage(run: RunSummary, dropped: Mapping[str, int]) -> list[str]:
    """Return what of a run's folder is missing or is not its own.

    Args:
        run: whose labels were read.
        dropped: cells that are left out, reason to count (attribute `dropped` of its label arrays).
    """
    found = []
    if run.state == "finished" and (lost := dropped.get("not answered", 0)):
        found.append(
            f"{lost:,} of {plural(run.planned, 'answer')} of this finished run cannot be read: files of its folder are "
            "missing or damaged. Resume it on the Runs page: only what is missing is asked again."
        )
    reasons = {reason: n for reason, n in dropped.items() if n and reason not in (FOREIGN, "not answered")}
    if reasons and sum(reasons.values()) >= run.planned:
        why = joined([f"{n:,} {STATUS_WORDS.get(reason, reason)}" for reason, n in reasons.items()])
        found.append(f"No answer of this run holds a label, so there is nothing to measure: {why}.")
    if foreign := dropped.get(FOREIGN, 0):
        found.append(
            f"{plural(foreign, 'stored answer belongs', 'stored answers belong')} to other personas, items or settings "
            "than this run's. The pages leave such answers out: files of another run lie in its folder."
        )
    return found


def no_such_run(name: str, known: Sequence[str], runs: Sequence[RunSummary] = ()) -> str:
    """Return the message for an address that names a run which is not here, or which has nothing to show.

    Args:
        name: of the run, as the address has it.
        known: ids of those that can be chosen.
        runs: all that are in the store.
    """
    if there := next((run for run in runs if run.run_id == name), None):
        if there.state == "broken":
            return f"The run {plain(name, 80)!r} cannot be read: {there.problem}"
        word = STATE_WORDS.get(there.state, ("unknown", "", ""))[0].lower()
        return f"The run {plain(name, 80)!r} ({word}) has no labels yet. The Runs page shows how far it is."
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f"Near it: {', '.join(near)}." if near else "Choose one below."
    return f"There is no run {plain(name, 80)!r} with labels here; it may be in another store (POLYVOCAL_HOME). {hint}"
