"""Gains as drawn: every number at its place, on both sides, in every condition, with every encoding."""

from __future__ import annotations

import numpy as np
import pytest

from engine.annotators.scores.scores import differences
from engine.errors import InputError
from engine.figures.annotator_gains import condition_contrasts, condition_gains, encoding_gains, model_differences
from engine.figures.theme import PALETTES
from tests.engine.annotators.simulated_predictions import random_predictions
from tests.engine.figures.annotator_results import (
    MODELS,
    contrasts,
    gains_of_conditions,
    gains_of_encodings,
    names_of_rows,
    predictions,
)


def test_differences_of_both_sides_share_the_rows_of_their_models() -> None:
    people = differences(predictions(), resamples=100)
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


def test_differences_of_different_things_are_not_set_side_by_side() -> None:
    f1 = differences(predictions(), resamples=0)
    with pytest.raises(InputError, match="2 kinds of differences"):
        model_differences(f1, differences(predictions(), score="accuracy", resamples=0))
    with pytest.raises(InputError, match="2 kinds of differences"):
        model_differences(f1, differences(predictions(), against="majority", resamples=0))


def test_every_condition_has_its_marks_and_a_model_that_it_lacks_is_told() -> None:
    table = gains_of_conditions()
    figure = condition_gains(table)
    traces = {trace.name: trace for trace in figure.data}
    for name, legend in (("people", "people"), ("strong <1>", "strong &lt;1&gt;")):
        rows = table[(table["condition"] == name) & (table["labels"] == "as given")]
        np.testing.assert_allclose(traces[legend].x, rows["value"])
    np.testing.assert_allclose(traces["weak"].x, table.loc[table["condition"] == "weak", "value"])
    assert all(text.endswith("not compared") for text in traces["weak: undefined"].customdata)
    assert traces["people"].marker.line.color == PALETTES["light"].people
    assert len({traces[name].marker.symbol for name in ("people", "strong &lt;1&gt;", "weak")}) == 3
    shuffled = condition_gains(table, labels="names shuffled")
    assert [trace.name for trace in shuffled.data] == ["no difference", "people"]
    np.testing.assert_allclose(shuffled.data[1].x, table.loc[table["labels"] == "names shuffled", "value"])


def test_contrasts_stand_beside_their_reference() -> None:
    table = contrasts()
    figure = condition_contrasts(table)
    traces = {trace.name: trace for trace in figure.data}
    rows = table[table["condition"] == "strong <1>"]
    np.testing.assert_allclose(traces["strong &lt;1&gt;"].x, rows["value"])
    hover = traces["strong &lt;1&gt;"].customdata[0]
    assert "gain in strong &lt;1&gt; minus gain in people" in hover
    assert f"{rows['value'].iloc[0]:+.3f}  [{rows['low'].iloc[0]:+.3f}, {rows['high'].iloc[0]:+.3f}]" in hover
    assert "corrected for the number of comparisons" in hover
    assert len(traces["weak"].x) == 1
    assert figure.layout.xaxis.title.text == "Macro-F1 over text only, minus the same in people (above 0: gains more)"


def test_encodings_stand_over_text_only_and_over_the_user_token() -> None:
    table = gains_of_encodings()
    figure = encoding_gains(table)
    traces = {trace.name: trace for trace in figure.data}
    names = names_of_rows(figure)
    for against, row in (("text only", 0), ("user token", 1)):
        trace, rows = traces[f"over {against}"], table[table["against"] == against]
        np.testing.assert_allclose(trace.x, rows["value"])
        assert [names[round(float(y))] for y in trace.y] == list(names.values())[row:]
    assert set(traces["over text only"].y) & set(traces["over user token"].y) == set(), "no mark hides another"


def test_gains_that_cannot_be_drawn_are_told() -> None:
    with pytest.raises(InputError, match="verdict"):
        model_differences(differences(predictions(), resamples=0).drop(columns="verdict"))
    with pytest.raises(InputError, match="'drawn' are not in the table, which has 'as given', 'names shuffled'"):
        condition_gains(gains_of_conditions(), labels="drawn")
    with pytest.raises(InputError, match="2 kinds of differences by reference"):
        condition_contrasts(contrasts().assign(reference=["a"] + ["b"] * (len(contrasts()) - 1)))
    with pytest.raises(InputError, match="against"):
        encoding_gains(gains_of_encodings().drop(columns="against"))
