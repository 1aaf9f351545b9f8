"""Answers and representation as drawn."""

from __future__ import annotations

import dataclasses

import numpy as np

from engine import figures, measures
from engine.figures.enlarged import enlarged
from tests.engine.figures.results import EVIL, QUICK, both
from tests.engine.measures.stand_ins import people_of, voices_of


def test_every_answer_is_a_cell_of_its_group_s_strip() -> None:
    found = measures.answers(*both())
    figure = figures.answers(found, words={found.labels[1]: f"aye {EVIL}"})
    drawn = np.concatenate([trace.z for trace in figure.data])
    np.testing.assert_allclose(drawn, np.concatenate([found.people, found.told]))
    y = np.concatenate([trace.y for trace in figure.data])
    assert len(set(y)) == len(y), "no two raters share a row"
    assert y.max() + 0.5 == figure.layout.yaxis.range[0]
    heads = [note.text for note in figure.layout.annotations]
    assert heads[0].startswith("<b>12 people</b>")
    assert sum(head.startswith("<b>14 personas</b>") for head in heads) == 1
    assert "aye" in figure.layout.xaxis.title.text
    assert len(figures.answers(found, who="people").data) < len(figure.data)


def test_one_voice_is_one_shade_a_column() -> None:
    told, said = both()
    first = np.repeat(told.probability[:1], len(told.personas), axis=0)
    figure = figures.answers(measures.answers(dataclasses.replace(told, probability=first), said))
    personas = np.concatenate([trace.z for trace in figure.data if trace.name == "personas"])
    assert np.ptp(personas, axis=0).max() < 1e-12


def test_labels_without_order_have_a_colour_each() -> None:
    voices = voices_of(np.eye(3)[None])
    figure = figures.answers(measures.answers(voices, people_of(np.array([[0, 1, 2], [2, 2, 1]]), 3)))
    assert (figure.layout.coloraxis.cmin, figure.layout.coloraxis.cmax) == (-0.5, 2.5)
    assert len({colour for _, colour in figure.layout.coloraxis.colorscale}) == 3


def test_representation_draws_the_best_represented_group_on_top_hollow_where_little_is_carried() -> None:
    told, said = both()
    found = measures.representation(told, said, **QUICK)
    table = found.groups.assign(carried=[0.2, 1.0, np.nan], low=[0.1, 0.8, np.nan], high=[0.3, 9.0, np.nan])
    figure = figures.representation(dataclasses.replace(found, groups=table))
    marks = next(trace for trace in figure.data if trace.name == "Carried")
    assert marks.x.tolist() == [1.0, 0.2]
    assert marks.marker.color[0] != marks.marker.color[1]
    assert figure.layout.xaxis.range[1] <= 2.5, "a wide interval does not squeeze the others"


def test_enlarged_figures_have_larger_letters_no_caption_and_leave_the_original_alone() -> None:
    figure = figures.persona_signal({"a": measures.persona_signal(both()[0], permutations=19, **QUICK)}, title="A")
    larger = enlarged(figure, 2.0)
    assert larger.layout.xaxis.tickfont.size == 26
    assert larger.layout.height is None
    assert not [note for note in larger.layout.annotations if note.name == "caption"]
    assert figure.layout.height
    assert [note for note in figure.layout.annotations if note.name == "caption"]
