"""The five steps of the story: what each tells and draws of a run, and the items behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import item_lists, loaders, run_curves, run_warnings, state, story, story_groups, text, theme, ui
from dashboard.measured import measured
from dashboard.run_curves import TEMPERATURES
from dashboard.story import Told
from dashboard.story_words import BEHIND, OTHER_ITEMS, READ, SEEN
from dashboard.subject import Subject
from engine import figures
from engine.errors import PolyvocalError
from engine.measures.result import Estimate

SHOWN = 8
"""Items behind a step."""


@dataclass(frozen=True)
class Scene:
    """One step of one run: what is told, what is drawn, and which items are behind it."""

    about: str
    """Names the wording in dashboard.story_words."""
    told: Told
    figure: Any
    frame: pd.DataFrame
    """The numbers behind the figure."""
    items: tuple[str, ...]
    """Ids, the most telling first."""

    @property
    def read(self) -> str:
        """How to read the figure, and when not to trust it."""
        return READ[self.about]

    @property
    def seen(self) -> str:
        """What the figure shows, for readers who do not see it."""
        return SEEN[self.about]

    @property
    def behind(self) -> str:
        """Which items `items` are."""
        return BEHIND[self.about]


@dataclass(frozen=True)
class Step:
    """One of the five."""

    name: str
    """In the address, and on its button."""
    question: str
    scene: Callable[[Subject], Scene]
    common: str = ""
    """Axis whose range two runs beside one another share: x, y or none."""


def people_scene(subject: Subject) -> Scene:
    """How people split."""
    items = measured(subject, "parting_items")
    figure = figures.answers(
        measured(subject, "answers"), who="people", words=_words(subject), theme=theme.now(),
        title="What every person said",
    )  # fmt: skip
    most = items.sort_values(["people", "item_id"], ascending=[False, True], kind="stable", ignore_index=True)
    frame = most[["item_id", "people", "people_entropy", "people_label", "n_people"]]
    ids = _first(most.dropna(subset="people")["item_id"])
    return Scene("people", story.how_people_split(items, _human(subject, items)), figure, frame, ids)


def personas_scene(subject: Subject) -> Scene:
    """How personas split."""
    items = measured(subject, "parting_items")
    figure = figures.answers(
        measured(subject, "answers"), words=_words(subject), theme=theme.now(),
        title="What people and personas said",
    )  # fmt: skip
    told = story.how_personas_split(
        items, _personas(subject, items), _human(subject, items), measured(subject, "homogenization"),
        measured(subject, "persona_signal"), subject.temperature,
    )  # fmt: skip
    return Scene("personas", told, figure, items, _first(items.dropna(subset="gap")["item_id"]))


def temperature_scene(subject: Subject) -> Scene:
    """What temperature does."""
    items = measured(subject, "parting_items").set_index("item_id")
    human, curve = _human(subject, items.reset_index()), run_curves.curve(subject.selection(list(items.index)))
    curves = {"Personas": curve}
    figure = figures.agreement_by_temperature(
        curves if subject.exact else {}, human=human, sampled={} if subject.exact else curves,
        at=subject.temperature if subject.exact else None, theme=theme.now(), title="Agreement by temperature",
    )  # fmt: skip
    figure.update_xaxes(title_text="Sampling temperature")
    change = items["personas"] - _coldest(subject).set_index("item_id")["personas"]
    told = story.what_temperature_does(curve, human, subject.temperature)
    return Scene("temperature", told, figure, curve, _first(_falling(change).index))


def noise_scene(subject: Subject) -> Scene:
    """Noise against signal."""
    items = measured(subject, "parting_items")
    curve = run_curves.curve(subject.selection(list(items["item_id"])))
    figure = figures.noise_and_signal(
        curve, at=subject.temperature if subject.exact else None, theme=theme.now(), title="Noise and signal",
    )  # fmt: skip
    figure.update_xaxes(title_text="Sampling temperature")
    apart = _falling(_coldest(subject).set_index("item_id")["personas"])
    told = story.noise_or_signal(measured(subject, "persona_signal"))
    return Scene("noise", told, figure, curve, _first(apart.index))


def who_scene(subject: Subject) -> Scene:
    """Who is represented and who is not: by group, or person by person where there are no groups."""
    found = measured(subject, "representation")
    if found.groups.empty:
        return _persons_scene(subject)
    known = found.groups.dropna(subset="carried").sort_values("carried", kind="stable")
    missed = found.items[found.items["group"].isin(known["group"].head(1))] if len(known) else found.items
    figure = figures.representation(found, theme=theme.now(), title="What is carried")
    told = story_groups.who_is_represented(found)
    return Scene("groups", told, figure, found.groups, _first(dict.fromkeys(missed["item"].head(4 * SHOWN))))


def _persons_scene(subject: Subject) -> Scene:
    """Each persona beside the person it plays; beside everybody where it plays nobody."""
    items = _first(measured(subject, "parting_items").dropna(subset="gap")["item_id"])
    played = measured(subject, "own_person")
    if len(played.table):
        figure = figures.own_person(played, theme=theme.now(), title="Every persona beside the person it plays")
        return Scene("persons", story_groups.who_plays_whom(played), figure, played.table, items)
    cells = measured(subject, "alignment", likeness="kappa")
    figure = figures.alignment_heatmap(
        cells, measure="kappa", theme=theme.now(), title="Every persona beside every person"
    )  # fmt: skip
    told = story_groups.who_is_represented(measured(subject, "representation"))
    return Scene("everybody", told, figure, cells, items)


STEPS = (
    Step("People", "How do people split?", people_scene),
    Step("Personas", "How do the personas split?", personas_scene),
    Step("Temperature", "What does temperature do?", temperature_scene, "y"),
    Step("Noise", "Noise, or signal?", noise_scene, "y"),
    Step("Represented", "Who is represented, and who is not?", who_scene, "x"),
)


def scenes_of(step: Step, subjects: list[Subject]) -> list[Scene | None]:
    """Return what the step tells of each run; None, with the reason shown, where it cannot be told."""
    found: list[Scene | None] = []
    for subject in subjects:
        try:
            found.append(step.scene(subject))
        except PolyvocalError as error:
            ui.failed(error)
            found.append(None)
    _share_range(step, [scene for scene in found if scene is not None])
    return found


def cautions(subjects: Sequence[Subject]) -> list[str]:
    """Return what may mislead a reader of these runs, in words."""
    found = []
    if len({(subject.manifest.corpus.name, frozenset(subject.manifest.item_ids)) for subject in subjects}) > 1:
        found.append(OTHER_ITEMS)
    for subject in subjects:
        facts = run_curves.facts(subject.selection())
        found += run_warnings.curve_warnings(subject.title, subject.run, facts, subject.manifest)
    return found


def once(subjects: list[Subject], told: list[Scene | None]) -> tuple[list[Subject], list[Scene | None]]:
    """Return only the first of two runs where the step tells the same of both: people are asked but once."""
    one, other = told if len(told) == 2 else (None, None)
    if one is None or other is None or one.about != "people" or not one.frame.equals(other.frame):
        return subjects, told
    return subjects[:1], told[:1]


def behind(subjects: Sequence[Subject], told: Sequence[Scene | None]) -> None:
    """Show the items behind a step when they are asked for; their texts stay hidden until asked for too.

    Of two runs the reader chooses whose items these are; each item has a line of either run.
    """
    scenes = {subject.run.run_id: (subject, scene) for subject, scene in zip(subjects, told, strict=True) if scene}
    more = st.expander(
        "Show me the items", icon=":material/article:", key="items", on_change="rerun", bind="query-params"
    )
    if not more.open or not scenes:
        return
    with more:
        subject, scene = scenes[_whose(scenes)]
        st.markdown(f"**{scene.behind}**")
        ui.say(subject.title, "quiet", key="items-of")
        ui.notice(text.WARNING, "visibility_off")
        same = [one for one, _ in scenes.values() if one.manifest.corpus.name == subject.manifest.corpus.name]
        rows = {one.title: measured(one, "parting_items").set_index("item_id", drop=False) for one in same}
        task = subject.manifest.task
        words = {label: task.answer(label) for label in task.labels}

        def says(item: Mapping[Any, Any]) -> list[str]:
            known = {title: frame for title, frame in rows.items() if item["item_id"] in frame.index}
            lines = [story.item_line(frame.loc[item["item_id"]].to_dict(), words) for frame in known.values()]
            if len(rows) < 2:
                return lines
            return [f"{title}: {line}" for title, line in zip(known, lines, strict=True)]

        item_lists.listed(subject, rows[subject.title].loc[list(scene.items)], says, key="behind")


def _whose(scenes: Mapping[str, tuple[Subject, Scene]]) -> str:
    """Return whose items are shown: of two runs, the one that the reader chooses."""
    ids = list(scenes)
    if len(ids) == 1:
        return ids[0]
    state.read_address("items_of", ids, several=False, otherwise=ids)
    chosen = st.selectbox(
        "Items that tell most of", ids, format_func=lambda name: scenes[name][0].title, key="items_of", width=380,
        persist_state="session",
    )  # fmt: skip
    state.write_address("items_of", [chosen or ids[0]])
    return chosen or ids[0]


def _share_range(step: Step, scenes: Sequence[Scene]) -> None:
    """Give the figures of two runs one range, so that a reader may compare by eye."""
    if len(scenes) < 2 or not step.common:
        return
    axes = [scene.figure.layout[f"{step.common}axis"] for scene in scenes]
    if all(axis.range for axis in axes):
        both = [min(axis.range[0] for axis in axes), max(axis.range[1] for axis in axes)]
        for axis in axes:
            axis.range = both


def _words(subject: Subject) -> dict[str, str]:
    """Return what the labels are called."""
    task = subject.manifest.task
    return {label: task.answer(label) for label in task.labels}


def _human(subject: Subject, items: pd.DataFrame) -> Estimate:
    """Return alpha of the people on just these items."""
    return loaders.human_of_items(subject.corpus, list(items["item_id"]))


def _personas(subject: Subject, items: pd.DataFrame) -> Estimate:
    """Return alpha of the personas at the subject's temperature, on just these items."""
    selection = subject.selection(list(items["item_id"]))
    if subject.exact:
        row = run_curves.at_temperature(selection, subject.temperature)
    else:
        curve = run_curves.curve(selection)
        row = curve[curve["temperature"] == subject.temperature].iloc[0]
    return Estimate(
        row["alpha"], row["low"], row["high"], n_items=int(row["n_items"]), n_raters=len(subject.personas),
        note=row["note"],
    )  # fmt: skip


def _coldest(subject: Subject) -> pd.DataFrame:
    """Return how personas part on items at the lowest temperature there is, where noise is least."""
    lowest = min(TEMPERATURES if subject.exact else subject.manifest.spec.temperatures)
    frame: pd.DataFrame = measured(replace(subject, temperature=float(lowest)), "parting_items")
    return frame


def _falling(values: pd.Series) -> pd.Series:
    return values.dropna().sort_index().sort_values(ascending=False, kind="stable")


def _first(ids: Iterable[Any]) -> tuple[str, ...]:
    return tuple(str(name) for name in ids)[:SHOWN]
