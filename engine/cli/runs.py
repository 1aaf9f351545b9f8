"""`polyvocal run`: estimate, start, resume, list, show, cancel, export, delete."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

import typer

from engine.cli.output import AsJson, print_json, print_table
from engine.cli.spec_options import takes_spec
from engine.errors import InputError

if TYPE_CHECKING:
    from engine.runs import RunFolder
    from engine.runs.spec import RunSpec

app = typer.Typer(help="Runs: personas label a corpus with a model.", no_args_is_help=True)

Form = Literal["csv", "parquet", "jsonl"]
RunId = Annotated[str, typer.Argument(metavar="RUN", help="A run's id, the beginning of it, or its folder.")]


@app.command()
@takes_spec
def estimate(spec: RunSpec, as_json: AsJson = False) -> None:
    """Say what a run would cost: asks a few real requests, then gives requests, tokens and minutes as a range."""
    from engine.runs import estimate as estimate_run

    found = estimate_run(spec)
    if as_json:
        print_json(found.model_dump(mode="json") | {"minutes": found.minutes})
        return
    low, high = found.minutes
    print(f"{found.requests:,} requests, about {low:.1f} to {high:.1f} minutes (loading the model included)")
    print(f"tokens read: {found.prompt_tokens[0]:,} to {found.prompt_tokens[1]:,}")
    print(f"tokens written: {found.output_tokens[0]:,} to {found.output_tokens[1]:,}")
    print(found.basis)


@app.command()
@takes_spec
def start(
    spec: RunSpec,
    background: Annotated[
        bool, typer.Option("--background", help="As a process of its own; come back with `run show`.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Start a run, or go on with it: the same spec does only what is missing. Ctrl-C keeps what is done."""
    from engine.cli.watching import execute_and_show
    from engine.runs import start_job

    if background:
        run_id = start_job(spec)
        print_json({"run_id": run_id}) if as_json else print(f"started {run_id}. Watch it: polyvocal run show {run_id}")
        return
    _report_finished(execute_and_show(spec), as_json)


@app.command()
def resume(run: RunId, as_json: AsJson = False) -> None:
    """Go on with a run that was cancelled, interrupted or failed."""
    from engine.cli.watching import execute_and_show
    from engine.runs import find_run

    folder = find_run(run)
    _report_finished(execute_and_show(folder.manifest().spec, root=folder.path.parent), as_json)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List all runs, newest first."""
    from engine.runs import list_runs

    found = list_runs()
    if as_json:
        print_json([_plain(vars(summary)) for summary in found])
        return
    if not found:
        print("No runs yet. Start one: polyvocal run start --corpus demo --personas demo-strong --model demo-voices")
        return
    rows = [(s.run_id, s.state, f"{s.done:,} of {s.planned:,}", s.corpus, s.model, s.problem) for s in found]
    shown = slice(None) if any(s.problem for s in found) else slice(-1)
    columns = ("run", "state", "responses", "corpus", "model", "problem")
    print_table(columns[shown], [row[shown] for row in rows])


@app.command()
def show(run: RunId, as_json: AsJson = False) -> None:
    """Show a run: state, counts, what it cost and was estimated to cost, versions, notes."""
    from engine.runs import find_run

    _report(find_run(run), as_json)


@app.command()
def cancel(run: RunId, as_json: AsJson = False) -> None:
    """Stop a run from elsewhere; the batch in flight is kept, and `run resume` goes on."""
    from engine.runs import cancel_run, find_run

    folder = find_run(run)
    cancel_run(folder.path)
    print_json({"run_id": folder.run_id, "cancel": "asked"}) if as_json else print(f"{folder.run_id}: asked to stop.")


@app.command()
def export(
    run: RunId,
    out: Annotated[Path, typer.Argument(help="File to write.")],
    form: Annotated[Form | None, typer.Option("--format", help="Default: from the file's ending.")] = None,
    texts: Annotated[bool, typer.Option(help="With the items' texts.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write a run's responses to one file. In CSV, text that a spreadsheet would run as a formula is disarmed."""
    from engine.runs import export_run, find_run

    path = export_run(find_run(run), out, form or _form_of(out), texts=texts)
    print_json({"path": str(path)}) if as_json else print(f"wrote {path}")


@app.command()
def delete(
    run: RunId,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Delete a run's folder with all its responses."""
    from engine.runs import delete_run, find_run

    folder = find_run(run)
    if not yes:
        typer.confirm(f"Delete {folder.path} with {folder.manifest().counts.done:,} responses?", abort=True, err=True)
    delete_run(folder.path)
    print_json({"deleted": folder.run_id}) if as_json else print(f"deleted {folder.run_id}")


def _form_of(path: Path) -> Form:
    """Return the format that a file's ending names."""
    for form in get_args(Form):
        if path.suffix.lower() == f".{form}":
            return form
    raise InputError(f"{path}: its ending names no format. End it in .csv, .parquet or .jsonl, or give --format.")


def _report_finished(folder: RunFolder, as_json: bool) -> None:
    """Report a run that was carried out here; one that was stopped must not look done to `&&`."""
    _report(folder, as_json)
    if folder.state() != "finished":
        print(f"stopped. Go on with: polyvocal run resume {folder.run_id}", file=sys.stderr)
        raise typer.Exit(130)


def _report(folder: RunFolder, as_json: bool) -> None:
    from engine.runs import failure_causes

    manifest = folder.manifest()
    state = folder.state()
    causes = failure_causes(folder) if manifest.counts.by_status.get("failed") else {}
    if as_json:
        more = {"state": state, "path": str(folder.path), "failures": causes}
        print_json(manifest.model_dump(mode="json") | more)
        return
    print_table(("", ""), _facts(manifest, state, folder.path))
    for cause, count in causes.items():
        print(f"failed: {count:,} x {cause}")
    for note in manifest.notes:
        print(f"note: {note}")


def _facts(manifest: Any, state: str, path: Path) -> list[tuple[str, str]]:
    spec, actual = manifest.spec, manifest.actual
    corpus = manifest.corpus
    facts = [
        ("run", manifest.run_id),
        ("state", f"{state}{': ' + manifest.error if manifest.error else ''}"),
        (
            "corpus",
            f"{corpus.name}{' (synthetic)' if corpus.synthetic else ''}, {corpus.n_items:,} items",
        ),
        ("personas", f"{len(manifest.personas)} of {', '.join(spec.persona_sets)}"),
        ("model", f"{spec.model} ({manifest.backend.get('revision') or spec.revision or 'revision not known'})"),
        ("backend", str(manifest.backend.get("backend", spec.backend))),
        ("mode", spec.mode + (f" at {', '.join(f'{t:g}' for t in spec.temperatures)}" if spec.temperatures else "")),
        (
            "responses",
            f"{manifest.counts.done:,} of {manifest.counts.planned:,}: {_counted(manifest.counts.by_status)}",
        ),
    ]
    if manifest.estimate:
        (low, high), (fewest, most) = manifest.estimate.seconds, manifest.estimate.prompt_tokens
        facts.append(
            (
                "estimated",
                f"{low:,.0f} to {high:,.0f} s, {fewest:,} to {most:,} tokens read",
            )
        )
    rate = f", {actual.responses_per_second:,.0f} responses/s" if actual.responses_per_second else ""
    facts.append(
        (
            "actual",
            f"{actual.seconds:,.1f} s{rate}, {actual.prompt_tokens:,} tokens read, {actual.output_tokens:,} written",
        )
    )
    if actual.mean_label_mass is not None:
        facts.append(("label mass", f"{actual.mean_label_mass:.4f} (probability the label tokens hold together)"))
    facts.append(("folder", str(path)))
    return facts


def _counted(by_status: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {status}" for status, count in by_status.items()) or "none"


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {k: str(v) if isinstance(v, Path) else dict(v) if hasattr(v, "items") else v for k, v in row.items()}
