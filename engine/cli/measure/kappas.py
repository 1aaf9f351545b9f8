"""`polyvocal measure kappas`: how far raters agree, by every measure the field reports, within sets and across them."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import typer

from engine.cli.measure.measured_run import MeasuredRun
from engine.cli.measure.printing import of_estimate, tell_dropped, tell_notes, with_ends, with_interval
from engine.cli.measure.run_options import takes_run
from engine.cli.output import print_json, print_table

if TYPE_CHECKING:
    from engine.measures import Estimate, People, Voices
    from engine.measures.coincidence import Floats

COLUMNS = (
    "raters",
    "among",
    "alpha",
    "Fleiss' kappa",
    "mean Cohen's kappa",
    "agreement",
    "entropy, bits",
    "n",
    "items",
)


@takes_run()
def kappas(run: MeasuredRun) -> None:
    """Alpha, Fleiss' and mean Cohen's kappa, percent agreement and label entropy, of people and each persona set."""
    from engine.measures import agreement_of_panels, kappas_of_panels

    voices, people = run.beside()
    alphas = agreement_of_panels(voices, people, **run.resampling).to_dict("records")
    others = kappas_of_panels(voices, people, **run.resampling).to_dict("records")
    rows = [_joined(*pair) for pair in zip(alphas, others, strict=True)]
    across = _across_sets(voices, people, run.resampling)
    if run.as_json:
        pairs = [{"first": a, "second": b, **estimate.to_dict()} for (a, b), estimate in across.items()]
        print_json(run.facts(voices) | {"level": people.level, "panels": rows, "between_sets": pairs})
        return
    run.head(voices, f"{people.level} labels")
    print_table(COLUMNS, [_cells(row) for row in rows])
    tell_notes(f"{row['raters']}, {row['among']}: {row['note']}" for row in rows if row["note"])
    typer.echo("\nChance that a rater of one set and a rater of another give an item the same label:")
    print_table(
        ("one set", "another", "agreement", "items"),
        [(*names, of_estimate(estimate), estimate.n_items) for names, estimate in across.items()],
    )
    tell_dropped(voices.dropped)


def _joined(alpha: dict[Any, Any], kappa: dict[Any, Any]) -> dict[Any, Any]:
    """Return one panel's row: its alpha and agreement without homogenization, and its kappas."""
    kept = {name: value for name, value in alpha.items() if not name.startswith("homogenization")}
    parts = dict.fromkeys(part for note in (alpha["note"], kappa["note"]) for part in note.split("; ") if part)
    notes = [part for part in parts if not part.startswith(("homogenization", "alpha of "))]
    return kept | kappa | {"dropped": alpha["dropped"] | kappa["dropped"], "note": "; ".join(notes)}


def _cells(row: dict[Any, Any]) -> tuple[Any, ...]:
    """Return a panel as the table shows it; Fleiss' kappa and entropy are of no part of the pairs."""
    parts = row["among"] in ("within groups", "between groups")
    return (
        row["raters"], row["among"], with_interval(row["alpha"], row["low"], row["high"]),
        "" if parts else with_ends(row, "fleiss"), with_ends(row, "cohen"), with_ends(row, "agreement"),
        "" if parts else with_ends(row, "entropy"), row["n_raters"], row["n_items"],
    )  # fmt: skip


def _across_sets(voices: Voices, people: People, resampling: dict[str, Any]) -> dict[tuple[str, str], Estimate]:
    """Return the agreement of people with every kind of personas, and of these with each other."""
    import numpy as np

    from engine.measures import agreement_of_sets

    codes = people.codes[..., None]
    sets: dict[str, Floats] = {"people": np.where(codes < 0, np.nan, codes == np.arange(len(people.labels)))}
    for kind in dict.fromkeys(voices.kinds):
        sets[kind] = voices.of_kind(kind).of_items()
    return {
        (a, b): agreement_of_sets(sets[a], sets[b], **resampling) for a, b in itertools.combinations(sets, 2)
    }  # fmt: skip
