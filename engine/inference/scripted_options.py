"""What the scripted backend can be told to do: how it answers, and how it fails."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from engine.errors import InputError


@dataclass(frozen=True)
class ScriptedOptions:
    """What `engine` may hold for the scripted backend; shares are between 0 and 1."""

    spread: float = 1.5
    """How far a persona moves the log-odds of the labels; 0: every persona answers alike."""
    sharpness: float = 2.0
    """How far items move them; larger: surer answers."""
    refuse: float = 0.0
    """Share of answers that decline."""
    hedge: float = 0.0
    """Share of answers that name two labels."""
    babble: float = 0.0
    """Share of answers without any label."""
    fail: float = 0.0
    """Share of requests that fail, whenever asked."""
    flaky: float = 0.0
    """Share of requests that fail when first asked, in a way that may be tried again, and succeed afterwards."""
    crash_after: int | None = None
    """Requests after which the whole backend breaks down."""
    delay: float = 0.0
    """Seconds each request takes."""
    max_context: int = 100_000
    """Longest prompt in tokens, counted as four characters each."""
    batch_size: int = 256
    answers: tuple[str, ...] = ()
    """The answers to draw from where the prompt does not show them as 'A, B or C'."""

    @classmethod
    def read(cls, engine: Mapping[str, Any]) -> ScriptedOptions:
        """Read the options.

        Raises:
            InputError: a name is unknown, or a share lies outside 0 to 1. All problems at once.
        """
        names = [f.name for f in fields(cls)]
        problems = []
        for name in sorted(set(engine) - set(names)):
            near = difflib.get_close_matches(name, names, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(names)}"
            problems.append(f"engine.{name}: backend 'scripted' has no such option; {hint}")
        for name in ("refuse", "hedge", "babble", "fail", "flaky"):
            if not 0 <= engine.get(name, 0) <= 1:
                problems.append(f"engine.{name}: {engine[name]!r} is no share between 0 and 1")
        if sum(engine.get(name, 0) for name in ("refuse", "hedge", "babble")) > 1:
            problems.append("engine: refuse, hedge and babble are more than 1 together")
        if problems:
            raise InputError("; ".join(problems))
        values = dict(engine)
        if "answers" in values:
            values["answers"] = tuple(map(str, values["answers"]))
        return cls(**values)
