"""The pictures of the documentation: of demo data alone, and small."""

from __future__ import annotations

import importlib.util
import struct
import sys
from pathlib import Path
from types import ModuleType

import pytest

from engine import paths
from tests.dashboard import worlds

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("screenshots", ROOT / "scripts" / "screenshots.py")
    assert spec
    assert spec.loader
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)  # where its dataclass looks for it
    spec.loader.exec_module(module)
    return module


def test_every_picture_is_there_and_small(script: ModuleType) -> None:
    for name, picture in script.PICTURES.items():
        taken = (script.IMAGES / f"{name}.png").read_bytes()
        assert struct.unpack(">II", taken[16:24]) == (script.WIDTH, picture.height), f"{name}: run make screenshots"
        assert len(taken) <= script.LARGEST


def test_only_the_newest_demo_runs_are_taken(script: ModuleType, tmp_path: Path) -> None:
    demo, private = worlds.small_corpus("demo"), worlds.small_corpus("private")
    names = [f"{model}-{mode}" for model in script.MODELS for mode in ("exact", "sampled")]
    for name in names[:-1]:
        worlds.store_run(demo, name=name)
    worlds.store_run(private, name=names[-1])
    worlds.store_run(demo, name="mine")
    store = paths.runs_dir().parent
    assert not script.copy_demo_runs(store, tmp_path), "one is missing: a run of that name labelled another corpus"
    worlds.store_run(demo, name=names[-1])
    newer = worlds.store_run(demo, name=names[0], seed=2)
    assert script.copy_demo_runs(store, tmp_path)
    taken = sorted(folder.name for folder in (tmp_path / "runs").iterdir())
    assert len(taken) == 4
    assert newer.run_id in taken
    assert not any(name.startswith("mine") for name in taken)
