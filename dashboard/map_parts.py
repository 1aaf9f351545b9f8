"""The map of a study: people and personas in one space, and the point that a reader looks at."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import loaders, state, studies, text, theme, ui
from dashboard.exhibit import exhibit
from dashboard.text import DOT
from engine import figures
from engine.annotators.studies import StoredResult, StudySummary, map_of
from engine.errors import PolyvocalError
from engine.report.tables import flat

POINT, CHART = "point", "annotator-map"
"""Key of the chosen point and parameter of the address; key of the chart."""
_DRAWN = "_map_drawn"
NEAREST = 5
READ = (
    "How to read it. Every circle is a person, every diamond a persona, joined by a dashed line to the person it "
    "plays. Faint marks are where each would stand had other items been asked: where clouds overlap, the order of "
    "points is not known. Click on a point, or name one below, to see who it is. When not to trust it. Where "
    "trustworthiness is near that of random pictures, or exchanged labels spread as far; below about 15 places the "
    "picture is a PCA."
)
SPACE_WORDS = {
    "composite": "A place is the mean text embedding of what each gave every label.",
    "labels": "A place is made of the labels themselves.",
    "tokens": "A place is the vector that one model learned of each.",
    "descriptions": "A place is the embedded description of the persona; people have none.",
}


@dataclass(frozen=True)
class _Told:
    sentence: str


@dataclass(frozen=True)
class Drawn:
    """What the figure reads."""

    points: pd.DataFrame
    clouds: pd.DataFrame
    pairs: pd.DataFrame
    method: str
    trust: _Told
    pairing: _Told
    note: str


def picture(study: StudySummary, run: str | None) -> None:
    """Show the map of people and a run's personas, and the chosen point."""
    assert study.manifest is not None
    place = study.manifest.spec.runs.index(run) if run else 0
    found = studies.result(study, map_of(place))
    facts, points = found.facts, found.tables["points"]
    known = [_point_id(row) for row in points.to_dict("records")]
    for name in state.read_address(POINT, known, several=False):
        ui.problem(f"This map has no point {text.plain(name, 80)!r}. Choose one below.", key="no-point")
    st.session_state[_DRAWN] = known
    chosen = st.session_state.get(POINT)
    colour = st.segmented_control(
        "Colours", ["Groups", "Clusters"], default="Groups", required=True, key="map_colours", bind="query-params"
    )
    drawn = Drawn(
        points, found.tables["clouds"], found.tables["pairs"], str(facts["method"]),
        _Told(str(facts["trust"]["sentence"])), _Told(str(facts["pairing"]["sentence"])), str(facts["note"]),
    )  # fmt: skip
    beside = f" and {studies.run_titles(study.manifest)[run]}" if run else ""
    figure = figures.annotator_map(
        drawn, colour_by="cluster" if colour == "Clusters" else "group",
        chosen=_pair(chosen) if chosen else None,
        theme=theme.now(), title=f"Map of people{beside}",
    )  # fmt: skip
    legend(figure)
    exhibit(
        figure, flat(points), key=CHART, about=study.study_id, picked=picked,
        read=f"{SPACE_WORDS[str(facts['space'])]} {READ}",
        alt=f"Map of {len(points)} points, people as circles and personas as diamonds; the list below the chart "
            "chooses one, and the table has their places.",
    )  # fmt: skip
    ui.say(clusters_line(facts), "quiet", key="clusters")
    for number, (why, n) in enumerate(facts["dropped"].items()):
        ui.say(left_out_line(why, n), "quiet", key=f"map-dropped-{number}")
    st.header("Who is it?", anchor=False)
    chosen = choose(points)
    if chosen is None:
        ui.say("Click on a point of the map, or name one.", "quiet", key="no-choice")
        return
    look_at(study, run, found, chosen)


def left_out_line(why: str, n: int) -> str:
    """Return what a map leaves out: labels of a side ('people: on items ...'), or places that nothing is known of."""
    side, _, reason = why.partition(": ")
    return f"Left out: {n:,} labels of {side}: {reason}" if reason else f"Left out: {n:,} {why}"


def legend(figure: Any) -> None:
    """Name the colours above the chart, for a phone: the chart's own legend has no room there."""
    entries = [trace for trace in figure.data if trace.showlegend is not False and trace.marker.symbol == "square"]
    with st.container(key="map-legend"):
        ui.legend([html.unescape(trace.name) for trace in entries], [trace.marker.color for trace in entries])


def picked() -> None:
    """Take the point that was clicked on, by its row in the map that was drawn last."""
    marks = st.session_state[CHART]["selection"]["points"]
    rows = [mark.get("customdata") for mark in marks]
    row = next((r[0] if isinstance(r, list | tuple) else r for r in rows if r is not None), None)
    known = st.session_state[_DRAWN]
    if row is not None and int(row) < len(known):
        st.session_state[POINT] = known[int(row)]


def choose(points: pd.DataFrame) -> str | None:
    """Let the reader name a point, as an alternative to clicking on it; the address gets what is chosen."""
    words = {
        _point_id(row): f"{text.plain(str(row['name']), 60)} ({_kind(row)})" for row in points.to_dict("records")
    }  # fmt: skip
    chosen: str | None = st.selectbox(
        "Point", list(words), index=None, format_func=words.__getitem__, key=POINT, persist_state="session",
        placeholder="Choose, or click on a point", width=420, label_visibility="collapsed",
    )  # fmt: skip
    state.write_address(POINT, [chosen] if chosen else [])
    return chosen


def look_at(study: StudySummary, run: str | None, found: StoredResult, chosen: str) -> None:
    """Show who a point is, and who stands nearest to it."""
    source, name = _pair(chosen)
    points = found.tables["points"]
    point = _row(points, source, name)
    who = _row(found.tables["who"], source, name)
    left, right = st.columns([5, 6], gap="large")
    with left, st.container(border=True, gap="xsmall", key="point-card"):
        ui.say(text.plain(name, 80), "name", key="point-name")
        ui.say(about_line(point), "quiet", key="point-about")
        if who["description"]:
            ui.say(text.shown(str(who["description"])), key="point-text")
        told = [f"{text.field_words(key)}: {value}" for key, value in json.loads(who["attributes"]).items()]
        if told:
            ui.say(DOT.join(text.plain(one, 80) for one in told), "quiet", key="point-attributes")
        _rates(study, found, source, name)
        ui.say(place_line(point, found.tables["pairs"]), "quiet", key="point-place")
        _link(study, run, source, name)
    with right:
        near(found.tables["neighbours"], points, source, name)


def near(neighbours: pd.DataFrame, points: pd.DataFrame, source: str, name: str) -> None:
    """Show the nearest people and personas of a point."""
    rows = neighbours[(neighbours["source"] == source) & (neighbours["name"] == name)]
    cluster = points.set_index(["source", "name"])["cluster"]
    for kind, title in (("people", "Nearest annotators"), ("personas", "Nearest personas")):
        some = rows[rows["neighbour_source"] == kind].head(NEAREST)
        if some.empty:
            continue
        st.markdown(f"**{title}**")
        table = pd.DataFrame(
            {
                "name": some["neighbour"], "relative": some["relative"], "distance": some["distance"],
                "cluster": [_cluster(int(cluster[kind, other])) for other in some["neighbour"]],
            }
        )  # fmt: skip
        number = st.column_config.NumberColumn
        ui.table(table, f"{title} of the chosen point", {
            "name": "Name", "cluster": "Cluster", "distance": number("Distance", format="%.3g"),
            "relative": number("Relative", format="%.2f", help="1: as far as most are from it; 0: at its place"),
        }, key=f"near-{kind}")  # fmt: skip
    st.caption("Distances are those in the space, not in the picture, and hold the noise of the items.")


def about_line(point: Mapping[Any, Any]) -> str:
    """Return what a point is, in one line."""
    return DOT.join([_kind(point), text.plural(int(point["n_labels"]), "label"), _cluster(int(point["cluster"]))])


def place_line(point: Mapping[Any, Any], pairs: pd.DataFrame) -> str:
    """Return how sure a point's place is, and how near its own person, in one line."""
    parts = []
    if point["uncertainty"] == point["uncertainty"]:
        parts.append(f"With other items it moves {text.number(point['uncertainty'])} of the way to the others")
    own = pairs[pairs["persona"] == point["name"]] if point["source"] == "personas" else pairs.iloc[:0]
    for pair in own.to_dict("records"):
        parts.append(
            f"its own person {text.plain(str(pair['person']), 40)} is number {pair['rank']:g} of {pair['n_people']} by "
            "nearness"
        )
    return DOT.join(parts) or "How sure its place is cannot be said."


def clusters_line(facts: Mapping[str, Any]) -> str:
    """Return what was found of clusters and of known groups, in one line."""
    found = facts["clustering"]
    parts = [text.plural(found["n_clusters"], "cluster"), f"{found['n_noise']:,} points in none"]
    if found["silhouette"]["value"] is not None:
        parts.append(f"silhouette {text.number(found['silhouette']['value'])}")
        if found["silhouette_p"] is not None:
            parts[-1] += f" (p = {found['silhouette_p']:.2g} among clouds without camps)"
    for labelling in found["labellings"]:
        if labelling["silhouette"]["value"] is not None:
            p = "" if labelling["silhouette_p"] is None else f" (p = {labelling['silhouette_p']:.2g} among shuffled)"
            parts.append(f"silhouette of the {labelling['name']} {text.number(labelling['silhouette']['value'])}{p}")
    return DOT.join([*parts, *filter(None, [found["note"]])])


def _rates(study: StudySummary, found: StoredResult, source: str, name: str) -> None:
    """Show how often a point gave each label."""
    table = found.tables["rates"]
    rows = table[(table["source"] == source) & (table["name"] == name)]
    shares = [float(rate) for rate in rows["rate"]]
    if not shares or any(share != share for share in shares):
        return
    assert study.manifest is not None
    words = {label: str(label) for label in rows["label"]}
    try:
        task = loaders.corpus(study.manifest.spec.corpus).task
        ui.split_bar(shares, theme.label_colours(task, theme.now()))
        words = {label: task.answer(str(label)) for label in rows["label"]}
    except (PolyvocalError, KeyError):
        pass  # the corpus is gone: the labels themselves are told
    said = [f"{text.plain(words[label], 40)} {text.number(s)}" for label, s in zip(rows["label"], shares, strict=True)]
    ui.say(DOT.join(said), "quiet", key="point-rates")


def _link(study: StudySummary, run: str | None, source: str, name: str) -> None:
    """Offer the page that tells more of a point."""
    assert study.manifest is not None
    if source == "people":
        st.page_link(
            state.page("corpus"), label="All annotators of the corpus", icon=":material/groups:",
            query_params={"corpus": study.manifest.spec.corpus, "part": "People"},
        )  # fmt: skip
    elif run in {known.run_id for known in loaders.runs()}:
        st.page_link(
            state.page("personas"), label="The persona whole", icon=":material/diversity_3:",
            query_params={"run": str(run), "look": "Side by side", "persona": name},
        )  # fmt: skip


def _row(table: pd.DataFrame, source: str, name: str) -> Mapping[Any, Any]:
    rows = table[(table["source"] == source) & (table["name"] == name)]
    return dict(rows.iloc[0])


def _pair(point: str) -> tuple[str, str]:
    """Return source and name of a point by its id."""
    source, _, name = point.partition(":")
    return source, name


def _point_id(row: Mapping[Any, Any]) -> str:
    return f"{row['source']}:{row['name']}"


def _kind(point: Mapping[Any, Any]) -> str:
    kind = "annotator" if point["source"] == "people" else "persona"
    group = text.plain(str(point["group"]), 40)
    return f"{kind} of {group}" if group else kind


def _cluster(number: int) -> str:
    return "in no cluster" if number < 0 else f"cluster {number + 1}"
