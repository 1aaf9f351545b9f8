"""Persona sets and template families by name: the user's own YAML files first, then those shipped with the project.

A name is a file's name without `.yaml`. A set of the user's hides a shipped one of the same name. Whatever looks like a
path (ends in .yaml or .yml, or holds a separator) is read as a file instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.errors import InputError
from engine.paths import persona_sets_dir, shipped
from engine.personas.persona import PersonaSet
from engine.personas.template import TemplateFamily
from engine.validation import unknown_name
from engine.yaml_files import read_yaml, write_yaml

Where = Literal["own", "shipped"]


@dataclass(frozen=True)
class PersonaSetSummary:
    """What a list of persona sets shows of one."""

    name: str
    """What `load_persona_set` takes: the file's name without its ending."""
    path: Path
    where: Where
    """own: in the user's store; shipped: part of the project."""
    description: str = ""
    corpus: str | None = None
    n_personas: int = 0
    kinds: tuple[str, ...] = ()
    """The kinds of its personas, each once, in order of appearance."""
    problem: str = ""
    """Why it cannot be used; empty where it can."""


@dataclass(frozen=True)
class TemplateFamilySummary:
    """What a list of template families shows of one."""

    name: str
    """What `load_template_family` takes, and what a task's `kind` names."""
    path: Path
    description: str = ""
    wordings: tuple[str, ...] = ()
    """The names of its wordings, in order; a run that names none uses the first."""
    problem: str = ""
    """Why it cannot be used; empty where it can."""


def load_persona_set(name_or_file: str | Path) -> PersonaSet:
    """Return a persona set by name, or from a YAML file.

    Raises:
        InputError: nothing has that name (the message lists those there are), or the file is not a persona set.
    """
    folders = [folder for _, folder in _persona_folders()]
    path = _find(name_or_file, folders, "persona set", "Give one of these names, or the path of a YAML file.")
    return read_yaml(path, PersonaSet, "persona set")


def list_persona_sets() -> list[PersonaSetSummary]:
    """Return every persona set there is, the user's own first, each by name; broken ones carry their problem."""
    found: dict[str, PersonaSetSummary] = {}
    for where, folder in _persona_folders():
        for name, path in _files(folder):
            if name not in found:
                found[name] = _summarize_set(name, path, where)
    return list(found.values())


def save_persona_set(persona_set: PersonaSet, path: Path) -> Path:
    """Write a set as YAML that `load_persona_set` reads back equal, whole or not at all, and return the file.

    Raises:
        InputError: `path` does not end in .yaml or .yml, without which it would not be found again.
        PolyvocalError: the place cannot be written.
    """
    path = Path(path)
    if path.suffix not in (".yaml", ".yml"):
        raise InputError(f"{path}: a persona set is a YAML file. Let its name end in .yaml.")
    write_yaml(path, persona_set)
    return path


def load_template_family(name_or_file: str | Path) -> TemplateFamily:
    """Return a template family by name, or from a YAML file.

    Raises:
        InputError: nothing has that name (the message lists those there are), or the file is not a template family.
    """
    hint = "Give one of these names, or the path of a YAML file."
    path = _find(name_or_file, [shipped("templates")], "template family", hint)
    return read_yaml(path, TemplateFamily, "template family")


def list_template_families() -> list[TemplateFamilySummary]:
    """Return every shipped template family by name; broken ones carry their problem."""
    return [_summarize_family(name, path) for name, path in _files(shipped("templates"))]


def _persona_folders() -> tuple[tuple[Where, Path], ...]:
    return (("own", persona_sets_dir()), ("shipped", shipped("personas")))


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield (name, file) of the YAML files of `folder` by name; nothing where there is no such folder."""
    for path in sorted(folder.glob("*.y*ml")):
        if path.suffix in (".yaml", ".yml") and not path.name.startswith("."):
            yield path.stem, path


def _find(name_or_file: str | Path, folders: list[Path], what: str, hint: str) -> Path:
    text = str(name_or_file)
    if isinstance(name_or_file, Path) or text.endswith((".yaml", ".yml")) or "/" in text or "\\" in text:
        return Path(text).expanduser()  # `read_yaml` tells whatever is wrong with it
    known: dict[str, Path] = {}
    for folder in folders:
        known = dict(_files(folder)) | known
    if text not in known:
        raise unknown_name(what, text, sorted(known), hint)
    return known[text]


def _summarize_set(name: str, path: Path, where: Where) -> PersonaSetSummary:
    try:
        persona_set = read_yaml(path, PersonaSet, "persona set")
    except InputError as error:
        return PersonaSetSummary(name, path, where, problem=str(error))
    kinds = tuple(dict.fromkeys(persona.kind for persona in persona_set.personas))
    return PersonaSetSummary(
        name, path, where, persona_set.description, persona_set.corpus, len(persona_set.personas), kinds
    )


def _summarize_family(name: str, path: Path) -> TemplateFamilySummary:
    try:
        family = read_yaml(path, TemplateFamily, "template family")
    except InputError as error:
        return TemplateFamilySummary(name, path, problem=str(error))
    return TemplateFamilySummary(name, path, family.description, tuple(wording.name for wording in family.wordings))
