"""The options of every command that trains annotator models, declared once."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli.annotators.experiment import Experiment
from engine.cli.annotators.figure_file import check_figure_file
from engine.cli.annotators.labels import LabelChoice
from engine.cli.output import AsJson
from engine.cli.specs import parse_settings
from engine.errors import InputError

if TYPE_CHECKING:
    from engine.annotators.training.settings import TrainingSettings

RUN = typer.Argument(metavar="RUN", help="A run's id, the beginning of it, or its folder.")
CORPUS_OR_RUN = typer.Argument(
    metavar="CORPUS_OR_RUN", help="A corpus, or a run (its id or the beginning of it); or the folder of one."
)


def _run(help_text: str, *names: str, **limits: Any) -> Any:
    return typer.Option(*names, help=help_text, rich_help_panel="Runs: which labels", **limits)


def _training(help_text: str, *names: str, **limits: Any) -> Any:
    return typer.Option(*names, help=help_text, rich_help_panel="Training", **limits)


OPTIONS: dict[str, tuple[Any, Any]] = {
    "models": (Annotated[list[str] | None, _training("Models, comma-separated; may be repeated. Default: all.")], None),
    "seeds": (Annotated[int, _training("How many trainings of each model.", min=1, max=1000)], 5),
    "encoder": (
        Annotated[str | None, _training("Text encoder: folder or Hugging Face id; default all-MiniLM-L6-v2.")], None,
    ),
    "fine_tune": (Annotated[bool, _training("Train the text encoder too: slow without a GPU.", "--fine-tune")], False),
    "device": (Annotated[str | None, _training("cpu, cuda, ...; default: a GPU where there is one.")], None),
    "setting": (
        Annotated[list[str] | None, _training("Training setting name=value (epochs=20); may be repeated.")], None,
    ),
    "split_seed": (
        Annotated[int | None, _training("Draw the splits with this seed; default: the corpus's own.", min=0)], None,
    ),
    "personas": (
        Annotated[list[str] | None, _run("Only personas of this set; may be repeated. Default: strong.", "--personas")],
        None,
    ),
    "corpus": (Annotated[str | None, _run("The corpus of texts and people; default: what the run labelled.")], None),
    "temperature": (
        Annotated[float | None, _run("Exact runs: any; default 1.", "--temperature", "-t", min=0, max=2)], None,
    ),
    "draw_seed": (Annotated[int, _run("Exact runs: seed of the labels drawn.", min=0)], 0),
    "resamples": (Annotated[int, typer.Option(min=0, max=100_000, help="Draws behind intervals; 0: none.")], 1000),
    "confidence": (Annotated[float, typer.Option(min=0.5, max=0.999, help="Coverage of the intervals.")], 0.95),
    "seed": (Annotated[int, typer.Option(min=0, help="Seed of the intervals' draws.")], 0),
    "figure": (Annotated[Path | None, typer.Option(help="Draw the result into this HTML file.")], None),
    "as_json": (AsJson, False),
}  # fmt: skip
"""Name -> (what typer reads, default), in the order of the help."""
RESAMPLING = ("resamples", "confidence", "seed")
"""The options that say how intervals are made."""


def takes_experiment(*, without: Collection[str] = ()) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Let `command(experiment, ...)` be called with the options; typer sees those, the command an Experiment.

    Args:
        without: options that mean nothing to the command.
    """
    offered = {name: option for name, option in OPTIONS.items() if name not in without}
    keyword = inspect.Parameter.KEYWORD_ONLY

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        _experiment, *rest = inspect.signature(command, eval_str=True).parameters.values()
        parameters = [
            *(p.replace(kind=keyword) for p in rest),
            *(inspect.Parameter(n, keyword, default=d, annotation=a) for n, (a, d) in offered.items()),
        ]

        @wraps(command)
        def wrapper(**given: Any) -> None:
            asked = {name: given.pop(name) for name in offered}
            command(_experiment_of({name: default for name, (_, default) in OPTIONS.items()} | asked), **given)

        wrapper.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        wrapper.__annotations__ = {p.name: p.annotation for p in parameters}
        return wrapper

    return decorate


def _experiment_of(asked: dict[str, Any]) -> Experiment:
    """Return the experiment, with all that can be wrong with its options found before anything is read."""
    from engine.annotators.models.registry import model_kinds
    from engine.annotators.texts.encoder_files import DEFAULT_ENCODER

    check_figure_file(asked["figure"])
    named = [name.strip() for word in asked["models"] or () for name in word.split(",") if name.strip()]
    if asked["models"] and not named:
        raise InputError(f"--models {','.join(asked['models'])!r} names none. Name some, or leave it out for all.")
    models = tuple(kind.name for kind in model_kinds(named)) if named else None
    choice = LabelChoice(tuple(asked["personas"] or ()), asked["corpus"], asked["temperature"], asked["draw_seed"])
    return Experiment(
        models, asked["seeds"], asked["encoder"] or DEFAULT_ENCODER, _settings(asked["setting"], asked["fine_tune"]),
        asked["device"], asked["split_seed"], choice, {name: asked[name] for name in RESAMPLING}, asked["figure"],
        asked["as_json"],
    )  # fmt: skip


def _settings(words: list[str] | None, fine_tune: bool) -> TrainingSettings:
    from pydantic import ValidationError

    from engine.annotators.training.settings import TrainingSettings
    from engine.validation import explain

    given = parse_settings(words, "--setting") | ({"fine_tune": True} if fine_tune else {})
    try:
        return TrainingSettings.model_validate(given)
    except ValidationError as error:
        raise InputError(explain(error, "--setting", model=TrainingSettings)) from error
