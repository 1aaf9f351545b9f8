"""The process that reads an upload: `python -m engine.corpora.upload_worker`, asked on stdin, answering on stdout.

It limits itself before it opens anything: a file made to fill the memory or to keep a machine busy ends this process,
and not the dashboard. It holds no keys of the user's and writes only into the store.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import sys
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Question(BaseModel):
    """What is asked about an upload."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    upload_id: str
    act: str = Field(description="look, check or import.")
    request: dict[str, Any] = Field(default_factory=dict, description="ImportRequest; of a look, where it is known.")
    name: str = Field(default="", description="What the corpus shall be called, of import.")
    replace: bool = Field(default=False, description="Replace a different corpus of that name, of import.")
    limits: dict[str, int] = Field(description="UploadLimits.")


class CorpusFacts(BaseModel):
    """What a corpus holds, without its texts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    task: dict[str, Any] = Field(description="Task.")
    fields: tuple[str, ...] = Field(description="Names of the items' texts.")
    n_items: int
    n_annotators: int
    n_annotations: int
    labels: dict[str, int] = Field(description="Annotations by label, in the task's order.")
    groups: dict[str, int] = Field(description="Annotators by group; '' where an annotator has none.")
    splits: dict[str, int] = Field(description="Items by split; '' where an item has none.")
    languages: tuple[str, ...]
    attributes: tuple[str, ...] = Field(description="What is told of annotators.")
    n_explanations: int
    notes: tuple[str, ...] = Field(description="What the reader found and left out, with counts.")


def main() -> int:
    """Answer one question; return the exit status: 0 also where the answer is that the files cannot be used."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints is not the answer
    question = Question.model_validate_json(sys.stdin.read())
    from engine.corpora.uploads import UploadLimits

    limits = UploadLimits(**question.limits)
    limit_this_process(limits.memory, limits.seconds)
    out.write(json.dumps(_answer(question, limits)))
    out.close()
    return 0


def limit_this_process(memory: int, seconds: int) -> None:
    """Give this process at most so many bytes of address space, and seconds of life and of computing."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.alarm(seconds)  # it outlives a dashboard that was killed by no more than this


def _answer(question: Question, limits: Any) -> dict[str, Any]:
    from engine.corpora.uploads import MEBIBYTE, find_upload
    from engine.errors import PolyvocalError

    try:
        upload = find_upload(question.upload_id)
        try:
            return {"answer": _act(question, upload, limits).model_dump(mode="json")}
        except PolyvocalError as error:
            return {
                "problem": str(error).replace(f"{upload.folder}{os.sep}", "").replace(str(upload.folder), "the upload")
            }
    except PolyvocalError as error:
        return {"problem": str(error)}
    except MemoryError:
        return {
            "problem": f"reading this upload takes more than {limits.memory // MEBIBYTE:,} MiB of memory, the most it "
            "may. Give fewer rows, or import it in a terminal: polyvocal corpus import FILE --name NAME"
        }


def _act(question: Question, upload: Any, limits: Any) -> BaseModel:
    from engine.corpora.importing import import_corpus, read_corpus
    from engine.corpora.looking import look_at
    from engine.corpora.request import ImportRequest

    request = ImportRequest.model_validate(question.request)
    no_header = request.no_header if question.request else None
    look = look_at(upload.path, limits, no_header)  # first: it holds the files to the limits
    if question.act == "look":
        return look
    format, options = look.format, request.options()
    if question.act == "check":
        return facts_of(read_corpus(upload.path, "upload", format, **options))
    corpus = import_corpus(upload.path, question.name, format, replace=question.replace, **options)
    shutil.rmtree(upload.folder, ignore_errors=True)
    return facts_of(corpus)


def facts_of(corpus: Any) -> CorpusFacts:
    """Return what a corpus holds."""
    from collections import Counter

    given = Counter(corpus.annotations["label"])
    return CorpusFacts(
        task=corpus.task.model_dump(mode="json"),
        fields=tuple(dict.fromkeys(name for item in corpus.items for name in item.fields)),
        n_items=len(corpus.items),
        n_annotators=len(corpus.annotators),
        n_annotations=len(corpus.annotations),
        labels={label: given[label] for label in corpus.task.labels},
        groups=dict(Counter(annotator.group or "" for annotator in corpus.annotators)),
        splits=dict(Counter(item.split for item in corpus.items)),
        languages=tuple(dict.fromkeys(item.language for item in corpus.items)),
        attributes=tuple(dict.fromkeys(name for a in corpus.annotators for name in a.attributes)),
        n_explanations=int(corpus.annotations["explanation"].notna().sum()),
        notes=corpus.notes,
    )


if __name__ == "__main__":
    raise SystemExit(main())
