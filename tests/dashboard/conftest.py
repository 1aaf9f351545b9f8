"""Driving the pages without a browser."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from engine.runs.run_folder import RunFolder
from tests.dashboard import worlds
from tests.dashboard.servers import PATIENCE

APP = Path(__file__).resolve().parents[2] / "dashboard" / "app.py"
Opener = Callable[..., AppTest]


@pytest.fixture(autouse=True)
def fresh_caches(store: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Nothing that a page read in another test may answer in this one, and nothing shipped may join in."""
    import engine.corpora.store
    import engine.personas.store
    from engine import paths

    shipped = tmp_path / "shipped"
    real = paths.shipped
    hidden: Callable[[str], Path] = lambda kind: real(kind) if kind == "templates" else shipped / kind  # noqa: E731
    monkeypatch.setattr(paths, "shipped", hidden)
    monkeypatch.setattr(engine.corpora.store, "shipped", hidden)
    monkeypatch.setattr(engine.personas.store, "shipped", hidden)
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


@pytest.fixture
def small() -> worlds.Corpus:
    """The small corpus, stored."""
    return worlds.store_corpus(worlds.small_corpus())


@pytest.fixture
def run(small: worlds.Corpus) -> RunFolder:
    """An exact run on it: three personas that play people of it, and two helpful assistants."""
    return worlds.let_play(worlds.store_run(small, controls=("c1", "c2")), small)


@pytest.fixture
def open_page() -> Opener:
    """Open a page as a new visitor would, by its name and with an address's parameters."""

    def opener(name: str = "home", **parameters: str | list[str]) -> AppTest:
        app = AppTest.from_file(str(APP), default_timeout=PATIENCE)
        for key, value in parameters.items():
            app.query_params[key] = value
        app.run()
        if name != "home":
            app.switch_page(f"views/{name}.py")
            for key, value in parameters.items():
                app.query_params[key] = value
            app.run()
        return app

    return opener


def everything(app: AppTest) -> str:
    """Return all that the page would send to the browser, as one string."""

    def walk(node: Any) -> Iterator[str]:
        proto = getattr(node, "proto", None)
        if proto is not None:
            yield str(proto)
        for child in getattr(node, "children", {}).values():
            yield from walk(child)

    return "\n".join(walk(app._tree))


def texts(app: AppTest) -> list[str]:
    """Return the plain texts of the page in order."""
    return [element.value for element in app.get("text")]


def charts(app: AppTest) -> list[dict[str, Any]]:
    """Return the charts of the page in order, as plotly draws them."""
    return [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]


def x_of(chart: dict[str, Any], name: str) -> list[float]:
    """Return the places of the marks of a named trace on the x axis."""
    return numbers(next(trace for trace in chart["data"] if trace.get("name") == name)["x"])


def numbers(values: Any) -> list[float]:
    """Return the numbers of an array as it travels to the browser."""
    if isinstance(values, list):
        return [float(value) for value in values]
    found: list[float] = np.frombuffer(base64.b64decode(values["bdata"]), values["dtype"]).astype(float).tolist()
    return found
