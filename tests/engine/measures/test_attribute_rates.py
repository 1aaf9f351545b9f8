"""How often an attribute without effect is found, and one with an effect, in simulated runs that are not the demo's.

The table in docs/measures.md comes from `rates` with 200 simulations a run; here 40 of each hold its bounds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from engine.measures.attributes import attribute_effects
from engine.measures.rewording import between_wordings, most_of_rewordings
from engine.measures.voices import Voices
from tests.engine.measures.test_mode_rates import drawn, softmax


@dataclass(frozen=True)
class Run:
    """Personas with one attribute that moves answers and two that do not, each left out in turn."""

    items: int = 150
    personas: int = 4
    wordings: int = 4
    labels: int = 2
    level: str = "nominal"
    text: float = 0.05
    """What any words do (logit), those of a persona as those of a template: to all items and to each."""
    systematic: bool = True
    """Whether words do something to all items alike; else only to each item its own."""
    move: float = 0.4
    share: float = 1.0
    """Of items that the attribute moves."""
    repeats: int = 0
    """Answers a cell; 0: exact."""

    def draw(self, rng: np.random.Generator) -> tuple[Voices, list[tuple[str, str, str, str]]]:
        n, way = self.items, np.linspace(-1, 1, self.labels)
        base, moved = rng.normal(0, 1.5, (n, self.labels)), (rng.random((n, 1)) < self.share) * self.move * way

        def words() -> np.ndarray:
            return self.text * (self.systematic * rng.normal() + rng.normal(size=(n, 1))) * way

        templates = [words() for _ in range(self.wordings)]
        logits, names, pairs = [], [], []
        for p in range(self.personas):
            own = base + rng.normal(0, 0.3, (n, 1)) * way
            for lacking, x in {"": own + moved, " -real": own, " -one": own + moved, " -two": own + moved}.items():
                text = x + words()
                logits.append(np.stack([text + template + words() for template in templates], axis=1))
                names.append(f"p{p}{lacking}")
            pairs += [(f"p{p}", f"p{p} -{name}", name, f"{name}{p % 2}") for name in ("real", "one", "two")]
        probability = softmax(np.array(logits))
        draws = np.full(probability.shape[:3], np.inf)
        if self.repeats:
            answers = drawn(np.repeat(probability[:, :, :, None], self.repeats, axis=3), rng)
            probability = (answers[..., None] == np.arange(self.labels)).mean(axis=3)
            draws[:] = self.repeats
        labels, values = tuple(map(str, range(self.labels))), tuple(map(float, range(self.labels)))
        wordings, items = tuple(map(str, range(self.wordings))), tuple(map(str, range(n)))
        return Voices(tuple(names), items, wordings, labels, self.level, values, 1.0, probability, draws), pairs


def rates(run: Run, simulations: int, negligible: float = 0.005) -> tuple[float, float]:
    """Return how often one of the attributes without effect was found (share of attributes), and the real one."""
    rng = np.random.default_rng(1)
    wrong, right = [], []
    for number in range(simulations):
        voices, pairs = run.draw(rng)
        positive = "1" if run.labels == 2 else None
        table = attribute_effects(voices, pairs, positive, negligible=negligible, resamples=200, seed=number)
        found = table[table["value"] == ""].set_index("attribute")["found"]
        wrong.append(found[["one", "two"]].mean())
        right.append(found["real"])
    return float(np.mean(wrong)), float(np.mean(right))


RUNS = {
    "4 wordings, 4 personas": Run(),
    "4 wordings, 1 persona": Run(personas=1),
    "4 wordings, 12 personas": Run(personas=12),
    "6 wordings": Run(wordings=6),
    "2 wordings": Run(wordings=2),
    "2 wordings, 1 persona": Run(wordings=2, personas=1),
    "40 items": Run(items=40),
    "500 items, a tenth moved": Run(items=500, share=0.1),
    "the same, words do less": Run(items=500, share=0.1, text=0.02),
    "words do four times as much": Run(text=0.2),
    "words do nothing to all items": Run(text=0.2, systematic=False),
    "3 nominal labels": Run(labels=3),
    "5 ordinal labels": Run(labels=5, level="ordinal"),
    "5 answers a cell": Run(repeats=5),
}


@pytest.mark.parametrize("name", RUNS)
def test_attributes_without_effect_are_found_at_the_nominal_rate(name: str) -> None:
    """80 attributes without effect a run: 5 % and three standard errors; two wordings say too little of words."""
    wrong, right = rates(RUNS[name], 40)
    nominal = 0.15 if RUNS[name].wordings == 2 else 0.05
    assert wrong <= nominal + 3 * np.sqrt(nominal * (1 - nominal) / 80)
    if name in ("4 wordings, 4 personas", "2 wordings", "40 items", "3 nominal labels", "5 ordinal labels"):
        assert right > 0.9


def test_one_wording_cannot_tell_an_attribute_from_words() -> None:
    """Every text of a model that reacts to words is found, unless the bound is set by what is known of the model."""
    assert rates(Run(wordings=1), 20)[0] > 0.8
    wrong, right = rates(Run(wordings=1, text=0.02, move=0.8), 20, negligible=0.05)
    assert wrong <= 0.05 < 0.9 < right


def test_most_of_rewordings_by_hand() -> None:
    chance = np.array([[[0.1, 0.2, 0.4]], [[0.1, 0.2, 0.4]]])  # (2 personas, 1 item, 3 wordings)
    apart = between_wordings(np.stack([1 - chance, chance], axis=-1))
    np.testing.assert_allclose(apart[:, 0, 0], [0.1, 0.3, 0.2])
    assert most_of_rewordings(apart, 5, 0.95, 0) == pytest.approx(0.3)
    assert most_of_rewordings(apart, 5, 0.5, 0) == pytest.approx(0.2)
    assert np.isnan(most_of_rewordings(apart[:0], 5, 0.95, 0))
    holes = apart.copy()
    holes[:, 1] = np.nan  # a persona without answers
    assert most_of_rewordings(holes, 5, 0.95, 0) == most_of_rewordings(apart, 5, 0.95, 0)


def test_more_personas_narrow_what_rewordings_do() -> None:
    apart = np.random.default_rng(0).exponential(size=(15, 40, 1))
    ends = [most_of_rewordings(apart, n, 0.95, 0) for n in (1, 4, 40)]
    assert ends[0] > ends[1] > ends[2] > apart.mean()
