"""Importing a corpus by upload: choose files, see what they hold, say what the columns are, check, name it, store it.

What was sent lies in the store's `uploads/` under an id that the address holds, so a reload goes on where it was.
Reading is done by processes with limits (`engine.corpora.upload_process`); the dashboard opens none of the files.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard import import_check, import_choices, import_words, loaders, published, state, text, ui
from engine.corpora.importing import check_name
from engine.corpora.request import ImportRequest
from engine.corpora.upload_process import import_upload
from engine.corpora.uploads import LIMITS, MEBIBYTE, Upload, discard_upload, find_upload, keep_upload
from engine.errors import InputError, PolyvocalError
from engine.paths import imported_dir

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

IMPORTED = "_imported"
"""Where the import leaves the name of the corpus it made; the page shows that corpus next."""
UPLOAD = "upload"
"""Parameter of the address: which upload is looked at."""
_ROUND, _PROBLEM, _KEPT = "_upload_round", "_upload_problem", "_upload"
_ASKED, _FAILED = "_import_asked", "_import_failed"


def show() -> None:
    """Draw the step that the reader is at."""
    if asked := st.session_state.get(_ASKED):
        _store(*asked)
    upload = _current()
    if upload is None:
        _choose_files()
        import_words.expected()
        published.show()
        return
    _about_files(upload)
    look = import_check.looked_at(upload.upload_id)
    if look.found is not None and look.found.no_header is not None:
        no_header = import_choices.no_header(look.found.no_header)
        if no_header != look.found.no_header:
            look = import_check.looked_at(upload.upload_id, no_header=no_header)
    if look.problem or look.found is None:
        ui.problem(import_words.of_the_page(look.problem), key="look")
        import_words.expected()
        return
    request = import_choices.choose(look.found)
    if request is None:
        return
    if import_check.show(upload.upload_id, request):
        _name_and_store(upload, request)


def _current() -> Upload | None:
    """Return the upload that the address or the session names; None where there is none, or none any more."""
    asked = st.query_params.get(UPLOAD) or st.session_state.get(_KEPT)
    if not asked:
        return None
    try:
        upload = find_upload(asked)
    except InputError as error:
        _forget()
        made = _made().get(asked)  # by another click or tab, or before this page was loaded again
        if made and (imported_dir() / made).is_dir():
            _show_next(made)
        ui.problem(str(error), key="gone")
        return None
    st.session_state[_KEPT] = upload.upload_id
    if st.query_params.get(UPLOAD) != upload.upload_id:
        st.query_params[UPLOAD] = upload.upload_id
    return upload


def _choose_files() -> None:
    """Let the reader choose files, and keep them as soon as they have come."""
    if problem := st.session_state.pop(_PROBLEM, ""):
        ui.problem(import_words.of_the_page(problem), key="upload")
    number = st.session_state.setdefault(_ROUND, 0)
    sent = st.file_uploader(
        "A table with one row an annotation, or the files of a Le-Wi-Di corpus", accept_multiple_files=True,
        key=f"upload-files-{number}",
        help="CSV, TSV, JSON, JSON lines or Parquet; text in UTF-8. The files of one Le-Wi-Di corpus (train, dev, "
             "test, annotators) are chosen together.",
    )  # fmt: skip
    st.caption(
        f"At most {LIMITS.size // MEBIBYTE} MB, {LIMITS.rows:,} rows and {LIMITS.columns} columns; what is larger is "
        "imported in a terminal. Files are read by a process of their own, and removed when the corpus is stored."
    )
    if not sent:
        return
    try:
        if sum(file.size for file in sent) > LIMITS.size:  # before a copy is made of them
            raise InputError(f"the files hold more than {LIMITS.size // MEBIBYTE} MB together.")
        upload = keep_upload([(file.name, file.getvalue()) for file in sent])
    except PolyvocalError as error:
        st.session_state[_PROBLEM] = str(error)
    else:
        st.session_state[_KEPT] = st.query_params[UPLOAD] = upload.upload_id
    _let_go(sent)
    st.session_state[_ROUND] = number + 1
    st.rerun()


def _let_go(sent: Sequence[UploadedFile]) -> None:
    """Take files out of the session's memory, where they would stay until the browser is closed."""
    context = get_script_run_ctx()
    if context is not None and (remove := getattr(context.uploaded_file_mgr, "remove_file", None)):
        for file in sent:
            remove(session_id=context.session_id, file_id=file.file_id)


def _about_files(upload: Upload) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="upload-head"):
        st.markdown(":material/draft:", width="content")
        ui.say(f"{text.joined(upload.names)}{text.DOT}{text.size(upload.size)}", key="upload")
        st.button("Choose other files", icon=":material/close:", on_click=_give_up, args=(upload.upload_id,),
                  key="give-up")  # fmt: skip


def _give_up(upload_id: str) -> None:
    discard_upload(upload_id)
    _forget()


def _forget() -> None:
    """Forget the upload and what was chosen of it."""
    for key in (_KEPT, _ASKED, _FAILED):
        st.session_state.pop(key, None)
    if UPLOAD in st.query_params:
        del st.query_params[UPLOAD]
    import_choices.forget()


def _name_and_store(upload: Upload, request: ImportRequest) -> None:
    st.header("Its name here", anchor=False)
    state.preset("import_name", _suggested(upload))
    name = st.text_input(
        "Name", key="import_name", max_chars=60, persist_state="session", width=420,
        help="Letters, digits, '.', '_' and '-'. Runs and commands call the corpus so.",
    )  # fmt: skip
    problem = _wrong_with(name)
    if problem:
        ui.problem(problem, key="import-name")
    taken = not problem and (imported_dir() / name).exists()
    replace = False
    if taken:
        ui.notice(
            f"There is a corpus {name!r} already. Its runs keep their answers, but cannot be gone on with once the "
            "items differ.", "warning", key="taken",
        )  # fmt: skip
        replace = st.checkbox("Replace it", key="import_replace")
    refused = bool(problem) or (taken and not replace)
    pressed = st.button("Import", type="primary", icon=":material/download_done:", key="import", disabled=refused)
    if pressed and not refused:  # no callback: it would store under the name that stood here before the last word
        st.session_state[_ASKED] = (upload.upload_id, name, request.model_dump_json(), replace)
        st.rerun()
    if failed := st.session_state.pop(_FAILED, ""):
        ui.problem(failed, key="import-failed")


def _store(upload_id: str, name: str, request: str, replace: bool) -> None:
    """Import an upload, and show the corpus; what keeps it from being one is told beside the button."""
    try:
        with st.spinner("Importing"):
            _imported((upload_id, name, request, str(replace)))
    except Exception as error:
        st.session_state.pop(_ASKED, None)
        if not isinstance(error, PolyvocalError):
            raise
        st.session_state[_FAILED] = import_words.of_the_page(str(error))
    else:
        _forget()
        _show_next(name)


@st.cache_resource(max_entries=32, show_spinner=False)
def _imported(key: tuple[str, str, str, str]) -> None:
    """Import an upload once, however often it is asked: a second click starts the page anew beside the first."""
    upload_id, name, request, replace = key
    import_upload(upload_id, name, ImportRequest.model_validate_json(request), replace=replace == "True")
    _made()[upload_id] = name


@st.cache_resource
def _made() -> dict[str, str]:
    """Return which upload became which corpus since the start of the dashboard."""
    return {}


def _show_next(name: str) -> None:
    st.session_state[IMPORTED] = name
    st.rerun()


def _wrong_with(name: str) -> str:
    try:
        check_name(name)
    except InputError as error:
        return str(error)
    return ""


def _suggested(upload: Upload) -> str:
    """Return a name that nothing has yet, made of the first file's."""
    stem = re.sub(r"_?(train|dev|test|annotators_meta)$", "", PurePath(upload.names[0]).stem, flags=re.IGNORECASE)
    base = re.sub(r"[^a-z0-9.]+", "-", stem.lower()).strip("-.")[:50] or "corpus"
    known = {corpus.name for corpus in loaders.corpora()}
    return next(name for name in (base, *(f"{base}-{n}" for n in range(2, 10_000))) if name not in known)
