"""Everything shipped in data/personas, data/templates and data/specs can be used, and fits the corpora it is for."""

from __future__ import annotations

import difflib
import itertools
import re
from pathlib import Path
from typing import Any

import pytest

from engine.corpora import load_catalogue, read_lewidi2023
from engine.corpora.corpus import Item, Task
from engine.corpora.lewidi2023 import DATASETS
from engine.paths import shipped
from engine.personas import (
    Persona,
    answer_options,
    list_template_families,
    load_persona_set,
    load_template_family,
    render,
)
from engine.runs.spec import RunSpec
from engine.yaml_files import read_yaml

YES_NO = {"labels": ("0", "1"), "answers": {"0": "no", "1": "yes"}}
TEXT = ("text",)
DIALOGUE = ("prev_agent", "prev_user", "agent", "user")
# family: the fields its items have, and the tasks that it must be able to ask
FAMILIES: dict[str, tuple[tuple[str, ...], list[dict[str, Any]]]] = {
    "hate-speech": (TEXT, [YES_NO]),
    "offensiveness": (TEXT, [YES_NO]),
    "aggressiveness": (TEXT, [YES_NO]),
    "misogyny": (TEXT, [YES_NO]),
    "abuse": (DIALOGUE, [YES_NO]),
    "abuse-severity": (DIALOGUE, [{"labels": ("-3", "-2", "-1", "0", "1"), "level": "ordinal"}]),
    "sarcasm": (("context", "response"), [{"labels": tuple("123456"), "level": "ordinal"}, YES_NO]),
    "irony": (("post", "reply"), [YES_NO]),
    "nli": (("context", "statement"), [{"labels": ("entailment", "neutral", "contradiction")}]),
    "paraphrase": (
        ("Question1", "Question2"),
        [{"labels": tuple(map(str, range(-5, 6))), "level": "interval"}, YES_NO],
    ),
}
SETS = sorted(path.stem for path in shipped("personas").glob("*.yaml"))
SPECS = sorted(shipped("specs").glob("*.yaml"))
STRONG = Persona(persona_id="p", kind="strong", text="You are somebody.")
EMPTY = Persona(persona_id="e", kind="empty")


def cases() -> list[tuple[str, Any, str, str]]:
    return [
        (family, task, style, mode)
        for family, (_, tasks) in FAMILIES.items()
        for task in tasks
        for style in ("words", "letters")
        for mode in ("label", "label+explanation")
    ]


def test_every_shipped_family_is_tested_here() -> None:
    summaries = list_template_families()
    assert {summary.name for summary in summaries} == set(FAMILIES)
    assert [summary.problem for summary in summaries if summary.problem] == []


@pytest.mark.parametrize(("family", "task", "style", "mode"), cases())
def test_every_wording_renders_with_its_familys_fields(family: str, task: Any, style: Any, mode: Any) -> None:
    fields = {name: f"<<{name} & {{{{braces}}}}>>" for name in FAMILIES[family][0]}
    options = answer_options(Task(name="t", kind=family, **task), style)
    for wording in load_template_family(family).wordings:
        for persona in (STRONG, EMPTY):
            messages = render(wording, persona, Item("i", fields), options, mode)
            user = messages[-1]["content"]
            assert all(text in user for text in fields.values()), wording.name
            assert all(option.answer in user for option in options), wording.name
            assert [m["role"] for m in messages] == (["system", "user"] if persona is STRONG else ["user"])
            assert persona.text in messages[0]["content"]
            for message in messages:
                assert message["content"] == message["content"].strip(), wording.name
                assert "\n\n\n" not in message["content"], wording.name
                assert not re.search(r"\{%|%\}|\{#", message["content"]), wording.name


@pytest.mark.parametrize("family", FAMILIES)
def test_label_and_explanation_are_asked_for_differently(family: str) -> None:
    for wording in load_template_family(family).wordings:
        assert "{{ choices }}" in wording.label
        assert "{{ choices }}" in wording.explanation
        assert "sentence" in wording.explanation
        assert "sentence" not in wording.label


@pytest.mark.parametrize("family", FAMILIES)
def test_wordings_differ_in_words_not_only_in_punctuation(family: str) -> None:
    wordings = load_template_family(family).wordings
    assert len(wordings) >= 5
    for part in ("user", "label", "explanation"):
        words = [re.findall(r"\w+", re.sub(r"\{%.*?%\}|\{\{.*?\}\}", " ", getattr(w, part)).lower()) for w in wordings]
        for (one, a), (other, b) in itertools.combinations(zip(wordings, words, strict=True), 2):
            likeness = difflib.SequenceMatcher(None, a, b).ratio()
            assert likeness < 0.75, f"{family}: {one.name} and {other.name} differ too little in {part}: {likeness:.2f}"


@pytest.mark.parametrize("family", [name for name, (_, tasks) in FAMILIES.items() if "level" in tasks[0]])
def test_scales_say_what_their_ends_mean_in_words_and_in_letters(family: str) -> None:
    fields, tasks = FAMILIES[family]
    for style in ("words", "letters"):
        options = answer_options(Task(name="t", kind=family, **tasks[0]), style)  # type: ignore[arg-type]
        for wording in load_template_family(family).wordings:
            user = render(wording, EMPTY, Item("i", dict.fromkeys(fields, "x")), options)[-1]["content"]
            for end in (options[0].answer, options[-1].answer):
                # said once as an end of the scale, and once more among the choices
                assert len(re.findall(rf"(?<![\w-]){re.escape(end)}(?!\w)", user)) >= 2, (wording.name, end)


# Persona sets


@pytest.mark.parametrize("name", SETS)
def test_every_shipped_set_loads_under_its_own_name(name: str) -> None:
    persona_set = load_persona_set(name)
    assert persona_set.name == name
    assert persona_set.description


def test_the_sets_of_the_issue_are_there() -> None:
    sizes = {name: len(load_persona_set(name).personas) for name in SETS}
    assert sizes["hs-brexit-strong"] == 6
    assert sizes["hs-brexit-weak"] == 2
    assert sizes["conv-abuse-strong"] == 8
    assert sizes["armis-strong"] == sizes["armis-weak"] == 3
    assert sizes["control"] >= 10
    assert [persona.kind for persona in load_persona_set("empty").personas] == ["empty"]


@pytest.mark.parametrize("name", ["hs-brexit-strong", "conv-abuse-strong", "armis-strong"])
def test_strong_personas_are_full_and_say_what_is_invented(name: str) -> None:
    persona_set = load_persona_set(name)
    for persona in persona_set.personas:
        assert 40 <= len(persona.text.split()) <= 90
        assert persona.text.startswith("You are ")
        assert persona.annotator == persona.persona_id
    assert "nvented" in persona_set.description
    texts = [persona.text for persona in persona_set.personas]
    assert max(difflib.SequenceMatcher(None, a, b).ratio() for a, b in itertools.combinations(texts, 2)) < 0.6


def test_control_personas_are_distinct_and_claim_no_perspective() -> None:
    personas = load_persona_set("control").personas
    assert all(persona.kind == "control" and not persona.attributes and not persona.group for persona in personas)
    assert len({re.sub(r"\W+", " ", persona.text.lower()) for persona in personas}) == len(personas)


@pytest.mark.parametrize("name", SETS)
def test_annotators_and_groups_of_armis_and_of_the_catalogue(name: str) -> None:
    persona_set = load_persona_set(name)
    if persona_set.corpus not in (None, "demo"):
        assert persona_set.corpus in set(load_catalogue())
    if persona_set.corpus == "armis":
        armis = next(dataset for dataset in DATASETS if dataset.name == "armis")
        assert {persona.group for persona in persona_set.personas} == set(armis.attributes_of_group)


@pytest.mark.parametrize(("folder", "name"), [("HS-Brexit_dataset", "hs-brexit"), ("ConvAbuse_dataset", "conv-abuse")])
def test_annotators_and_groups_exist_in_the_real_corpora(shared_corpora: Path, folder: str, name: str) -> None:
    corpus = read_lewidi2023(shared_corpora / folder)
    strong, weak = load_persona_set(f"{name}-strong"), load_persona_set(f"{name}-weak")
    assert strong.corpus == weak.corpus == corpus.name
    people = corpus.annotator_by_id
    assert {persona.annotator for persona in strong.personas} == set(people)
    assert all(persona.group == people[str(persona.annotator)].group for persona in strong.personas)
    groups = {annotator.group for annotator in corpus.annotators}
    assert {persona.group for persona in weak.personas} == groups
    assert all(persona.annotator is None for persona in weak.personas)


def test_real_items_render_in_every_wording(shared_corpora: Path) -> None:
    for folder in ("HS-Brexit_dataset", "ConvAbuse_dataset"):
        corpus = read_lewidi2023(shared_corpora / folder)
        options = answer_options(corpus.task)
        for wording in load_template_family(corpus.task.kind).wordings:
            for item in corpus.items[:200]:
                user = render(wording, STRONG, item, options)[-1]["content"]
                assert all(text in user for text in item.fields.values())


# Run specs


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_every_shipped_spec_is_valid_and_names_what_exists(path: Path) -> None:
    spec = read_yaml(path, RunSpec, "run spec")
    assert spec.name == path.stem
    assert spec.corpus == "demo" or spec.corpus in set(load_catalogue())
    assert set(spec.persona_sets) <= set(SETS)
    assert spec.backend == "vllm"


def test_the_published_set_up() -> None:
    names = [path.stem for path in SPECS if path.stem.startswith("arxiv-2508-17164-")]
    assert len(names) == 4
    for name in names:
        spec = read_yaml(shipped("specs") / f"{name}.yaml", RunSpec, "run spec")
        assert spec.model == "meta-llama/Llama-2-13b-chat-hf"
        assert spec.mode == "sampled"
        assert spec.temperatures == (0, 0.2, 0.4, 0.6, 0.8)
        assert spec.answer_with == "label"


@pytest.mark.parametrize("model", ["demo-voices", "demo-chorus"])
def test_the_demo_grid(model: str) -> None:
    exact = read_yaml(shipped("specs") / f"{model}-exact.yaml", RunSpec, "run spec")
    sampled = read_yaml(shipped("specs") / f"{model}-sampled.yaml", RunSpec, "run spec")
    assert exact.model == sampled.model == model
    assert exact.persona_sets == sampled.persona_sets == ("demo-strong", "control", "empty")
    assert (exact.mode, sampled.mode) == ("exact", "sampled")
