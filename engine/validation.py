"""Saying in a few lines what is wrong with something a user wrote: its fields, its keys, the names it uses."""

from __future__ import annotations

import difflib
import re
import types
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from engine.errors import InputError

Location = tuple[int | str, ...]
LineOf = Callable[[Location], int | None]

_LINES = 3
"""An error shows at most this many lines."""


def explain(
    error: ValidationError, where: str, *, model: type[BaseModel] | None = None, line_of: LineOf | None = None
) -> str:
    """Return what pydantic found as one to three lines for a user: place, field, what was expected.

    Args:
        error: What pydantic raised.
        where: What was being read: a file, or words such as 'run spec'.
        model: The class that was validated; with it, an unknown key is answered with the nearest valid one.
        line_of: Gives the line of a field's location in the file, where there is a file.
    """
    found = [_problem(details, model, line_of) for details in _causes_first(error.errors(include_url=False))]
    if len(found) <= _LINES:
        return "\n".join(f"{where}, {place}: {text}" if place else f"{where}: {text}" for place, text in found)
    shown = [f"{where}, {place}: {text}" if place else f"{where}: {text}" for place, text in found[: _LINES - 1]]
    rest = "; ".join(place or "the whole" for place, _ in found[_LINES - 1 :])
    return "\n".join([*shown, f"{where}: {len(found) - _LINES + 1} more problems at: {_shorten(rest, 400)}"])


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name most like `name` (case aside), or None where none is near."""
    by_lower = {k.lower(): k for k in known}
    close = difflib.get_close_matches(name.lower(), list(by_lower), n=1, cutoff=0.6)
    return by_lower[close[0]] if close else None


def unknown_name(what: str, name: str, known: Sequence[str], hint: str) -> InputError:
    """Return the error for a name that nothing has: the nearest known one, all known ones, and what to do."""
    near = nearest(name, known)
    guess = f" Did you mean {near!r}?" if near else ""
    listed = _shorten(", ".join(known), 600) if known else "none"
    return InputError(f"no {what} is called {name!r}.{guess}\nKnown: {listed}.\n{hint}")


# What pydantic found, in words


def _causes_first(errors: list[ErrorDetails]) -> list[ErrorDetails]:
    """Return unknown keys first, since a misspelt key is also a missing one; drop a list's echo of its own entries.

    Pydantic adds 'too short' for a list whose entries were all refused.
    """
    inside = {details["loc"][:n] for details in errors for n in range(len(details["loc"]))}
    kept = [details for details in errors if not (details["type"] == "too_short" and details["loc"] in inside)]
    return sorted(kept, key=lambda details: details["type"] != "extra_forbidden")


def _problem(details: ErrorDetails, model: type[BaseModel] | None, line_of: LineOf | None) -> tuple[str, str]:
    """Return (place, text) of one finding; the place is '' where it is the whole document."""
    location: Location = details["loc"]
    field = _dotted(location)
    line = line_of(location) if line_of and location else None
    place = ", ".join(part for part in (f"line {line}" if line else "", field) if part)
    return place, _text_of(details, model)


def _text_of(details: ErrorDetails, model: type[BaseModel] | None) -> str:
    kind, found = details["type"], _shorten(repr(details["input"]), 80)
    context = details.get("ctx", {})
    if kind == "missing":
        return "required, but missing. Add it."
    if kind == "extra_forbidden":
        return _unknown_key(details["loc"], model)
    if kind in ("value_error", "assertion_error"):
        return str(context.get("error", details["msg"]))
    if kind == "literal_error":
        expected = str(context.get("expected", ""))
        near = nearest(str(details["input"]), re.findall(r"'([^']*)'", expected))
        return f"found {found}; expected {expected}." + (f" Did you mean {near!r}?" if near else "")
    if kind == "string_type":
        quoted = " Put it in quotes." if isinstance(details["input"], bool | int | float) else ""
        return f"found {found}; expected text.{quoted}"
    message = details["msg"].removeprefix("Input ")
    return f"found {found}; {message[0].lower()}{message[1:]}."


def _unknown_key(location: Location, model: type[BaseModel] | None) -> str:
    owner = _model_at(model, location[:-1])
    if owner is None:
        return "unknown key. Remove it or correct its spelling."
    near = nearest(str(location[-1]), owner.model_fields)
    return (
        f"unknown key. Did you mean {near!r}?" if near else f"unknown key. Valid keys: {', '.join(owner.model_fields)}."
    )


def _model_at(model: type[BaseModel] | None, location: Location) -> type[BaseModel] | None:
    """Return the model that describes the mapping at `location`, following the field types of `model`."""
    for part in location:
        if model is None:
            return None
        if isinstance(part, str) and part in model.model_fields:
            model = _model_in(model.model_fields[part].annotation)
    return model


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the one model class inside an annotation such as tuple[Persona, ...] or Persona | None."""
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        return annotation if issubclass(annotation, BaseModel) else None
    if get_origin(annotation) in (tuple, list, dict, Union, types.UnionType, Annotated):
        found = {m for argument in get_args(annotation) if (m := _model_in(argument))}
        return found.pop() if len(found) == 1 else None
    return None


def _dotted(location: Location) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return text.removeprefix(".")


def _shorten(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 3]}..."
