from __future__ import annotations

import subprocess
import sys

import pytest

from engine.annotators.models.registry import KNOWS_WHO, MODELS, model_kinds
from engine.errors import InputError

NAMES = ["text only", "user token", "composite", "composite + user token", "multi-task", "attributes", "majority",
         "own rate", "others' majority"]  # fmt: skip


def test_models_are_spelled_as_the_documents_spell_them() -> None:
    assert list(MODELS) == NAMES == [kind.name for kind in model_kinds()]
    assert list(KNOWS_WHO) == NAMES[1:6]
    assert [name for name, kind in MODELS.items() if kind.oracle] == ["others' majority"]


def test_names_are_checked() -> None:
    assert [kind.name for kind in model_kinds(["majority", "text only"])] == ["majority", "text only"]
    with pytest.raises(InputError, match=r"'texts' is no annotator model. The models are 'text only'"):
        model_kinds(["texts"])
    with pytest.raises(InputError, match="name one twice"):
        model_kinds(["text only", "text only"])


def test_the_registry_and_the_comparison_load_no_torch() -> None:
    code = (
        "import engine.annotators.comparison, engine.annotators.models.attributes, sys; print('torch' in sys.modules)"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "False"
