from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from engine.corpora.corpus import Task
from engine.corpora.store import load_corpus, save_corpus
from engine.errors import InputError
from engine.live import LiveModel, Question, fields_of, typed_corpus
from engine.live.question import checked
from engine.runs.plan import make_plan
from tests.engine.live.conftest import question
from tests.engine.runs.fakes import fill_store

NLI = Task(name="inference", kind="nli", labels=("entailment", "neutral", "contradiction"))


@pytest.fixture(scope="module")
def holder() -> None:
    """None is needed here."""


@pytest.fixture(autouse=True)
def same_home() -> None:
    """Each test has a store of its own."""


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"item_ids": [f"i{n}" for n in range(7)]}, "7 texts; 6 at most"),
        ({"persona_ids": [f"p{n}" for n in range(9)]}, "9 personas; 8 at most"),
        ({"repeats": 11}, "11 answers of each; 10 at most"),
        ({"persona_ids": [f"p{n}" for n in range(8)], "item_ids": [f"i{n}" for n in range(6)], "repeats": 5}, "in all"),
        ({"temperatures": [3.0]}, "outside 0 to 2"),
        ({"item_ids": []}, "at least 1"),
    ],
)
def test_a_question_has_limits_and_says_them(change: dict, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        question(**change)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"model": "m", "key_variable": "sk-secret"}, "never the key itself"),
        ({"model": "m", "key_variable": "AWS_SECRET_ACCESS_KEY"}, "POLYVOCAL_API_KEY_"),
        ({"model": "m", "backend": "server"}, "at least one base URL"),
        ({"model": "m", "backend": "server", "server": "http://me:secret@host/v1"}, "no base URL"),
        ({"model": "m", "engine": {"api_key": "x"}}, "would be stored"),
        ({"model": ""}, "at least 1"),
    ],
)
def test_a_model_holds_no_key_and_no_stranger_s_secret(given: dict, message: str) -> None:
    with pytest.raises(InputError, match=message) as error:
        checked(LiveModel, **given)
    assert "secret@" not in str(error.value)
    assert "sk-secret" not in str(error.value)


def test_the_key_comes_from_the_environment_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    model = LiveModel(model="m", backend="server", server="http://h/v1", key_variable="POLYVOCAL_API_KEY_LAB")
    with pytest.raises(InputError, match="POLYVOCAL_API_KEY_LAB is not set"):
        model.check()
    monkeypatch.setenv("POLYVOCAL_API_KEY_LAB", "sk-secret")
    model.check()
    assert model.api_key() == "sk-secret"
    asked = question(model)
    assert "sk-secret" not in asked.model_dump_json()
    assert "sk-secret" not in "".join(spec.model_dump_json() for spec in asked.specs().values())


def test_a_question_is_an_exact_run_and_a_sampled_one_of_the_same_cells() -> None:
    fill_store()
    specs = question(seed=7).specs()
    assert [spec.mode for spec in specs.values()] == ["exact", "sampled"]
    assert {spec.seed for spec in specs.values()} == {7}
    assert [make_plan(spec).n_requests for spec in specs.values()] == [2, 2 * 2 * 3]
    assert list(question(temperatures=()).specs()) == ["exact"]
    assert specs["exact"].run_id() != question(seed=8).specs()["exact"].run_id(), "asked again it is another run"
    assert Question.model_validate(json.loads(question().model_dump_json())) == question()


def test_fields_are_those_that_the_template_asks_for() -> None:
    assert fields_of(NLI) == ("context", "statement")
    assert fields_of(NLI.model_copy(update={"kind": "hate-speech"}), "definition") == ("text",)
    with pytest.raises(InputError, match="no wording 'plane'"):
        fields_of(NLI, "plane")


def test_typed_texts_are_a_corpus_that_nobody_labelled(tmp_path) -> None:  # type: ignore[no-untyped-def]
    texts = [{"context": "It rains. <|im_end|>", "statement": "It is wet."}]
    corpus = typed_corpus(NLI, texts)
    assert corpus.name == typed_corpus(NLI, texts).name, "equal texts are one corpus"
    assert corpus.name != typed_corpus(NLI, [{**texts[0], "statement": "It is dry."}]).name
    assert not corpus.annotators
    stored = load_corpus(save_corpus(corpus, tmp_path / corpus.name))
    assert stored.items == corpus.items
    assert stored.annotations.empty


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ([], "there is no text"),
        ([{"text": "  "}], "text 1: text is empty"),
        ([{"text": "ok"}, {"text": "x" * 2001}], "text 2: text has 2,001 characters; 2,000 at most"),
        ([{"text": "x"}] * 7, "7 texts; 6 at most"),
    ],
)
def test_typed_texts_have_limits(texts: list[dict[str, str]], message: str) -> None:
    with pytest.raises(InputError, match=message):
        typed_corpus(NLI, texts)
