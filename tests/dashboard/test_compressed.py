"""Static files go compressed to those who take it, and nothing else changes."""

from __future__ import annotations

import gzip

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from dashboard import compressed
from dashboard.compressed import CompressedStatic

SCRIPT = b"export const answer = 42;\n" * 400


def serve(request: Request) -> Response:
    name = request.path_params["name"]
    if name == "gone.js":
        return PlainTextResponse("no such file", status_code=404)
    if name == "parts.js":
        return StreamingResponse(iter([SCRIPT[:5000], SCRIPT[5000:]]), media_type="text/javascript")
    kind = {"js": "text/javascript", "woff2": "font/woff2"}[name.rpartition(".")[2]]
    if request.headers.get("if-none-match") == '"digest"':
        return Response(status_code=304, headers={"etag": '"digest"'})
    body = b"x" if name == "short.js" else SCRIPT
    return Response(body, media_type=kind, headers={"etag": '"digest"', "cache-control": "immutable"})


@pytest.fixture
def client() -> TestClient:
    routes = [Route("/static/{name}", serve), Route("/media/{name}", serve)]
    return TestClient(CompressedStatic(Starlette(routes=routes)))


@pytest.mark.parametrize("name", ["main.js", "parts.js"])
def test_a_script_arrives_whole_and_smaller(client: TestClient, name: str) -> None:
    for _ in range(2):  # compressed now, and kept
        with client.stream("GET", f"/static/{name}", headers={"accept-encoding": "gzip"}) as answer:
            raw = b"".join(answer.iter_raw())
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.headers["vary"] == "Accept-Encoding"
        assert int(answer.headers["content-length"]) == len(raw) < len(SCRIPT) / 4
        assert gzip.decompress(raw) == SCRIPT


def test_the_cache_of_the_browser_stays_what_it_was(client: TestClient) -> None:
    answer = client.get("/static/main.js")
    assert answer.headers["cache-control"] == "immutable"
    assert answer.headers["etag"] == 'W/"digest"'
    assert client.get("/static/main.js", headers={"if-none-match": '"digest"'}).status_code == 304


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/static/main.js", {"accept-encoding": "identity"}),
        ("/static/main.js", {"accept-encoding": "gzip", "range": "bytes=0-9"}),
        ("/static/font.woff2", {"accept-encoding": "gzip"}),
        ("/static/short.js", {"accept-encoding": "gzip"}),
        ("/media/main.js", {"accept-encoding": "gzip"}),
    ],
)
def test_what_cannot_or_need_not_be_compressed_passes_as_it_is(
    client: TestClient, path: str, headers: dict[str, str]
) -> None:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200
    assert "content-encoding" not in answer.headers
    assert answer.content in (SCRIPT, b"x")


def test_an_error_passes_as_it_is(client: TestClient) -> None:
    answer = client.get("/static/gone.js", headers={"accept-encoding": "gzip"})
    assert (answer.status_code, answer.text) == (404, "no such file")


def test_what_is_kept_is_bounded(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compressed, "MOST", 1)
    assert client.get("/static/main.js").headers["content-encoding"] == "gzip"
    answer = client.get("/static/other.js")
    assert "content-encoding" not in answer.headers
    assert answer.content == SCRIPT
