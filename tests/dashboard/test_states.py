"""Every page over every state that a run can be in: no exception, ever, and words that say what is the matter."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from streamlit.testing.v1 import AppTest

import dashboard
from dashboard import text
from engine import paths
from engine.jobs.lock import FolderLock
from engine.runs import RunFolder
from tests.dashboard import worlds
from tests.dashboard.conftest import Opener, everything, texts

VIEWS = sorted(path.stem for path in (Path(dashboard.__file__).parent / "views").glob("[!_]*.py"))
OF_A_RUN = ("story", "report", "personas", "temperature", "alignment", "stability", "attributes", "refusals")
"""Pages that show one run, named in the address."""
BROKE = text.BUG.split("{")[0][:40]


def cut_the_manifest(run: RunFolder) -> None:
    manifest = run.path / "manifest.json"
    manifest.write_text(manifest.read_text()[:300])


def remove_the_manifest(run: RunFolder) -> None:
    (run.path / "manifest.json").unlink()


def lose_the_parts(run: RunFolder) -> None:
    for part in run.parts():
        part.unlink()


def cut_a_part(run: RunFolder) -> None:
    part = run.parts()[0]
    part.write_bytes(part.read_bytes()[: part.stat().st_size // 2])


def mix_in_another_spec(run: RunFolder) -> None:
    """Put responses of other personas, items and temperatures in place of the run's own."""
    table = pq.read_table(run.parts()[0]).to_pylist()
    for row in table:
        row["persona_id"], row["item_id"] = f"other {row['persona_id']}", f"other {row['item_id']}"
        row["key"] = f"other {row['key']}"
    lose_the_parts(run)
    run.append(table)


def lose_the_corpus(run: RunFolder) -> None:
    shutil.rmtree(paths.imported_dir() / "small")


def change_the_corpus(run: RunFolder) -> None:
    """Put a corpus of other items, people and labels under the run's corpus's name."""
    lose_the_corpus(run)
    other = worlds.hostile_corpus()
    worlds.store_corpus(replace(other, name="small"))


def answer_nothing(run: RunFolder) -> None:
    """Leave a run that every persona refused."""
    table = pq.read_table(run.parts()[0]).to_pylist()
    lose_the_parts(run)
    run.append([row | {"status": "refusal", "label": None, "logprobs": None, "label_mass": None} for row in table])


OF_PEOPLE = ("story", "personas", "temperature", "alignment")
"""Those of them that show people at first."""
BREAKS: dict[str, tuple[Callable[[RunFolder], None], tuple[str, ...], str]] = {
    "truncated manifest": (cut_the_manifest, OF_A_RUN, "cannot be read"),
    "no manifest": (remove_the_manifest, OF_A_RUN, "cannot be read"),
    "no parts": (lose_the_parts, OF_A_RUN, "160 of 160 answers"),
    "truncated part": (cut_a_part, OF_A_RUN, "160 of 160 answers"),
    "responses of another spec": (mix_in_another_spec, OF_A_RUN, "160 stored answers belong to other personas"),
    "only refusals": (answer_nothing, OF_A_RUN, "No answer of this run holds a label"),
    "corpus gone": (lose_the_corpus, OF_PEOPLE, "there is no corpus 'small' any more"),
    "corpus of other items": (change_the_corpus, OF_PEOPLE, "Compare|compared|people"),
}
"""What happened to a run, the pages that it matters to, and words that they must say."""


def opened(open_page: Opener, page: str, run: RunFolder) -> AppTest:
    """Open a page with a run that its address names, where it takes one."""
    app = open_page(page, **({"run": run.run_id} if page in OF_A_RUN else {}))
    assert not app.exception, [error.value for error in app.exception]
    assert BROKE not in everything(app)
    return app


@pytest.mark.parametrize("page", VIEWS)
@pytest.mark.parametrize("state", BREAKS)
def test_a_broken_run_never_breaks_a_page(open_page: Opener, state: str, page: str) -> None:
    small = worlds.store_corpus(worlds.small_corpus())
    run = worlds.let_play(worlds.store_run(small, controls=("c1",)), small)
    what, pages, words = BREAKS[state]
    what(run)
    app = opened(open_page, page, run)
    if page in pages:
        assert any(re.search(words, said) for said in texts(app)), f"nothing says {words!r}"


@pytest.mark.parametrize("page", VIEWS)
def test_no_run_one_run_and_a_run_in_progress(open_page: Opener, page: str) -> None:
    app = open_page(page)
    assert not app.exception
    assert BROKE not in everything(app)
    small = worlds.store_corpus(worlds.small_corpus())
    worlds.store_personas()
    only = worlds.store_run(small, controls=("c1",))
    opened(open_page, page, only)
    live = worlds.store_run(small, "live", state="running", share=0.3)
    with FolderLock(live.path):
        app = opened(open_page, page, live)
    if page in OF_A_RUN:
        assert app.session_state["run"] in (live.run_id, [live.run_id])
    started = worlds.store_run(small, "started", state="running", share=0.0)
    with FolderLock(started.path):
        app = opened(open_page, page, started)
    if page in OF_A_RUN:
        assert any("has no labels yet" in said for said in texts(app))


PARTS = {
    "part_of_alignment": ("alignment", ("Own persons", "Stand-ins", "Alternative annotators")),
    "part_of_stability": ("stability", ("Signal", "Failures", "Wording", "Calibration", "Abstention")),
    "part_of_refusals": ("refusals", ("Cells",)),
    "step": ("story", ("Personas", "Temperature", "Noise", "Represented")),
    "look": ("personas", ("Table", "Side by side")),
}
"""Parts that do not stand on their page at first."""
LARGE = [
    *((page, {}) for page in OF_A_RUN),
    *((page, {key: part}) for key, (page, names) in PARTS.items() for part in names),
]


@pytest.mark.slow
@pytest.mark.parametrize(("page", "part"), LARGE, ids=[f"{page}-{''.join(part.values())}" for page, part in LARGE])
def test_200_personas(open_page: Opener, page: str, part: dict[str, str]) -> None:
    small = worlds.store_corpus(worlds.small_corpus(n_items=60))
    run = worlds.store_run(small, personas=[f"persona-{i:03d}" for i in range(200)], controls=("c1", "c2"))
    app = open_page(page, run=run.run_id, **part)
    assert not app.exception
    assert BROKE not in everything(app)
