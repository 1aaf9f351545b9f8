"""`polyvocal corpus import`: its options, and what it says of the corpus it read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from engine.cli.output import AsJson, print_json
from engine.errors import InputError

if TYPE_CHECKING:
    from engine.corpora import Corpus

Level = Literal["nominal", "ordinal", "interval", "ratio"]


def _column(help_text: str) -> Any:
    return typer.Option(help=f"Column of {help_text}.", rich_help_panel="Tables and Hugging Face: columns")


def _task(help_text: str) -> Any:
    return typer.Option(help=help_text, rich_help_panel="Tables and Hugging Face: the task")


def import_(
    path: Annotated[
        str, typer.Argument(metavar="FOLDER_OR_FILE", help="What to read; for huggingface an id or folder.")
    ],
    name: Annotated[str, typer.Option(help="What the corpus shall be called here.")],
    form: Annotated[
        Literal["auto", "lewidi2023", "lewidi2025", "table", "huggingface", "stored"],
        typer.Option("--format", help="What it is."),
    ] = "auto",
    task: Annotated[
        str | None, typer.Option(help="Le-Wi-Di 2023: the label layer (HS-Brexit: hate-speech; ConvAbuse: severity).")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace a different corpus of this name.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Read and report; store nothing.")] = False,
    item_column: Annotated[str | None, _column("the item's id (default item_id)")] = None,
    text_column: Annotated[list[str] | None, _column("a text (default text); field=column renames; may repeat")] = None,
    annotator_column: Annotated[str | None, _column("the annotator's id (default annotator_id)")] = None,
    label_column: Annotated[str | None, _column("the label (default label)")] = None,
    group_column: Annotated[str | None, _column("the annotator's group")] = None,
    attribute_column: Annotated[list[str] | None, _column("an annotator's attribute; may repeat")] = None,
    split_column: Annotated[str | None, _column("the item's split")] = None,
    language_column: Annotated[str | None, _column("the item's language code")] = None,
    explanation_column: Annotated[str | None, _column("the annotator's own reason")] = None,
    no_header: Annotated[
        bool,
        typer.Option(
            "--no-header",
            help="CSV, TSV: the first row is data; name columns by 'column 1', 'column 2' and so on.",
            rich_help_panel="Tables and Hugging Face: columns",
        ),
    ] = False,
    split: Annotated[str | None, _task("Hugging Face: only this split.")] = None,
    task_name: Annotated[str | None, _task("What is asked, for people.")] = None,
    kind: Annotated[str | None, _task("Template family that asks it (hate-speech, nli, ...).")] = None,
    labels: Annotated[str | None, _task("Labels in order, comma-separated; default: those that occur.")] = None,
    level: Annotated[Level | None, _task("Level of measurement; default nominal.")] = None,
    positive: Annotated[str | None, _task("The label that means yes.")] = None,
    multi_label: Annotated[bool, _task("One annotator may give several labels to an item.")] = False,
    as_json: AsJson = False,
) -> None:
    """Read a corpus from files and keep it under a name."""
    from engine.corpora import ImportRequest, import_corpus, read_corpus

    columns = {
        "item": item_column,
        "text": _text_fields(text_column or []),
        "annotator": annotator_column,
        "label": label_column,
        "group": group_column,
        "attributes": tuple(attribute_column or ()),
        "split": split_column,
        "language": language_column,
        "explanation": explanation_column,
    }
    request = ImportRequest(
        format=form,
        columns=_table_columns({k: v for k, v in columns.items() if v}),
        no_header=no_header,
        split=split,
        task=task,
        task_name=task_name,
        kind=kind,
        labels=tuple(part.strip() for part in labels.split(",")) if labels else (),
        level=level,
        positive=positive,
        multi_label=multi_label,
    )
    if check:
        report_import(read_corpus(path, name, form, **request.options()), as_json, stored=False)
        return
    report_import(import_corpus(path, name, form, replace=replace, **request.options()), as_json)


def report_import(corpus: Corpus, as_json: bool, *, stored: bool = True) -> None:
    """Say what was imported, or would be, and everything the reader noted."""
    counts = {"items": len(corpus.items), "annotators": len(corpus.annotators), "annotations": len(corpus.annotations)}
    if as_json:
        print_json({"name": corpus.name, **counts, "task": corpus.task.model_dump(mode="json"), "notes": corpus.notes})
        return
    sizes = ", ".join(f"{count:,} {what}" for what, count in counts.items())
    print(f"{corpus.name}: {sizes}; {corpus.task.name} ({', '.join(corpus.task.labels)}, {corpus.task.level})")
    for note in corpus.notes:
        print(f"note: {note}")
    print(f"How far do people agree? polyvocal agreement {corpus.name}" if stored else "Checked; nothing was stored.")


def _text_fields(words: list[str]) -> dict[str, str]:
    """Return field -> column of 'column' and 'field=column' words; a single plain column is the field 'text'."""
    if len(words) == 1 and "=" not in words[0]:
        return {"text": words[0]}
    pairs = (word.split("=", 1) if "=" in word else (word, word) for word in words)
    fields: dict[str, str] = {}
    for field, column in pairs:
        if field in fields:
            raise InputError(f"--text-column names the field {field!r} twice. Use field=column with different fields.")
        fields[field] = column
    return fields


def _table_columns(given: dict[str, Any]) -> Any:
    if not given:
        return None
    from pydantic import ValidationError

    from engine.corpora import TableColumns
    from engine.validation import explain

    try:
        return TableColumns.model_validate(given)
    except ValidationError as error:
        raise InputError(explain(error, "columns", model=TableColumns)) from error
