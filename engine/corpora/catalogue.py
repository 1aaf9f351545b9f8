"""The catalogue of published corpora (data/corpora/catalogue.yaml): where each lies, its sums, licence and citation."""

from __future__ import annotations

import difflib
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from engine.errors import InputError
from engine.paths import shipped
from engine.yaml_files import read_yaml


class PublishedFile(BaseModel):
    """One file of a published corpus."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str = Field(min_length=1, description="Path below the catalogue's base address.")
    sha256: str | None = Field(default=None, pattern="^[0-9a-f]{64}$", description="Its sum; none: not known to us.")
    bytes: int | None = Field(default=None, ge=1, description="Its size; none: not known to us.")

    @property
    def name(self) -> str:
        """The file's name without folders; what it is called once downloaded."""
        return PurePosixPath(self.path).name


class CatalogueEntry(BaseModel):
    """One published corpus."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern="^[a-z0-9][a-z0-9-]*$", description="What `polyvocal corpus fetch` calls it.")
    title: str = Field(description="Its name, as its authors write it.")
    format: Literal["lewidi2023", "lewidi2025"] = Field(description="The reader of its files.")
    task: str = Field(description="What was asked, for people.")
    language: str = Field(description="Language codes of the texts.")
    description: str = Field(description="Who labelled what.")
    licence: str = Field(description="What is known of the terms of use.")
    citation: str = Field(description="The paper to cite.")
    edition: str = Field(description="The shared task that published these files, to be cited too.")
    page: str = Field(description="Where to read more.")
    files: tuple[PublishedFile, ...] = Field(min_length=1, description="Its files.")


class Catalogue(BaseModel):
    """The content of catalogue.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1] = 1
    publisher: str = Field(description="Who publishes the files.")
    commit: str = Field(pattern="^[0-9a-f]{40}$", description="The publisher's commit that the sums belong to.")
    base_url: str = Field(pattern="^https://.*/$", description="The address that the files' paths start from.")
    corpora: tuple[CatalogueEntry, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _check(self) -> Catalogue:
        names = [entry.name for entry in self.corpora]
        if len(set(names)) != len(names):
            raise ValueError(f"a name occurs twice: {names!r}")
        for entry in self.corpora:
            files = [file.name for file in entry.files]
            if len(set(files)) != len(files):
                raise ValueError(f"corpus {entry.name!r} lists two files of one name: {files!r}")
        return self


@lru_cache(maxsize=1)
def read_catalogue() -> Catalogue:
    """Return the whole catalogue, with the address that its files are fetched from."""
    return read_yaml(shipped("corpora") / "catalogue.yaml", Catalogue, "catalogue of corpora")


def load_catalogue() -> dict[str, CatalogueEntry]:
    """Return the published corpora by name, in the catalogue's order."""
    return {entry.name: entry for entry in read_catalogue().corpora}


def catalogue_entry(name: str) -> CatalogueEntry:
    """Return one published corpus.

    Raises:
        InputError: the catalogue has no such corpus; the message lists all names and the nearest spelling.
    """
    entries = load_catalogue()
    if name in entries:
        return entries[name]
    near = difflib.get_close_matches(name.lower(), entries, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise InputError(f"the catalogue has no corpus {name!r}. It has: {', '.join(entries)}.{hint}")
