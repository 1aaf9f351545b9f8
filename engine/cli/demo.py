"""`polyvocal demo`: two small LLMs label the demo corpus with real vLLM, then the dashboard shows them side by side."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode

import typer

from engine.cli.output import AsJson, print_json, print_table, progress_bar
from engine.cli.specs import build_spec
from engine.cli.watching import draw
from engine.errors import PolyvocalError

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

    from engine.measures import Estimate
    from engine.runs import RunFolder, RunSpec

MODELS = ("demo-voices", "demo-chorus")
SHOWN_TEMPERATURES = (0.0, 0.5, 1.0, 1.5)
SAMPLED_TEMPERATURES = (0.5, 1.0, 1.5)


def demo(
    model: Annotated[
        list[str] | None, typer.Option(help="Any model in the demo models' place; may be repeated.")
    ] = None,
    backend: Annotated[str, typer.Option(help="vllm, transformers or scripted.")] = "vllm",
    items: Annotated[int | None, typer.Option(min=1, help="Label only this many items.")] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the dashboard; 0 takes a free one.")] = 8501,
    dashboard: Annotated[bool, typer.Option(help="Open the dashboard at the end.")] = True,
    browser: Annotated[bool, typer.Option(help="Open a browser.")] = True,
    as_json: AsJson = False,
) -> None:
    """Let personas label the demo corpus with two models, compare them with people, and open the dashboard.

    Starting it again does only what is missing.
    """
    specs = demo_specs(model or MODELS, backend, items)
    notice = (
        "Synthetic texts, synthetic people. The demo models prove nothing about real LLMs; they show what is measured."
    )
    print(notice, file=sys.stderr if as_json else sys.stdout)
    runs = [_carry_out(spec) for spec in specs]
    people, curves = _compare(runs)
    if as_json:
        ids = [run.run_id for run in runs]
        print_json({"synthetic": True, "runs": ids, "people": people.to_dict(), "personas": curves})
    else:
        _print_comparison(people, curves)
    if dashboard:
        from engine.cli.dashboard import become_dashboard

        become_dashboard(port=port, browser=browser, page=_story(runs))


def demo_specs(models: list[str] | tuple[str, ...], backend: str = "vllm", items: int | None = None) -> list[RunSpec]:
    """Return the demo's runs: for every model an exact one of all personas, and a sampled one that checks it."""
    specs = []
    for model in models:
        stem = re.sub(r"[^A-Za-z0-9._-]+", "-", model.rstrip("/").rsplit("/", 1)[-1]).strip("-.") or "model"
        stem = stem if stem.startswith("demo-") else f"demo-{stem}"
        shared = {"corpus": "demo", "model": model, "backend": backend, "max_items": items}
        exact = {"persona_sets": ("demo-strong", "demo-weak", "control", "empty")}
        sampled = {"persona_sets": ("demo-strong",), "mode": "sampled", "temperatures": SAMPLED_TEMPERATURES}
        specs.append(build_spec(None, shared | exact | {"name": f"{stem[:40]}-exact"}))
        specs.append(build_spec(None, shared | sampled | {"name": f"{stem[:40]}-sampled"}))
    return specs


def _carry_out(spec: RunSpec) -> RunFolder:
    """Execute a run in a process of its own (each engine wants one) and draw its progress; Ctrl-C cancels it."""
    from engine.runs import cancel_run, find_run, start_job

    run_id = start_job(spec)
    with progress_bar("responses") as bar:
        try:
            folder = _watch(bar, run_id)
        except KeyboardInterrupt:
            cancel_run(run_id)
            raise
    if folder.state() != "finished":
        raise PolyvocalError(
            f"{run_id} {folder.state()}: {folder.manifest().error or 'see its log'}\nIts log: {folder.path}"
        )
    return find_run(run_id)


def _watch(bar: Bar, run_id: str) -> RunFolder:
    from engine.runs import find_run

    task = bar.add_task(run_id, total=None, detail="loading the model")
    folder = find_run(run_id)
    while True:
        over = folder.state() in ("finished", "cancelled", "failed", "interrupted")
        if progress := folder.progress():
            draw(bar, task, progress)
        if over:
            return folder
        time.sleep(0.3)


def _compare(runs: list[RunFolder]) -> tuple[Estimate, dict[str, list[dict[Any, Any]]]]:
    """Return alpha of people, and of the personas of every exact run at some temperatures."""
    from engine.corpora import load_corpus
    from engine.measures import agreement_by_temperature, human_agreement
    from engine.runs import exact_labels, human_labels, personas_of

    people = human_agreement(human_labels(load_corpus("demo")), items=runs[0].manifest().item_ids)
    curves = {}
    for run in runs:
        manifest = run.manifest()
        if manifest.spec.mode == "exact":
            personas = personas_of(manifest)
            curve = agreement_by_temperature(exact_labels(run), SHOWN_TEMPERATURES, personas)
            curves[f"{len(personas)} personas of {manifest.spec.model}"] = curve.to_dict("records")
    return people, curves


def _story(runs: list[RunFolder]) -> str:
    """Return the address of the page that tells the last model's story beside the first's: the chorus, then voices."""
    exact = [run.run_id for run in runs if run.manifest().spec.mode == "exact"]
    return "story?" + urlencode(dict(zip(("run", "beside"), dict.fromkeys((exact[-1], exact[0])), strict=False)))


def _print_comparison(people: Estimate, curves: Mapping[str, list[dict[Any, Any]]]) -> None:
    rows = [
        (
            f"{t:g}",
            _with_interval(people.to_dict() | {"alpha": people.value}),
            *(_with_interval(c[i]) for c in curves.values()),
        )
        for i, t in enumerate(SHOWN_TEMPERATURES)
    ]
    print("\nKrippendorff's alpha: 1 is full agreement, 0 is chance; with 95 % intervals over items")
    print_table(("temperature", f"{people.n_raters} people", *curves), rows)


def _with_interval(row: Mapping[Any, Any]) -> str:
    return f"{row['alpha']:.2f} ({row['low']:.2f} to {row['high']:.2f})"
