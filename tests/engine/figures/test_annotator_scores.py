"""Scores of annotator models as drawn: every number of the tables at its place, kinds told apart, names as text."""

from __future__ import annotations

import pandas as pd
import pytest

from engine.annotators.scores.scores import model_scores as scores_of
from engine.errors import InputError
from engine.figures.annotator_scores import model_scores
from tests.engine.figures.annotator_results import names_of_rows, predictions


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return scores_of(predictions(), resamples=100)


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


def test_what_cannot_be_drawn_is_told(table: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="seed_sd"):
        model_scores(table.drop(columns="seed_sd"))
    with pytest.raises(InputError, match="'f1' is not in the table, which has macro_f1, accuracy"):
        model_scores(table, score="f1")
