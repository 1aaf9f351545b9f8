"""`polyvocal corpus`: list, show, fetch, import."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli.corpus_import import import_, report_import
from engine.cli.output import AsJson, print_json, print_table, progress_bar

if TYPE_CHECKING:
    from engine.corpora import CatalogueEntry, Corpus, CorpusSummary

app = typer.Typer(help="Corpora: items that people labelled differently.", no_args_is_help=True)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the corpora at hand, and the published ones that `corpus fetch` knows."""
    from engine.corpora import list_corpora, load_catalogue

    here = list_corpora()
    published = list(load_catalogue().values())
    if as_json:
        print_json(
            {"corpora": [_summary(c) for c in here], "published": [e.model_dump(mode="json") for e in published]}
        )
        return
    rows = [
        (c.name, c.task.name if c.task else "", c.n_items, c.n_annotators, c.n_annotations, _marks(c)) for c in here
    ]
    print_table(("corpus", "task", "items", "annotators", "annotations", ""), rows)
    if missing := [e for e in published if e.name not in {c.name for c in here}]:
        print("\nPublished, not fetched yet:")
        print_table(("name", "task", "language"), [(e.name, e.task, e.language) for e in missing])
        print("\nGet one with: polyvocal corpus fetch NAME")


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="A corpus: its name or folder.")],
    items: Annotated[int, typer.Option(min=0, help="Print the texts of this many items people split on most.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Show a corpus: task, sizes, groups, splits, what its reader noted. Texts only when asked for."""
    from engine.corpora import list_corpora, load_catalogue, load_corpus

    published = load_catalogue().get(name)
    if published and name not in {c.name for c in list_corpora()}:
        _show_published(published, as_json)
        return
    corpus = load_corpus(name)
    facts = _facts(corpus)
    split = _most_split(corpus, items)
    if as_json:
        print_json(facts | ({"most_split": split} if items else {}))
        return
    print_table(
        ("", ""),
        [
            (k, ", ".join(f"{a}: {b}" for a, b in v.items()) if isinstance(v, dict) else v)
            for k, v in facts.items()
            if k != "notes"
        ],
    )
    for note in corpus.notes:
        print(f"note: {note}")
    for row in split:
        print(f"\n{row['item_id']}  {row['labels']}")
        print("\n".join(f"  {field}: {text}" for field, text in row["fields"].items()))


@app.command()
def fetch(
    name: Annotated[str, typer.Argument(help="A published corpus, as `corpus list` names it.")],
    replace: Annotated[bool, typer.Option("--replace", help="Replace a different corpus of this name.")] = False,
    as_json: AsJson = False,
) -> None:
    """Download a published corpus, check its sums, and import it. Going on after a cut is automatic."""
    from engine.corpora import catalogue_entry
    from engine.corpora import fetch as fetch_corpus

    entry = catalogue_entry(name)
    print(f"{entry.title}: {entry.licence}\nCite: {entry.citation}", file=sys.stderr)
    with progress_bar("bytes") as bar:
        tasks: dict[str, Any] = {}

        def on_progress(file: str, done: int, total: int | None) -> None:
            if file not in tasks:
                tasks[file] = bar.add_task(file, total=total, detail="")
            bar.update(tasks[file], completed=done, total=total)

        corpus = fetch_corpus(name, on_progress=on_progress, replace=replace)
    report_import(corpus, as_json)


app.command("import")(import_)


def _show_published(entry: CatalogueEntry, as_json: bool) -> None:
    if as_json:
        print_json(entry.model_dump(mode="json"))
        return
    facts = ("title", "task", "language", "description", "licence", "citation", "edition", "page")
    print_table(("", ""), [(fact, getattr(entry, fact)) for fact in facts])
    print(f"\nIt is not here yet. Get it with: polyvocal corpus fetch {entry.name}")


def _facts(corpus: Corpus) -> dict[str, Any]:
    """What `show` tells of a corpus, texts aside."""
    task = corpus.task
    groups: dict[str, int] = {}
    for annotator in corpus.annotators:
        groups[annotator.group or "no group"] = groups.get(annotator.group or "no group", 0) + 1
    splits = {split or "no split": sum(item.split == split for item in corpus.items) for split in corpus.splits}
    shares = corpus.annotations["label"].value_counts(normalize=True)
    return {
        "name": corpus.name,
        "synthetic": corpus.synthetic,
        "task": task.name,
        "kind": task.kind,
        "labels": list(task.labels),
        "level": task.level,
        "items": len(corpus.items),
        "annotators": len(corpus.annotators),
        "annotations": len(corpus.annotations),
        "splits": splits,
        "groups": groups,
        "label shares": {label: round(float(shares.get(label, 0.0)), 4) for label in task.labels},
        "attributes": sorted({name for a in corpus.annotators for name in a.attributes}),
        "source": corpus.source,
        "notes": list(corpus.notes),
    }


def _most_split(corpus: Corpus, count: int) -> list[dict[str, Any]]:
    """The `count` items whose labels differ most, with their texts."""
    if count == 0:
        return []
    from engine.measures import item_table
    from engine.runs import human_labels

    table = item_table(human_labels(corpus)).sort_values("disagreement", ascending=False, kind="stable").head(count)
    return [
        {
            "item_id": row["item_id"],
            "labels": {label: int(row[f"n_of_{label}"]) for label in corpus.task.labels},
            "fields": dict(corpus.item_by_id[row["item_id"]].fields),
        }
        for row in table.to_dict("records")
    ]


def _summary(corpus: CorpusSummary) -> dict[str, Any]:
    task = corpus.task.model_dump(mode="json") if corpus.task else None
    return vars(corpus) | {"folder": str(corpus.folder), "task": task}


def _marks(corpus: CorpusSummary) -> str:
    return "; ".join(mark for mark in ("synthetic" if corpus.synthetic else "", corpus.problem) if mark)
