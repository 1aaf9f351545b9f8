"""What the Live page asks: texts of a corpus or typed ones, personas, temperatures; restored from the address.

Typed texts are the exception: they may be anybody's, so they stay in the session and never reach an address.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import streamlit as st

from dashboard import loaders, persona_files, sentences, state, text, ui
from engine.corpora.corpus import Corpus, Task
from engine.live import (
    MOST_ITEMS,
    MOST_LETTERS,
    MOST_PERSONAS,
    MOST_REPEATS,
    MOST_TEMPERATURES,
    LiveModel,
    Question,
    fields_of,
    typed_corpus,
)
from engine.live.question import checked
from engine.measures.item_disagreement import COUNT_PREFIX

SOURCES = ("Items of a corpus", "Typed texts")
TEMPERATURES = ("0", "0.3", "0.5", "0.7", "1", "1.3", "1.5", "2")
FORMS = {"Label and explanation": "label+explanation", "Label alone": "label"}
OPTIONS = 400
"""Items that the list offers; the address can name any."""
FIRST = 3
"""Personas of the first set that are chosen at first, beside one control."""


@dataclass(frozen=True)
class Choice:
    """What was chosen; complete enough to be asked."""

    corpus: Corpus
    """Of the items, stored or typed."""
    typed: bool
    item_ids: tuple[str, ...]
    personas: tuple[tuple[str, str], ...]
    """Set and persona."""
    temperatures: tuple[float, ...]
    repeats: int
    answer_with: str
    wording: str

    def question(self, model: LiveModel, seed: int | None = None) -> Question:
        """Return it as a question to a model; a new seed draws anew.

        Raises:
            InputError: more is asked than one question may.
        """
        asked: Question = checked(
            Question,
            model=model,
            corpus=self.corpus.name if self.typed else st.session_state["corpus"],
            typed=self.typed,
            item_ids=self.item_ids,
            persona_sets=tuple(dict.fromkeys(name for name, _ in self.personas)),
            persona_ids=tuple(persona_id for _, persona_id in self.personas),
            temperatures=self.temperatures,
            repeats=self.repeats,
            answer_with=self.answer_with,
            wording=self.wording,
            seed=secrets.randbits(31) if seed is None else seed,
        )
        return asked


def fields() -> Choice | None:
    """Draw the fields; None: something is missing, which is said."""
    left, right = st.columns(2, gap="large")
    with left:
        st.header("Texts", anchor=False)
        source = st.segmented_control("Texts", SOURCES, default=SOURCES[0], required=True, key="from",
                                      bind="query-params", label_visibility="collapsed")  # fmt: skip
        name = _corpus(typed=source == SOURCES[1])
        if name is None:
            return None
        stored, place = loaders.corpus(name), st.container()
        form, wording = _asked_as(stored.task)
        with place:  # above; which fields a typed text has depends on the wording
            if source == SOURCES[1]:
                corpus = _typed(stored.task, wording)
                chosen = tuple(item.item_id for item in corpus.items) if corpus else ()
            else:
                corpus, chosen = stored, _items(stored, name)
    with right:
        st.header("Personas and temperatures", anchor=False)
        personas = _personas(name)
        temperatures, repeats = _draws()
    lacking = [] if corpus is not None and chosen else ["a text"]
    lacking += [] if personas else ["a persona"]
    if lacking or corpus is None:
        ui.say(f"Choose {text.joined(lacking)} to go on.", "quiet", key="live-lacking")
        return None
    return Choice(corpus, source == SOURCES[1], chosen, personas, temperatures, repeats, form, wording)


def _corpus(*, typed: bool) -> str | None:
    """Let the reader choose a corpus: that of the items, or the one whose task typed texts are asked as."""
    names = [corpus.name for corpus in loaders.corpora() if corpus.task is not None]
    for name in state.missing("corpus", names):
        ui.problem(f"There is no corpus {text.plain(name, 80)!r} here. Choose one below.")
    state.keep_known("corpus", names)
    if not state.missing("corpus", names):
        state.preset("corpus", names[0])
    chosen: str | None = st.selectbox(
        "Ask as in the corpus" if typed else "Corpus", names, index=None, key="corpus", bind="query-params",
        placeholder="Choose a corpus", width=420,
        help="Its task, labels and persona sets are used." if typed else None,
    )  # fmt: skip
    return chosen


def _items(corpus: Corpus, name: str) -> tuple[str, ...]:
    """Let the reader choose items by how people split on them; their texts are shown below, when asked for."""
    rows = loaders.item_table(name)
    rows = rows.sort_values(["disagreement", "n_labels"], ascending=[False, False], kind="stable", na_position="last")
    ids = rows["item_id"].tolist()
    offered = list(dict.fromkeys([*(i for i in _asked("item") if i in corpus.item_by_id), *ids[:OPTIONS]]))
    state.follow("item", ids[:1], ids)
    for unknown in state.read_address("item", list(corpus.item_by_id), several=True, otherwise=ids[:1]):
        ui.problem(f"The corpus has no item {text.plain(unknown, 80)!r}. Choose others below.")
    counts = dict(zip(ids, rows[[f"{COUNT_PREFIX}{label}" for label in corpus.task.labels]].to_numpy(), strict=True))

    def words(item_id: str) -> str:
        split = dict(zip(corpus.task.labels, counts[item_id], strict=True))
        return f"{text.plain(item_id, 50)}{text.DOT}{sentences.counts_line(split, corpus.task)}"

    chosen: list[str] = st.multiselect(
        f"Items (up to {MOST_ITEMS}, most disputed first)", offered, format_func=words, key="item",
        max_selections=MOST_ITEMS, persist_state="session", placeholder="Choose items",
    )  # fmt: skip
    state.write_address("item", chosen)
    if len(ids) > OPTIONS:
        st.caption(f"The {OPTIONS} most disputed of {len(ids):,} items are listed; a link can name any (item=ID).")
    return tuple(chosen)


def _asked(key: str) -> list[str]:
    """Return what the address or the session names, before the widget is drawn."""
    return [*state.asked_for(key), *(st.session_state.get(key) or [])]


def _typed(task: Task, wording: str) -> Corpus | None:
    """Let the reader type texts, each with the fields that the task's template asks for."""
    st.session_state.setdefault("typed_n", 1)
    names, texts = fields_of(task, wording), []
    for number in range(int(st.session_state["typed_n"])):
        with st.container(border=st.session_state["typed_n"] > 1, gap="xsmall", key=f"typed-{number}"):
            texts.append({name: _field(name, names, number) for name in names})
    with st.container(horizontal=True):
        n = int(st.session_state["typed_n"])
        st.button("Add a text", key="typed-more", icon=":material/add:", type="tertiary", disabled=n >= MOST_ITEMS,
                  on_click=_count, args=(1,))  # fmt: skip
        if n > 1:
            st.button("Remove the last", key="typed-less", icon=":material/remove:", type="tertiary", on_click=_count,
                      args=(-1,))  # fmt: skip
    st.caption(
        f"Up to {MOST_ITEMS} texts of {MOST_LETTERS:,} characters a field. What you type is not put into the address, "
        "and goes with the dashboard unless you save it."
    )
    if not any(words.strip() for fields in texts for words in fields.values()):
        return None
    with ui.guarded("typed"):
        return typed_corpus(task, texts)
    return None


def _field(name: str, names: tuple[str, ...], number: int) -> str:
    words = text.field_words(name) if len(names) > 1 else "Text"
    label = "".join(c for c in words if c.isalnum() or c == " ") or "Text"  # labels read markdown
    if st.session_state["typed_n"] > 1:
        label = f"{label} {number + 1}"
    typed: str = st.text_area(label, key=f"typed_{name}_{number}", height=100 if len(names) == 1 else 68,
                              persist_state="session", placeholder="Type or paste a text")  # fmt: skip
    return typed


def _count(by: int) -> None:
    st.session_state["typed_n"] = min(max(int(st.session_state["typed_n"]) + by, 1), MOST_ITEMS)


def _personas(corpus: str) -> tuple[tuple[str, str], ...]:
    """Let the reader choose personas of the sets that fit the corpus, controls included."""
    found = [s for s in persona_files.persona_sets() if s.corpus in (corpus, None)]
    found.sort(key=lambda s: s.corpus is None)
    known: dict[str, tuple[str, str]] = {}
    for one in found:
        for persona in persona_files.persona_set(one).personas:
            known[f"{one.name}/{persona.persona_id}"] = (one.name, persona.persona_id)
    if not known:
        ui.say("There is no persona set that fits. `polyvocal persona from-corpus` makes one of a corpus.", "quiet")
        return ()
    own = [key for key, (name, _) in known.items() if name == found[0].name]
    first = [own[round(n * (len(own) - 1) / (FIRST - 1))] for n in range(FIRST)]  # from all over the set
    usual = list(dict.fromkeys(first)) + [key for key, (name, _) in known.items() if name == "control"][:1]
    state.follow("who", usual, list(known))
    for unknown in state.read_address("who", list(known), several=True, otherwise=usual):
        ui.problem(f"There is no persona {text.plain(unknown, 80)!r} for this corpus. Choose others below.")
    chosen: list[str] = st.multiselect(
        f"Personas (up to {MOST_PERSONAS})", list(known),
        format_func=lambda key: f"{text.plain(known[key][1], 40)}{text.DOT}{text.plain(known[key][0], 30)}",
        key="who", max_selections=MOST_PERSONAS, persist_state="session", placeholder="Choose personas",
    )  # fmt: skip
    state.write_address("who", chosen)
    return tuple(known[key] for key in chosen)


def _asked_as(task: Task) -> tuple[str, str]:
    """Let the reader choose what an answer holds, and the wording of the template; return both."""
    families = {family.name: family.wordings for family in persona_files.template_families()}
    wordings, wording = families.get(task.kind, ()), ""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        form = st.selectbox("Ask for", list(FORMS), key="answer", bind="query-params", width=200)
        if len(wordings) > 1:
            state.keep_known("asked_as", wordings)
            state.preset("asked_as", wordings[0])
            wording = st.selectbox("Wording", wordings, key="asked_as", bind="query-params", width=180,
                                   format_func=lambda name: text.plain(name, 60)) or ""  # fmt: skip
    return FORMS[form], wording


def _draws() -> tuple[tuple[float, ...], int]:
    """Let the reader choose temperatures, and how many answers are drawn at each; return both."""
    state.preset("at", ["0", "0.7", "1.3"])
    at = st.pills(f"Temperatures to draw at (up to {MOST_TEMPERATURES})", TEMPERATURES, selection_mode="multi",
                  key="at", bind="query-params", wrap=True,
                  help="The label distribution is read once and holds for every temperature; answers are drawn at "
                       "these.")  # fmt: skip
    repeats = st.number_input("Answers at each", 1, MOST_REPEATS, 3, key="each", bind="query-params", width=150)
    return tuple(sorted(float(value) for value in at)), int(repeats)


def asked_line(asked: Question) -> str:
    """Return what a question asks, in one line."""
    grid = f"{text.plural(len(asked.persona_ids), 'persona')} × {text.plural(len(asked.item_ids), 'text')}"
    line = f"{grid}: {text.plural(asked.n_distributions, 'label distribution')} at every temperature at once"
    if not asked.temperatures:
        return f"{line}."
    drawn = f"{text.plural(asked.n_answers, 'drawn answer')}"
    return f"{line}, and {drawn} at {text.temperatures(asked.temperatures)}."
