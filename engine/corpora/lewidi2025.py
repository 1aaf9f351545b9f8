"""Reader of Le-Wi-Di 2025 (third edition): CSC, MP (MultiPICo), Paraphrase and VariErrNLI, as published.

Labels are an object annotator -> label. Annotators' ages, genders and so on lie in a table of their own. Explanations
lie in `other_info`, one a label, in the order of the field `annotators`: who gave two labels stands there twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from engine.corpora.corpus import Corpus, Task
from engine.corpora.lewidi import Dataset, Given, Layer, read
from engine.corpora.lewidi_files import Entry


def read_lewidi2025(folder_or_file: str | Path, name: str | None = None, task: str | None = None) -> Corpus:
    """Read one Le-Wi-Di 2025 corpus from its folder (or one JSON file); which one is told from the content.

    Items are named '<split>-<key>', because one key may name two items in two splits. Fields: CSC context and response;
    MP post and reply; Paraphrase Question1 and Question2; VariErrNLI context (the premise) and statement (the
    hypothesis). Annotators' attributes are named as in the table, in lower case with underscores; values that say
    nothing (nan, DATA_EXPIRED) are left out.

    Args:
        folder_or_file: the folder with <Dataset>_train.json, _dev.json, _test.json (any may be missing) and
            <Dataset>_annotators_meta.json (may be missing), or one split file.
        name: the corpus's name; by default csc, mp, paraphrase or varierrnli.
        task: CSC: sarcasm (ordinal, 1 to 6). MP: irony (binary). Paraphrase: paraphrase (ordinal, -5 to 5).
            VariErrNLI: nli (entailment, neutral, contradiction; an annotator may give several).

    Returns:
        The corpus; its notes count items and annotations per file, and everything that was left out.

    Raises:
        InputError: files are missing, empty, damaged or of another format, or a label is outside the task.

    Source: Le-Wi-Di, third edition, at the NLPerspectives workshop, EMNLP 2025.
    """
    return read(Path(folder_or_file), "2025", DATASETS, name, task)


def _given(entry: Entry, counts: Counter[str]) -> list[Given]:
    annotations = entry.values.get("annotations") or {}
    if not isinstance(annotations, dict):
        raise entry.error(f"annotations is {annotations!r:.60}", "an object annotator -> label")
    # One place a label: annotators in the order of the field, each as often as it gave labels.
    labels = {person: _labels(raw) for person, raw in annotations.items()}
    people = [person for person in entry.annotators if person in labels]
    if Counter(people) != Counter({person: len(given) for person, given in labels.items()}):
        people = [person for person, given in labels.items() for _ in given]
    explanations = _explanations(entry, people, counts)
    left = {person: iter(given) for person, given in labels.items()}
    return [Given(person, next(left[person]), text) for person, text in zip(people, explanations, strict=True)]


def _labels(raw: object) -> list[str | None]:
    parts = [part.strip() for part in ("" if raw is None else str(raw)).split(",")]
    known: list[str | None] = [part for part in parts if part and part.lower() != "nan"]
    return known or [None]


def _explanations(entry: Entry, people: list[str], counts: Counter[str]) -> list[str | None]:
    """Return one explanation a place; where their number does not fit, none can be told whose it is."""
    listed = entry.info.get("explanations")
    if not listed or not people:
        return [None] * len(people)
    if not isinstance(listed, list) or len(listed) != len(people) or entry.annotators != people:
        counts["items have explanations that fit no order of their annotators; the explanations were left out"] += 1
        return [None] * len(people)
    return [str(text) if text is not None and str(text).strip() else None for text in listed]


def _fields(**columns: str) -> Callable[[Entry], dict[str, str]]:
    """Return a reader of the object `text`: field name to the name in the file."""

    def read_fields(entry: Entry) -> dict[str, str]:
        text = entry.values["text"]
        if not isinstance(text, dict) or any(not isinstance(text.get(column), str) for column in columns.values()):
            found = f"has {', '.join(text)}" if isinstance(text, dict) else f"is {type(text).__name__}"
            raise entry.error(f"its text {found}", f"the texts {', '.join(columns.values())}")
        return {name: text[column] for name, column in columns.items()}

    return read_fields


DATASETS = (
    Dataset(
        name="csc",
        title="CSC",
        asks="sarcas",
        layers={
            "sarcasm": Layer(
                Task(name="sarcasm rating, 1 to 6", kind="sarcasm", labels=tuple("123456"), level="ordinal"),
                _given,
                left_out={"0": "which the scale of 1 to 6 does not have"},
            )
        },
        fields=_fields(context="context", response="response"),
    ),
    Dataset(
        name="mp",
        title="MP",
        asks="irony",
        layers={
            "irony": Layer(
                Task(
                    name="irony detection",
                    kind="irony",
                    labels=("0", "1"),
                    answers={"0": "no", "1": "yes"},
                    positive="1",
                ),
                _given,
            )
        },
        fields=_fields(post="post", reply="reply"),
    ),
    Dataset(
        name="paraphrase",
        title="Paraphrase",
        asks="paraphras",
        layers={
            "paraphrase": Layer(
                Task(
                    name="paraphrase rating, -5 to 5",
                    kind="paraphrase",
                    labels=tuple(str(number) for number in range(-5, 6)),
                    level="ordinal",
                ),
                _given,
            )
        },
        fields=_fields(Question1="Question1", Question2="Question2"),
        hidden_info=("explanations",),
    ),
    Dataset(
        name="varierrnli",
        title="VariErrNLI",
        asks="natural language inference",
        layers={
            "nli": Layer(
                Task(
                    name="natural language inference",
                    kind="nli",
                    labels=("entailment", "neutral", "contradiction"),
                    multi_label=True,
                ),
                _given,
            )
        },
        fields=_fields(context="context", statement="statement"),
        hidden_info=("explanations",),
    ),
)
