"""Answers without a label: names that look alike stay apart, and lines between rows come at once."""

from __future__ import annotations

import numpy as np
import pandas as pd

from engine.figures import labelless_rates, persona_agreement_by_policy
from engine.measures import labelless_rates as rates_of
from engine.measures import persona_agreement_by_policy as policies_of
from tests.engine.measures import arrays


def refusing(names: list[str]) -> pd.DataFrame:
    codes = np.random.default_rng(0).integers(0, 2, (len(names), 20, 1, 1, 2))
    status = np.zeros(codes.shape, dtype=int)
    status[0, :5] = 1
    run = arrays.sampled(np.where(status, -1, codes), [1.0], 2, status)
    run.coords["persona"] = names
    return run


def test_personas_whose_names_are_cut_alike_keep_a_row_each() -> None:
    names = [f"{'a' * 30}{i}{'b' * 30}" for i in range(3)] + ["<i> & x"]
    figure = persona_agreement_by_policy(policies_of(refusing(names), resamples=20))
    assert [len(trace.x) for trace in figure.data[:3]] == [4, 4, 4]
    assert figure.layout.yaxis.ticktext[3] == "&lt;i&gt; &amp; x", "escaped once"
    assert "<b>&lt;i&gt; &amp; x</b>" in figure.data[0].customdata[3]


def test_a_line_parts_each_two_rows() -> None:
    figure = labelless_rates(rates_of(refusing(["a", "b", "c"])))
    assert sorted(shape.y0 for shape in figure.layout.shapes) == [1.5, 2.5]
