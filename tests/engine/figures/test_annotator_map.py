"""The annotator map shows everybody once, joins personas to their people, and says how it is to be read."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest

from engine.errors import InputError
from engine.figures.annotator_map import annotator_map
from engine.figures.annotator_map_marks import MOST_DOTS, MOST_NAMED
from engine.figures.theme import PALETTES, look


@dataclass(frozen=True)
class Told:
    sentence: str


@dataclass(frozen=True)
class Map:
    """What the figure reads of an AnnotatorMap."""

    points: pd.DataFrame
    clouds: pd.DataFrame
    pairs: pd.DataFrame
    method: str = "UMAP"
    trust: Told = Told("Trust <it> with care.")
    pairing: Told = Told("Personas stand nearer.")
    note: str = "some points & places"


def made(n_people: int = 3, replicates: int = 4) -> Map:
    """People p0, p1, ... at (i, 0) in groups A and B, their personas at (i, 1), one without a group."""
    names = [f"p{i}" for i in range(n_people)]
    points = pd.DataFrame(
        {
            "name": ["<b>", *names[1:]] + [f"persona of {name}" for name in names],
            "source": ["people"] * n_people + ["personas"] * n_people,
            "group": (["A", "B"] * n_people)[:n_people] + [""] * n_people,
            "person": [""] * n_people + ["<b>", *names[1:]],
            "x": np.tile(np.arange(n_people, dtype=float), 2), "y": np.repeat([0.0, 1.0], n_people),
            "n_labels": 1200, "cluster": [0, -1] * n_people, "radius": 0.25,
            "uncertainty": [0.5] * n_people + [np.nan] * n_people,
        }
    )  # fmt: skip
    clouds = points.loc[points.index.repeat(replicates), ["name", "source", "x", "y"]]
    clouds = clouds.assign(x=clouds["x"] + 0.1).reset_index(drop=True)
    personas = points[points["source"] == "personas"]
    pairs = pd.DataFrame(
        {"persona": personas["name"], "person": personas["person"], "distance": 1.0, "rank": 1.5, "n_people": n_people}
    )
    return Map(points, clouds, pairs)


def traces(figure: object) -> dict[str, object]:
    return {trace.name: trace for trace in figure.data}  # type: ignore[attr-defined]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everybody_stands_once_in_the_colour_of_the_group_and_the_symbol_of_the_kind(theme: str) -> None:
    shown = traces(annotator_map(made(), theme=theme))  # type: ignore[arg-type]
    a, personas = shown["A, people"], shown["no group, personas"]
    assert (list(a.x), list(a.y)) == ([0, 2], [0, 0])  # type: ignore[attr-defined]
    assert a.marker.color == look(0, theme).colour  # type: ignore[attr-defined, arg-type]
    assert shown["B, people"].marker.color == look(1, theme).colour  # type: ignore[attr-defined, arg-type]
    assert a.marker.symbol == "circle"  # type: ignore[attr-defined]
    assert (list(personas.x), list(personas.y)) == ([0, 1, 2], [1, 1, 1])  # type: ignore[attr-defined]
    assert personas.marker.symbol == "diamond"  # type: ignore[attr-defined]
    assert personas.marker.line.color == PALETTES[theme].people  # type: ignore[attr-defined, index]
    assert list(a.text) == ["&lt;b&gt;", "p2"]  # type: ignore[attr-defined]
    legend = [trace.name for trace in annotator_map(made(), theme=theme).data if trace.showlegend is not False]  # type: ignore[arg-type]
    assert legend == ["persona to its own person", "A", "B", "no group", "people", "personas"]


def test_each_persona_is_joined_to_its_own_person() -> None:
    line = traces(annotator_map(made()))["persona to its own person"]
    assert np.reshape(line.x, (3, 3))[:, :2].tolist() == [[0, 0], [1, 1], [2, 2]]  # type: ignore[attr-defined]
    assert np.reshape(line.y, (3, 3))[:, :2].tolist() == [[1, 0]] * 3  # type: ignore[attr-defined]
    assert np.isnan(np.reshape(line.x, (3, 3))[:, 2]).all()  # type: ignore[attr-defined]


def test_clouds_are_dots_or_discs_where_there_are_too_many_dots() -> None:
    dots = traces(annotator_map(made()))["A: clouds"]
    assert sorted(dots.x) == pytest.approx([0.1] * 4 + [2.1] * 4)  # type: ignore[attr-defined]
    many = made(3, MOST_DOTS // 6 + 1)
    figure = annotator_map(many)
    disc = traces(figure)["A: clouds"]
    x, y = np.reshape(disc.x, (2, -1)), np.reshape(disc.y, (2, -1))  # type: ignore[attr-defined]
    assert np.nanmax(np.abs(np.hypot(x - [[0], [2]], y) - 0.25)) < 1e-9
    assert disc.fill == "toself"  # type: ignore[attr-defined]
    assert "Discs: where" in caption(figure)
    none = replace(made(), clouds=made().clouds.iloc[:0])
    assert "where each would stand" not in caption(annotator_map(none))


def caption(figure: object) -> str:
    (text,) = [a.text for a in figure.layout.annotations if a.name == "caption"]  # type: ignore[attr-defined]
    return text.replace("<br>", " ")


def test_the_caption_says_how_far_to_trust_and_how_to_read_and_is_no_markup() -> None:
    told = caption(annotator_map(made()))
    assert told.startswith("Trust &lt;it&gt; with care. Personas stand nearer. Near points are alike;")
    assert "Note: some points &amp; places." in told
    assert "Distances are those" in caption(annotator_map(replace(made(), method="PCA")))


def test_both_axes_have_one_scale_and_umap_has_no_numbers() -> None:
    for method, numbers in (("UMAP", False), ("PCA", True)):
        layout = annotator_map(replace(made(), method=method), title="Map").layout
        assert layout.yaxis.scaleanchor == "x"
        assert layout.yaxis.scaleratio == 1
        assert layout.xaxis.showticklabels is numbers
        assert layout.xaxis.title.text
        assert layout.yaxis.title.text
        low, high = layout.xaxis.range
        assert low < 0
        assert high > 2
        assert layout.title.text == "Map"


def test_hovering_tells_who_where_and_how_sure() -> None:
    shown = traces(annotator_map(made()))
    first, second = shown["A, people"].hovertext[0], shown["B, people"].hovertext[0]  # type: ignore[attr-defined]
    assert first.startswith("<b>&lt;b&gt;</b> (people, A)<br>1,200 labels, cluster 1")
    assert "moves 0.50 of the way" in first
    assert "in no cluster" in second
    persona = shown["no group, personas"].hovertext[0]  # type: ignore[attr-defined]
    assert "stands for &lt;b&gt;<br>its own person: 1 away, 1.5 of 3 by nearness" in persona
    assert "moves" not in persona, "nothing is known of it"


def test_points_say_their_row_and_one_may_be_marked() -> None:
    drawn = annotator_map(made(), chosen=("personas", "persona of p1"))  # type: ignore[arg-type]
    shown = traces(drawn)
    rows = {name: list(trace.customdata) for name, trace in shown.items() if trace.customdata is not None}  # type: ignore[attr-defined]
    assert rows == {"A, people": [0, 2], "B, people": [1], "no group, personas": [3, 4, 5]}
    ring = shown["chosen"]
    assert (list(ring.x), list(ring.y)) == ([1.0], [1.0])  # type: ignore[attr-defined]
    assert "chosen" not in traces(annotator_map(made(), chosen=("people", "persona of p1")))  # type: ignore[arg-type]


def test_colours_may_be_those_of_clusters_while_hovering_tells_the_group() -> None:
    points = made().points.assign(cluster=[0, 10, 1, -1, -1, 1])
    shown = traces(annotator_map(replace(made(), points=points), colour_by="cluster"))  # type: ignore[arg-type]
    names = [name for name, trace in shown.items() if trace.customdata is not None]  # type: ignore[attr-defined]
    assert sorted(names) == [
        "cluster 1, people", "cluster 11, people", "cluster 2, people", "cluster 2, personas", "in no cluster, personas"
    ]  # fmt: skip
    colours = [shown[f"cluster {c}, people"].marker.color for c in (1, 2, 11)]  # type: ignore[attr-defined]
    assert colours == [look(i, "light").colour for i in range(3)], "in the order of their numbers"
    assert shown["cluster 1, people"].hovertext[0].startswith("<b>&lt;b&gt;</b> (people, A)")  # type: ignore[attr-defined]


def test_many_people_are_named_on_hovering_alone_and_nobody_makes_an_empty_map() -> None:
    assert traces(annotator_map(made(2 * MOST_NAMED + 2)))["A, people"].text is None  # type: ignore[attr-defined]
    full = made()
    empty = Map(full.points.iloc[:0], full.clouds.iloc[:0], full.pairs.iloc[:0], "PCA")
    figure = annotator_map(empty)
    assert "Nobody has a place on this map." in [a.text for a in figure.layout.annotations]
    one = Map(full.points.iloc[:1], full.clouds.iloc[:0], full.pairs.iloc[:0], "PCA")
    low, high = annotator_map(one).layout.xaxis.range
    assert low < 0 < high


def test_what_is_no_map_is_refused() -> None:
    with pytest.raises(InputError, match="radius"):
        annotator_map(replace(made(), points=made().points.drop(columns="radius")))
    with pytest.raises(InputError, match="PCA, UMAP"):
        annotator_map(replace(made(), method="t-SNE"))
