"""An address restores what was chosen, says what it names in vain, and never shows another thing in its place."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

import dashboard
from engine.paths import imported_dir
from engine.runs import RunFolder
from tests.dashboard import worlds
from tests.dashboard.conftest import Opener, texts

Address = dict[str, str | list[str]]
LINKS: tuple[tuple[str, Address], ...] = (
    ("corpus", {"corpus": "other", "order": "Most agreed", "split": "train", "page": "2"}),
    ("corpus", {"corpus": "small", "view": "Table"}),
    ("corpus", {"corpus": "other", "part": "People"}),
    ("story", {"run": "exact", "beside": "chorus", "set": ["helpers"], "step": "Noise", "t": "0.6", "present": "true"}),
    ("story", {"run": "exact", "beside": "chorus", "step": "Noise", "items": "true", "items_of": "chorus"}),
    ("story", {"run": "sampled", "step": "Temperature", "sampled_t": "1"}),
    ("temperature", {"run": ["exact", "chorus"], "set": ["two", "helpers"], "t": "1.25"}),
    ("personas", {"run": "exact", "look": "Table", "find": "a", "persona_set": ["two"], "kind": ["strong"],
                  "group": ["control"], "attribute": ["age=old"]}),
    ("personas", {"run": "many", "personas_page": "2"}),
    ("personas", {"run": "exact", "look": "Side by side", "persona": ["cleo", "anna"], "persona_items": "2"}),
    ("alignment", {"run": "exact", "set": ["two", "helpers"], "t": "0.5", "measure": "Cosine", "by": "Group",
                   "sort": "As in the run", "cell_persona": "ben", "cell_target": "control",
                   "cell_items": "Speak against it", "cell_page": "2"}),
    ("alignment", {"run": "exact", "part_of_alignment": "Stand-ins", "stand_in_for": "target", "deciding_page": "2"}),
    ("alignment", {"run": "exact", "part_of_alignment": "Alternative annotators", "epsilon": "0.1"}),
    ("stability", {"run": "exact", "set": ["two"], "t": "0.5", "part_of_stability": "Wording", "t2": "0.25"}),
    ("stability", {"run": "sampled", "sampled_t": "1", "part_of_stability": "Wording", "sampled_t2": "0.5"}),
    ("stability", {"run": "exact", "part_of_stability": "Calibration", "score": "Jensen-Shannon divergence"}),
    ("attributes", {"run": "pairs", "t": "0.5", "part_of_attributes": "By value", "compared": "Exchanged for another"}),
    ("attributes", {"run": "pairs", "part_of_attributes": "All at once", "interactions": "true"}),
    ("refusals", {"run": "sampled", "set": ["two"], "rates_by": "Temperature"}),
    ("refusals", {"run": "sampled", "part_of_refusals": "Agreement", "policy_t": "0.5"}),
    ("refusals", {"run": "sampled", "part_of_refusals": "Cells", "cells_by": "Temperature"}),
    ("report", {"run": "exact", "t": "0.5", "texts": "none"}),
    ("runs", {"show": "chorus"}),
    ("runs", {"find_run": "many", "of_model": "many"}),
    ("runs", {"do": "Start a run"}),
)  # fmt: skip
"""Page and choices, none of them what a page shows by itself. Runs are named as in `world`."""
IN_VAIN: tuple[tuple[str, Address], ...] = (
    ("corpus", {"corpus": "gone"}),
    *((page, {"run": "gone"}) for page in ("story", "temperature", "personas", "alignment", "stability", "attributes",
                                           "refusals", "report")),
    *((page, {"run": "exact", "set": ["gone"]}) for page in ("story", "temperature", "alignment", "stability",
                                                             "refusals")),
    ("story", {"run": "exact", "beside": "gone"}),
    ("personas", {"run": "exact", "look": "Side by side", "persona": ["gone"]}),
    *(("personas", {"run": "exact", kind: ["gone"]}) for kind in ("persona_set", "kind", "group", "attribute")),
    ("alignment", {"run": "exact", "cell_persona": "gone", "cell_target": "Ann1"}),
    ("alignment", {"run": "exact", "cell_persona": "anna", "cell_target": "gone"}),
    ("alignment", {"run": "exact", "part_of_alignment": "Stand-ins", "stand_in_for": "gone"}),
    ("report", {"run": "exact", "texts": "gone"}),
    ("runs", {"show": "gone"}),
)  # fmt: skip
"""Page and an address that names what is not there."""
LATER = {
    "table": "shown once a report is made",
    "picture": "shown once an exhibit of it is chosen",
    "prompt_item": "within a part that is closed at first",
    "log_lines": "within a run's details",
    "export_as": "within a run's details",
    "runs_page": "shown from nine runs on",
    "corpora": "the tab with the form for an upload, in tests/dashboard/test_corpus_import.py",
}
"""Keys of the address whose widgets stand only after a reader did more than open the address."""
ELSEWHERE = {
    "live": "tests/dashboard/test_live.py",
    "import": "tests/dashboard/test_corpus_import.py",
    "models": "tests/dashboard/test_models.py",
    "model": "tests/dashboard/test_models.py",
    "map": "tests/dashboard/test_models.py",
    "gap": "tests/dashboard/test_models.py",
}
"""By the first word of a module, where its choices are tried: they need a model, an upload or a finished study."""


@pytest.fixture
def world() -> dict[str, RunFolder]:
    """Two corpora, and runs of every kind by the name that LINKS has for them."""
    small = worlds.store_corpus(worlds.small_corpus())
    worlds.store_corpus(worlds.small_corpus("other", seed=3))
    many = [f"p{i:02d}" for i in range(20)]
    runs = {
        "chorus": worlds.store_run(small, "demo-chorus", spread=0.2),
        "sampled": worlds.store_run(small, mode="sampled", controls=("c1",)),
        "many": worlds.store_run(small, "many", personas=many),
        "pairs": worlds.with_attributes(worlds.store_run(small, "pairs", personas=tuple(worlds.PAIRS)), worlds.PAIRS),
        "exact": worlds.store_run(small, name="exact", controls=("c1", "c2")),
    }
    return runs | {"exact": worlds.let_play(runs["exact"], small)}


def named(address: Address, runs: dict[str, RunFolder]) -> Address:
    """Put ids of runs into an address that has their short names."""

    def of(value: str | list[str]) -> str | list[str]:
        if isinstance(value, list):
            return [str(of(each)) for each in value]
        return runs[value].run_id if value in runs else value

    return {key: of(value) if key in ("run", "beside", "show", "items_of") else value for key, value in address.items()}


def said(value: Any) -> list[str]:
    """Return a widget's value as an address has it."""
    values = value if isinstance(value, list | tuple) else [value]
    return [
        str(v).lower() if isinstance(v, bool) else f"{v:g}" if isinstance(v, float | int) else str(v) for v in values
    ]


def chosen(app: AppTest, key: str) -> list[str]:
    return said(app.session_state[key])


@pytest.mark.parametrize(("page", "address"), LINKS, ids=[f"{page}-{'-'.join(address)}" for page, address in LINKS])
def test_a_link_restores_every_choice(
    open_page: Opener, world: dict[str, RunFolder], page: str, address: Address
) -> None:
    link = named(address, world)
    app = open_page(page, **link)
    assert not app.exception
    assert {key: chosen(app, key) for key in link} == {key: said(value) for key, value in link.items()}
    app.run()
    assert {key: chosen(app, key) for key in link} == {key: said(value) for key, value in link.items()}


@pytest.mark.parametrize(("page", "address"), IN_VAIN, ids=[f"{page}-{list(address)[-1]}" for page, address in IN_VAIN])
def test_what_is_named_in_vain_is_said_and_not_replaced(
    open_page: Opener, world: dict[str, RunFolder], page: str, address: Address
) -> None:
    app = open_page(page, **named(address, world))
    assert not app.exception
    assert any("'gone'" in words for words in texts(app)), "the page does not say what it lacks"
    for key in ("run", "corpus", "beside", "persona", "cell_persona", "cell_target", "show", "stand_in_for"):
        if "gone" in address.get(key, ()):
            assert not app.session_state[key], "another thing stands in its place"
            assert not app.get("plotly_chart") or key not in ("run", "corpus")
            app.run()  # as a page does by itself, maybe before anybody has read it
            assert any("'gone'" in words for words in texts(app)), "the place is empty without a word"


def test_another_choice_ends_what_is_said_of_one_in_vain(open_page: Opener, world: dict[str, RunFolder]) -> None:
    app = open_page("corpus", corpus="gone")
    app.selectbox(key="corpus").set_value("other").run()
    assert not any("'gone'" in words for words in texts(app))
    assert (app.selectbox(key="corpus").value, app.query_params["corpus"]) == ("other", "other")


def test_a_choice_that_goes_is_told_and_shown_again_when_it_is_back(
    open_page: Opener, world: dict[str, RunFolder]
) -> None:
    place = imported_dir() / "other"
    app = open_page("corpus", corpus="other")
    place.rename(place.with_name(".other.aside"))  # as while it is replaced
    app.run()
    assert app.selectbox(key="corpus").value is None
    assert any("no usable corpus 'other'" in words for words in texts(app)), "the box is empty without a word"
    place.with_name(".other.aside").rename(place)
    app.run()
    assert (app.selectbox(key="corpus").value, app.query_params["corpus"]) == ("other", "other")


def test_a_page_that_lost_its_choice_begins_anew(open_page: Opener, world: dict[str, RunFolder]) -> None:
    app = open_page("corpus", corpus="gone")
    app.query_params.clear()  # as on the way to another page and back
    app.run()
    assert app.selectbox(key="corpus").value == "other"
    app.selectbox(key="corpus").set_value("small").run()
    app.selectbox(key="corpus").set_value(None).run()  # emptied by the reader
    assert (app.selectbox(key="corpus").value, app.query_params["corpus"]) == ("other", "other")


def test_every_choice_in_an_address_is_tried() -> None:
    """Keys of bound widgets, and of choices that pages read from the address."""
    tried = {key for _, address in LINKS for key in address} | set(LATER)
    assert keys_in_addresses() - tried == set()


def keys_in_addresses() -> set[str]:
    found = set()
    root = Path(dashboard.__file__).parent
    for path in root.rglob("*.py"):
        if path.stem.split("_")[0] in ELSEWHERE:
            continue
        module = ".".join(path.relative_to(root.parent).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            options = {keyword.arg: keyword.value for keyword in node.keywords}
            if "bind" in options:
                found |= _value(options["key"], module)
            elif isinstance(node.func, ast.Attribute) and node.func.attr == "read_address":
                found |= _value(node.args[0], module)
    return found


def _value(node: ast.expr, module: str) -> set[str]:
    """Return a key that is a string or a constant of a module; a parameter's name stands for what callers give."""
    if isinstance(node, ast.Constant):
        return {str(node.value)}
    if isinstance(node, ast.Name) and node.id.isupper() and not module.startswith("dashboard.views"):
        return {str(getattr(importlib.import_module(module), node.id))}
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.attr.isupper():
        return {str(getattr(importlib.import_module(f"dashboard.{node.value.id}"), node.attr))}
    return set()
