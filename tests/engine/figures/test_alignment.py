"""The heatmap shows every cell, and which have no evidence or no value."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from engine.errors import InputError
from engine.figures import alignment_heatmap
from engine.figures.theme import PALETTES, shaded


def table() -> pd.DataFrame:
    """Two personas beside three people; one cell without evidence, one without a value."""
    return pd.DataFrame(
        {
            "persona": ["x<b>", "x<b>", "x<b>", "y", "y", "y"], "target": ["a", "b", "c"] * 2,
            "own": [True, False, False, False, True, False],
            "value": [0.9, 0.5, np.nan, 0.6, 0.8, 0.7], "low": 0.1, "high": 0.95, "null_mean": 0.4, "null_high": 0.55,
            "evidence": [True, False, False, True, True, True], "persona_ceiling": [0.93] * 3 + [0.7] * 3,
            "target_ceiling": np.nan, "n_items": 300,
            "note": ["", "", "the person or group has no label", "", "", ""],
        }
    )  # fmt: skip


def centres(trace: object) -> list[tuple[float, float]]:
    """Middles of the squares of a trace, as (column, row)."""
    x, y = np.reshape(trace.x, (-1, 6)), np.reshape(trace.y, (-1, 6))  # type: ignore[attr-defined]
    return [(round(float(np.nanmean(a[:4])), 9), round(float(np.nanmean(b[:4])), 9)) for a, b in zip(x, y, strict=True)]


def test_every_value_stands_in_its_cell_whatever_the_order_of_rows() -> None:
    for frame in (table(), table().sample(frac=1, random_state=1)):
        heat = alignment_heatmap(frame, measure="kappa").data[0]
        rows, columns = list(dict.fromkeys(frame["persona"])), list(dict.fromkeys(frame["target"]))
        for cell in frame.to_dict("records"):
            shown = heat.z[rows.index(cell["persona"])][columns.index(cell["target"])]
            assert shown == pytest.approx(cell["value"], nan_ok=True)


def test_cells_without_evidence_are_hatched_those_without_value_grey_and_own_ones_framed() -> None:
    traces = {t.name: t for t in alignment_heatmap(table()).data[1:]}
    assert centres(traces["no value"]) == [(2, 0)]
    assert centres(traces["not above shuffled personas"]) == [(1, 0)]
    assert traces["not above shuffled personas"].fillpattern.shape == "/"
    assert centres(traces["its own"]) == [(0, 0), (1, 1)]
    assert [name for name, t in traces.items() if t.showlegend is False and t.name[:6] != "values"] == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_values_are_written_over_the_hatching_and_can_be_read(theme: str) -> None:
    traces = alignment_heatmap(table(), theme=theme).data
    written = [trace for trace in traces if str(trace.name).startswith("values, ")]
    assert list(traces[-len(written) :]) == written, "drawn last, so above all"
    inks = {text: trace.textfont.color for trace in written for text in trace.text}
    assert sorted(inks) == ["0.50", "0.60", "0.70", "0.80", "0.90"]
    assert {t.unselected.textfont.color == t.textfont.color for t in written} == {True}, "a selection fades none"
    scale = [colour for _, colour in traces[0].colorscale]
    for value, end in (("0.50", 0), ("0.90", 1)):  # the lowest and the highest value lie at the ends of the scale
        assert contrast(scale[end], inks[value]) >= 4.5


def contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio of two hex colours."""

    def luminance(colour: str) -> float:
        c = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
        return float(np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722])

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_hovering_says_the_interval_the_null_or_why_there_is_no_value() -> None:
    hover = alignment_heatmap(table()).data[0].customdata
    assert "0.900  [0.100, 0.950], 300 items" in hover[0][0][3]
    assert "shuffled personas 0.400, up to 0.550" in hover[0][0][4]
    assert hover[0][2][3] == "the person or group has no label"
    assert hover[0][0][0] == "x&lt;b&gt;", "names are no markup"


def test_without_a_null_nothing_is_hatched() -> None:
    frame = table().assign(null_high=np.nan, null_mean=np.nan, evidence=False)
    traces = {t.name: t for t in alignment_heatmap(frame).data[1:]}
    assert centres(traces["not above shuffled personas"]) == []
    assert not traces["not above shuffled personas"].showlegend


def test_what_is_no_alignment_table_is_refused() -> None:
    with pytest.raises(InputError, match="evidence"):
        alignment_heatmap(table().drop(columns="evidence"))
    with pytest.raises(InputError, match="twice, or none"):
        alignment_heatmap(pd.concat([table(), table()]))
    with pytest.raises(InputError, match="0 rows"):
        alignment_heatmap(table().iloc[:0])


def test_marks_tell_row_and_column_and_hover_in_the_heatmaps_place() -> None:
    figure = alignment_heatmap(table(), pickable=True, chosen=("y", "c"))
    marks = figure.data[-1]
    assert marks.name == "cells"
    assert marks.marker.opacity == 0
    assert list(zip(marks.y, marks.x, strict=True)) == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]
    assert marks.hovertext[0].startswith("<b>x&lt;b&gt;</b> and <b>a</b> (its own)<br>0.900  [0.100, 0.950]")
    assert marks.hovertext[2].endswith("<br>the person or group has no label")
    assert figure.data[0].hoverinfo == "skip"


def test_the_cell_that_is_looked_at_is_marked() -> None:
    marks = alignment_heatmap(table(), pickable=True, chosen=("y", "c")).data[-1]
    assert list(marks.selectedpoints) == [5], "a browser moves the selection without another figure"
    assert (marks.selected.marker.opacity, marks.unselected.marker.opacity) == (1, 0)
    assert alignment_heatmap(table(), pickable=True, chosen=("y", "nobody")).data[-1].selectedpoints is None
    assert centres({t.name: t for t in alignment_heatmap(table(), chosen=("y", "c")).data}["chosen"]) == [(2, 1)]
    assert "chosen" not in {t.name for t in alignment_heatmap(table(), chosen=("y", "nobody")).data}


def test_null_and_ceilings_stand_beside_the_cells_in_their_shades() -> None:
    figure = alignment_heatmap(table().assign(target_ceiling=[0.6, 0.7, np.nan] * 2))
    traces = {t.name: t for t in figure.data}
    null, halves, itself = (traces[name] for name in ("shuffled, up to", "group itself", "itself"))
    assert null.z.tolist() == [[0.55, 0.55, 0.55]]
    assert halves.z[0][:2].tolist() == [0.6, 0.7]
    assert np.isnan(halves.z[0][2])
    assert itself.z.ravel().tolist() == pytest.approx([0.93, 0.7])
    assert {(t.zmin, t.zmax) for t in (null, halves, itself)} == {(0.5, 0.9)}, "the range of the cells"
    assert "Shuffled personas and <b>a</b><br>mean 0.400, up to 0.550" in null.customdata[0][0]
    assert "<b>x&lt;b&gt;</b> and itself, asked again<br>0.930" in itself.customdata[0][0]
    assert (list(null.x), list(itself.y)) == ([0, 1, 2], [0, 1])
    assert null.y[0] < halves.y[0] < figure.layout.yaxis.range[0]
    assert list(figure.layout.yaxis.ticktext)[2:] == ["shuffled, up to", "group itself"]
    assert list(figure.layout.xaxis.ticktext)[3:] == ["itself"]
    written = [text for trace in figure.data if str(trace.name).startswith("values of itself") for text in trace.text]
    assert sorted(written) == ["0.70", "0.93"]


def test_what_is_unknown_has_no_strip() -> None:
    frame = table().assign(null_high=np.nan, null_mean=np.nan, persona_ceiling=np.nan)
    figure = alignment_heatmap(frame)
    assert [t.type for t in figure.data].count("heatmap") == 1
    assert list(figure.layout.yaxis.range) == [1.5, -0.5]


def test_plotly_does_not_move_the_title_out_of_the_scales_way() -> None:
    for frame in (table(), large()):
        figure = alignment_heatmap(frame, title="Cells")
        assert figure.data[0].colorbar.y < 1, "at 1 the title goes up by the scale's height, and off the picture"
        assert (figure.layout.title.y, figure.layout.title.yanchor) == (1, "top")


def test_a_value_without_interval_has_none() -> None:
    frame = table().assign(low=np.nan, high=np.nan)
    assert alignment_heatmap(frame).data[0].customdata[0][0][3] == "0.900, 300 items"


def large(n_rows: int = 80, n_columns: int = 90) -> pd.DataFrame:
    cells = pd.MultiIndex.from_product(
        [[f"<p{i}>" for i in range(n_rows)], [f"a{i}" for i in range(n_columns)]], names=["persona", "target"]
    ).to_frame(index=False)
    value = np.linspace(-1, 1, len(cells))
    value[1] = np.nan
    return cells.assign(
        own=False, value=value, low=np.nan, high=np.nan, null_mean=0.0, null_high=0.5, evidence=value > 0.5,
        persona_ceiling=0.9, target_ceiling=np.nan, n_items=10, note="",
    )  # fmt: skip


def test_very_many_cells_are_one_picture_with_those_without_evidence_veiled() -> None:
    frame = large()
    frame.loc[5, "own"] = True
    figure = alignment_heatmap(frame, pickable=True, chosen=("<p1>", "a2"))
    heat, veil, own, chosen = figure.data
    assert heat.z.dtype == np.float32
    assert heat.z.ravel() == pytest.approx(frame["value"].to_numpy(), abs=1e-6, nan_ok=True)
    assert list(heat.y[:2]) == ["&lt;p0&gt;", "&lt;p1&gt;"]
    assert (~np.isnan(veil.z.ravel()) == (frame["value"] <= 0.5).to_numpy()).all()
    assert (list(own.x), list(own.y)) == (["a5"], ["&lt;p0&gt;"])
    assert (list(chosen.x), list(chosen.y)) == (["a2"], ["&lt;p1&gt;"])
    assert not figure.layout.yaxis.showticklabels
    assert figure.layout.height < 1300


def test_on_very_many_cells_dragging_draws_a_box() -> None:
    figure = alignment_heatmap(large(), pickable=True, box=(slice(3, 5), slice(0, 90)))
    assert (figure.layout.dragmode, figure.layout.clickmode) == ("select", "event")
    (box,) = figure.layout.selections
    assert (box.x0, box.x1, box.y0, box.y1) == (-0.5, 89.5, 2.5, 4.5), "the edges of its cells"
    assert box.line.to_plotly_json() == figure.layout.newselection.line.to_plotly_json()
    marks = [trace for trace in figure.data if trace.type == "scatter"]
    assert {trace.unselected.marker.opacity for trace in marks} == {1}, "a box fades no mark"
    alone = alignment_heatmap(large())
    assert alone.layout.dragmode is None
    assert figure.layout.height < alone.layout.height, "there is room for a map of the box"
    assert not alignment_heatmap(large(), pickable=True).layout.selections


def test_a_part_has_the_shades_of_the_whole() -> None:
    whole = alignment_heatmap(table())
    span = (0.0, 1.0)
    part = alignment_heatmap(table(), span=span)
    assert [(t.zmin, t.zmax) for t in part.data if t.type == "heatmap"] == [span] * 3
    assert (whole.data[0].zmin, whole.data[0].zmax) == (0.5, 0.9)
    inks = {text: t.textfont.color for t in part.data if str(t.name).startswith("values, ") for text in t.text}
    assert min(contrast(shaded(PALETTES["light"], float(value)), inks[value]) for value in inks) >= 4.5
    empty = alignment_heatmap(table().assign(value=np.nan))
    assert (empty.data[0].zmin, empty.data[0].zmax) == (0, 1)
