"""The server backend against servers that can do less, and servers that fail."""

from __future__ import annotations

import math
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.errors import BackendError, InputError
from engine.inference.backend import ExactAnswer, ExactRequest, Failure, Prompt, SampleAnswer, SampleRequest
from engine.inference.tokenization import ChatTokenizer
from engine.inference.vllm_server import KEY_VARIABLE, VllmServerBackend
from engine.personas.template import Message, Messages
from tests.engine.inference import fake_server
from tests.engine.inference.fake_server import FakeServer, impatient, logprobs_of, only_first, patient
from tests.engine.waiting import PATIENCE

ANSWERS = ("yes", "no")


@pytest.fixture(name="server")
def _server() -> Iterator[FakeServer]:
    with FakeServer() as fake:
        yield fake


def _chats(n: int) -> list[Messages]:
    return [(Message(role="user", content=f"item {i}"),) for i in range(n)]


def _backend(folder: Path, *servers: FakeServer, **engine: Any) -> VllmServerBackend:
    return VllmServerBackend(
        "tiny", [s.url for s in servers], engine={"tokenizer": str(folder), "timeout": PATIENCE, **engine}
    )


def _exact(backend: VllmServerBackend, prompts: list[Prompt]) -> list[ExactAnswer | Failure]:
    return backend.exact([ExactRequest(p, ANSWERS) for p in prompts])


def _right(answers: list[ExactAnswer | Failure], prompts: list[Prompt], folder: Path) -> bool:
    """Whether every answer is that of its own prompt."""
    tokenizer = ChatTokenizer.load(str(folder))
    for answer, prompt in zip(answers, prompts, strict=True):
        values = logprobs_of(list(prompt.token_ids or ()))
        expected = [values[i] for i in tokenizer.answer_ids(prompt, ANSWERS)]
        if not isinstance(answer, ExactAnswer) or list(answer.logprobs) != pytest.approx(expected):
            return False
    return True


def test_exact_answers_belong_to_their_prompts_though_choices_come_shuffled(folder: Path, server: FakeServer) -> None:
    backend = _backend(folder, server)
    prompts = backend.prepare(_chats(150))
    answers = _exact(backend, prompts)
    assert _right(answers, prompts, folder)
    assert all(a.missing_mass == 0 for a in answers if isinstance(a, ExactAnswer))
    info = backend.info()
    assert (info.exact, info.seeds, info.max_context) == ("full", "request", 256)
    assert info.versions == {"vllm on server 1": "9.9"}
    lists = [len(body["prompt"]) for body in server.completions]
    assert max(lists) > 20, "prompts travel in lists"


def test_equal_prompts_are_separate_draws(folder: Path, server: FakeServer) -> None:
    backend = _backend(folder, server)
    (prompt,) = backend.prepare(_chats(1))
    drawn = backend.sample([SampleRequest(prompt, 1.0, 8) for _ in range(40)])
    assert len({a.text for a in drawn if isinstance(a, SampleAnswer)}) == 40


def test_several_settings_in_one_call_are_kept_apart(folder: Path, server: FakeServer) -> None:
    backend = _backend(folder, server, seeds="none")
    prompts = backend.prepare(_chats(10))
    server.requests.clear()
    asked = [
        SampleRequest(p, t, n, top_p=top_p)
        for p in prompts
        for t, n, top_p in [(0.0, 8, 1.0), (0.7, 8, 1.0), (0.7, 96, 1.0), (0.7, 8, 0.9)]
    ]
    drawn = backend.sample(asked)
    assert [isinstance(a, SampleAnswer) for a in drawn] == [True] * 40
    assert all(a.text == "yes" for a, r in zip(drawn, asked, strict=True) if r.temperature == 0)  # type: ignore[union-attr]
    settings = sorted((b["temperature"], b["max_tokens"], b["top_p"], len(b["prompt"])) for b in server.completions)
    by_setting: dict[tuple[float, int, float], int] = {}
    for t, n, top_p, count in settings:
        by_setting[t, n, top_p] = by_setting.get((t, n, top_p), 0) + count
    assert by_setting == {(0.0, 8, 1.0): 10, (0.7, 8, 1.0): 10, (0.7, 8, 0.9): 10, (0.7, 96, 1.0): 10}
    assert all(b["top_k"] == -1 and b["repetition_penalty"] == 1.0 for b in server.completions)


def test_seeds_are_sent_one_a_request_where_the_server_honours_them(folder: Path, server: FakeServer) -> None:
    backend = _backend(folder, server)
    prompts = backend.prepare(_chats(20))
    asked = [SampleRequest(p, 1.0, 8, seed=i) for i, p in enumerate(prompts)]
    first = backend.sample(asked)
    assert first == backend.sample(asked[::-1])[::-1]
    assert {b["seed"] for b in server.completions[-20:]} == set(range(20))


def test_seeds_that_a_server_ignores_are_not_sent(folder: Path) -> None:
    with FakeServer(seeds=False) as server:
        backend = _backend(folder, server)
        assert backend.info().seeds == "none"
        server.requests.clear()
        backend.sample([SampleRequest(p, 1.0, 8, seed=3) for p in backend.prepare(_chats(3))])
        assert all("seed" not in body for body in server.completions)


def test_a_vllm_server_on_a_cpu_gets_no_seed_unless_told(folder: Path) -> None:
    with FakeServer(cpu=True) as server:
        backend = _backend(folder, server)
        assert backend.info().seeds == "none"
        assert any("seeds: request" in note for note in backend.info().notes)
        assert all("seed" not in body for body in server.completions), "even asking could stop that server"
        assert _backend(folder, server, seeds="request").info().seeds == "request"


def test_top_logprobs_are_the_fallback_and_what_they_hide_is_bounded(folder: Path) -> None:
    with FakeServer(label_tokens=False) as server:
        backend = _backend(folder, server)
        prompts = backend.prepare(_chats(60))
        tokenizer = ChatTokenizer.load(str(folder))
        hidden = 0
        assert backend.info().exact == "top"
        for prompt, answer in zip(prompts, _exact(backend, prompts), strict=True):
            assert isinstance(answer, ExactAnswer)
            values = logprobs_of(list(prompt.token_ids or ()))
            truth = [values[i] for i in tokenizer.answer_ids(prompt, ANSWERS)]
            for got, true in zip(answer.logprobs, truth, strict=True):
                assert got == pytest.approx(true) or got == -math.inf
            lost = sum(math.exp(t) for g, t in zip(answer.logprobs, truth, strict=True) if g == -math.inf)
            assert lost <= answer.missing_mass + 1e-9
            assert (lost == 0) == (answer.missing_mass == 0)
            hidden += lost > 0
        assert hidden > 10, "the case must occur"


def test_another_server_than_vllm_gives_the_tokens_texts(folder: Path) -> None:
    with FakeServer(vllm=False, top=5, decode=lambda i: f"token{i}") as server:
        backend = _backend(folder, server)
        info = backend.info()
        assert (info.exact, info.max_context, dict(info.versions)) == ("top", None, {})
        assert any("5 most probable" in note for note in info.notes)
        answers = _exact(backend, backend.prepare(_chats(30)))
        assert all(isinstance(a, ExactAnswer) and a.missing_mass > 0 for a in answers)
        assert all("top_k" not in body for body in server.completions), "only what OpenAI's interface knows"


def test_a_server_without_logprobs_can_only_sample(folder: Path) -> None:
    with FakeServer(top=0, label_tokens=False) as server:
        backend = _backend(folder, server)
        prompts = backend.prepare(_chats(3))
        assert backend.info().exact == "none"
        assert [a.kind for a in _exact(backend, prompts) if isinstance(a, Failure)] == ["unsupported"] * 3
        drawn = backend.sample([SampleRequest(p, 1.0, 8) for p in prompts])
        assert all(isinstance(a, SampleAnswer) for a in drawn)


def test_a_server_that_takes_no_token_ids_gets_texts(folder: Path) -> None:
    with FakeServer(vllm=False, ids=False) as server:
        backend = _backend(folder, server)
        backend.sample([SampleRequest(p, 1.0, 8) for p in backend.prepare(_chats(3))])
        assert "prompts sent as texts" in backend.info().notes[0]
        assert server.completions[-1]["prompt"][0].startswith("<|user|>item")


def test_without_a_tokenizer_chat_is_the_last_resort(folder: Path) -> None:
    words = ["yes", " no", "maybe"]
    with FakeServer(vllm=False, decode=lambda i: words[i % 3] if i < 3 else f"other{i}") as server:
        backend = VllmServerBackend("tiny", [server.url], engine={"tokenizer": False})
        assert "prompts sent as chat" in backend.info().notes[0]
        prompts = backend.prepare(_chats(40))
        assert all(p.token_ids is None for p in prompts)
        for chat, answer in zip(_chats(40), _exact(backend, prompts), strict=True):
            values = logprobs_of([dict(m) for m in chat])
            assert isinstance(answer, ExactAnswer)
            for got, true in zip(answer.logprobs, values[:2], strict=True):
                assert got == pytest.approx(true) or got == -math.inf
        assert isinstance(backend.sample([SampleRequest(prompts[0], 1.0, 8)])[0], SampleAnswer)
        with pytest.raises(InputError, match="begins with"):
            backend.check_answers(prompts[0], ["1", "10"])


def test_a_too_long_prompt_fails_alone(folder: Path, server: FakeServer) -> None:
    backend = _backend(folder, server)
    prompts = backend.prepare([*_chats(2), (Message(role="user", content="z" * 200_000),), *_chats(2)])
    answers = _exact(backend, prompts)
    assert [getattr(a, "kind", "") for a in answers] == ["", "", "context", "", ""]
    assert "256" in answers[2].message  # type: ignore[union-attr]


def test_a_request_that_the_server_refuses_is_isolated(folder: Path, server: FakeServer) -> None:
    backend = _backend(folder, server)
    prompts = backend.prepare(_chats(40))
    poison = list(prompts[17].token_ids or ())

    def refuses(handler: Any, body: dict[str, Any]) -> bool:
        if poison in body["prompt"]:
            handler.error(400, "I do not like this one")
            return True
        return False

    server.faults.append(refuses)
    answers = _exact(backend, prompts)
    assert [i for i, a in enumerate(answers) if isinstance(a, Failure)] == [17]
    assert (answers[17].kind, answers[17].retryable) == ("rejected", False)  # type: ignore[union-attr]
    assert _right(answers[:17] + answers[18:], prompts[:17] + prompts[18:], folder)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (fake_server.answers_500, "server"),
        (fake_server.cuts, "server"),
        (fake_server.nonsense, "nonsense"),
        (fake_server.too_few, "nonsense"),
        (fake_server.one_twice, "nonsense"),
        (fake_server.stalls, "timeout"),
    ],
)
def test_faults_are_failures_that_may_be_tried_again(
    folder: Path, server: FakeServer, fault: fake_server.Fault, kind: str
) -> None:
    backend = _backend(folder, server)
    prompts = backend.prepare(_chats(6))
    server.faults.append(fault)
    (endpoint,) = backend._group.endpoints
    if fault is fake_server.stalls:
        impatient(endpoint)
    answers = _exact(backend, prompts)
    assert [(a.kind, a.retryable) for a in answers if isinstance(a, Failure)] == [(kind, True)] * 6
    server.faults.clear()
    patient(endpoint)
    assert _right(_exact(backend, prompts), prompts, folder), "the next call finds the server well again"


@pytest.mark.parametrize("fault", [fake_server.answers_500, fake_server.cuts, fake_server.stalls])
def test_a_second_server_makes_up_for_the_faults_of_the_first(
    folder: Path, server: FakeServer, fault: fake_server.Fault
) -> None:
    with FakeServer() as second:
        backend = _backend(folder, server, second)
        prompts = backend.prepare(_chats(60))
        server.faults.append(fault)
        if fault is fake_server.stalls:
            impatient(backend._group.endpoints[0])
        assert _right(_exact(backend, prompts), prompts, folder)


def test_the_work_of_a_server_that_dies_moves_to_the_other(folder: Path, server: FakeServer) -> None:
    with FakeServer() as second:
        backend = _backend(folder, server, second, list_size=8)
        prompts = backend.prepare(_chats(120))
        assert _right(_exact(backend, prompts), prompts, folder)
        assert server.completions
        assert second.completions
        second.stop()
        assert _right(_exact(backend, prompts), prompts, folder)


def test_a_server_that_is_down_at_the_start_is_noted(folder: Path, server: FakeServer) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        dead = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        backend = VllmServerBackend("tiny", [dead, server.url], engine={"tokenizer": str(folder)})
        prompts = backend.prepare(_chats(20))
        assert _right(_exact(backend, prompts), prompts, folder)
        assert any("server 1 did not answer" in note for note in backend.info().notes)
        with pytest.raises(BackendError, match="cannot be reached"):
            VllmServerBackend("tiny", [dead], engine={"tokenizer": str(folder)})


def test_all_servers_gone_are_failures_not_a_hang(folder: Path, server: FakeServer) -> None:
    backend = _backend(folder, server)
    prompts = backend.prepare(_chats(5))
    server.stop()
    answers = _exact(backend, prompts)
    assert [(a.kind, a.retryable) for a in answers if isinstance(a, Failure)] == [("server", True)] * 5


def test_one_stumble_is_made_up_for_by_the_retry_elsewhere(folder: Path, server: FakeServer) -> None:
    with FakeServer() as second:
        backend = _backend(folder, server, second)
        prompts = backend.prepare(_chats(60))
        server.faults.append(only_first(fake_server.nonsense))
        second.faults.append(only_first(fake_server.answers_500))
        answers = _exact(backend, prompts)
        lost = [a for a in answers if isinstance(a, Failure)]
        assert all(f.retryable for f in lost)
        assert _right(_exact(backend, prompts), prompts, folder)


def test_the_key_is_sent_and_never_shown(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeServer(key="s3cret-key") as server:
        monkeypatch.setenv(KEY_VARIABLE, "s3cret-key")
        backend = _backend(folder, server)
        prompts = backend.prepare(_chats(2))
        assert _right(_exact(backend, prompts), prompts, folder)

        def blabs(handler: Any, body: dict[str, Any]) -> bool:
            handler.error(400, f"your key s3cret-key is fine, your request is not {'.' * 243} s3cret-key")
            return True

        server.faults.append(blabs)
        shown = repr(_exact(backend, prompts)) + repr(backend.info()) + repr(backend._group.endpoints)
        assert "s3c" not in shown, "not even where a long message is cut"
        assert "[key]" in shown
        monkeypatch.setenv(KEY_VARIABLE, "wr0ng-key")
        with pytest.raises(BackendError, match=KEY_VARIABLE) as error:
            _backend(folder, server)
        assert "wr0ng" not in str(error.value)


def test_a_server_of_another_model_is_an_error(folder: Path, server: FakeServer) -> None:
    with pytest.raises(BackendError, match="serves 'tiny', not model 'large'"):
        VllmServerBackend("large", [server.url], engine={"tokenizer": str(folder)})


@pytest.mark.parametrize(
    ("engine", "said"),
    [
        ({"in_fligth": 3}, "did you mean in_flight"),
        ({"tensor_parallel_size": 2}, "no such option"),
        ({"seeds": "always"}, "none of probe, request, none"),
        ({"timeout": 0}, "no number above 0"),
    ],
)
def test_wrong_options(folder: Path, server: FakeServer, engine: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        _backend(folder, server, **engine)


@pytest.mark.parametrize("url", ["ftp://x", "http://me:key@host/v1", "not a url"])
def test_wrong_urls(url: str) -> None:
    with pytest.raises(InputError, match="base URL") as error:
        VllmServerBackend("tiny", [url])
    assert "me:key" not in str(error.value)


def test_a_named_tokenizer_must_exist(server: FakeServer, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"engine\.tokenizer"):
        VllmServerBackend("tiny", [server.url], engine={"tokenizer": str(tmp_path)})


def test_nothing_asked_nothing_sent(folder: Path, server: FakeServer) -> None:
    backend = _backend(folder, server)
    server.requests.clear()
    assert backend.prepare([]) == backend.exact([]) == backend.sample([]) == []
    assert not server.requests
