"""Models by name and by content."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import InputError
from engine.inference import models
from engine.inference.models import model_revision, resolve_model, weights_bytes


def _model(folder: Path, weights: bytes = b"w") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text("{}")
    (folder / "tokenizer.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(weights)
    return folder


def test_a_hub_id_is_left_alone() -> None:
    assert resolve_model("Qwen/Qwen3-0.6B") == "Qwen/Qwen3-0.6B"
    assert resolve_model("gpt2") == "gpt2"


def test_a_folder_is_resolved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = _model(tmp_path / "m")
    monkeypatch.chdir(tmp_path)
    assert resolve_model("m") == resolve_model("./m") == resolve_model(str(folder)) == str(folder)


def test_demo_models_are_found_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "shipped", lambda _: tmp_path)
    with pytest.raises(InputError, match="make demo-models"):
        resolve_model("demo-voices")
    assert resolve_model(str(_model(tmp_path / "demo-voices"))) == resolve_model("demo-voices")


@pytest.mark.parametrize("name", ["./nowhere", "/nowhere/at/all", "~/nowhere-at-all", "a/b/c", "two words", ""])
def test_names_that_can_be_nothing(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(_model(tmp_path / "here"))
    if name:
        with pytest.raises(InputError, match="no folder here and no Hugging Face id"):
            resolve_model(name)


def test_a_folder_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"without config\.json"):
        resolve_model(str(tmp_path))


def test_the_revision_of_a_folder_is_its_content(tmp_path: Path) -> None:
    one, copy, other = _model(tmp_path / "a"), _model(tmp_path / "b"), _model(tmp_path / "c", b"other")
    assert model_revision(str(one)).startswith("sha256:")
    assert model_revision(str(one)) == model_revision(str(copy)) != model_revision(str(other))
    (copy / "README.md").write_text("a model card is not the model")
    assert model_revision(str(one)) == model_revision(str(copy))
    (copy / "tokenizer.json").write_text('{"other": 1}')
    assert model_revision(str(one)) != model_revision(str(copy))
    (one / "model.safetensors").rename(one / "renamed.safetensors")
    assert model_revision(str(one)) != model_revision(str(_model(tmp_path / "d")))


def test_the_revision_of_a_hub_id_is_its_commit_in_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    assert model_revision("some/model", commit) == commit
    repo = tmp_path / "models--some--model"
    _model(repo / "snapshots" / commit)
    (repo / "refs").mkdir()
    (repo / "refs" / "main").write_text(commit)
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    assert model_revision("some/model") == commit
    assert model_revision("some/other") == ""


def test_the_size_of_weights(tmp_path: Path) -> None:
    assert weights_bytes(str(_model(tmp_path / "m", b"x" * 100))) == 100
    assert weights_bytes("some/model") is None
