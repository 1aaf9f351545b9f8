"""`polyvocal persona`: list, show, from-corpus, counterfactual."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from engine.cli.output import AsJson, print_json, print_table
from engine.errors import InputError

app = typer.Typer(help="Personas: descriptions that an LLM plays.", no_args_is_help=True)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the persona sets, shipped and your own."""
    from engine.personas import list_persona_sets

    sets = list_persona_sets()
    if as_json:
        print_json([{k: str(v) if isinstance(v, Path) else v for k, v in vars(s).items()} for s in sets])
        return
    rows = [(s.name, s.n_personas, s.corpus or "any", s.problem or _first_sentence(s.description)) for s in sets]
    print_table(("set", "personas", "corpus", "description"), rows)


def _first_sentence(text: str) -> str:
    return " ".join(text.split()).split(". ")[0].rstrip(".")


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="A persona set, or its YAML file.")], as_json: AsJson = False
) -> None:
    """Show every persona of a set with its text."""
    from engine.personas import load_persona_set

    chosen = load_persona_set(name)
    if as_json:
        print_json(chosen.model_dump(mode="json"))
        return
    if chosen.description:
        print(f"{' '.join(chosen.description.split())}\n")
    rows = [(p.persona_id, p.kind, p.annotator or p.group or "", " ".join(p.text.split())) for p in chosen.personas]
    print_table(("persona", "kind", "stands for", "text"), rows, title=chosen.name)


@app.command("from-corpus")
def from_corpus(
    corpus: Annotated[str, typer.Argument(help="A corpus whose annotators have attributes or groups.")],
    kind: Annotated[
        Literal["strong", "weak", "both"], typer.Option(help="One per annotator, one per group, or both.")
    ] = "both",
    min_annotations: Annotated[int, typer.Option(min=0, help="Only annotators with at least this many labels.")] = 0,
    limit: Annotated[
        int | None, typer.Option(min=1, help="At most this many annotators, those with most labels.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Where to write the YAML; default: your persona sets.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace a file that is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make a persona set from the annotator attributes of a corpus."""
    from engine.corpora import load_corpus
    from engine.paths import persona_sets_dir
    from engine.personas import personas_from_corpus, save_persona_set

    made = personas_from_corpus(load_corpus(corpus), kind=kind, min_annotations=min_annotations, limit=limit)
    path = out or persona_sets_dir() / f"{made.name}.yaml"
    if path.exists() and not replace:
        raise InputError(f"{path} is there already and may have been edited. Name another --out, or add --replace.")
    save_persona_set(made, path)
    if as_json:
        print_json(
            {"name": made.name, "path": str(path), "personas": [p.model_dump(mode="json") for p in made.personas]}
        )
        return
    print(f"{len(made.personas)} personas in {path}. Look at them: polyvocal persona show {out or made.name}")


@app.command()
def counterfactual(
    name: Annotated[str, typer.Argument(metavar="SET", help="A persona set, or its YAML file.")],
    out: Annotated[Path | None, typer.Option(help="Where to write the YAML; default: your persona sets.")] = None,
    attribute: Annotated[
        list[str] | None, typer.Option("--attribute", help="Only this attribute; may be repeated. Default: all.")
    ] = None,
    exchange: Annotated[
        bool, typer.Option("--exchange", help="Also exchange each value for every other that the set has.")
    ] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Replace a file that is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make a set of the same personas, each also with one attribute left out or exchanged."""
    from engine.paths import persona_sets_dir
    from engine.personas import counterfactual_set, load_persona_set, save_persona_set

    chosen = load_persona_set(name)
    values: dict[str, list[str]] = {}
    for persona in chosen.personas if exchange else ():
        for key, value in persona.attributes.items():
            if attribute is None or key in attribute:
                values.setdefault(key, []).append(value)
    made = counterfactual_set(chosen, attribute, values)
    path = out or persona_sets_dir() / f"{made.name}.yaml"
    if path.exists() and not replace:
        raise InputError(f"{path} is there already and may have been edited. Name another --out, or add --replace.")
    save_persona_set(made, path)
    if as_json:
        found = {"name": made.name, "path": str(path), "from": chosen.name}
        print_json(found | {"personas": [p.model_dump(mode="json") for p in made.personas]})
        return
    typer.echo(
        f"{len(made.personas)} personas in {path}: {len(chosen.personas)} and their variants. Let a model label as "
        f"them, then: polyvocal measure attributes RUN"
    )
