"""The networks: near text only at the start, an unknown annotator, and given vectors to start from."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.annotators.models.modules import START_SPREAD, TOKEN_GAIN, BesideText, build_module, start_tokens
from engine.annotators.models.registry import MODELS
from engine.annotators.training.settings import TrainingSettings

SETTINGS = TrainingSettings(hidden=16)
NETWORKS = [name for name, kind in MODELS.items() if not kind.baseline]


def built(name: str, n_features: int = 6) -> torch.nn.Module:
    torch.manual_seed(0)
    return build_module(MODELS[name], 10, 3, 4, n_features, SETTINGS).eval()


@pytest.mark.parametrize("name", NETWORKS)
def test_all_take_the_same_and_return_logits(name: str) -> None:
    text, features = torch.randn(7, 10), torch.randn(7, 6)
    found = built(name)(text, torch.tensor([0, 1, 2, 3, 4, 4, 0]), features)
    assert found.shape == (7, 3)
    assert torch.isfinite(found).all()


@pytest.mark.parametrize("name", ["user token", "multi-task", "attributes"])
def test_at_the_start_annotators_matter_less_than_the_text(name: str) -> None:
    module, text = built(name), torch.randn(200, 10)
    said = torch.stack([module(text, torch.full((200,), a), torch.eye(6)[[a]].expand(200, 6)) for a in range(4)])
    assert said.std(dim=0).mean() < said.std(dim=1).mean()


def test_multi_task_starts_as_its_common_head_which_answers_for_unknown_ones() -> None:
    module, text = built("multi-task"), torch.randn(5, 10)
    nothing = torch.zeros(5, 0)
    unknown = module(text, torch.full((5,), 4), nothing)
    assert torch.equal(module(text, torch.zeros(5, dtype=torch.int64), nothing), unknown)
    with torch.no_grad():
        module.own.weight.normal_()
    assert torch.equal(module(text, torch.full((5,), 4), nothing), unknown)
    own = module.own.weight[2].view(3, 17)
    hidden = module.text_layer(text)
    expected = unknown + hidden @ own[:, :-1].T + own[:, -1]
    assert torch.allclose(module(text, torch.full((5,), 2), nothing), expected, atol=1e-6)


def test_beside_text_adds_the_vector_and_multiplies_with_it() -> None:
    module = built("composite + user token")
    assert isinstance(module, BesideText)
    assert module.token is not None
    assert module.features is not None
    text, features = torch.randn(1, 10), torch.randn(1, 6)
    vector = TOKEN_GAIN * module.token.weight[1] + module.features.weight @ features[0]
    hidden = module.text_layer(text)[0]
    expected = module.head(hidden + hidden * vector) + module.own(vector)
    assert torch.allclose(module(text, torch.tensor([1]), features)[0], expected, atol=1e-6)


def test_learned_vectors_start_from_given_ones_whose_distances_they_keep_about() -> None:
    settings = TrainingSettings(hidden=1024)
    module = build_module(MODELS["user token"], 10, 3, 4, 0, settings)
    assert isinstance(module, BesideText)
    assert module.token is not None
    given = np.random.default_rng(0).normal(size=(4, 30)).astype(np.float32)
    given[1] = given[0]
    torch.manual_seed(0)
    start_tokens(module, given)
    weight = module.token.weight.detach().numpy()
    assert not weight[4].any()
    found = np.linalg.norm(weight[:4, None] - weight[None, :4], axis=-1)
    expected = np.linalg.norm(given[:, None] - given[None], axis=-1)
    assert found[0, 1] < 1e-6
    ratio = found[expected > 0] / expected[expected > 0]
    assert ratio.max() < 1.2 * ratio.min()
    assert TOKEN_GAIN * weight[:4].std() == pytest.approx(START_SPREAD, rel=0.01)
    plain = built("text only")
    start_tokens(plain, given)
    assert all(torch.equal(a, b) for a, b in zip(plain.parameters(), built("text only").parameters(), strict=True))


def test_equal_given_vectors_start_nowhere_in_particular() -> None:
    module = built("user token")
    start_tokens(module, np.ones((4, 30), dtype=np.float32))
    assert isinstance(module, BesideText)
    assert module.token is not None
    assert torch.isfinite(module.token.weight).all()


def test_the_unknown_annotator_is_nobody_where_none_is_hidden_in_training() -> None:
    def unknown_one(share: float) -> torch.Tensor:
        settings = TrainingSettings(unknown=share)
        module = build_module(MODELS["user token"], 8, 2, 5, 0, settings)
        return module.annotator_vector(torch.tensor([5]), torch.zeros(1, 0))  # type: ignore[operator,no-any-return]

    assert not unknown_one(0.0).any()
    assert unknown_one(0.1).any()
