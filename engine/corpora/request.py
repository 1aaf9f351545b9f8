"""ImportRequest: how files become a corpus, said once for the command line, the page and a notebook."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from engine.corpora.corpus import Level
from engine.corpora.importing import Format
from engine.corpora.rows import TableColumns


class ImportRequest(BaseModel):
    """Everything that decides how files are read; what is not given is told from them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Format = Field(default="auto", description="What the files are; auto: told from files and content.")
    columns: TableColumns | None = Field(default=None, description="Tables: which column holds what.")
    no_header: bool = Field(default=False, description="CSV, TSV: the first row is data; columns are numbered.")
    split: str | None = Field(default=None, description="Hugging Face: only this split.")
    task: str | None = Field(default=None, description="Le-Wi-Di: the label layer.")
    task_name: str | None = Field(default=None, description="Tables: what is asked, for people.")
    kind: str | None = Field(default=None, description="Tables: template family that asks it.")
    labels: tuple[str, ...] = Field(default=(), description="Tables: all labels in order.")
    level: Level | None = Field(default=None, description="Tables: level of measurement.")
    positive: str | None = Field(default=None, description="Tables: the label that means 'yes'.")
    multi_label: bool = Field(default=False, description="Tables: one annotator may give several labels to an item.")

    def options(self) -> dict[str, Any]:
        """Return what `import_corpus` and `read_corpus` take beside path, name and format: what was given."""
        given = {name: getattr(self, name) for name in type(self).model_fields if name != "format"}
        return {name: value for name, value in given.items() if value not in (None, (), "", False)}
