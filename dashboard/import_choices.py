"""What the reader says of an upload: which column holds what, and what was asked; the address keeps it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import get_args

import streamlit as st

from dashboard import state, text, ui
from dashboard.import_preview import first_rows, unlike
from engine.corpora.corpus import Level
from engine.corpora.looking import Look
from engine.corpora.reading import whole
from engine.corpora.request import ImportRequest
from engine.corpora.rows import TableColumns
from engine.personas.store import list_template_families, load_template_family
from engine.personas.template_fields import item_fields

KEYS = ("c_first", "c_item", "c_text", "c_annotator", "c_label", "c_explanation", "c_group", "c_attributes", "c_split",
        "c_language", "c_kind", "c_asked", "c_labels", "c_level", "c_positive", "c_several", "c_layer")  # fmt: skip
"""Of the widgets, and parameters of the address; a question's own texts have c_text-NAME."""
ROLES = ("item", "text", "annotator", "label", "explanation", "group", "attributes", "split", "language")
FIRST_ROW = ("Names the columns", "Is data")
"""By whether a table lacks names."""
TEXT_ROLES = ("text", "explanation")
ONE_TEXT = ("text",)


def no_header(guess: bool) -> bool:
    """Let the reader say whether the first row of a table is data, where the columns have no names."""
    state.read_address("c_first", FIRST_ROW, several=False, otherwise=[FIRST_ROW[guess]], required=True)
    chosen = st.segmented_control(
        "The first row", FIRST_ROW, key="c_first", required=True, persist_state="session", on_change=forget_columns,
        help="Where the columns have no names, they are numbered.",
    )  # fmt: skip
    state.write_address("c_first", [str(chosen)])
    return chosen == FIRST_ROW[True]


def choose(look: Look) -> ImportRequest | None:
    """Draw the choices that the files leave open, and return what is chosen; None where something is still lacking."""
    if look.format != "table":
        return _of_known_files(look)
    preview = st.container()
    left, right = st.columns(2, gap="large")
    with right:
        st.header("What was asked", anchor=False)
        kind, fields = _question(look)
    with left:
        st.header("What the columns hold", anchor=False)
        columns = _columns(look, fields)
    with right:
        request = _task(look, kind)
    with preview:
        first_rows(look, roles())
    if columns is None:
        return None
    return request.model_copy(update={"columns": columns, "no_header": bool(look.no_header)})


def roles() -> dict[str, str]:
    """Return what each chosen column was chosen for; a column that is read as a text is that before all else."""
    found: dict[str, str] = {}
    for key in sorted(key for key in map(str, st.session_state) if key.startswith("c_")):
        role = key.removeprefix("c_").split("-", 1)[0]
        if role in ROLES:
            chosen = st.session_state[key]
            for column in chosen if isinstance(chosen, list) else [chosen] if chosen else []:
                if found.get(column) not in TEXT_ROLES:
                    found[column] = role
    return found


def forget() -> None:
    """Forget every choice, and the name; the files they were about are gone."""
    _forget(("c_", "import_"))


def forget_columns() -> None:
    """Forget which column holds what, and its labels: the columns have other names now."""
    _forget(tuple(f"c_{role}" for role in (*ROLES, "labels", "positive")))


def _forget(beginnings: tuple[str, ...]) -> None:
    for key in [str(key) for key in st.session_state]:
        if key.removeprefix("_").startswith(beginnings):
            st.session_state.pop(key, None)
    for key in [key for key in st.query_params if key.startswith(beginnings)]:
        del st.query_params[key]


def _of_known_files(look: Look) -> ImportRequest:
    """Say what is known of files whose form says all; a Le-Wi-Di corpus may have several layers of labels."""
    words = {"lewidi2023": "Le-Wi-Di 2023", "lewidi2025": "Le-Wi-Di 2025", "stored": "a stored corpus"}
    st.markdown(f"These files are {words[look.format]}: no column has to be chosen.")
    if len(look.layers) < 2:
        return ImportRequest(format=look.format)
    layer = _pick("Label layer", "c_layer", look.layers, look.layers[:1])
    return ImportRequest(format=look.format, task=layer if layer != look.layers[0] else None)


def _question(look: Look) -> tuple[str | None, tuple[str, ...]]:
    """Let the reader choose the question, and return it with the names of the texts that it asks for."""
    families = {found.name: item_fields(load_template_family(found.name))
                for found in list_template_families() if not found.problem}  # fmt: skip
    names = {column.name for column in look.columns}
    fitting = [kind for kind, fields in families.items() if fields != ONE_TEXT and set(fields) <= names]
    kind = _pick("Question", "c_kind", list(families), fitting[:1],
                 empty="Hate speech, unless the labels say otherwise",
                 help="Which wordings put an item to a model. It decides what the texts are called.")  # fmt: skip
    return kind, families[kind] if kind else ONE_TEXT


def _columns(look: Look, fields: tuple[str, ...]) -> TableColumns | None:
    names, guess = [column.name for column in look.columns], look.guess
    one = lambda column: [column] if column else []  # noqa: E731
    item = _pick("Item", "c_item", names, one(guess.item), help="What names an item. One name is one item.")
    texts = _texts(names, fields, guess.text)
    annotator = _pick("Annotator", "c_annotator", names, one(guess.annotator))
    label = _pick("Label", "c_label", names, one(guess.label))
    with st.expander("More columns", key="more-columns", expanded=bool(guess.attributes or guess.group or guess.split)):
        group = _pick("Group", "c_group", names, one(guess.group), help="Of the annotator: one value each.")
        attributes = _pick_several("Attributes", "c_attributes", names, guess.attributes,
                                   help="What else is told of annotators: one value each.")  # fmt: skip
        explanation = _pick("Explanation", "c_explanation", names, one(guess.explanation))
        split = _pick("Split", "c_split", names, one(guess.split))
        language = _pick("Language", "c_language", names, one(guess.language), help="Without it, all are English.")
    if not (item and texts and annotator and label):
        needed = {"item": item, "text": texts, "annotator": annotator, "label": label}
        lacking = [word for word, column in needed.items() if not column]
        ui.say(f"Choose the column of the {text.joined(lacking)} to go on.", "quiet", key="lacking-columns")
        return None
    if item in texts.values():
        ui.problem("One column is chosen as item and as text. An item's name is shown where its text is hidden: choose "
                   "another column for one of them.", key="item-is-text")  # fmt: skip
        return None
    return TableColumns(item=item, text=texts, annotator=annotator, label=label, group=group, explanation=explanation,
                        attributes=tuple(attributes), split=split, language=language)  # fmt: skip


def _texts(names: Sequence[str], fields: tuple[str, ...], guess: Sequence[str]) -> dict[str, str]:
    """Return field to column; where the question asks for several texts, each has its own choice."""
    if fields == ONE_TEXT:
        chosen = _pick_several("Text", "c_text", names, guess, help="Several columns become texts of their names.")
        return {"text": chosen[0]} if len(chosen) == 1 else {column: column for column in chosen}
    found = {}
    for field in fields:
        column = _pick(f"Text: {field}", f"c_text-{field}", names, [field] if field in names else [])
        if column:
            found[field] = column
    return found if len(found) == len(fields) else {}


def _task(look: Look, kind: str | None) -> ImportRequest:
    chosen = st.session_state.get("c_label")
    values = next((column.values for column in look.columns if column.name == chosen), ())
    known = list(dict.fromkeys(map(whole, values)))
    asked = st.text_input(
        "The task in words", key="c_asked", bind="query-params", max_chars=120, placeholder="Is this hate speech?",
        help="For people; models get the question's wordings.",
    )  # fmt: skip
    for name in state.asked_for("c_labels"):  # labels that do not occur may be named too
        if name not in known:
            known.append(name)
    labels = _pick_several(
        "Labels in order", "c_labels", known, (), new=True,
        empty="Those that occur: numbers by size, words by the alphabet",
        help="Lowest first where they have an order. A label that nobody gave can be added.",
    )  # fmt: skip
    level = _pick(
        "Level of measurement", "c_level", get_args(Level), [], empty="Told from the labels",
        help="Ordinal: the order counts; interval: the distance too. It decides what alpha takes for near.",
    )  # fmt: skip
    positive = _pick(
        "Label that means yes", "c_positive", labels or known, [], empty="1, yes or true where there are two",
        help="Of a question with two answers.",
    )  # fmt: skip
    several = st.checkbox("Several labels an item and annotator are allowed", key="c_several", bind="query-params")
    return ImportRequest(format="table", kind=kind, task_name=asked.strip() or None, labels=tuple(labels),
                         level=level, positive=positive, multi_label=several)  # type: ignore[arg-type]  # fmt: skip


def _pick(
    label: str, key: str, names: Sequence[str], guess: Sequence[str], *, empty: str = "None", help: str = ""
) -> str | None:
    for name in state.read_address(key, list(names), several=False, otherwise=list(guess)):
        ui.say(f"The file has no {text.plain(name, 60)!r}.", "quiet", key=f"no-{key}")
    chosen: str | None = st.selectbox(
        label, list(names), index=None, format_func=_shown(names), key=key, persist_state="session",
        placeholder=empty, help=help or None,
    )  # fmt: skip
    state.write_address(key, [chosen] if chosen else [])
    return chosen


def _pick_several(
    label: str,
    key: str,
    names: Sequence[str],
    guess: Sequence[str],
    *,
    empty: str = "None",
    help: str,
    new: bool = False,
) -> list[str]:
    state.read_address(key, list(names), several=True, otherwise=list(guess))
    chosen: list[str] = st.multiselect(
        label, list(names), format_func=_shown(names), key=key, persist_state="session", placeholder=empty, help=help,
        accept_new_options=new,
    )  # fmt: skip
    state.write_address(key, chosen)
    return chosen


def _shown(names: Sequence[str]) -> Callable[[str], str]:
    """Return what shows each name: one line, and no two alike, because a browser tells options apart by it."""
    shown = dict(zip(names, unlike([text.plain(name, 60) or repr(name) for name in names]), strict=True))
    return lambda name: shown.get(name, text.plain(name, 60))
