"""Alignment gaps as drawn: every cell at its place, colours that part at 0, what is undefined told, very many cells."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from engine.errors import InputError
from engine.figures.alignment_gaps import MOST_NAMED, alignment_gaps
from engine.figures.theme import PALETTES
from tests.engine.figures.experiment_results import Gaps, gaps


def named(figure: go.Figure) -> dict[str, Any]:
    return {trace.name: trace for trace in figure.data}


def names(axis: Any) -> dict[str, int]:
    return dict(zip(axis.ticktext, map(int, axis.tickvals), strict=True))


def test_every_gap_stands_at_its_persona_and_target_whatever_the_order_of_rows() -> None:
    made = gaps("<b>")
    figure = alignment_gaps(made)
    rows, columns = names(figure.layout.yaxis), names(figure.layout.xaxis)
    heat = named(figure)["alignment gap"]
    for cell in made.cells.to_dict("records"):
        y, x = (rows if k == "persona" else columns for k in ("persona", "target"))
        place = y[cell["persona"].replace("<b>", "&lt;b&gt;")], x[cell["target"].replace("<b>", "&lt;b&gt;")]
        assert heat.z[place] == pytest.approx(cell["gap"], nan_ok=True)
        assert ("undefined" in heat.customdata[place]) == np.isnan(cell["gap"])
        assert (", its own" in heat.customdata[place]) == cell["own"]
    assert heat.zmin == -heat.zmax
    assert sorted(columns.values()) == [0, 1, 2, 3, 5, 6], "groups stand apart"
    assert sorted(rows.values()) == [0, 1, 2, 4], "so do all personas together"


def test_own_cells_are_framed_undefined_ones_hatched_and_their_reason_told() -> None:
    traces = named(alignment_gaps(gaps()))
    corners = traces["its own"]
    centres = {
        (float(np.mean(x)), float(np.mean(y)))
        for x, y in zip(corners.x.reshape(-1, 6)[:, :4], corners.y.reshape(-1, 6)[:, :4], strict=True)
    }
    assert {(round(x), round(y)) for x, y in centres} == {(0, 0), (1, 1), (2, 2), (5, 0), (5, 1), (5, 2)}
    hatched = traces["no score"]
    assert (np.mean(hatched.x[:4]), np.mean(hatched.y[:4])) == pytest.approx((2, 0))
    assert hatched.fillpattern.shape == "/"
    assert "a note" in traces["alignment gap"].customdata[0, 2]
    whole = gaps()
    figure = alignment_gaps(replace(whole, cells=whole.cells.assign(gap=0.1, own=False)))
    assert figure.layout.showlegend is False


def test_hovering_says_both_scores_the_interval_and_all_numbers() -> None:
    hover = named(alignment_gaps(gaps()))["alignment gap"].customdata[1, 0]
    assert "<b>persona 1 </b>, tested on person person 0" in hover
    assert "gap +0.010  [-0.090, +0.110]" in hover
    assert "own labels 0.700 of 1,300 training labels, persona's 0.690 of 1,400" in hover
    assert "21 test labels, 20 items, 5 seeds" in hover


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_colours_part_at_zero_and_values_are_written_where_there_is_room(theme: Any) -> None:
    traces = named(alignment_gaps(gaps(), theme=theme))
    scale = traces["alignment gap"].colorscale
    palette = PALETTES[theme]
    assert (scale[0][1], scale[-1][1]) == palette.series[:2]
    assert [share for share, _ in scale] == pytest.approx(np.linspace(0, 1, 11))
    assert len(traces["values"].text) == 4 * 6 - 1
    assert "values" not in named(alignment_gaps(gaps(n_people=30)))


def test_cells_without_evidence_are_greyed_where_that_is_asked_for() -> None:
    made = gaps()
    cells = made.cells.assign(low=made.cells["gap"] - 0.055, high=made.cells["gap"] + 0.055)
    shown = named(alignment_gaps(replace(made, cells=cells), grey_undecided=True))
    grey = ~np.isnan(shown["grey"].z)
    heat = shown["alignment gap"].z
    known = ~np.isnan(heat)
    assert grey[known].tolist() == (np.abs(heat[known]) <= 0.055).tolist()
    assert 0 < grey.sum() < known.sum()
    assert shown["grey"].hoverinfo == "skip", "hovering still tells the gap and its interval"
    assert shown["interval holds 0"].marker.color == PALETTES["light"].grid
    assert "grey" not in named(alignment_gaps(replace(made, cells=cells)))
    without = named(alignment_gaps(replace(made, cells=cells.assign(low=np.nan, high=np.nan)), grey_undecided=True))
    assert (~np.isnan(without["grey"].z)).sum() == known.sum(), "no interval is no evidence"


def test_sixty_personas_beside_eight_hundred_people_stay_readable() -> None:
    figure = alignment_gaps(gaps(n_personas=60, n_people=800))
    assert len(figure.layout.xaxis.tickvals) <= MOST_NAMED
    assert len(figure.layout.yaxis.tickvals) <= MOST_NAMED
    assert figure.layout.height < 2000
    heat = named(figure)["alignment gap"]
    assert heat.z.shape == (62, 803)
    assert heat.xgap == 0
    assert sum(len(text) for text in heat.customdata.ravel()) < 120 * 61 * 802
    caption = " ".join(a.text for a in figure.layout.annotations).replace("<br>", " ")
    assert "Beyond the ends of the colours:" in caption
    assert "Personas teach" in caption


def test_people_alone_and_groups_alone_have_no_gap_between() -> None:
    for kept in ({"n_groups": 0}, {"n_people": 0}):
        figure = alignment_gaps(gaps(**kept))  # type: ignore[arg-type]
        places = list(figure.layout.xaxis.tickvals)
        assert places == list(range(len(places)))


def test_what_cannot_be_drawn_is_told() -> None:
    made = gaps()
    with pytest.raises(InputError, match="n_train_own"):
        alignment_gaps(replace(made, cells=made.cells.drop(columns="n_train_own")))
    with pytest.raises(InputError, match="0 rows"):
        alignment_gaps(Gaps(made.cells.head(0), "macro_f1", ""))
