"""The alignment page: every cell, its items, and what a link restores."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import alignments, cell_view, embedded, stand_in_parts, text
from engine.annotators.texts.embedding_job import Embedding, texts_of
from engine.measures import alignment, beside, cell_items, composite_cosine
from engine.runs import RunFolder, exact_labels, human_labels
from tests.dashboard import worlds
from tests.dashboard.conftest import Opener, everything, numbers, texts


def chart_of(app: AppTest, place: int = 0) -> dict[str, Any]:
    """Return the traces of a chart by name; the heatmap's own name is ''."""
    spec = json.loads(app.get("plotly_chart")[place].proto.spec)
    return {trace.get("name", ""): trace for trace in spec["data"]}


def place_of(app: AppTest, persona: str, target: str) -> tuple[float, float]:
    """Return row and column of a cell."""
    layout = json.loads(app.get("plotly_chart")[0].proto.spec)["layout"]
    return layout["yaxis"]["ticktext"].index(persona), layout["xaxis"]["ticktext"].index(target)


def table_of(run: RunFolder, corpus: worlds.Corpus, likeness: str, by: str = "annotator") -> pd.DataFrame:
    voices, people = beside(exact_labels(run), human_labels(corpus), 1.0, ["anna", "ben", "cleo"])
    return alignment(voices, people, likeness, by)  # type: ignore[arg-type]


def test_the_cells_are_alignments(open_page: Opener, small: worlds.Corpus, run: RunFolder) -> None:
    app = open_page("alignment", measure="Centred cosine", sort="As in the run")
    assert not app.exception
    expected = table_of(run, small, "centred")
    assert numbers(chart_of(app)[""]["z"]) == pytest.approx(expected["value"].to_numpy())
    groups = open_page("alignment", measure="Cosine", sort="As in the run", by="Group")
    beside_groups = table_of(run, small, "cosine", "group")["value"].to_numpy()
    assert numbers(chart_of(groups)[""]["z"]) == pytest.approx(beside_groups)
    assert chart_of(app)["its own"]["showlegend"], "the person that a persona plays is framed"


def test_a_link_restores_measure_target_order_and_cell(open_page: Opener, small: worlds.Corpus, run: RunFolder) -> None:
    link = {"measure": "Cosine", "by": "Group", "sort": "By group", "cell_persona": "ben", "cell_target": "target"}
    app = open_page("alignment", **link)
    assert app.segmented_control(key="measure").value == "Cosine"
    assert app.segmented_control(key="by").value == "Group"
    assert app.segmented_control(key="sort").value == "By group"
    assert app.selectbox(key="cell_persona").value == "ben"
    assert app.selectbox(key="cell_target").value == "target"
    cell = table_of(run, small, "cosine", "group").set_index(["persona", "target"]).loc[("ben", "target")]
    assert any(said.startswith(f"Cosine {text.number(cell['value'])} (95 % interval") for said in texts(app))
    marks = chart_of(app)["cells"]
    place = int(numbers(marks["selectedpoints"])[0])
    assert (numbers(marks["y"])[place], numbers(marks["x"])[place]) == place_of(app, "ben", "target")


def test_a_cell_lists_its_items_with_masked_texts(open_page: Opener, small: worlds.Corpus, run: RunFolder) -> None:
    app = open_page("alignment", cell_persona="anna", cell_target="Ann5")
    voices, people = beside(exact_labels(run), human_labels(small), 1.0, ["anna", "ben", "cleo"])
    found = cell_items(voices, people, "anna", "Ann5", "kappa")
    assert worlds.SECRET not in everything(app)
    first = found.iloc[0]
    word = small.task.answer(first["label"])
    said = texts(app)
    assert f"anna: {word} ({first['label']}) with probability {text.number(first['probability'])}" in said
    assert any(line.endswith(first["item_id"]) for line in said if line.startswith("Disagreement"))
    app.button(key="reveal-0").click().run()
    assert sum(worlds.SECRET in line for line in texts(app)) == 1
    app.segmented_control(key="cell_items").set_value("Speak for the likeness").run()
    largest = found.sort_values("influence", ascending=False, kind="stable").iloc[0]
    assert any(line == f"Influence on the Cohen's κ: {text.number(largest['influence'], 4)}" for line in texts(app))


def test_names_that_are_not_in_the_table_are_told(open_page: Opener, run: RunFolder) -> None:
    app = open_page("alignment", cell_persona="nobody", cell_target="Ann1")
    assert not app.exception
    assert any("This table has no 'nobody'" in said for said in texts(app))
    assert app.selectbox(key="cell_persona").value is None


def test_a_choice_that_the_table_loses_is_given_up(open_page: Opener, run: RunFolder) -> None:
    app = open_page("alignment", cell_persona="anna", cell_target="Ann1")
    app.segmented_control(key="by").set_value("Group").run()
    assert not app.exception
    assert app.selectbox(key="cell_persona").value == "anna"
    assert app.selectbox(key="cell_target").value is None
    assert any(said.startswith("Click on a cell") for said in texts(app))


@pytest.mark.parametrize("part", ["Own persons", "Stand-ins", "Alternative annotators"])
def test_the_parts_draw_their_exhibits(open_page: Opener, run: RunFolder, part: str) -> None:
    app = open_page("alignment", part_of_alignment=part)
    assert not app.exception
    assert len(app.get("plotly_chart")) == (3 if part == "Stand-ins" else 1)
    assert worlds.SECRET not in everything(app)
    if part == "Own persons":
        assert "nobody beside its person: " in everything(app)
        assert "nobody beside its person: undefined" not in everything(app), "control personas stand beside"


def test_a_run_without_players_says_so(open_page: Opener, small: worlds.Corpus) -> None:
    worlds.store_run(small)
    app = open_page("alignment", part_of_alignment="Own persons")
    assert any("None of these personas plays an annotator" in said for said in texts(app))


def test_a_corpus_that_is_gone_is_told(open_page: Opener) -> None:
    worlds.store_run(worlds.small_corpus("gone"))
    app = open_page("alignment")
    assert not app.exception
    assert any("there is no corpus 'gone'" in said for said in texts(app))


def test_a_corpus_without_groups_offers_none(open_page: Opener) -> None:
    corpus = worlds.small_corpus("lone")
    people = tuple(type(a)(a.annotator_id) for a in corpus.annotators)
    corpus = worlds.store_corpus(worlds.Corpus("lone", corpus.task, corpus.items, people, corpus.annotations))
    worlds.store_run(corpus)
    app = open_page("alignment", by="Group")
    assert not app.exception
    assert app.segmented_control(key="by").disabled
    assert numbers(chart_of(app)[""]["z"])


# The modules behind it


def cells() -> pd.DataFrame:
    names = pd.MultiIndex.from_product([["p0", "p1", "p2", "p3"], ["a", "b", "c"]], names=["persona", "target"])
    close = np.array([[1, 0, 1], [0, 1, 0], [1, 0.1, 1], [0, 1, 0.1]], dtype=float)
    return names.to_frame(index=False).assign(value=close.ravel(), target_group=["x", "y", "x"] * 4)


def test_orders_keep_every_cell() -> None:
    table = cells()
    personas = [SimpleNamespace(persona_id=f"p{i}", group="gh"[i % 2]) for i in range(4)]
    for order in alignments.ORDERS:
        found = alignments.ordered(table, order, personas)  # type: ignore[arg-type]
        pd.testing.assert_frame_equal(found.sort_index(), table)
    clustered = list(dict.fromkeys(alignments.ordered(table, "Clustered", [])["persona"]))
    assert {frozenset(clustered[:2]), frozenset(clustered[2:])} == {frozenset({"p0", "p2"}), frozenset({"p1", "p3"})}
    grouped = alignments.ordered(table, "By group", personas)  # type: ignore[arg-type]
    assert list(dict.fromkeys(grouped["persona"])) == ["p0", "p2", "p1", "p3"]
    assert list(dict.fromkeys(grouped["target"])) == ["a", "c", "b"]


def test_a_click_chooses_the_cell_of_the_table_that_was_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = {"_alignment_drawn": (["p0", "p1"], ["a", "b"])}

    def clicked(*marks: dict[str, Any]) -> dict[str, Any]:
        session = dict(drawn, chart={"selection": {"points": list(marks)}}, _alignment_clicked={})
        monkeypatch.setattr(cell_view.st, "session_state", session)
        cell_view.picked("chart")
        return {key: session.get(key) for key in ("cell_persona", "cell_target")}

    assert clicked({"x": 0, "y": 1}) == {"cell_persona": "p1", "cell_target": "a"}
    assert clicked() == {"cell_persona": None, "cell_target": None}, "a click beside the cells chooses nothing"
    assert clicked({"x": 0, "y": 5}) == {"cell_persona": None, "cell_target": None}


def test_a_click_draws_no_other_chart(open_page: Opener, run: RunFolder) -> None:
    """Another chart would lose where the reader has zoomed to; the browser moves the mark by itself."""
    app = open_page("alignment", cell_persona="anna", cell_target="Ann5")
    before = app.get("plotly_chart")[0].proto.spec
    app.session_state["cell_persona"], app.session_state["cell_target"] = "ben", "Ann1"
    app.session_state["_alignment_clicked"]["chosen"] = ("ben", "Ann1")
    app.run()
    assert "ben and Ann1" in texts(app)
    assert app.get("plotly_chart")[0].proto.spec == before
    app.selectbox(key="cell_persona").set_value("cleo").run()
    assert app.get("plotly_chart")[0].proto.spec != before, "who names a cell sees it marked"
    marks = chart_of(app)["cells"]
    place = int(numbers(marks["selectedpoints"])[0])
    assert (numbers(marks["y"])[place], numbers(marks["x"])[place]) == place_of(app, "cleo", "Ann1")


# Cosine of embeddings


@pytest.fixture
def vectors(monkeypatch: pytest.MonkeyPatch, small: worlds.Corpus) -> np.ndarray:
    """Every text has a vector, one a text whoever asks."""
    drawn = np.random.default_rng(1).normal(size=(len(small.items), 5)).astype(np.float32)
    of_text = dict(zip(texts_of(small, [item.item_id for item in small.items]), drawn, strict=True))
    monkeypatch.setattr(embedded, "kept_vectors", lambda asked: np.array([of_text[one] for one in asked]))
    return drawn


def test_cells_of_embeddings(open_page: Opener, small: worlds.Corpus, run: RunFolder, vectors: np.ndarray) -> None:
    link = {"measure": "Cosine of embeddings", "sort": "As in the run"}
    app = open_page("alignment", **link, cell_persona="anna", cell_target="Ann5")
    assert not app.exception
    voices, people = beside(exact_labels(run), human_labels(small), 1.0, ["anna", "ben", "cleo"])
    place = {item.item_id: i for i, item in enumerate(small.items)}
    expected = composite_cosine(voices, people, vectors[[place[item] for item in voices.items]])
    assert numbers(chart_of(app)[""]["z"]) == pytest.approx(expected["value"].to_numpy())
    cell = expected.set_index(["persona", "target"]).loc[("anna", "Ann5")]
    value, interval = text.number(cell["value"]), text.interval_of(cell["low"], cell["high"])
    assert any(said.startswith(f"Cosine of embeddings {value} ({interval})") for said in texts(app))
    assert app.segmented_control(key="cell_items").options == ["They differ most", "They differ least"]
    assert not any("Influence" in said for said in texts(app)), "of one item among means of texts nothing is known"
    own = open_page("alignment", **link, part_of_alignment="Own persons")
    assert any("This part compares labels item by item" in said for said in texts(own))


def test_texts_without_vectors_can_be_embedded(
    monkeypatch: pytest.MonkeyPatch, open_page: Opener, run: RunFolder
) -> None:
    monkeypatch.setattr(embedded, "kept_vectors", lambda _: None)
    now, asked = [Embedding("none")], []
    monkeypatch.setattr(embedded, "embedding_now", lambda _: now[0])
    monkeypatch.setattr(embedded, "start_embedding", lambda name: (asked.append(name), now.insert(0, going)))
    monkeypatch.setattr(embedded, "cancel_embedding", lambda name: asked.append(f"stop {name}"))
    going = Embedding("running", 10, 40, 3.0)
    app = open_page("alignment", measure="Cosine of embeddings")
    assert not app.get("plotly_chart")
    app.button(key="embed").click().run()
    assert asked == ["small"]
    assert "10 of 40 texts embedded · 3 s left" in [said.replace("\u00a0", " ") for said in texts(app)]
    app.button(key="stop-embedding").click().run()
    assert asked == ["small", "stop small"]
    now.insert(0, Embedding("cancelled", 10, 40))
    app.run()
    assert "Embedding was stopped; what has a vector keeps it." in texts(app)
    now.insert(0, Embedding("failed", error="no such encoder <b>"))
    app.run()
    assert "no such encoder <b>" in texts(app)
    assert app.button(key="embed")


def test_so_many_raters_that_embeddings_would_take_minutes_are_told(
    monkeypatch: pytest.MonkeyPatch, open_page: Opener, run: RunFolder
) -> None:
    monkeypatch.setattr(alignments, "INTERVAL_WORK", 10)
    app = open_page("alignment", measure="Cosine of embeddings")
    assert any("would take this page minutes" in said for said in texts(app))


def test_the_line_of_a_cell_says_null_ceilings_or_why_there_is_no_value() -> None:
    cell = {
        "value": 0.5, "low": 0.4, "high": 0.6, "n_items": 40, "n_raters": 1, "null_high": 0.3, "null_mean": 0.2,
        "evidence": True, "persona_ceiling": 0.8, "target_ceiling": float("nan"), "note": "",
    }  # fmt: skip
    said = alignments.cell_line(cell, "Cosine").replace("\u00a0", " ")
    assert said == (
        "Cosine 0.50 (95 % interval 0.40 to 0.60) · 40 items · 1 person · above shuffled personas (mean 0.20, up to "
        "0.30) · the persona beside itself 0.80"
    )
    gone = cell | {"value": float("nan"), "note": "the person or group has no label"}
    assert alignments.cell_line(gone, "Cosine") == "No Cosine: the person or group has no label."


def test_null_and_ceilings_over_all_cells() -> None:
    table = pd.DataFrame({"null_high": [0.2, 0.31], "persona_ceiling": [0.8, 0.9], "target_ceiling": np.nan})
    said = alignments.yardsticks_line(table)
    assert said == "Shuffled personas reach up to 0.20 to 0.31; a persona beside itself 0.80 to 0.90."
    assert alignments.yardsticks_line(table.assign(null_high=np.nan, persona_ceiling=np.nan)) == ""


def test_a_table_without_intervals_gets_those_of_the_persona_that_is_looked_at(
    monkeypatch: pytest.MonkeyPatch, open_page: Opener, small: worlds.Corpus, run: RunFolder
) -> None:
    monkeypatch.setattr(alignments, "INTERVAL_WORK", 10)
    app = open_page("alignment", cell_persona="anna", cell_target="Ann5")
    assert not app.exception
    cell = table_of(run, small, "kappa").set_index(["persona", "target"]).loc[("anna", "Ann5")]
    assert any(text.interval_of(cell["low"], cell["high"]) in said for said in texts(app))


def test_very_many_cells_are_one_picture_and_still_name_their_items(
    monkeypatch: pytest.MonkeyPatch, open_page: Opener, small: worlds.Corpus
) -> None:
    import engine.figures.alignment

    monkeypatch.setattr(engine.figures.alignment, "MOST_CELLS", 500)
    worlds.store_run(small, personas=[f"person {i:03d}" for i in range(200)])
    app = open_page("alignment", cell_persona="person 007", cell_target="Ann2")
    assert not app.exception
    drawn = chart_of(app)
    assert "not above shuffled personas" in drawn
    assert "cells" not in drawn
    assert "person 007 and Ann2" in texts(app)
    assert any(said.startswith("Shuffled personas reach up to ") for said in texts(app))
    assert any("too many cells to click on" in caption.value for caption in app.caption)


@pytest.mark.parametrize(
    ("part", "limit"), [("Own persons", "MOST_RESAMPLED"), ("Alternative annotators", "MOST_TESTED")]
)
def test_parts_that_would_take_too_long_say_so(
    monkeypatch: pytest.MonkeyPatch, open_page: Opener, run: RunFolder, part: str, limit: str
) -> None:
    monkeypatch.setattr(stand_in_parts, limit, 10)
    app = open_page("alignment", part_of_alignment=part)
    assert any("3 personas beside 6 people on 40 items are too many" in said for said in texts(app))


def test_stand_ins_of_one_group(open_page: Opener, run: RunFolder) -> None:
    app = open_page("alignment", part_of_alignment="Stand-ins", stand_in_for="target")
    assert not app.exception
    assert app.selectbox(key="stand_in_for").value == "target"
    assert json.loads(app.get("plotly_chart")[0].proto.spec)["layout"]["annotations"][0]["text"] == "<b>target</b>"
    decided = [said for said in texts(app) if said.startswith("Decides for")]
    assert decided
    assert all(said.startswith("Decides for target: speaks for ") for said in decided)
    everybody = open_page("alignment", part_of_alignment="Stand-ins", stand_in_for="gone")
    assert any("The corpus has no group 'gone'" in said for said in texts(everybody))
