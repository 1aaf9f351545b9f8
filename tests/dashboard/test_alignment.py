"""The alignment page: every cell, its items, and what a link restores."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

import engine.figures.alignment
from dashboard import alignments, cell_map, cell_part, cell_view, chart_marks, embedded, stand_in_parts, text
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
    assert "cell_target" not in app.query_params
    assert any(said.startswith("Click on a cell") for said in texts(app))
    assert not any("This table has no" in said for said in texts(app)), "it was the reader's own doing"


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


def test_a_click_chooses_the_cell_of_the_chart_that_was_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    def clicked(*marks: dict[str, Any]) -> dict[str, Any]:
        session: dict[str, Any] = {"chart": {"selection": {"points": list(marks)}}}
        monkeypatch.setattr(cell_view.st, "session_state", session)
        cell_view.picked("chart", (["p0", "p1"], ["a", "b"]))
        return {key: session.get(key) for key in ("cell_persona", "cell_target")}

    assert clicked({"x": 0, "y": 1}) == {"cell_persona": "p1", "cell_target": "a"}
    assert clicked() == {"cell_persona": None, "cell_target": None}, "a click beside the cells chooses nothing"
    assert clicked({"x": 0, "y": 5}) == {"cell_persona": None, "cell_target": None}


def test_a_click_draws_no_other_chart(open_page: Opener, run: RunFolder) -> None:
    """Another chart would lose where the reader has zoomed to; the browser moves the mark by itself."""
    app = open_page("alignment", cell_persona="anna", cell_target="Ann5")
    before = app.get("plotly_chart")[0].proto.spec
    app.session_state["cell_persona"], app.session_state["cell_target"] = "ben", "Ann1"
    app.session_state["_alignment-cells_drawn"]["now"] = ("ben", "Ann1")
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


# Maps of very many cells


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch, small: worlds.Corpus) -> RunFolder:
    """200 personas beside 6 people, which counts as too many cells to click on."""
    monkeypatch.setattr(engine.figures.alignment, "MOST_CELLS", 500)
    monkeypatch.setattr(cell_map, "MOST_CELLS", 500)
    return worlds.store_run(small, personas=[f"person {i:03d}" for i in range(200)])


BOX = {"sort": "As in the run", "cell_rows": "11-20", "cell_columns": "2-4"}
"""What the address says of a box around ten personas and three people."""


def test_very_many_cells_are_one_picture_and_still_name_their_items(open_page: Opener, many: RunFolder) -> None:
    app = open_page("alignment", cell_persona="person 007", cell_target="Ann2")
    assert not app.exception
    drawn = chart_of(app)
    assert "not above shuffled personas" in drawn
    assert "cells" not in drawn
    assert drawn["chosen"]["y"] == ["person 007"]
    assert len(app.get("plotly_chart")) == 1
    assert "person 007 and Ann2" in texts(app)
    assert any(said.startswith("Shuffled personas reach up to ") for said in texts(app))
    assert any("Draw a box on the map" in caption.value for caption in app.caption)


def test_the_cells_in_a_box_are_drawn_one_by_one(open_page: Opener, small: worlds.Corpus, many: RunFolder) -> None:
    app = open_page("alignment", **BOX, cell_persona="person 012", cell_target="Ann3")
    assert not app.exception
    assert "Personas 11 to 20 of 200, annotators 2 to 4 of 6." in texts(app)
    voices, people = beside(exact_labels(many), human_labels(small), 1.0)
    every = alignment(voices, people, "kappa")
    cells = every[every["persona"].isin([f"person {i:03d}" for i in range(10, 20)])]
    cells = cells[cells["target"].isin(["Ann2", "Ann3", "Ann4"])]
    overview, part = chart_of(app), chart_of(app, 1)
    assert numbers(part[""]["z"]) == pytest.approx(cells["value"].to_numpy())
    ends = [every["value"].min(), every["value"].max()]
    assert [part[""]["zmin"], part[""]["zmax"]] == pytest.approx(ends), "the shades are those of the whole map"
    first = cells.iloc[0]
    assert f"[{first['low']:.3f}, {first['high']:.3f}], {first['n_items']} items" in part["cells"]["hovertext"][0]
    assert not overview["chosen"]["y"], "the part shows the cell"
    assert numbers(part["cells"]["selectedpoints"]) == [2 * 3 + 1]
    box = json.loads(app.get("plotly_chart")[0].proto.spec)["layout"]["selections"][0]
    assert [box[end] for end in ("y0", "y1", "x0", "x1")] == [9.5, 19.5, 0.5, 3.5]


def test_a_box_without_intervals_gets_those_of_its_cells(
    monkeypatch: pytest.MonkeyPatch, open_page: Opener, small: worlds.Corpus, many: RunFolder
) -> None:
    monkeypatch.setattr(alignments, "INTERVAL_WORK", 10)
    app = open_page("alignment", **BOX)
    voices, people = beside(exact_labels(many), human_labels(small), 1.0)
    every = alignment(voices, people, "kappa").set_index(["persona", "target"])
    cell = every.loc[("person 010", "Ann2")]
    assert f"[{cell['low']:.3f}, {cell['high']:.3f}]" in chart_of(app, 1)["cells"]["hovertext"][0]


def test_a_large_box_shows_its_middle_and_says_so(open_page: Opener, many: RunFolder) -> None:
    app = open_page("alignment", **BOX | {"cell_rows": "1-100"})
    said = next(said for said in texts(app) if said.startswith("Personas"))
    assert said.startswith("Personas 36 to 65 of 200, annotators 2 to 4 of 6. The box holds 100 x 3 cells; its middle")
    layout = json.loads(app.get("plotly_chart")[1].proto.spec)["layout"]
    assert layout["yaxis"]["ticktext"][:30] == [f"person {i:03d}" for i in range(35, 65)]


def test_a_cell_is_shown_among_its_neighbours_and_the_part_is_closed_again(open_page: Opener, many: RunFolder) -> None:
    app = open_page("alignment", sort="As in the run", cell_persona="person 007", cell_target="Ann2")
    app.button(key="part-around").click().run()
    assert "Personas 1 to 30 of 200, annotators 1 to 6 of 6." in texts(app)
    assert not [button for button in app.button if button.key == "part-around"], "it is shown"
    app.selectbox(key="cell_persona").set_value("person 111").run()
    assert chart_of(app)["chosen"]["y"] == ["person 111"], "outside of the part, the map marks it"
    app.button(key="part-around").click().run()
    assert "Personas 97 to 126 of 200, annotators 1 to 6 of 6." in texts(app)
    app.button(key="close-part").click().run()
    assert len(app.get("plotly_chart")) == 1


def test_a_box_that_the_map_does_not_have_is_told(open_page: Opener, many: RunFolder) -> None:
    for wrong in ("190-201", "0-3", "9-3", "x", "1-99999999999"):
        app = open_page("alignment", **BOX | {"cell_rows": wrong})
        assert not app.exception
        assert any(f"The map has no rows '{wrong}': it has 200." in said for said in texts(app)), wrong
        assert len(app.get("plotly_chart")) == 1


def test_a_box_is_given_up_where_no_map_is_so_large_and_comes_back(open_page: Opener, many: RunFolder) -> None:
    app = open_page("alignment", **BOX)
    app.segmented_control(key="by").set_value("Group").run()
    assert len(app.get("plotly_chart")) == 1
    assert "cells" in chart_of(app), "400 cells can be clicked on"
    app.segmented_control(key="by").set_value("Annotator").run()
    assert "Personas 11 to 20 of 200, annotators 2 to 4 of 6." in texts(app)


NAMES = ([f"p{i}" for i in range(50)], [f"t{i}" for i in range(80)])


@pytest.mark.parametrize(
    ("x", "y", "expected"),
    [
        ([1.6, 4.4], [0.2, 2.7], ("1-4", "3-5")),
        ([4.4, 1.6], [2.7, 0.2], ("1-4", "3-5")),
        ([-9, 200], [49.2, 80], ("50-50", "1-80")),
        ([7.1, 7.2], [3.1, 3.2], ("4-4", "8-8")),
    ],
)
def test_a_box_takes_what_it_reaches_into(
    monkeypatch: pytest.MonkeyPatch, x: list[float], y: list[float], expected: tuple[str, str]
) -> None:
    other = {"x": [0, 9], "y": [0, 9]}
    session: dict[str, Any] = {"chart": {"selection": {"box": [other, {"x": x, "y": y}]}}}
    monkeypatch.setattr(cell_part.st, "session_state", session)
    cell_part.boxed("chart", NAMES)
    assert (session["cell_rows"], session["cell_columns"]) == expected, "the box that was drawn last"
    session["chart"]["selection"]["box"] = []
    cell_part.boxed("chart", NAMES)
    assert (session["cell_rows"], session["cell_columns"]) == (None, None), "a double click takes it away"


def test_the_box_around_a_cell_stays_within_the_map() -> None:
    spans = {cell: cell_part.around(cell, NAMES) for cell in (("p0", "t79"), ("p25", "t40"))}
    assert (spans["p0", "t79"].rows, spans["p0", "t79"].columns) == (slice(0, 30), slice(20, 80))
    assert (spans["p25", "t40"].rows, spans["p25", "t40"].columns) == (slice(10, 40), slice(10, 70))
    few = cell_part.around(("p1", "t1"), (NAMES[0][:4], NAMES[1][:5]))
    assert few.shape == (4, 5)
    assert few.shown == few


def test_a_chart_keeps_its_mark_after_a_click_but_not_where_it_is_drawn_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    session: dict[str, Any] = {}
    monkeypatch.setattr(chart_marks.st, "session_state", session)
    assert chart_marks.mark("chart", "a", 1) == ("a", 0)
    session["chart"] = {}  # it stands on the page
    chart_marks.moved("chart", "b")
    assert chart_marks.mark("chart", "b", 1) == ("a", 0), "the browser has moved the mark"
    assert chart_marks.mark("chart", "a", 1) == ("a", 1), "another figure, or the browser's mark would stay"
    assert chart_marks.mark("chart", "a", 2) == ("a", 2), "another chart"
    chart_marks.moved("chart", "b")
    del session["chart"]
    assert chart_marks.mark("chart", "b", 2) == ("b", 3), "the reader was on another page"


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
