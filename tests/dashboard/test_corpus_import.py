"""Importing a corpus on its page: what is guessed, shown, hidden, checked, refused and stored."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import corpus_import, import_check, import_choices, import_preview, import_words, loaders
from engine.corpora import list_corpora, load_corpus
from engine.corpora.request import ImportRequest
from engine.corpora.upload_process import import_upload
from engine.corpora.upload_worker import CorpusFacts
from engine.corpora.uploads import keep_upload
from engine.paths import imported_dir, uploads_dir
from tests.dashboard import worlds
from tests.dashboard.conftest import Opener, everything, texts
from tests.engine.corpora.samples import entry_2023

HOSTILE = "![t](http://beacon.invalid/t.png)"
ODD = ("=Nr.", HOSTILE, "<b>wer</b>", "Urteil", "Alter")


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read uploads here: the process with limits is tested with the engine, and takes a second to start."""
    from engine.corpora import upload_process, upload_worker
    from engine.corpora.uploads import UploadLimits
    from engine.errors import InputError

    def ask(act, upload_id, limits: UploadLimits, request=None, name="", replace=False):  # type: ignore[no-untyped-def]
        asked = {} if request is None else request.model_dump(mode="json")
        question = upload_worker.Question(
            upload_id=upload_id, act=act, request=asked, name=name, replace=replace, limits={}
        )
        answer = json.loads(json.dumps(upload_worker._answer(question, limits)))
        if problem := answer.get("problem"):
            raise InputError(problem)
        return answer["answer"]

    monkeypatch.setattr(upload_process, "_ask", ask)


def table(columns: tuple[str, ...] = ODD, n_items: int = 6) -> bytes:
    rows = [";".join(columns)] + [
        f"i{n};A text about {worlds.SECRET}, long enough to be one, number {n}.;P{p};"
        f"{'ja' if (n * p) % 3 else 'nein'};{'alt' if p < 2 else 'jung'}"
        for n in range(n_items)
        for p in range(5)
    ]
    return "\n".join(rows).encode()


@pytest.fixture
def sent(open_page: Opener) -> Callable[..., AppTest]:
    def send(*files: tuple[str, bytes], **parameters: str) -> AppTest:
        app = open_page("corpus", corpora="Import a corpus", **parameters)
        app.file_uploader[0].set_value([(name, content, "text/plain") for name, content in files]).run()
        return app

    return send


def test_a_table_with_odd_names_is_guessed_and_imported(sent: Callable[..., AppTest]) -> None:
    app = sent(("../../Urteile 2.csv", table()))
    assert not app.exception
    chosen = {key: app.selectbox(key=f"c_{key}").value for key in ("item", "annotator", "label")}
    assert chosen == {"item": "=Nr.", "annotator": "<b>wer</b>", "label": "Urteil"}
    assert app.multiselect(key="c_text").value == [HOSTILE]
    assert app.multiselect(key="c_attributes").value == ["Alter"]
    assert [metric.value for metric in app.metric] == ["6", "5", "30", "5.0"]
    assert app.text_input(key="import_name").value == "urteile-2"

    app.multiselect(key="c_labels").set_value(["nein", "ja"])
    app.selectbox(key="c_positive").set_value("ja")
    app.text_input(key="c_asked").set_value("Is it so?")
    app.text_input(key="import_name").set_value("mine").run()
    app.button(key="import").click().run()
    assert not app.exception
    corpus = load_corpus("mine")
    assert (corpus.task.labels, corpus.task.positive, corpus.task.name) == (("nein", "ja"), "ja", "Is it so?")
    assert len(corpus.items) == 6
    assert app.selectbox(key="corpus").value == "mine", "it is shown next"
    assert app.query_params["corpus"] == "mine", "the address restores it"
    assert list(uploads_dir().iterdir()) == []


def test_the_corpus_that_was_made_is_shown_whatever_the_address_named_before(sent: Callable[..., AppTest]) -> None:
    worlds.store_corpus(worlds.small_corpus("before"))
    app = sent(("mine.csv", table()), corpus="before")
    app.button(key="import").click().run()
    assert (app.selectbox(key="corpus").value, app.query_params["corpus"]) == ("mine", "mine")


def test_a_table_without_names_is_told_and_said_otherwise(sent: Callable[..., AppTest]) -> None:
    app = sent(("t.csv", table().split(b"\n", 1)[1]))
    assert app.get("button_group")[0].value == import_choices.FIRST_ROW[True]
    chosen = {key: app.selectbox(key=f"c_{key}").value for key in ("item", "annotator", "label")}
    assert chosen == {"item": "column 1", "annotator": "column 3", "label": "column 4"}
    assert [metric.value for metric in app.metric] == ["6", "5", "30", "5.0"]
    assert worlds.SECRET not in everything(app), "a first row is no name to be shown"

    app.get("button_group")[0].set_value(import_choices.FIRST_ROW[False]).run()
    assert not app.exception
    assert app.selectbox(key="c_annotator").options[0] == "i0"
    assert app.query_params["c_first"] == import_choices.FIRST_ROW[False]
    app.get("button_group")[0].set_value(import_choices.FIRST_ROW[True]).run()
    app.button(key="import").click().run()
    assert not app.exception
    assert len(load_corpus("t").annotations) == 30


def test_texts_are_hidden_until_asked_for_and_names_stay_text(sent: Callable[..., AppTest]) -> None:
    app = sent(("t.csv", table()))
    assert worlds.SECRET not in everything(app)
    frame = app.dataframe[0].value
    assert list(frame.iloc[0, 1:3]) == ["Hidden text · 11 words", "P0"]
    assert f"{HOSTILE[:39]}… → text" in frame.columns or f"{HOSTILE} → text" in frame.columns
    for kind in ("markdown", "caption", "header", "metric", "html", "button", "checkbox"):
        for element in app.get(kind):
            assert "beacon" not in str(element.proto), kind
    app.toggle(key="show_texts").set_value(True).run()
    assert worlds.SECRET in str(app.dataframe[0].value.iloc[0, 1])


def test_a_column_that_is_not_chosen_is_hidden_too(sent: Callable[..., AppTest]) -> None:
    app = sent(("t.csv", table()))
    app.multiselect(key="c_attributes").set_value([]).run()
    assert set(app.dataframe[0].value.iloc[:, 4]) == {"Hidden text · 1 word"}


def test_a_folder_that_goes_while_it_is_looked_at_brings_no_older_list_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """As an import moves its own away: the stamp of a folder that is not there stands for the list of that time."""
    assert loaders.corpora() == []
    worlds.store_corpus(worlds.small_corpus())
    (imported_dir() / ".small.moving").mkdir()
    real = Path.stat

    def stat(path: Path, **how: bool) -> os.stat_result:
        if path.name == ".small.moving":
            raise FileNotFoundError(errno.ENOENT, "gone since it was listed")
        return real(path, **how)

    monkeypatch.setattr(Path, "stat", stat)
    assert [corpus.name for corpus in loaders.corpora()] == ["small"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("t.csv", b"", "is empty"),
        ("t.xlsx", b"PK\x03\x04" + bytes(90), "zip archive or a spreadsheet"),
        ("t.csv", b"\x80\x04\x95" + bytes(90), "could run a program"),
        ("t.csv", b"a,b\n1\n", "1 cells for 2 columns"),
        ("t.csv", "ä;ö\n1;2\n".encode("latin-1"), "is not UTF-8"),
        ("t.json", b'{"a": 1}', "no Le-Wi-Di file"),
    ],
)
def test_what_cannot_be_read_is_told(sent: Callable[..., AppTest], name: str, content: bytes, said: str) -> None:
    app = sent((name, content))
    assert not app.exception
    assert any(said in shown for shown in texts(app)), texts(app)
    assert not [button for button in app.button if button.key == "import"]


def test_problems_of_the_choices_are_told_in_the_words_of_the_page(sent: Callable[..., AppTest]) -> None:
    contents = table() + b"\ni0;A text about zanzibar, long enough to be one, number 0.;P1;ja;alt"
    app = sent(("t.csv", contents))
    said = " ".join(texts(app))
    assert "contradict an earlier label" in said
    assert "allow several labels with ‘Several labels’" in said
    assert "--" not in said
    app.checkbox(key="c_several").set_value(True).run()
    assert app.button(key="import")
    app.selectbox(key="c_label").set_value(None).run()
    assert "Choose the column of the label to go on." in texts(app)
    app.selectbox(key="c_label").set_value("Urteil").run()
    app.selectbox(key="c_item").set_value(HOSTILE).run()
    assert any("One column is chosen as item and as text" in shown for shown in texts(app))


def test_the_last_word_typed_before_the_click_counts(sent: Callable[..., AppTest]) -> None:
    """Both come to the server at once where it is slower than the reader."""
    app = sent(("t.csv", table()))
    app.checkbox(key="c_several").set_value(True)
    app.text_input(key="import_name").set_value("mine")
    app.button(key="import").click().run()
    assert not app.exception
    assert [corpus.name for corpus in list_corpora()] == ["mine"]


def test_another_corpus_is_replaced_only_when_told(sent: Callable[..., AppTest]) -> None:
    worlds.store_corpus(worlds.small_corpus("mine"))
    app = sent(("mine.csv", table()))
    assert app.text_input(key="import_name").value == "mine-2"
    app.text_input(key="import_name").set_value("mine").run()
    assert app.button(key="import").disabled
    app.checkbox(key="import_replace").set_value(True).run()
    app.button(key="import").click().run()
    assert len(load_corpus("mine").items) == 6
    app = sent(("mine.csv", table()))
    app.text_input(key="import_name").set_value("../x").run()
    assert app.button(key="import").disabled
    assert any("cannot be named '../x'" in shown for shown in texts(app))


def test_a_second_click_and_a_reload_show_the_corpus_too(
    sent: Callable[..., AppTest], open_page: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[tuple[str, str, str]] = []

    def store(upload_id: str, name: str, request: ImportRequest, *, replace: bool) -> None:
        made.append((upload_id, name, request.model_dump_json()))
        import_upload(upload_id, name, request, replace=replace)

    monkeypatch.setattr(corpus_import, "import_upload", store)
    app = sent(("mine.csv", table()))
    app.button(key="import").click().run()
    corpus_import._imported((*made[0], "False"))  # of a click that came while the first was working
    assert [name for _, name, _ in made] == ["mine"]
    reloaded = open_page("corpus", corpora="Import a corpus", upload=made[0][0])
    assert reloaded.selectbox(key="corpus").value == "mine"
    assert not any("no longer here" in shown for shown in texts(reloaded))


def test_what_keeps_an_import_from_being_stored_is_told_beside_its_button(
    sent: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_late(upload_id: str, name: str, request: ImportRequest, *, replace: bool) -> None:
        worlds.store_corpus(worlds.small_corpus("mine"))
        import_upload(upload_id, name, request, replace=replace)

    monkeypatch.setattr(corpus_import, "import_upload", too_late)
    app = sent(("mine.csv", table()))
    app.button(key="import").click().run()
    assert any("already has a different corpus 'mine'" in shown for shown in texts(app))
    assert any("There is a corpus 'mine' already" in shown for shown in texts(app))
    assert app.button(key="import").disabled
    assert load_corpus("mine").task == worlds.small_corpus("mine").task


def test_an_address_restores_upload_and_choices(open_page: Opener) -> None:
    upload = keep_upload([("t.csv", table())])
    app = open_page("corpus", corpora="Import a corpus", upload=upload.upload_id, c_label="Alter", c_kind="irony",
                    c_labels=["jung", "alt", "weder"])  # fmt: skip
    assert app.selectbox(key="c_label").value == "Alter"
    assert app.multiselect(key="c_labels").value == ["jung", "alt", "weder"]
    assert app.selectbox(key="c_kind").value == "irony"
    gone = open_page("corpus", corpora="Import a corpus", upload="0123456789abcdef")
    assert any("no longer here" in shown for shown in texts(gone))
    assert gone.file_uploader


def test_other_files_can_be_chosen_and_nothing_stays(sent: Callable[..., AppTest]) -> None:
    app = sent(("t.csv", table()))
    app.selectbox(key="c_kind").set_value("misogyny").run()
    app.button(key="give-up").click().run()
    assert list(uploads_dir().iterdir()) == []
    assert app.file_uploader
    app.file_uploader[0].set_value([("u.csv", table(("a", "b", "c", "d", "e")), "text/csv")]).run()
    assert not app.exception
    assert app.selectbox(key="c_item").value == "a"
    assert app.selectbox(key="c_kind").value is None


def test_a_question_asks_for_its_own_texts(sent: Callable[..., AppTest]) -> None:
    pair = table(("id", "context", "who", "label", "statement"))
    app = sent(("t.csv", pair))
    assert app.selectbox(key="c_kind").value == "nli"
    assert app.selectbox(key="c_text-context").value == "context"
    assert app.selectbox(key="c_text-statement").value == "statement"
    app.selectbox(key="c_kind").set_value(None).run()
    assert app.multiselect(key="c_text").value == ["context"]


def test_files_of_lewidi_are_sent_together_and_a_layer_is_chosen(sent: Callable[..., AppTest]) -> None:
    def entries(split: str) -> bytes:
        return json.dumps({str(n): entry_2023(text=f"a text {n}", split=split) for n in range(3)}).encode()

    app = sent(*((f"HS-Brexit_{split}.json", entries(split)) for split in ("train", "dev")))
    assert not app.exception
    assert app.selectbox(key="c_layer").value == "hate-speech"
    assert app.metric[0].value == "6"
    assert app.text_input(key="import_name").value == "hs-brexit"
    app.button(key="import").click().run()
    assert [c.name for c in list_corpora()] == ["hs-brexit"]


def test_the_published_corpora_are_named_with_their_command(open_page: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    import dashboard.published
    from engine.corpora.catalogue import CatalogueEntry, PublishedFile

    entry = CatalogueEntry(name="a-corpus", title="A", format="lewidi2023", task="t", language="en", description="d",
                           licence="not known", citation="c", edition="e", page="p",
                           files=(PublishedFile(path="a.json"),))  # fmt: skip
    monkeypatch.setattr(dashboard.published, "load_catalogue", lambda: {"a-corpus": entry})
    app = open_page("corpus", corpora="Import a corpus")
    assert "polyvocal corpus fetch NAME" in [code.value for code in app.code]
    assert app.dataframe[0].value["name"][0] == "a-corpus"


def test_messages_take_the_pages_words() -> None:
    said = import_words.of_the_page("name all with --labels 0,1. Use --item-column or --unknown-thing.")
    assert said == "name all with ‘Labels in order’. Use ‘Item’ or --unknown-thing."


def test_fields_that_a_question_lacks_are_told() -> None:
    assert import_check.lacking_fields("hate-speech", ("text", "more")) == ""
    assert "asks for the texts context and statement" in import_check.lacking_fields("nli", ("text",))
    assert "No run can be started" in import_check.lacking_fields("none-such", ("text",))


def test_lines_and_headings() -> None:
    facts = CorpusFacts(task={}, fields=("text",), n_items=2, n_annotators=2, n_annotations=3, labels={"a": 3},
                        groups={"g": 1, "": 1}, splits={"": 2}, languages=("en", "de"), attributes=("age",),
                        n_explanations=1, notes=())  # fmt: skip
    assert import_check.lines_of(facts) == [
        "Annotators by group: g 1, no group 1", "Told of annotators: age", "Languages: en and de",
        "1 annotation with an explanation",
    ]  # fmt: skip
    assert import_preview.unlike(["a", "b", "a"]) == ["a", "b", "a (3)"]
