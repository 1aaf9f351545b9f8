"""The ways to ask a real vLLM server that the contract tests do not take: its own tokenizer, texts, chat messages."""

from __future__ import annotations

import math

import pytest

from engine.inference.backend import Backend, ExactAnswer, ExactRequest, SampleAnswer, SampleRequest
from engine.inference.server_process import ServerProcess
from engine.personas.template import Message, Messages

pytestmark = pytest.mark.vllm
ANSWERS = ("yes", "no")
CHATS: list[Messages] = [
    (
        Message(role="system", content="You are a 61-year-old man. You lean to the right."),
        Message(
            role="user",
            content=f"Is the following post hate speech?\n\nPost: {post}\n\nAnswer with one word: no or yes.",
        ),
    )
    for post in (
        "I saw immigrants at the market today and nothing happened.",
        "Enough is enough. Immigrants should be thrown out of this town.",
        "Honestly, pensioners complain a lot about the buses.",
    )
]
"""As the demo model knows them, so that its labels hold nearly all the probability: where they do not, a server that is
asked in texts counts tokens such as 'n' to 'no', since it cannot know better."""


def _logprobs(backend: Backend) -> list[ExactAnswer]:
    answers = backend.exact([ExactRequest(p, ANSWERS) for p in backend.prepare(CHATS)])
    assert all(isinstance(a, ExactAnswer) for a in answers), answers
    return [a for a in answers if isinstance(a, ExactAnswer)]


def test_the_servers_tokenizer_gives_what_the_local_one_gives(server: ServerProcess, server_backend: Backend) -> None:
    remote = server.connect(tokenizer=False)
    assert any("server tokenizes" in note for note in remote.info().notes)
    ours, theirs = server_backend.prepare(CHATS), remote.prepare(CHATS)
    assert [(p.text, p.token_ids) for p in ours] == [(p.text, p.token_ids) for p in theirs]
    remote.check_answers(theirs[0], ANSWERS)
    for one, two in zip(_logprobs(server_backend), _logprobs(remote), strict=True):
        assert one.logprobs == pytest.approx(two.logprobs, abs=1e-4)


@pytest.mark.parametrize("options", [{"exact": "top"}, {"prompts": "texts"}, {"prompts": "chat"}])
def test_lesser_ways_agree_as_far_as_they_see(
    server: ServerProcess, server_backend: Backend, options: dict[str, str]
) -> None:
    backend = server.connect(**options)
    assert backend.info().exact == "top"
    for full, part in zip(_logprobs(server_backend), _logprobs(backend), strict=True):
        for one, two in zip(full.logprobs, part.logprobs, strict=True):
            hidden = two == -math.inf and math.exp(one) <= part.missing_mass + 1e-6
            assert hidden or math.exp(one) == pytest.approx(math.exp(two), abs=0.02)
    (prompt, *_) = backend.prepare(CHATS)
    (drawn,) = backend.sample([SampleRequest(prompt, 0.0, 4, seed=1)])
    assert isinstance(drawn, SampleAnswer)


def test_a_wrong_key_is_refused(server: ServerProcess) -> None:
    from engine.errors import BackendError
    from engine.inference.vllm_server import VllmServerBackend

    with pytest.raises(BackendError, match="POLYVOCAL_API_KEY"):
        VllmServerBackend(server.model, [server.base_url], api_key="wrong")
