"""`polyvocal study`: annotator models of people and of runs as a job of its own; the dashboard shows the same."""

from __future__ import annotations

import contextlib
import sys
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli.output import AsJson, print_json, print_table, progress_bar
from engine.cli.specs import parse_settings

if TYPE_CHECKING:
    from engine.annotators.studies import StudyFolder, StudySpec

app = typer.Typer(
    help="Studies: annotator models of a corpus's people and of runs' personas, trained as a job of its own; the page "
    "Annotator models shows them.",
    no_args_is_help=True,
)
StudyId = Annotated[str, typer.Argument(metavar="STUDY", help="A study's id, the beginning of it, or its folder.")]
Background = Annotated[bool, typer.Option("--background", help="Do not wait for it; come back with `study show`.")]
LOOK_SECONDS = 0.5


@app.command()
def start(
    corpus: Annotated[str, typer.Argument(help="A corpus, by its name or folder.")],
    run: Annotated[list[str] | None, typer.Option("--run", help="A finished run on it; may be repeated.")] = None,
    name: Annotated[str, typer.Option(help="For people; the study's folder starts with it.")] = "",
    part: Annotated[
        list[str] | None, typer.Option("--part", help="comparison, gaps, map; may be repeated. Default: all.")
    ] = None,
    models: Annotated[str | None, typer.Option(help="Models, comma-separated.")] = None,
    seeds: Annotated[int | None, typer.Option(min=1, max=100, help="How many trainings of each model.")] = None,
    encoder: Annotated[str | None, typer.Option(help="Text encoder: folder or Hugging Face id.")] = None,
    personas: Annotated[list[str] | None, typer.Option(help="Only personas of this set; default: strong.")] = None,
    temperature: Annotated[
        float | None, typer.Option("--temperature", "-t", help="Exact runs: any; default 1.")
    ] = None,
    space: Annotated[str | None, typer.Option(help="Of the map: composite, labels, tokens, descriptions.")] = None,
    shuffled: Annotated[
        bool, typer.Option(help="Also with annotators' names shuffled: the null, twice the work.")
    ] = True,
    min_labels: Annotated[int | None, typer.Option(min=1, help="Labels that a place or a row of gaps needs.")] = None,
    split_seed: Annotated[int | None, typer.Option(min=0, help="Draw the splits; default: the corpus's own.")] = None,
    resamples: Annotated[int | None, typer.Option(min=0, help="Draws behind intervals.")] = None,
    setting: Annotated[list[str] | None, typer.Option(help="Training setting name=value; may be repeated.")] = None,
    background: Background = False,
    as_json: AsJson = False,
) -> None:
    """Start a study, or go on with it: the same one does only what is missing. Ctrl-C keeps what is trained."""
    asked = {
        "corpus": corpus, "runs": tuple(run or ()), "name": name, "parts": tuple(part or ()),
        "models": tuple(word.strip() for word in models.split(",")) if models is not None else None, "seeds": seeds,
        "encoder": encoder, "persona_sets": tuple(personas or ()), "temperature": temperature, "space": space,
        "shuffled": shuffled, "min_labels": min_labels, "split_seed": split_seed, "resamples": resamples,
        "settings": parse_settings(setting, "--setting"),
    }  # fmt: skip
    from engine.annotators.studies import start_study

    _watch_or_leave(start_study(_spec_of(asked)), background, as_json)


@app.command()
def resume(study: StudyId, background: Background = False, as_json: AsJson = False) -> None:
    """Go on with a study that was cancelled, interrupted or failed."""
    from engine.annotators.studies import resume_study

    _watch_or_leave(resume_study(study), background, as_json)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List all studies, newest first."""
    from engine.annotators.studies import list_studies

    found = list_studies()
    if as_json:
        print_json(
            [
                {"study_id": s.study_id, "state": s.state, "done": s.done, "planned": s.planned,
                 "results": list(s.results), "problem": s.problem, "path": str(s.path)}
                for s in found
            ]
        )  # fmt: skip
        return
    if not found:
        print("No studies yet. Start one: polyvocal study start demo --run RUN")
        return
    rows = [
        (s.study_id, s.state, f"{s.done:,} of {s.planned:,}", s.manifest.spec.corpus if s.manifest else "",
         ", ".join(s.manifest.spec.runs) if s.manifest else "", s.problem)
        for s in found
    ]  # fmt: skip
    shown = slice(None) if any(s.problem for s in found) else slice(-1)
    columns = ("study", "state", "trainings", "corpus", "runs", "problem")
    print_table(columns[shown], [row[shown] for row in rows])


@app.command()
def show(study: StudyId, as_json: AsJson = False) -> None:
    """Show a study: state, what it read, how far it is, what it found out about knowing who annotates."""
    from engine.annotators.studies import find_study

    _report(find_study(study), as_json)


@app.command()
def cancel(study: StudyId, as_json: AsJson = False) -> None:
    """Stop a study from elsewhere; finished trainings are kept, and `study resume` goes on."""
    from engine.annotators.studies import cancel_study

    found = cancel_study(study)
    print_json({"study_id": found, "cancel": "asked"}) if as_json else print(f"{found}: asked to stop.")


@app.command()
def log(study: StudyId, lines: Annotated[int, typer.Option(min=1, help="The last ones.")] = 40) -> None:
    """Print the end of what a study's process wrote."""
    from engine.annotators.studies import study_log_tail

    print(study_log_tail(study, lines=lines))


@app.command()
def delete(
    study: StudyId,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Delete a study's folder with its results; trainings stay, since other studies share them."""
    from engine.annotators.studies import delete_study, find_study

    folder = find_study(study)
    if not yes:
        typer.confirm(f"Delete {folder.path}?", abort=True, err=True)
    delete_study(folder.path)
    print_json({"deleted": folder.study_id}) if as_json else print(f"deleted {folder.study_id}")


def _spec_of(asked: dict[str, Any]) -> StudySpec:
    from pydantic import ValidationError

    from engine.annotators.studies import StudySpec
    from engine.errors import InputError
    from engine.validation import explain

    try:
        return StudySpec.model_validate({name: value for name, value in asked.items() if value is not None})
    except ValidationError as error:
        raise InputError(explain(error, "study", model=StudySpec)) from error


def _watch_or_leave(study_id: str, background: bool, as_json: bool) -> None:
    """Follow a study's process to its end, unless nobody wants to wait; Ctrl-C asks it to stop."""
    from engine.annotators.studies import cancel_study, find_study
    from engine.errors import InputError

    folder = find_study(study_id)
    if background:
        text = f"started {study_id}. Watch it: polyvocal study show {study_id}"
        print_json({"study_id": study_id}) if as_json else print(text)
        return
    try:
        _watch(folder)
    except KeyboardInterrupt:
        with contextlib.suppress(InputError):  # it has just ended
            cancel_study(study_id)
        _watch(folder)
    _report(folder, as_json)
    state = folder.state()
    if state != "finished":
        print(f"{state}. Go on with: polyvocal study resume {study_id}", file=sys.stderr)
        raise typer.Exit(130 if state == "cancelled" else 1)


def _watch(folder: StudyFolder) -> None:
    """Draw the progress of a study until it is over."""
    from engine.annotators.studies import LIVE

    with progress_bar("trainings") as bar:
        task = bar.add_task(folder.study_id, total=None, detail="")
        while True:
            over = folder.state() not in LIVE
            if progress := folder.progress():
                detail = ": ".join(filter(None, [progress.phase, progress.message]))
                bar.update(task, total=progress.planned or None, completed=progress.done, detail=detail)
            if over:
                return
            time.sleep(LOOK_SECONDS)


def _report(folder: StudyFolder, as_json: bool) -> None:
    manifest, state = folder.manifest(), folder.state()
    signatures = _signatures(folder)
    if as_json:
        more = {"state": state, "path": str(folder.path), "results": folder.results(), "signatures": signatures}
        print_json(manifest.model_dump(mode="json") | more)
        return
    print_table(("", ""), _facts(folder, state))
    for name, found in signatures.items():
        print(f"{name}: {found['name']}: {found['verdict']}. {found['evidence']}")
    for note in manifest.notes:
        print(f"note: {note}")


def _signatures(folder: StudyFolder) -> dict[str, Any]:
    """Return the signature of people's labels and of each run's; nothing where models were not compared yet."""
    from engine.annotators.studies import read_result

    if "comparison" not in folder.results():
        return {}
    found: dict[str, Any] = read_result(folder.path, "comparison").facts["signatures"]["as given"]
    return found


def _facts(folder: StudyFolder, state: str) -> list[tuple[str, str]]:
    manifest = folder.manifest()
    spec, work, progress = manifest.spec, manifest.work, folder.progress()
    live = progress is not None and state in ("planned", "running")
    done, planned = (progress.done, progress.planned) if live and progress else (manifest.done, manifest.planned)
    facts = [
        ("study", manifest.study_id),
        ("state", f"{state}{': ' + manifest.error if manifest.error else ''}"),
        ("corpus", spec.corpus),
        ("runs", ", ".join(spec.runs) or "none: people alone"),
        ("models", f"{', '.join(spec.models)}; {spec.seeds} seeds"),
        ("encoder", spec.encoder),
        ("trainings", f"{done:,} of {planned:,}; {work.trained:,} made here, {work.training_seconds:,.0f} s"),
        ("results", ", ".join(folder.results()) or "none yet"),
        ("took", f"{work.seconds:,.0f} s"),
        ("folder", str(folder.path)),
    ]
    if live and progress and progress.seconds_left is not None:
        facts.insert(7, ("left", f"about {progress.seconds_left:,.0f} s of training"))
    return facts
