"""Items behind an effect and behind answers without a label, beside what a reader counts by hand."""

from __future__ import annotations

import numpy as np
import pytest

from engine.errors import InputError
from engine.measures import attribute_effects, attribute_items, labelless_items, labelless_rates
from engine.measures.voices import Voices
from tests.engine.measures.from_codes import with_refusals

PAIRS = [("a+", "a", "age", "old"), ("b+", "b", "age", "young"), ("c+", "c", "faith", "none")]


def voices(*wordings: list[list[float]]) -> Voices:
    """Personas a+, a, b+, b, c+, c; of each wording the probability of 'yes' by persona and item."""
    yes = np.moveaxis(np.array(wordings, dtype=float), 0, 2)  # (personas, items, wordings)
    p = np.stack([1 - yes, yes], axis=-1)
    return Voices(
        personas=("a+", "a", "b+", "b", "c+", "c"), items=tuple(f"i{k}" for k in range(yes.shape[1])),
        wordings=tuple(f"w{k}" for k in range(yes.shape[2])), labels=("no", "yes"), level="nominal", values=(0.0, 1.0),
        temperature=1.0, probability=p, draws=np.where(np.isnan(yes), 0, np.inf),
    )  # fmt: skip


ONE = [[0.9, 0.5, 0.2], [0.1, 0.5, 0.1], [0.8, 0.4, np.nan], [0.6, 0.4, 0.3], [0.0, 1.0, 0.5], [0.0, 0.0, 0.5]]


def test_items_are_ranked_by_how_far_the_attribute_moves_them() -> None:
    found = attribute_items(voices(ONE), PAIRS, "age")
    assert found["item_id"].tolist() == ["i0", "i2", "i1"]
    assert found["total_variation"].tolist() == pytest.approx([(0.8 + 0.2) / 2, 0.1, 0.0])
    assert found["n_pairs"].tolist() == [2, 1, 2]
    first = found.iloc[0]
    assert (first["persona"], first["partner"], first["value"]) == ("a+", "a", "old"), "the pair that moves it most"
    probabilities = {"yes": (0.9, 0.1), "no": (0.1, 0.9)}[first["label"]]
    assert (first["with_it"], first["without"]) == pytest.approx(probabilities)
    assert found.iloc[1]["persona"] == "a+", "the other pair has no labels there"


def test_a_value_alone_and_another_attribute() -> None:
    assert attribute_items(voices(ONE), PAIRS, "age", "old")["total_variation"].max() == pytest.approx(0.8)
    assert attribute_items(voices(ONE), PAIRS, "faith")["item_id"].iloc[0] == "i1"


def test_the_mean_over_items_is_the_effect() -> None:
    rng = np.random.default_rng(0)
    told = voices(*rng.uniform(size=(2, 6, 30)).tolist())
    effects = attribute_effects(told, PAIRS, resamples=0).set_index(["attribute", "value"])
    for attribute, value in (("age", ""), ("age", "old"), ("faith", "")):
        found = attribute_items(told, PAIRS, attribute, value)
        assert found["total_variation"].mean() == pytest.approx(effects.loc[(attribute, value), "total_variation"])


def test_an_attribute_without_pairs_is_refused() -> None:
    with pytest.raises(InputError, match=r"'income'.*'age', 'faith'"):
        attribute_items(voices(ONE), PAIRS, "income")
    with pytest.raises(InputError, match="'age' = 'tall'"):
        attribute_items(voices(ONE), PAIRS, "age", "tall")


def test_items_of_answers_without_a_label_add_up_to_the_rates() -> None:
    codes = np.random.default_rng(1).integers(0, 2, size=(4, 12))
    labels = with_refusals(codes, "nominal", [0.0, 1.0])
    found, whole = labelless_items(labels), labelless_rates(labels).iloc[0]
    assert found["rate"].is_monotonic_decreasing
    assert (found["rate"] * found["n_answers"]).sum() / found["n_answers"].sum() == pytest.approx(whole["rate"])
    assert (found[["refusal", "hedge", "unparsable"]].sum(axis=1) / found["n_answers"]).to_numpy() == pytest.approx(
        found["rate"].to_numpy()
    )
    one = labelless_items(labels, temperature=float(labels["temperature"][0]))
    assert one["n_answers"].sum() <= found["n_answers"].sum()


def test_a_wording_or_temperature_that_is_not_there_is_refused() -> None:
    labels = with_refusals(np.zeros((2, 3), dtype=int), "nominal", [0.0, 1.0])
    with pytest.raises(InputError, match="no wording 'terse'"):
        labelless_items(labels, "terse")
    with pytest.raises(InputError, match="no temperature 7"):
        labelless_items(labels, temperature=7.0)
