"""The options of every `polyvocal measure` command, declared once: the run, its personas and people, the resampling."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from functools import wraps
from typing import Annotated, Any

import typer

from engine.cli.measure.measured_run import MeasuredRun
from engine.cli.output import AsJson

RUN = typer.Argument(metavar="RUN", help="A run's id, the beginning of it, or its folder.")
OPTIONS: dict[str, tuple[Any, Any]] = {
    "personas": (
        Annotated[list[str] | None, typer.Option("--personas", help="Only personas of this set; may be repeated.")],
        None,
    ),
    "corpus": (
        Annotated[str | None, typer.Option("--corpus", help="The people's corpus; default: the one the run labelled.")],
        None,
    ),
    "temperature": (
        Annotated[float | None, typer.Option("--temperature", "-t", min=0, max=2, help="Exact runs: any; default 1.")],
        None,
    ),
    "resamples": (Annotated[int, typer.Option(min=100, max=100_000, help="Bootstrap resamples over items.")], 1000),
    "confidence": (Annotated[float, typer.Option(min=0.5, max=0.999, help="Coverage of the intervals.")], 0.95),
    "seed": (Annotated[int, typer.Option(min=0, help="Seed of bootstrap and permutations.")], 0),
    "as_json": (AsJson, False),
}
"""Name -> (what typer reads, default), in the order of the help."""
RESAMPLING = ("resamples", "confidence", "seed")
"""The options that say how intervals are made."""

Permutations = Annotated[int, typer.Option(min=19, max=100_000, help="Permutations of the test.")]


def takes_run(
    *, without: Collection[str] = (), argument: Any = RUN
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Let `command(run, ...)` be called with RUN and the options; typer sees those, the command a MeasuredRun.

    Args:
        without: options that mean nothing to the command.
        argument: what the help calls the run.
    """
    offered = {name: option for name, option in OPTIONS.items() if name not in without}
    keyword = inspect.Parameter.KEYWORD_ONLY

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        _run, *rest = inspect.signature(command, eval_str=True).parameters.values()
        parameters = [
            inspect.Parameter("run", keyword, annotation=Annotated[str, argument]),
            *(p.replace(kind=keyword) for p in rest),
            *(inspect.Parameter(n, keyword, default=d, annotation=a) for n, (a, d) in offered.items()),
        ]

        @wraps(command)
        def wrapper(**given: Any) -> None:
            asked = {name: given.pop(name) for name in offered}
            command(_measured(given.pop("run"), asked), **given)

        wrapper.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        wrapper.__annotations__ = {p.name: p.annotation for p in parameters}
        return wrapper

    return decorate


def _measured(name: str, asked: dict[str, Any]) -> MeasuredRun:
    return MeasuredRun(
        name,
        tuple(asked.get("personas") or ()),
        asked.get("corpus"),
        asked.get("temperature"),
        {name: asked[name] for name in RESAMPLING if name in asked},
        asked["as_json"],
    )
