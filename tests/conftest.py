"""What all tests share: a store of their own, and the real corpora where they are at hand."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # `make test &` in a script; what tests start would ignore it too
    signal.signal(signal.SIGINT, signal.default_int_handler)

# The same examples each time, and none is too slow: what a machine is busy with decides about no test.
settings.register_profile("steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")

SHARED = Path(__file__).resolve().parents[2] / "shared" / "corpora"


@pytest.fixture(autouse=True)
def store(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty POLYVOCAL_HOME: no test may touch the user's own."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("POLYVOCAL_HOME", str(home))
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("VLLM_NO_USAGE_STATS", "1")
    return home


@pytest.fixture(scope="session")
def shared_corpora() -> Path:
    """The folder of real corpora, beside the project; they are not ours to redistribute."""
    if not SHARED.is_dir():
        pytest.skip(f"the real corpora are not here (looked for shared/corpora beside the project: {SHARED})")
    return SHARED
