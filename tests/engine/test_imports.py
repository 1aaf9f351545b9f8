"""Imports go one way, as the design says, and opening a package loads nothing heavy."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

BASE = {"documents", "errors", "jobs", "paths", "validation", "yaml_files"}
"""Modules of the engine that every room but measures and figures may use."""
ALLOWED: dict[str, set[str]] = {
    "measures": {"errors"},
    "figures": {"errors", "measures"},
    "corpora": BASE,
    "personas": BASE | {"corpora"},
    "inference": BASE | {"personas"},
    "runs": BASE | {"corpora", "personas", "inference"},
    "live": BASE | {"corpora", "personas", "inference", "runs"},
    "annotators": BASE | {"corpora", "runs", "measures"},
    "explanations": BASE | {"corpora", "runs", "measures"},
    "demo": BASE | {"corpora", "personas", "inference", "measures", "runs"},
    "report": BASE | {"corpora", "personas", "runs", "measures", "figures", "spreadsheet"},
    "cli": BASE | {"corpora", "personas", "inference", "runs", "measures", "figures", "annotators", "explanations",
                   "demo", "report", "spreadsheet"},
    "documents": set(),
    "errors": set(),
    "jobs": {"errors", "validation"},
    "spreadsheet": set(),
    "paths": {"errors"},
    "validation": {"errors"},
    "yaml_files": {"errors", "validation"},
}  # fmt: skip
"""Room of the engine -> rooms it may import besides itself; a room that is not here fails the test."""

FORBIDDEN: dict[str, set[str]] = {
    "engine": {"dashboard", "streamlit", "tests", "benchmarks"},
    "engine.measures": {"torch", "vllm", "transformers", "plotly", "pyarrow", "duckdb", "pydantic"},
    "engine.figures": {"torch", "vllm", "transformers", "xarray", "scipy", "statsmodels", "krippendorff"},
    "dashboard": {"torch", "vllm", "transformers", "tests", "benchmarks"},
}
"""Package -> outside packages that none of its modules may import, not even inside a function."""

HEAVY = ("torch", "vllm", "transformers", "datasets", "umap", "sentence_transformers", "streamlit", "ray")
"""Packages that opening a room must not load."""


def imports_of(text: str, package: str) -> set[str]:
    """Return the dotted names that a module imports anywhere: at its head, in functions, for type checking alone.

    Args:
        text: the module's source.
        package: dotted name of the package it lies in, for relative imports.
    """
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parent = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*parent, *([base] if base else [])])
            found |= {f"{base}.{alias.name}" for alias in node.names}
        elif (
            isinstance(node, ast.Call)
            and ast.unparse(node.func) in ("import_module", "importlib.import_module", "__import__")
            and node.args
            and isinstance(node.args[0], ast.Constant)
        ):
            found.add(str(node.args[0].value))
    return found


def modules(package: str) -> Iterator[tuple[str, Path]]:
    """Yield the dotted name of each module's package, and its file."""
    for file in sorted((ROOT / package.replace(".", "/")).rglob("*.py")):
        yield ".".join(file.relative_to(ROOT).parent.parts), file


def room_of(file: Path) -> str:
    """Return the room of the engine that a file lies in: a folder's name, or a module's of the engine itself."""
    return file.relative_to(ROOT / "engine").parts[0].removesuffix(".py")


def rooms() -> set[str]:
    return {room_of(file) for _, file in modules("engine")} - {"__init__", "__main__"}


def test_every_room_of_the_engine_has_its_directions() -> None:
    assert rooms() <= set(ALLOWED), "a new room: say in ALLOWED what it may import"


def test_the_directions_are_one_way() -> None:
    def reached(room: str, seen: frozenset[str] = frozenset()) -> set[str]:
        assert room not in seen, f"{room} can reach itself"
        return set().union(*(reached(other, seen | {room}) | {other} for other in ALLOWED[room]), set())

    for room in ALLOWED:
        reached(room)


def test_rooms_import_only_what_they_may() -> None:
    wrong = []
    for package, file in modules("engine"):
        room = room_of(file)
        for name in imports_of(file.read_text("utf-8"), package):
            parts = name.split(".")
            if parts[0] != "engine" or len(parts) < 2 or parts[1].startswith("__") or room.startswith("__"):
                continue
            if parts[1] != room and parts[1] not in ALLOWED[room]:
                wrong.append(f"{file.relative_to(ROOT)} imports {name}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("package", sorted(FORBIDDEN))
def test_packages_keep_out_what_they_must(package: str) -> None:
    wrong = [
        f"{file.relative_to(ROOT)} imports {name}"
        for inside, file in modules(package)
        for name in imports_of(file.read_text("utf-8"), inside)
        if name.split(".")[0] in FORBIDDEN[package]
    ]
    assert not wrong, "\n".join(wrong)


def test_pages_stand_on_their_helpers_and_not_on_each_other() -> None:
    wrong = []
    for package, file in modules("dashboard"):
        for name in imports_of(file.read_text("utf-8"), package):
            if name.startswith("dashboard.views") and package != "dashboard":
                wrong.append(f"{file.relative_to(ROOT)} imports {name}")
    assert not wrong, "\n".join(wrong)


def test_reading_imports_finds_all_their_forms() -> None:
    text = (
        "import a.b\nfrom c import d\nfrom . import e\nfrom ..f import g\n"
        "def later():\n    import h\n    import_module('i.j')\n"
        "if TYPE_CHECKING:\n    from k import l\n"
    )
    assert imports_of(text, "engine.runs") == {"a.b", "c.d", "engine.runs.e", "engine.f.g", "h", "i.j", "k.l"}


def test_opening_any_room_loads_nothing_heavy() -> None:
    """In a process of its own; one for all rooms, each looked at after its own import."""
    packages = ["engine", *(f"engine.{room}" for room in sorted(rooms()))]
    code = (
        "import importlib, sys\n"
        f"for name in {packages!r}:\n"
        "    importlib.import_module(name)\n"
        f"    loaded = [h for h in {HEAVY!r} if h in sys.modules]\n"
        "    assert not loaded, f'import {name} loads {loaded}'\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_measures_stand_without_the_rest_of_the_project() -> None:
    code = (
        "import sys, engine.measures\n"
        "loaded = sorted({m.split('.')[1] for m in sys.modules if m.startswith('engine.')})\n"
        "assert loaded == ['errors', 'measures'], loaded\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
