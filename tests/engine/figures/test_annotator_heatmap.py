"""Annotators' scores as drawn: every cell at its place, what is left out counted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from engine.annotators.scores.scores import annotator_scores
from engine.errors import InputError
from engine.figures.annotator_heatmap import annotator_heatmap
from tests.engine.figures.annotator_results import names_of_rows, predictions


def test_every_annotator_and_model_has_its_cell_whatever_the_order_of_rows() -> None:
    table = annotator_scores(predictions(), resamples=50)
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


def test_of_many_annotators_those_with_most_labels_are_drawn_and_the_rest_counted() -> None:
    table = annotator_scores(predictions(), resamples=0)
    figure = annotator_heatmap(table, longest=2)
    most = table.drop_duplicates("annotator").nlargest(2, "n_labels")["annotator"]
    assert {name.replace("&lt;", "<").replace("&gt;", ">") for name in names_of_rows(figure).values()} == set(most)
    assert "2 of 5 annotators are drawn" in " ".join(a.text for a in figure.layout.annotations).replace("<br>", " ")


def test_a_cell_named_twice_is_told() -> None:
    cells = annotator_scores(predictions(), resamples=0)
    with pytest.raises(InputError, match="names a cell twice"):
        annotator_heatmap(pd.concat([cells, cells]))
