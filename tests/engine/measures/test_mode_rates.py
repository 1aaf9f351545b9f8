"""How often failure modes are called by a wrong name, in simulated worlds that are not the demo's.

The table in docs/measures.md comes from `rates` with 300 simulations a world; here 40 of each hold its bounds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest

from engine.errors import InputError
from engine.measures.failure_modes import ModeBounds, failure_modes
from engine.measures.voices import People, Voices

BEHAVIOURS = ("resists", "across", "follows", "against", "blurs")
"""Another wording of nobody; moves a way that its group does not; moves as its group; against it; only less certain."""
EACH = 3
"""Personas of each behaviour."""


@dataclass(frozen=True)
class World:
    """Softmax choices: items differ, every text of a persona tilts them a little, personas move them."""

    items: int = 200
    controls: int = 13
    labels: int = 2
    level: str = "nominal"
    spread: float = 1.5
    """Between items (logit); small: every answer is noise."""
    text: float = 0.15
    """What any words do to answers, on all items and on each (logit)."""
    move: float = 0.6
    """What a persona that moves does, on every item one way or the other (logit)."""
    repeats: int = 0
    """Answers a cell; 0: exact."""
    people: tuple[int, int] = (4, 6)
    """Of the group, and others."""

    def draw(self, rng: np.random.Generator) -> tuple[Voices, People]:
        n, way = self.items, np.linspace(-1, 1, self.labels)
        base = rng.normal(0, self.spread, (n, self.labels))
        side, other = rng.choice([-1.0, 1.0], (2, n, 1)) * way
        names = [f"control-{i}" for i in range(self.controls)]
        names += [f"{behaviour}-{i}" for behaviour in BEHAVIOURS for i in range(EACH)]
        moves = {"follows": side, "against": -side, "across": other}
        logits = []
        for name in names:
            text = self.text * (rng.normal() + rng.normal(size=(n, 1))) * way
            behaviour = name.split("-")[0]
            if behaviour == "blurs":
                logits.append(0.4 * (base + text))
            else:
                logits.append(base + text + self.move * moves.get(behaviour, 0.0))
        p, draws = softmax(np.array(logits)), np.full((len(names), n, 1), np.inf)
        if self.repeats:
            answers = drawn(np.repeat(p[:, :, None], self.repeats, axis=2), rng)
            p = (answers[..., None] == np.arange(self.labels)).mean(axis=2)
            draws[:] = self.repeats
        of_group, others = self.people
        seen = [softmax(base + side)] * of_group + [softmax(base)] * others
        ids = tuple(map(str, range(n)))
        labels, values = tuple(map(str, range(self.labels))), tuple(map(float, range(self.labels)))
        kinds = ("control",) * self.controls + ("strong",) * (len(names) - self.controls)
        voices = Voices(
            tuple(names), ids, ("w",), labels, self.level, values, 1.0, p[:, :, None], draws,
            kinds=kinds, groups=tuple("" if kind == "control" else "g" for kind in kinds),
        )  # fmt: skip
        annotators = tuple(f"a{i}" for i in range(of_group + others))
        groups = ("g",) * of_group + ("h",) * others
        return voices, People(annotators, ids, labels, self.level, values, drawn(np.array(seen), rng), groups)


def softmax(x: np.ndarray) -> np.ndarray:
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def drawn(p: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return (rng.random((*p.shape[:-1], 1)) > p.cumsum(axis=-1)[..., :-1]).sum(axis=-1)


def rates(world: World, simulations: int, bounds: ModeBounds | None = None, seed: int = 0) -> pd.DataFrame:
    """Share of personas of each behaviour (rows) that get each name (columns)."""
    rng = np.random.default_rng(seed)
    found = []
    for number in range(simulations):
        table = failure_modes(*world.draw(rng), bounds=bounds, resamples=300, seed=number)
        found.append(pd.DataFrame({"behaviour": table["persona"].str.split("-").str[0], "mode": table["mode"]}))
    both = pd.concat(found)
    names = ["resistance", "undecided", "distortion", "instability", "none"]
    shares = pd.crosstab(both["behaviour"], both["mode"], normalize="index")
    return shares.reindex(index=list(BEHAVIOURS), columns=names, fill_value=0.0)


WORLDS = {
    "200 items, 13 controls": World(),
    "60 items": World(items=60),
    "1,000 items": World(items=1000),
    "3 controls": World(controls=3),
    "25 controls": World(controls=25),
    "less effect of words": World(text=0.05),
    "sure answers": World(spread=4.0),
    "noisy answers": World(spread=0.5),
    "small moves": World(move=0.3),
    "3 nominal labels": World(labels=3),
    "5 ordinal labels": World(labels=5, level="ordinal"),
    "5 answers a cell": World(repeats=5),
    "5 answers, 1,000 items": World(repeats=5, items=1000),
    "1 of the group, 2 others": World(people=(1, 2)),
}


@pytest.mark.parametrize("name", WORLDS)
def test_wrong_names_are_rare(name: str) -> None:
    """120 personas of each behaviour a world; the bounds are the nominal rates and three standard errors."""
    world = WORLDS[name]
    found = rates(world, 40)
    places = int(np.ceil(0.9 * world.controls))
    outdoes = (world.controls + 1 - places) / (world.controls + 1)  # a further control beyond the one that decides
    assert 1 - found.loc["resists", ["resistance", "undecided"]].sum() <= outdoes
    assert found.loc[["across", "follows", "against"], "resistance"].max() <= 0.15
    assert found.loc[["across", "follows"], "distortion"].max() <= 0.025 + 3 * np.sqrt(0.025 * 0.975 / 120)
    assert found.loc[["across", "follows", "against"], "instability"].max() <= 0.025


@pytest.mark.parametrize("name", ["200 items, 13 controls", "60 items", "3 nominal labels", "5 ordinal labels"])
def test_what_is_plain_is_named(name: str) -> None:
    found = rates(WORLDS[name], 20, seed=1)
    assert found.loc["against", "distortion"] > 0.9
    assert found.loc["follows", "none"] > 0.9
    assert found.loc["resists", "resistance"] > 0.7


def test_bounds_can_be_moved() -> None:
    """Without a negligible size more of what does nothing outdoes the controls, and more of small moves is seen."""
    world = replace(World(), move=0.3)
    strict, lenient = (rates(world, 20, bounds) for bounds in (ModeBounds(negligible=0.0), ModeBounds(negligible=0.05)))
    assert strict.loc["follows", "none"] > 0.5 > lenient.loc["follows", "none"]
    furthest = rates(world, 20, ModeBounds(control_quantile=1.0))
    assert furthest.loc["follows", "none"] <= rates(world, 20).loc["follows", "none"]
    for wrong in (ModeBounds(control_quantile=0.0), ModeBounds(control_quantile=1.1), ModeBounds(negligible=-1)):
        with pytest.raises(InputError, match="expected control_quantile"):
            rates(world, 1, wrong)
