"""The scripted backend: deterministic, and consistent between exact and sampled."""

from __future__ import annotations

import math
import time
from collections import Counter

import pytest

from engine.errors import BackendError, InputError
from engine.inference.backend import ExactAnswer, ExactRequest, Failure, SampleAnswer, SampleRequest
from engine.inference.scripted import ScriptedBackend, at_temperature, shown_choices
from engine.personas.template import AnswerOption, Message, Messages, describe_choices

ANSWERS = ("yes", "no")


def _chat(item: str, persona: str = "You are kind.") -> Messages:
    return (
        Message(role="system", content=persona),
        Message(role="user", content=f"{item} Answer with yes or no."),
    )


def _probabilities(backend: ScriptedBackend, messages: Messages, answers: tuple[str, ...] = ANSWERS) -> list[float]:
    (answer,) = backend.exact([ExactRequest(backend.prepare([messages])[0], answers)])
    assert isinstance(answer, ExactAnswer)
    return [math.exp(x) for x in answer.logprobs]


def test_the_same_question_has_the_same_answer_everywhere() -> None:
    assert _probabilities(ScriptedBackend(), _chat("a")) == _probabilities(ScriptedBackend(), _chat("a"))
    assert _probabilities(ScriptedBackend("other"), _chat("a")) != _probabilities(ScriptedBackend(), _chat("a"))
    # a fixed value: hashes must not depend on the process
    assert _probabilities(ScriptedBackend(), _chat("a"))[0] == pytest.approx(0.12182, abs=1e-4)


def test_spread_is_what_separates_personas() -> None:
    personas = [f"You are person {i}." for i in range(50)]
    one_voice = {_probabilities(ScriptedBackend(engine={"spread": 0}), _chat("a", p))[0] for p in personas}
    many = {_probabilities(ScriptedBackend(), _chat("a", p))[0] for p in personas}
    assert len(one_voice) == 1
    assert len(many) == 50


@pytest.mark.parametrize("temperature", [0.0, 0.4, 1.0, 2.0])
def test_draws_follow_the_exact_distribution(temperature: float) -> None:
    backend, n = ScriptedBackend(), 4000
    expected = at_temperature(_probabilities(backend, _chat("b")), temperature)
    (prompt,) = backend.prepare([_chat("b")])
    drawn = backend.sample([SampleRequest(prompt, temperature, 8, seed=s) for s in range(n)])
    counts = Counter(a.text for a in drawn if isinstance(a, SampleAnswer))
    for answer, p in zip(ANSWERS, expected, strict=True):
        assert abs(counts[answer] / n - p) < 4.5 * math.sqrt(max(p * (1 - p), 1e-9) / n) + 1e-9


def test_shares_of_trouble_are_kept() -> None:
    backend = ScriptedBackend(engine={"refuse": 0.2, "hedge": 0.1, "babble": 0.1, "fail": 0.05})
    prompts = backend.prepare([_chat(str(i)) for i in range(4000)])
    drawn = backend.sample([SampleRequest(p, 1.0, 8, seed=1) for p in prompts])
    failed = [a for a in drawn if isinstance(a, Failure)]
    texts = [a.text for a in drawn if isinstance(a, SampleAnswer)]
    assert abs(len(failed) / 4000 - 0.05) < 0.015
    assert abs(sum(t in ANSWERS for t in texts) / len(texts) - 0.6) < 0.04
    exact = next(a for a in backend.exact([ExactRequest(p, ANSWERS) for p in prompts]) if isinstance(a, ExactAnswer))
    assert sum(map(math.exp, exact.logprobs)) == pytest.approx(0.6)


def test_flaky_requests_succeed_when_asked_again() -> None:
    backend = ScriptedBackend(engine={"flaky": 0.5})
    requests = [ExactRequest(p, ANSWERS) for p in backend.prepare([_chat(str(i)) for i in range(200)])]
    first, second = backend.exact(requests), backend.exact(requests)
    failed = [a for a in first if isinstance(a, Failure)]
    assert 60 < len(failed) < 140
    assert all(f.retryable for f in failed)
    assert not [a for a in second if isinstance(a, Failure)]


def test_it_breaks_down_when_told() -> None:
    backend = ScriptedBackend(engine={"crash_after": 3})
    requests = [ExactRequest(p, ANSWERS) for p in backend.prepare([_chat("a")] * 4)]
    with pytest.raises(BackendError, match="broke down after 3"):
        backend.exact(requests)


def test_explanations_follow_the_label_where_there_is_room() -> None:
    backend = ScriptedBackend()
    (prompt,) = backend.prepare([_chat("a")])
    short, long = backend.sample([SampleRequest(prompt, 0, 8, seed=1), SampleRequest(prompt, 0, 96, seed=1)])
    assert isinstance(short, SampleAnswer)
    assert isinstance(long, SampleAnswer)
    assert short.text in ANSWERS
    assert long.text.startswith(short.text + ". ")


def test_the_answers_are_read_from_the_prompt() -> None:
    words = [("no", "yes"), ("a", "b", "c"), tuple(map(str, range(-3, 2))), tuple("ABC")]
    for answers in words:
        options = [AnswerOption(a, a, "some thing, or" if len(a) == 1 and a.isupper() else a) for a in answers]
        text = f"One or two posts, so or so. Answer with {describe_choices(options)} and nothing else."
        assert shown_choices(text) == answers
    assert shown_choices("nothing to choose") == ()


def test_a_rule_of_ones_own() -> None:
    backend = ScriptedBackend(distribution=lambda messages, answers: [0.25, 0.75])
    assert _probabilities(backend, _chat("a")) == pytest.approx([0.25, 0.75])


@pytest.mark.parametrize("engine", [{"refus": 0.1}, {"refuse": 2}, {"refuse": 0.6, "hedge": 0.6}])
def test_impossible_options(engine: dict[str, float]) -> None:
    with pytest.raises(InputError, match="engine"):
        ScriptedBackend(engine=engine)


def test_it_is_fast() -> None:
    backend = ScriptedBackend()
    conversations = [_chat(f"Item {i // 20}. " * 20, f"You are person {i % 20}. " * 5) for i in range(20_000)]
    started = time.process_time()
    prompts = backend.prepare(conversations)
    backend.exact([ExactRequest(p, ANSWERS) for p in prompts])
    rate = 20_000 / (time.process_time() - started)
    assert rate > 15_000, "about 80,000 answers a second where nothing else runs"
