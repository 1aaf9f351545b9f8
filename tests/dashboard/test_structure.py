"""What must hold of the dashboard's files and of its server's process."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import dashboard

ROOT = Path(dashboard.__file__).parent
VIEWS = sorted(path for path in (ROOT / "views").glob("*.py") if path.name != "__init__.py")
MODULES = sorted(path for path in ROOT.rglob("*.py"))
HEAVY = ("torch", "vllm", "transformers", "sentence_transformers", "datasets", "umap")


def test_no_folder_bypasses_the_router() -> None:
    """Streamlit runs files of a folder `pages` beside the entry point by their address, past app.py."""
    assert not [path for path in ROOT.rglob("*") if path.is_dir() and path.name == "pages"]


def test_every_view_is_in_the_navigation() -> None:
    source = ast.parse((ROOT / "app.py").read_text())
    names = {key.value for node in ast.walk(source) if isinstance(node, ast.Dict) for key in node.keys}  # type: ignore[union-attr]
    assert {view.stem for view in VIEWS} <= names


@pytest.mark.parametrize("view", VIEWS, ids=lambda path: path.stem)
def test_views_are_thin(view: Path) -> None:
    assert len(view.read_text().splitlines()) <= 130


READS_MARKUP = ("iframe", "components", "write", "error", "warning", "info", "success", "json", "table")


def test_nothing_of_the_data_can_become_html_or_a_script() -> None:
    """Only ui.py calls st.html (on constants and numbers); nothing calls what reads markup and is easily misused."""
    for module in MODULES:
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.keyword):
                assert node.arg not in ("unsafe_allow_html", "unsafe_allow_javascript")
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "st":
                assert node.attr not in READS_MARKUP, f"{module.name} line {node.lineno}: use dashboard.ui"
                assert node.attr != "html" or module.name == "ui.py", f"{module.name} line {node.lineno}"


def test_the_server_holds_no_model() -> None:
    """Everything that pages import, and what `warm_up` adds, leaves models and their libraries out of the process."""
    modules = [
        ".".join(path.relative_to(ROOT.parent).with_suffix("").parts)
        for path in MODULES
        if path.parent == ROOT and path.stem not in ("app", "asgi", "__main__")
    ]
    code = (
        f"import sys, {', '.join(modules)}; dashboard.warm_up.now(); import engine.runs.jobs, engine.runs.estimate;"
        f"heavy = sorted(set(sys.modules) & set({HEAVY!r})); assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-500:]


def test_imports_go_one_way() -> None:
    """engine never imports the dashboard or Streamlit; shared modules of the dashboard never import views."""
    for module in (ROOT.parent / "engine").rglob("*.py"):
        for name in _imported(module):
            assert name.split(".")[0] not in ("dashboard", "streamlit"), f"{module} imports {name}"
    for module in MODULES:
        for name in _imported(module):
            assert not name.startswith("dashboard.views"), f"{module} imports {name}"


def _imported(module: Path) -> list[str]:
    names = []
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.append(node.module)
    return names
