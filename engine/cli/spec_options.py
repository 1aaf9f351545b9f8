"""The options that make a RunSpec, declared once and given to every command that takes a spec."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any

import typer

from engine.cli.specs import build_spec, parse_settings, parse_temperatures


def _option(help_text: str, *names: str) -> Any:
    return typer.Option(*names, help=help_text, rich_help_panel="Spec")


OPTIONS: dict[str, Any] = {
    "name": Annotated[str | None, _option("The run's name.")],
    "corpus": Annotated[str | None, _option("Corpus name or folder.")],
    "persona_sets": Annotated[list[str] | None, _option("Persona set or file; may be repeated.", "--personas")],
    "persona_ids": Annotated[list[str] | None, _option("Only this persona; may be repeated.", "--persona-id")],
    "model": Annotated[str | None, _option("Hugging Face id, folder, demo-voices or demo-chorus.")],
    "revision": Annotated[str | None, _option("Commit or tag of a Hugging Face id.")],
    "backend": Annotated[str | None, _option("vllm, server, transformers or scripted.")],
    "servers": Annotated[
        list[str] | None, _option("Base URL of an OpenAI-compatible server; may be repeated.", "--server")
    ],
    "mode": Annotated[str | None, _option("exact or sampled; without a file: sampled if temperatures are given.")],
    "temperatures": Annotated[str | None, _option("Sampled: 0,0.5,1 or first:last:step as in 0:2:0.25.")],
    "repeats": Annotated[int | None, _option("How often each cell is asked.")],
    "template": Annotated[str | None, _option("Template family; default: the task's.")],
    "wordings": Annotated[list[str] | None, _option("Wording of the template; may be repeated.", "--wording")],
    "answer_with": Annotated[str | None, _option("label or label+explanation.")],
    "answers": Annotated[str | None, _option("Answer in words or letters.")],
    "splits": Annotated[list[str] | None, _option("Only items of this split; may be repeated.", "--split")],
    "item_ids": Annotated[list[str] | None, _option("Only this item; may be repeated.", "--item-id")],
    "max_items": Annotated[int | None, _option("At most this many items, drawn with the seed.")],
    "max_tokens": Annotated[int | None, _option("Sampled: longest answer in tokens.")],
    "top_p": Annotated[float | None, _option("Sampled: nucleus.")],
    "seed": Annotated[int | None, _option("Seed of item choice and draws.")],
    "engine": Annotated[
        list[str] | None, _option("Engine setting name=value, by its vLLM name; may repeat.", "--engine")
    ],
    "chat_template_kwargs": Annotated[
        list[str] | None, _option("Chat template setting name=value (enable_thinking=false).", "--chat-template")
    ],
}
"""RunSpec field -> command line option. tests/engine/cli holds that no field is missing."""


def takes_spec(command: Callable[..., None]) -> Callable[..., None]:
    """Let `command(spec, ...)` be called with a spec file and options; typer sees those, the command the RunSpec."""
    # Commands name RunSpec for type checkers alone: importing it takes most of the command line's start.
    own = inspect.signature(command, locals={"RunSpec": object}, eval_str=True)
    _spec, *rest = own.parameters.values()
    keyword = inspect.Parameter.KEYWORD_ONLY
    file = Annotated[
        str | None, typer.Argument(metavar="SPEC", help="A YAML spec, or a shipped one's name; options go over it.")
    ]
    parameters = [
        inspect.Parameter("spec_file", keyword, default=None, annotation=file),
        *(inspect.Parameter(n, keyword, default=None, annotation=a) for n, a in OPTIONS.items()),
        *(p.replace(kind=keyword) for p in rest),
    ]

    @wraps(command)
    def wrapper(**given: Any) -> None:
        file_name = given.pop("spec_file")
        options = {name: given.pop(name) for name in OPTIONS}
        options["temperatures"] = parse_temperatures(options["temperatures"])
        options["engine"] = parse_settings(options["engine"], "--engine")
        options["chat_template_kwargs"] = parse_settings(options["chat_template_kwargs"], "--chat-template")
        command(build_spec(file_name, options), **given)

    wrapper.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    wrapper.__annotations__ = {p.name: p.annotation for p in parameters}
    return wrapper
