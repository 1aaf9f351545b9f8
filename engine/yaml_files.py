"""Files that users write (persona sets, templates, run specs) as YAML: read into checked records, and written.

YAML is read by the core schema of YAML 1.2: only true and false are truth values, so that a label or an attribute
written `no`, `on` or `12:30` stays the text it looks like; a key given twice is an error instead of a silent choice.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Hashable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from engine.errors import InputError, PolyvocalError
from engine.validation import LineOf, Location, explain

M = TypeVar("M", bound=BaseModel)

_MAX_BYTES = 20_000_000
"""A hand-written file larger than this is a mistake (a corpus given as a persona set), not a document."""


def read_yaml(path: Path, model: type[M], what: str) -> M:
    """Return the one document of a YAML file as a checked `model`.

    Args:
        path: The file, in UTF-8.
        model: The pydantic class it must fit.
        what: What the file should be, for messages: 'persona set'.

    Raises:
        InputError: the file cannot be read, is not YAML, or does not fit; the message names file, line and field.
    """
    data, line_of = _parse(_read(path, what), path, what)
    if not isinstance(data, dict):
        expected = ", ".join(name for name, field in model.model_fields.items() if field.is_required())
        raise InputError(f"{path}: a {what} is a mapping with the keys {expected}; found {_kind_of(data)} instead.")
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise InputError(explain(error, str(path), model=model, line_of=line_of)) from error


def write_yaml(path: Path, record: BaseModel) -> None:
    """Write `record` as YAML that `read_yaml` reads back equal; the file appears whole or not at all.

    Fields at their default are left out, `version` is not.

    Raises:
        PolyvocalError: the folder cannot be written.
    """
    data = record.model_dump(mode="json", exclude_defaults=True)
    if "version" in type(record).model_fields:
        data = {"version": record.model_dump()["version"], **data}
    text = yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110)
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", newline="\n", dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as file:
            temporary = Path(file.name)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)  # a temporary file is private; this one is to be read like any other
        temporary.replace(path)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise PolyvocalError(
            f"{path}: cannot be written ({error.strerror or error}). Choose a folder you may write to, or free space."
        ) from error


def _kind_of(data: object) -> str:
    names = {list: "a list", str: "plain text", int: "a number", float: "a number", bool: "a truth value"}
    return "nothing" if data is None else names.get(type(data), type(data).__name__)


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader with YAML 1.2's idea of what is a number or a truth value, and no key given twice."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 (PyYAML's own attribute)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: dict[str, int] = {}
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"key {key.value!r} is given twice (first on line {seen[key.value]})", key.start_mark
                )
            if isinstance(key, yaml.ScalarNode):
                seen[key.value] = key.start_mark.line + 1
        return super().construct_mapping(node, deep=deep)


class _Dumper(yaml.SafeDumper):
    """Writes what `_Loader` reads back: quotes where it would take a text for something else, long texts folded."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 (PyYAML's own attribute)

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 (PyYAML's signature)
        return True


for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"null|Null|NULL|~", "nN~"),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    (
        "float",
        r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        "-+.0123456789",
    ),
):
    # Order matters: PyYAML takes the first pattern that fits, and the float pattern fits integers too.
    for _class in (_Loader, _Dumper):
        _class.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_pattern})\Z"), list(_first))
for _class in (_Loader, _Dumper):
    _class.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"\Z"), [""])


def _construct_int(_loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int:
    """Read digits as decimal: PyYAML's own would take 010 for the octal 8."""
    return int(node.value)


def _construct_float(_loader: yaml.SafeLoader, node: yaml.ScalarNode) -> float:
    return float(node.value.lower().replace(".inf", "inf").replace(".nan", "nan"))


_Loader.add_constructor("tag:yaml.org,2002:int", _construct_int)
_Loader.add_constructor("tag:yaml.org,2002:float", _construct_float)


def _read(path: Path, what: str) -> str:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise InputError(f"{path}: {path.stat().st_size:,} bytes are too many for a {what}. Is it another file?")
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: byte {error.start} is not UTF-8. Save the {what} as UTF-8.") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}). Give a {what} in YAML.") from error


def _parse(text: str, path: Path, what: str) -> tuple[Any, LineOf]:
    """Return the document and a function from a field's location to its line."""
    loader = None
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        data = None if node is None else loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f", line {mark.line + 1}" if mark else ""
        problem = error.problem or error.context or "not readable"
        raise InputError(f"{path}{line}: not valid YAML: {problem}. Correct the {what} there.") from error
    except yaml.YAMLError as error:
        problem = str(error).splitlines()[0]
        raise InputError(f"{path}: not valid YAML: {problem}. Save the {what} as plain text.") from error
    except RecursionError as error:
        raise InputError(f"{path}: nested too deeply to be a {what}.") from error
    except ValueError as error:  # a number with thousands of digits
        raise InputError(f"{path}: not valid YAML: {error}.") from error
    finally:
        if loader is not None:
            loader.dispose()
    return data, lambda location: _line_of(node, location)


def _line_of(node: yaml.Node | None, location: Location) -> int | None:
    """Return the 1-based line of the deepest part of `location` that the file has."""
    line = node.start_mark.line + 1 if node is not None else None
    for part in location:
        if isinstance(node, yaml.MappingNode):
            pair = next(((k, v) for k, v in node.value if k.value == str(part)), None)
            if pair is None:
                return line
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            return line
    return line
