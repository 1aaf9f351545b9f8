"""The command's tree, and the one place where errors become exit statuses.

Every group is a module beside this one. A user's mistake ends in one to three lines on stderr and status 2, a failure
in status 1; only a bug of ours shows a traceback.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from typer.exceptions import TyperException

from engine import __version__
from engine.cli import (
    agreement,
    annotators,
    corpus,
    dashboard,
    demo,
    measure,
    persona,
    report,
    runs,
    serve,
    study,
    train,
)
from engine.cli.output import harmless
from engine.errors import PolyvocalError

app = typer.Typer(
    name="polyvocal",
    help="Shows whether LLM annotators are many voices or one.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(corpus.app, name="corpus")
app.add_typer(persona.app, name="persona")
app.add_typer(runs.app, name="run")
app.add_typer(measure.app, name="measure")
app.add_typer(annotators.app, name="annotators")
app.add_typer(study.app, name="study")
app.command("agreement")(agreement.agreement)
app.command("report")(report.report)
app.command("train")(train.train)
app.command("serve")(serve.serve)
app.command("dashboard")(dashboard.dashboard)
app.command("demo")(demo.demo)


@app.callback()
def _options(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.", is_eager=True)] = False,
) -> None:
    if version:
        print(__version__)
        raise typer.Exit


def run(arguments: Sequence[str]) -> int:
    """Carry out one command line; return the exit status.

    Args:
        arguments: the words after `polyvocal`.

    Returns:
        0 done, 2 bad input, 1 failure, 130 interrupted by Ctrl-C.
    """
    with harmless():
        return _run(arguments)


def _run(arguments: Sequence[str]) -> int:
    try:
        status = app(args=list(arguments), prog_name="polyvocal", standalone_mode=False)
    except PolyvocalError as error:
        print(f"polyvocal: {error}", file=sys.stderr)
        return error.exit_status
    except typer.Abort:
        print("polyvocal: stopped.", file=sys.stderr)
        return 1
    except typer.Exit as stop:
        return int(stop.exit_code)
    except TyperException as error:  # an unknown option or a missing argument: typer's own words
        if said := _sentence(error.format_message()):  # none where a group of commands was named alone: help is shown
            print(f"polyvocal: {said} See `polyvocal {_command_of(error)}--help`.", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("polyvocal: interrupted.", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of our output went away (`| head`): not an error, and nothing more to say
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return status if isinstance(status, int) else 0


def _sentence(message: str) -> str:
    """Return typer's words as a sentence, without pydantic's prefix."""
    said = message.strip().replace("Value error, ", "")
    return said if not said or said.endswith((".", "?", ")")) else f"{said}."


def _command_of(error: TyperException) -> str:
    context = getattr(error, "ctx", None)
    path = getattr(context, "command_path", "") or ""
    words = path.split()[1:]
    return " ".join(words) + " " if words else ""
