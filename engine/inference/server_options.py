"""The options of the server backend: what `engine` of a spec may hold where the model runs elsewhere."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

from engine.errors import InputError


@dataclass(frozen=True)
class ServerOptions:
    """What `engine` may hold for a server backend."""

    tokenizer: str | bool = True
    """Folder or hub id of the model's tokenizer; true: that of the model; false: the server's."""
    timeout: float = 300.0
    """Seconds for one HTTP request; a server that says nothing for so long has stalled."""
    connect_timeout: float = 5.0
    """Seconds to reach a server."""
    in_flight: int = 16
    """HTTP requests a server gets at a time."""
    list_size: int = 64
    """Most prompts in one HTTP request."""
    seeds: Literal["probe", "request", "none"] = "probe"
    """Whether a seed a request is sent; it needs one HTTP request a seed, so 'none' is faster."""
    exact: Literal["probe", "full", "top", "none"] = "probe"
    """Do not use more of the server than this."""
    prompts: Literal["probe", "ids", "texts", "chat"] = "probe"
    """The form prompts are sent in."""

    @classmethod
    def read(cls, engine: Mapping[str, Any]) -> ServerOptions:
        """Read the options.

        Raises:
            InputError: a name is unknown, or a value is none of the choices. All problems at once.
        """
        names = [f.name for f in fields(cls)]
        problems = []
        for name in engine:
            if name not in names:
                near = difflib.get_close_matches(name, names, n=2)
                hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(names)}"
                problems.append(f"engine.{name}: backend 'server' has no such option; {hint}")
        choices = {
            "seeds": ("probe", "request", "none"),
            "exact": ("probe", "full", "top", "none"),
            "prompts": ("probe", "ids", "texts", "chat"),
        }
        for name, valid in choices.items():
            if name in engine and engine[name] not in valid:
                problems.append(f"engine.{name}: {engine[name]!r} is none of {', '.join(valid)}")
        for name in ("timeout", "connect_timeout", "in_flight", "list_size"):
            value = engine.get(name, 1)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0:
                problems.append(f"engine.{name}: {value!r} is no number above 0")
        if problems:
            raise InputError("; ".join(problems))
        return cls(**engine)
