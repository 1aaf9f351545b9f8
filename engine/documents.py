"""Results of experiments as JSON documents. Light: the command line imports it at its start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any


def plain(value: Any) -> Any:
    """Return a result as JSON takes it: records of frames, fields of dataclasses, estimates with their facts."""
    if hasattr(value, "to_dict"):  # an Estimate, or a frame
        return value.to_dict("records") if hasattr(value, "columns") else plain(value.to_dict())
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value.tolist() if hasattr(value, "tolist") else value  # numpy's arrays and numbers


def parts_of(result: Any, *names: str) -> dict[str, Any]:
    """Return attributes of a result as JSON takes them, by name."""
    return {name: plain(getattr(result, name)) for name in names}
