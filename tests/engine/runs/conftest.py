from __future__ import annotations

from pathlib import Path

import pytest

from engine.runs.asking import RetryPolicy
from tests.engine.runs.fakes import fill_store


@pytest.fixture
def tiny(store: Path) -> Path:
    """The store with corpus 'tiny' (10 items) and persona sets 'few' (3) and 'one'."""
    fill_store()
    return store


@pytest.fixture
def impatient() -> RetryPolicy:
    """Retries that do not make a test wait."""
    return RetryPolicy(retries=4, first_seconds=0.001, longest_seconds=0.01)
