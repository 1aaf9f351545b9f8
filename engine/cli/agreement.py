"""`polyvocal agreement`: Krippendorff's alpha of a human corpus or of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from engine.cli.output import AsJson, print_json, print_table
from engine.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from engine.runs import Manifest, RunFolder

DEFAULT_TEMPERATURES = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0)


def agreement(
    name: Annotated[
        str, typer.Argument(help="A corpus, or a run (its id or the beginning of it). A corpus's name comes first.")
    ],
    group: Annotated[str | None, typer.Option(help="Corpus: only the annotators of this group.")] = None,
    personas: Annotated[
        list[str] | None,
        typer.Option("--personas", help="Run: only personas of this set; may be repeated. Default: strong."),
    ] = None,
    level: Annotated[
        Literal["nominal", "ordinal", "interval", "ratio"] | None,
        typer.Option(help="Level of measurement; default: the task's."),
    ] = None,
    temperature: Annotated[
        list[float] | None,
        typer.Option("--temperature", "-t", help="Run: at this temperature, 0 to 2; may be repeated."),
    ] = None,
    resamples: Annotated[int, typer.Option(min=0, max=100_000, help="Bootstrap resamples over items.")] = 1000,
    confidence: Annotated[float, typer.Option(min=0.5, max=0.999, help="Coverage of the interval.")] = 0.95,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the bootstrap.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Agreement among the people of a corpus, or among the personas of a run at any temperature."""
    from engine.corpora import list_corpora

    bootstrap = {"resamples": resamples, "confidence": confidence, "seed": seed}
    if outside := [t for t in temperature or [] if not 0 <= t <= 2]:
        raise InputError(f"--temperature {outside[0]:g} is outside 0 to 2.")
    if name in {c.name for c in list_corpora()}:
        if personas or temperature:
            raise InputError(f"{name!r} is a corpus: --personas and --temperature are for runs. Leave them out.")
        _of_corpus(name, group, level, bootstrap, as_json)
        return
    if group:
        raise InputError("--group is for corpora; a run's personas are chosen with --personas SET.")
    _of_run(_find(name), personas, temperature, level, bootstrap, as_json)


def _of_corpus(name: str, group: str | None, level: str | None, bootstrap: dict[str, Any], as_json: bool) -> None:
    from engine.corpora import load_corpus
    from engine.measures import human_agreement
    from engine.runs import human_labels

    human = human_labels(load_corpus(name))
    _set_level(human, level, name)
    found = human_agreement(human, group, **bootstrap)
    dropped = dict(human.attrs.get("dropped", {})) | dict(found.dropped)
    row = {"alpha": found.value} | found.to_dict()
    row |= {"level": human.attrs["level"], "dropped": dropped, "corpus": name, "group": group}
    del row["value"]
    if as_json:
        print_json(row)
        return
    columns = ("corpus", "alpha", "low", "high", "level", "items", "annotators")
    print_table(columns, [(name if not group else f"{name}, {group}", *_values(row))])
    _say(dropped, found.note)


def _of_run(
    run: RunFolder,
    sets: list[str] | None,
    temperatures: list[float] | None,
    level: str | None,
    bootstrap: dict[str, Any],
    as_json: bool,
) -> None:
    from engine.measures import agreement_by_temperature, sampled_agreement_by_temperature
    from engine.runs import labels_of, personas_of

    manifest = run.manifest()
    exact = manifest.spec.mode == "exact"
    labels = labels_of(run)
    _set_level(labels, level, run.run_id)
    chosen = personas_of(manifest, sets)
    if exact:
        curve = agreement_by_temperature(labels, temperatures or DEFAULT_TEMPERATURES, chosen, **bootstrap)
    else:
        curve = sampled_agreement_by_temperature(labels, chosen, **bootstrap)
        curve = curve[curve["temperature"].isin(temperatures)] if temperatures else curve
        if curve.empty:
            raise InputError(f"{run.run_id} was sampled at {list(manifest.spec.temperatures)}. Name one of these.")
    _print_run(run, manifest, chosen, curve, labels, as_json)


def _print_run(
    run: RunFolder, manifest: Manifest, personas: list[str], curve: pd.DataFrame, labels: xr.Dataset, as_json: bool
) -> None:
    rows = curve.to_dict("records")
    for row in rows:  # what a reader of the run must know (low label mass, copies) goes with every number of it
        row["note"] = "; ".join(part for part in (str(row["note"] or ""), *manifest.notes) if part)
    if as_json:
        print_json(_as_json(run, manifest, personas, rows, labels))
        return
    print(f"{run.run_id}: {len(personas)} personas, {manifest.spec.mode}, {labels.attrs['level']} alpha")
    columns = ("temperature", "alpha", "low", "high", "noise", "signal", "n_items", "n_raters")
    shown = (*columns[:-2], "items", "personas")
    print_table(shown, [tuple(row[column] for column in columns) for row in rows])
    _say(dict(labels.attrs.get("dropped", {})), "; ".join(dict.fromkeys(row["note"] for row in rows if row["note"])))


def _as_json(
    run: RunFolder, manifest: Manifest, personas: list[str], rows: list[Any], labels: xr.Dataset
) -> dict[str, Any]:
    """Return the point nearest to T = 1 (the model's own distribution) at the top, and all points."""
    shared = {"level": labels.attrs["level"], "dropped": dict(labels.attrs.get("dropped", {}))}
    points = [row | shared for row in rows]
    nearest = min(points, key=lambda point: abs(point["temperature"] - 1))
    facts = {"run": run.run_id, "mode": manifest.spec.mode, "state": run.state(), "personas": personas}
    return nearest | facts | {"points": points}


def _find(name: str) -> RunFolder:
    from engine.corpora import list_corpora
    from engine.runs import find_run, list_runs
    from engine.validation import unknown_name

    try:
        return find_run(name)
    except InputError:
        known = [c.name for c in list_corpora()] + [r.run_id for r in list_runs()]
        raise unknown_name(
            "corpus or run", name, known, "Import a corpus (corpus import), fetch one (corpus fetch), or start a run."
        ) from None


def _set_level(labels: xr.DataArray | xr.Dataset, level: str | None, name: str) -> None:
    """Measure at another level than the task's; numbers are needed where distances count."""
    if level is None or level == labels.attrs["level"]:
        return
    if level in ("interval", "ratio"):
        try:
            labels.attrs["values"] = [float(label) for label in labels.attrs["labels"]]
        except ValueError:
            raise InputError(
                f"--level {level}: the labels of {name} are no numbers: {labels.attrs['labels']}. Use another level."
            ) from None
    labels.attrs["level"] = level


def _values(row: dict[str, Any]) -> tuple[Any, ...]:
    return (row["alpha"], row["low"], row["high"], row["level"], row["n_items"], row["n_raters"])


def _say(dropped: dict[str, int], note: str) -> None:
    if dropped:
        print("left out: " + ", ".join(f"{count:,} {reason}" for reason, count in dropped.items()))
    if note:
        print(note)
