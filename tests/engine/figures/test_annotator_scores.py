"""Scores of annotator models as drawn: every number of the tables at its place, kinds told apart, names as text."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from engine.annotators.predictions import Predictions
from engine.annotators.scores import annotator_scores, differences
from engine.annotators.scores import model_scores as scores_of
from engine.errors import InputError
from engine.figures.annotator_scores import annotator_heatmap, model_differences, model_scores
from tests.engine.annotators.simulated_predictions import random_predictions

MODELS = ("text only", "user <b>token", "majority", "others' majority")


@pytest.fixture(scope="module")
def predictions() -> Predictions:
    """Four models of four annotators, and a fifth annotator without test labels; the second model has not finished."""
    made = random_predictions(models=MODELS)
    probability = made.probability.copy()
    probability[1] = np.nan
    return replace(made, probability=probability, annotators=("<Ann1>", *made.annotators[1:], "silent"),
                   dropped={"no text": 2})  # fmt: skip


@pytest.fixture(scope="module")
def table(predictions: Predictions) -> pd.DataFrame:
    return scores_of(predictions, resamples=100)


def names_of_rows(figure: object) -> dict[int, str]:
    axis = figure.layout.yaxis  # type: ignore[attr-defined]
    return dict(zip(map(int, axis.tickvals), axis.ticktext, strict=True))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_score_stands_on_its_model_with_its_interval_and_kind(table: pd.DataFrame, theme: str) -> None:
    figure = model_scores(table, theme=theme, title="a <b>")  # type: ignore[arg-type]
    rows = table[table["score"] == "macro_f1"].set_index("model")
    traces = {trace.name: trace for trace in figure.data}
    expected = {"Model": "text only", "Baseline": "majority", "Oracle: sees labels": "others' majority"}
    for kind, model in expected.items():
        trace = traces[kind]
        assert [names_of_rows(figure)[int(y)] for y in trace.y] == [model]
        assert trace.x[0] == rows.loc[model, "value"]
        assert trace.x[0] + trace.error_x.array[0] == pytest.approx(rows.loc[model, "high"])
        assert trace.x[0] - trace.error_x.arrayminus[0] == pytest.approx(rows.loc[model, "low"])
    assert set(traces["text only"].x) == {rows.loc["text only", "value"]}
    cross = traces["Model: undefined"]
    assert names_of_rows(figure)[int(cross.y[0])] == "user &lt;b&gt;token"
    assert "no seed has finished" in cross.customdata[0]
    assert figure.layout.title.text == "a &lt;b&gt;"
    assert traces["Oracle: sees labels"].marker.color[0] == figure.layout.template.layout.paper_bgcolor, "hollow"


def test_hovering_says_interval_numbers_and_what_was_left_out(table: pd.DataFrame) -> None:
    trace = next(t for t in model_scores(table, score="accuracy").data if t.name == "Baseline")
    row = table[(table["score"] == "accuracy") & (table["model"] == "majority")].iloc[0]
    hover = trace.customdata[0]
    assert f"{row['value']:.3f}  [{row['low']:.3f}, {row['high']:.3f}]" in hover
    assert f"{row['n_labels']:,} labels, 4 raters, {row['n_items']} items, 3 seeds" in hover
    assert "left out: 2 no text" in hover


def test_errors_say_that_low_is_good_and_a_missing_reference_has_no_line(table: pd.DataFrame) -> None:
    figure = model_scores(table, score="cross_entropy", reference="bert")
    assert "the lower the better" in figure.layout.xaxis.title.text
    assert [trace.name for trace in figure.data] == ["Model", "Model: undefined", "Baseline", "Oracle: sees labels"]


def test_differences_of_both_sides_share_the_rows_of_their_models(predictions: Predictions) -> None:
    people = differences(predictions, resamples=100)
    personas = differences(random_predictions(4, models=(*MODELS, "multi-task")), resamples=100)
    figure = model_differences(people, personas, names=("people", "personas <1>"))
    assert list(names_of_rows(figure).values()) == ["user &lt;b&gt;token", "majority", "others' majority", "multi-task"]
    traces = {trace.name: trace for trace in figure.data}
    np.testing.assert_allclose(traces["personas &lt;1&gt;"].x, personas["value"])
    np.testing.assert_allclose(traces["people"].x, people["value"].dropna())
    assert [round(float(y)) for y in traces["people"].y] == [1, 2]
    assert list(traces["people: undefined"].customdata)[1].endswith("not compared")
    hover = traces["people"].customdata[0]
    assert f"{people['value'][1]:+.3f}" in hover
    assert "corrected for the number of models" in hover
    filled = [
        colour != figure.layout.template.layout.paper_bgcolor for colour in traces["personas &lt;1&gt;"].marker.color
    ]
    assert filled == (personas["verdict"] != "ties").tolist()
    assert len(model_differences(people).data) == 3


def test_differences_of_different_things_are_not_set_side_by_side(predictions: Predictions) -> None:
    f1 = differences(predictions, resamples=0)
    with pytest.raises(InputError, match="2 kinds of differences"):
        model_differences(f1, differences(predictions, score="accuracy", resamples=0))
    with pytest.raises(InputError, match="2 kinds of differences"):
        model_differences(f1, differences(predictions, against="majority", resamples=0))


def test_every_annotator_and_model_has_its_cell_whatever_the_order_of_rows(predictions: Predictions) -> None:
    table = annotator_scores(predictions, resamples=50)
    for frame in (table, table.sample(frac=1, random_state=2)):
        figure = annotator_heatmap(frame, score="accuracy")
        heat = figure.data[1]
        rows = list(names_of_rows(figure).values())
        columns = [name.replace("<br>", " ") for name in figure.layout.xaxis.ticktext]
        for cell in table[table["score"] == "accuracy"].to_dict("records"):
            names = (str(cell[k]).replace("<", "&lt;").replace(">", "&gt;") for k in ("annotator", "model"))
            y, x = (where.index(name) for where, name in zip((rows, columns), names, strict=True))
            assert heat.z[y][x] == pytest.approx(cell["value"], nan_ok=True)
            assert ("undefined" in heat.customdata[y][x]) == np.isnan(cell["value"])
    assert "no test labels" in heat.customdata[rows.index("silent")][0]
    assert len(figure.data[2].text) == 4 * 3, "values of cells that have one"


def test_of_many_annotators_those_with_most_labels_are_drawn_and_the_rest_counted(predictions: Predictions) -> None:
    table = annotator_scores(predictions, resamples=0)
    figure = annotator_heatmap(table, longest=2)
    most = table.drop_duplicates("annotator").nlargest(2, "n_labels")["annotator"]
    assert {name.replace("&lt;", "<").replace("&gt;", ">") for name in names_of_rows(figure).values()} == set(most)
    assert "2 of 5 annotators are drawn" in " ".join(a.text for a in figure.layout.annotations).replace("<br>", " ")


def test_what_cannot_be_drawn_is_told(table: pd.DataFrame, predictions: Predictions) -> None:
    with pytest.raises(InputError, match="seed_sd"):
        model_scores(table.drop(columns="seed_sd"))
    with pytest.raises(InputError, match="'f1' is not in the table, which has macro_f1, accuracy"):
        model_scores(table, score="f1")
    with pytest.raises(InputError, match="verdict"):
        model_differences(differences(predictions, resamples=0).drop(columns="verdict"))
    cells = annotator_scores(predictions, resamples=0)
    with pytest.raises(InputError, match="names a cell twice"):
        annotator_heatmap(pd.concat([cells, cells]))
