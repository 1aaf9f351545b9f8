"""From options and a spec file to one RunSpec, for every command that takes both."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import ValidationError

from engine.errors import InputError
from engine.validation import explain

if TYPE_CHECKING:
    from engine.runs.spec import RunSpec


def build_spec(file: str | None, options: dict[str, Any]) -> RunSpec:
    """Return the spec of a file (or of a shipped one by name), with the options given on the command line over it.

    Args:
        file: path of a YAML file, or the name of a spec in data/specs; None: options alone.
        options: RunSpec fields; None and empty values were not given.

    Raises:
        InputError: the file cannot be used, a field is missing or does not fit the others.
    """
    from engine.runs.spec import RunSpec, load_spec

    given = {name: value for name, value in options.items() if value not in (None, (), [], {})}
    base = load_spec(_spec_path(file)).model_dump() if file else {}
    if not file:
        needed = {"corpus": "--corpus", "persona_sets": "--personas", "model": "--model"}
        if missing := [option for name, option in needed.items() if name not in given]:
            raise InputError(
                f"no spec file is given, and {', '.join(missing)} is missing. "
                "Name a YAML file (data/specs/ has some), or give --corpus, --personas and --model."
            )
        given.setdefault("mode", "sampled" if given.get("temperatures") else "exact")
    try:
        return RunSpec.model_validate(base | given)
    except ValidationError as error:
        raise InputError(explain(error, "run spec", model=RunSpec)) from error


def _spec_path(file: str) -> Path:
    from engine.paths import shipped
    from engine.validation import unknown_name

    path = Path(file)
    if path.suffix in (".yaml", ".yml") or path.exists():
        return path
    if (named := shipped("specs") / f"{file}.yaml").exists():
        return named
    known = sorted(p.stem for p in shipped("specs").glob("*.yaml"))
    raise unknown_name("run spec", file, known, "Name one of these, or a YAML file.")


def parse_temperatures(text: str | None) -> tuple[float, ...]:
    """Return the temperatures of '0,0.5,1' or '0:2:0.25' (first, last, step).

    Raises:
        InputError: not numbers, or a step that never arrives.
    """
    if not text:
        return ()
    try:
        if ":" in text:
            first, last, step = (float(part) for part in text.split(":"))
            if step <= 0 or last < first:
                raise ValueError
            count = int((last - first) / step + 1e-9) + 1
            return tuple(round(first + i * step, 10) for i in range(count))
        return tuple(float(part) for part in text.split(",") if part.strip())
    except ValueError:
        raise InputError(
            f"--temperatures {text!r}: expected numbers such as 0,0.5,1 or first:last:step as in 0:2:0.25."
        ) from None


def parse_settings(settings: Sequence[str] | None, option: str) -> dict[str, Any]:
    """Return 'name=value' words as a mapping, each value read as YAML (true, 4, fp8, [1, 2]).

    Raises:
        InputError: a word without '='.
    """
    found: dict[str, Any] = {}
    for word in settings or ():
        name, equals, value = word.partition("=")
        if not equals or not name.strip():
            raise InputError(f"{option} {word!r}: expected name=value, for example {option} dtype=float32.")
        try:
            found[name.strip()] = yaml.safe_load(value) if value else ""
        except yaml.YAMLError:
            raise InputError(f"{option} {word!r}: the value is not valid YAML. Quote it if it is a text.") from None
    return found
