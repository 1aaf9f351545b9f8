"""Reader of Le-Wi-Di 2023 (SemEval-2023 task 11): HS-Brexit, ConvAbuse, ArMIS and MD-Agreement, as published.

Labels are a text of comma-separated values in the order of the field `annotators`. Further layers of labels lie in
`other_info`; `task` chooses one.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from engine.corpora.corpus import Corpus, Task
from engine.corpora.lewidi import Dataset, Given, Layer, read
from engine.corpora.lewidi_files import Entry, plain_key
from engine.corpora.reading import whole

TURNS = ("prev_agent", "prev_user", "agent", "user")
_ABUSE_KINDS = (
    ("ableist", "ableist abuse detection"),
    ("homophobic", "homophobic abuse detection"),
    ("intellectual", "detection of abuse of someone's intellect"),
    ("racist", "racist abuse detection"),
    ("sexist", "sexist abuse detection"),
    ("sex_harassment", "sexual harassment detection"),
    ("transphobic", "transphobic abuse detection"),
    ("target.generalised", "detection of abuse of people in general"),
    ("target.individual", "detection of abuse of an individual"),
    ("target.system", "detection of abuse of the conversational system"),
    ("explicit", "explicit abuse detection"),
    ("implicit", "implicit abuse detection"),
)


def read_lewidi2023(folder_or_file: str | Path, name: str | None = None, task: str | None = None) -> Corpus:
    """Read one Le-Wi-Di 2023 corpus from its folder (or one JSON file); which one is told from the content.

    Items are named '<split>-<key>'. HS-Brexit has the groups 'target' (Muslim immigrants in the UK; group1 in the
    files) and 'control' (group2); ArMIS has Mod_Female, Lib_Female and Cons_Male. A ConvAbuse item has the fields
    prev_agent, prev_user, agent and user. Entries without annotations are items without annotations.

    Args:
        folder_or_file: the folder with <Dataset>_train.json, _dev.json, _test.json (any may be missing), or one file.
        name: the corpus's name; by default the dataset's ('hs-brexit'), with the task where it is not the default one.
        task: HS-Brexit: hate-speech (default), aggressiveness, offensiveness. ConvAbuse: abuse (default: severity below
            0 is '1'), severity (ordinal, -3 to 1), ableist, homophobic, intellectual, racist, sexist, sex-harassment,
            transphobic, target-generalised, target-individual, target-system, explicit, implicit. ArMIS: misogyny.
            MD-Agreement: offensiveness. Tasks without a template family of their own name can be analysed, and need
            --template to be run.

    Returns:
        The corpus; its notes count items and annotations per file, and everything that was left out.

    Raises:
        InputError: files are missing, empty, damaged or of another format, or a label is outside the task.

    Source: Leonardelli et al. 2023, SemEval-2023 Task 11: Learning With Disagreements (LeWiDi).
    """
    return read(Path(folder_or_file), "2023", DATASETS, name, task)


def _listed(values: object, entry: Entry, what: str) -> list[Given]:
    """Pair comma-separated labels with the annotators of the entry."""
    text = str(values if values is not None else "").strip()
    labels = [part.strip() for part in text.split(",")]
    while labels and not labels[-1]:  # '1,0,' and ''
        labels.pop()
    if not labels:
        return []
    people = entry.annotators
    if len(labels) != len(people):
        raise entry.error(f"{what} has {len(labels)} labels for {len(people)} annotators", "one label an annotator")
    return [Given(person, label or None) for person, label in zip(people, labels, strict=True)]


def _main(entry: Entry, _counts: Counter[str]) -> list[Given]:
    return _listed(entry.values.get("annotations"), entry, "annotations")


def _other(layer: str) -> Callable[[Entry, Counter[str]], list[Given]]:
    def given(entry: Entry, _counts: Counter[str]) -> list[Given]:
        others = entry.info.get("other annotations") or {}
        return _listed(others.get(layer), entry, f"other annotations {layer!r}")

    return given


def _plain_text(entry: Entry) -> dict[str, str]:
    text = entry.values["text"]
    if not isinstance(text, str):
        raise entry.error(f"its text is {type(text).__name__}", "a string")
    return {"text": text}


def _dialogue(entry: Entry) -> dict[str, str]:
    """The text is JSON inside a string; a turn that does not exist is '_' there, and stays so."""
    text = entry.values["text"]
    try:
        turns = json.loads(text) if isinstance(text, str) else text
    except json.JSONDecodeError as error:
        raise entry.error(f"its text is no JSON ({error.msg} at column {error.colno})", "a dialogue") from error
    if not isinstance(turns, dict) or (missing := [turn for turn in TURNS if not isinstance(turns.get(turn), str)]):
        found = f"lacks {', '.join(missing)}" if isinstance(turns, dict) else f"is {turns!r:.40}"
        raise entry.error(f"its dialogue {found}", f"the turns {', '.join(TURNS)}")
    return {turn: turns[turn] for turn in TURNS}


def _groups(entry: Entry) -> dict[str, str]:
    """Groups are listed in the order of the annotators."""
    groups = [part.strip() for part in str(entry.info.get("annotators group") or "").split(",") if part.strip()]
    people = entry.annotators
    if groups and len(groups) != len(people):
        raise entry.error(f"it lists {len(groups)} groups for {len(people)} annotators", "one group an annotator")
    return dict(zip(people, groups, strict=True)) if groups else {}


def _named_groups(entry: Entry) -> dict[str, str]:
    """HS-Brexit calls its groups group1 and group2, and says beside it that these are target and control group."""
    names = {"group1": "target", "group2": "control"}
    return {person: names.get(group, group) for person, group in _groups(entry).items()}


def _below_zero(raw: str) -> str:
    severity = whole(raw)
    return {"-3": "1", "-2": "1", "-1": "1", "0": "0", "1": "0"}.get(severity, f"severity {severity}")


def _binary(name: str, kind: str) -> Task:
    return Task(name=name, kind=kind, labels=("0", "1"), answers={"0": "no", "1": "yes"}, positive="1")


def _layer_name(key: str) -> str:
    return plain_key(key).replace(" ", "-").replace(".", "-")


_SEVERITY = Task(name="severity of abuse", kind="abuse-severity", labels=("-3", "-2", "-1", "0", "1"), level="ordinal")

DATASETS = (
    Dataset(
        name="hs-brexit",
        title="HS-Brexit",
        asks="hate speech",
        layers={
            "hate-speech": Layer(_binary("hate speech detection", "hate-speech"), _main),
            "aggressiveness": Layer(
                _binary("aggressiveness detection", "aggressiveness"), _other("aggressive language detection")
            ),
            "offensiveness": Layer(
                _binary("offensiveness detection", "offensiveness"),
                _other("offensive language detection"),
                written_as={"No": "0"},
            ),
        },
        fields=_plain_text,
        group=_named_groups,
        hidden_info=("other annotations", "annotators group", "group1", "group2"),
    ),
    Dataset(
        name="convabuse",
        title="ConvAbuse",
        asks="abus",  # published as 'abusivness detection'
        layers={
            "abuse": Layer(_binary("abuse detection", "abuse"), _main, _below_zero),
            "severity": Layer(_SEVERITY, _main),
        }
        | {_layer_name(key): Layer(_binary(name, _layer_name(key)), _other(key)) for key, name in _ABUSE_KINDS},
        fields=_dialogue,
        hidden_info=("other annotations",),
    ),
    Dataset(
        name="armis",
        title="ArMIS",
        asks="misogyny",
        layers={"misogyny": Layer(_binary("misogyny and sexism detection", "misogyny"), _main)},
        fields=_plain_text,
        group=_groups,
        attributes_of_group={
            "Mod_Female": {"gender": "female", "outlook": "moderate"},
            "Lib_Female": {"gender": "female", "outlook": "liberal"},
            "Cons_Male": {"gender": "male", "outlook": "conservative"},
        },
        hidden_info=("annotators group",),
    ),
    Dataset(
        name="md-agreement",
        title="MD-Agreement",
        asks="offens",
        layers={"offensiveness": Layer(_binary("offensiveness detection", "offensiveness"), _main)},
        fields=_plain_text,
    ),
)
