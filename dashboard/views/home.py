"""Home: what this is, which corpora and runs there are, and what to do next."""

from __future__ import annotations

import streamlit as st

from dashboard import comparison, loaders, sentences, state, text, ui
from engine.corpora.store import CorpusSummary
from engine.runs.store import RunSummary

RUNS_SHOWN = 5


def next_step(corpora: list[CorpusSummary], runs: list[RunSummary]) -> None:
    """Say the one thing to do next, and link to it."""
    if not corpora:
        ui.empty(
            "There is no corpus yet",
            "Import labels of your own, or make the demo corpus and both demo runs in a terminal:",
            ("make demo",),
        )
        import_link()
    elif not any(run.done for run in runs):
        with st.container(border=True, key="cta"):
            st.markdown("**Next: let personas label a corpus**")
            st.markdown("Start a run here, or make both demo runs in a terminal with `make demo`.")
            ui.start_link()
    else:
        with st.container(border=True, key="cta"):
            st.markdown("**Next: do the personas speak with many voices, or with one?**")
            st.markdown("The story tells it of your newest run in five steps; temperature lays runs over one another.")
            with st.container(horizontal=True):
                st.page_link(
                    state.page("story"), label="Its story", icon=":material/auto_stories:", query_params=newest(runs)
                )  # fmt: skip
                st.page_link(state.page("temperature"), label="Compare temperatures", icon=":material/thermostat:")


def import_link() -> None:
    """Link to the import of a corpus."""
    st.page_link(
        state.page("corpus"), label="Import a corpus", icon=":material/upload_file:", query_params=state.IMPORT
    )


def newest(runs: list[RunSummary]) -> dict[str, str]:
    """Return the address of the newest run's story, beside another model's run of the same kind where there is one."""
    by_id = {run.run_id: run for run in runs}
    usable = [run for run in runs if run.done and run.state != "broken"]
    suggested = [by_id[name] for name in comparison.suggested(usable)] if usable else []
    alike = [run.run_id for run in suggested if run.mode == suggested[0].mode][:2]
    return dict(zip(("run", "beside"), alike, strict=False))


def corpus_card(corpus: CorpusSummary) -> None:
    """Show one corpus, or why it cannot be used."""
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center"):
            ui.say(text.plain(corpus.name), "name")
            if corpus.synthetic:
                ui.badge_synthetic()
        if corpus.problem or corpus.task is None:
            ui.problem(corpus.problem)
            return
        ui.say(text.plain(corpus.task.name), "quiet")
        counts = (
            text.plural(corpus.n_items, "item"),
            text.plural(corpus.n_annotators, "annotator"),
            text.plural(corpus.n_annotations, "annotation"),
        )
        ui.say(text.DOT.join(counts), "quiet")
        link = {"corpus": corpus.name}
        st.page_link(state.page("corpus"), label="How people split", icon=":material/groups:", query_params=link)


def run_card(run: RunSummary, title: str) -> None:
    """Show one run in three lines, with the links that make sense for it."""
    with st.container(border=True, gap="xsmall"):
        ui.say(title, "name")
        with st.container(horizontal=True, vertical_alignment="center"):
            ui.badge_state(run.state)
            ui.badges_of_runs([run])
        ui.say(sentences.run_line(run), "quiet")
        with st.container(horizontal=True, vertical_alignment="center"):
            if run.done:
                link = {"run": run.run_id}
                st.page_link(state.page("story"), label="Its story", icon=":material/auto_stories:", query_params=link)
                st.page_link(
                    state.page("temperature"), label="Temperature", icon=":material/thermostat:",
                    query_params={"run": run.run_id},
                )  # fmt: skip
            st.page_link(
                state.page("runs"), label="Details", icon=":material/play_circle:", query_params={"show": run.run_id}
            )


def main() -> None:
    """Draw the page."""
    corpora, runs = loaders.corpora(), loaders.runs()
    st.title("Many voices, or one?")
    ui.say(text.WHAT, "lead")
    next_step(corpora, runs)
    left, right = st.columns([5, 7], gap="large")
    with left:
        st.header("Corpora", anchor=False)
        for corpus in corpora:
            corpus_card(corpus)
        if corpora:
            import_link()
        else:
            st.markdown("None yet.")
    with right:
        st.header("Runs", anchor=False)
        titles = sentences.titles(runs)
        for run in runs[:RUNS_SHOWN]:
            run_card(run, titles[run.run_id])
        if not runs:
            st.markdown("None yet. A run is one model, asked as every persona about every item.")
        if len(runs) > RUNS_SHOWN:
            st.page_link(state.page("runs"), label=f"All {len(runs)} runs", icon=":material/list:")


main()
