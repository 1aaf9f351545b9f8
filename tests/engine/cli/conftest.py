"""A store that commands of annotator models can train on, made once a module."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.cli.annotator_store import made_store


@pytest.fixture(scope="module")
def trainable(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """The store, and the ids of its runs with the folder of its encoder, by their names in `made_store`."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        return home, made_store(home, patch)


@pytest.fixture
def named(
    trainable: tuple[Path, dict[str, str]],
    store: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> dict[str, str]:
    """Ids and the encoder, in the store that they are in instead of the empty one that each test has."""
    monkeypatch.setenv("POLYVOCAL_HOME", str(trainable[0]))
    capsys.readouterr()
    return trainable[1]
