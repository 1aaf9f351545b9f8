"""Streamlit's page gets one script more, everything else goes as it was, and what it asks for is there."""

from __future__ import annotations

from pathlib import Path

import pytest
import streamlit
from starlette.applications import Starlette
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from dashboard import ahead
from dashboard.ahead import Ahead

PAGE = "<!DOCTYPE html><html><head></head><body><div id='root'></div></body></html>"
AS_A_BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8", "accept-encoding": "gzip"}


def serve(request: Request) -> Response:
    name = request.path_params["name"]
    if name == "parts":
        return StreamingResponse(iter([PAGE[:40], PAGE[40:]]), media_type="text/html")
    if name == "gone":
        return HTMLResponse(PAGE, 404)
    if name == "text":
        return PlainTextResponse(PAGE)
    return HTMLResponse(
        "no end" if name == "other" else PAGE, headers={"etag": '"digest"', "cache-control": "no-cache"}
    )


def client_of(wanted: list[str]) -> TestClient:
    inner = GZipMiddleware(Starlette(routes=[Route("/{name}", serve)]), minimum_size=1)
    return TestClient(Ahead(inner, wanted))


@pytest.fixture
def client() -> TestClient:
    return client_of(["./static/js/PlotlyChart.abc.js"])


@pytest.mark.parametrize("name", ["whole", "parts"])
def test_a_page_gets_the_script(client: TestClient, name: str) -> None:
    answer = client.get(f"/{name}", headers=AS_A_BROWSER)
    assert answer.text == PAGE.replace("</body>", '<script type="module" src="./ahead.js"></script></body>')
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert "etag" not in answer.headers


@pytest.mark.parametrize("name", ["gone", "text", "other"])
def test_what_is_no_page_of_streamlit_stays(client: TestClient, name: str) -> None:
    answer = client.get(f"/{name}", headers=AS_A_BROWSER)
    assert answer.text == ("no end" if name == "other" else PAGE)
    assert answer.headers.get("etag") == ('"digest"' if name == "other" else None)


def test_who_asks_for_no_page_gets_what_there_is(client: TestClient) -> None:
    assert client.get("/whole", headers={"accept": "*/*"}).text == PAGE
    assert client.get("/whole", headers={"accept": "*/*", "accept-encoding": "gzip"}).headers["content-encoding"]
    assert client.head("/whole", headers=AS_A_BROWSER).headers["etag"] == '"digest"'


def test_the_script_asks_for_what_it_was_told(client: TestClient) -> None:
    answer = client.get("/ahead.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert '["./static/js/PlotlyChart.abc.js"]' in answer.text
    assert "SCRIPTS" not in answer.text
    assert "QUIET" not in answer.text


def test_without_scripts_nothing_is_added() -> None:
    client = client_of([])
    assert client.get("/whole", headers=AS_A_BROWSER).text == PAGE
    assert "import" not in client.get("/ahead.js").text


def test_streamlit_has_these_scripts() -> None:
    """Fails where Streamlit names its scripts otherwise: pages then work as before, without them fetched ahead."""
    found = ahead.scripts()
    assert [path.removeprefix("./static/js/").partition(".")[0] for path in found] == list(ahead.NAMES)
    shell = (Path(streamlit.__file__).parent / "static" / "index.html").read_bytes()
    assert shell.count(ahead.END) == 1
    assert b'src="./static/js/' in shell, "scripts lie beside ours"


def test_scripts_that_are_missing_or_ambiguous_are_left_out(tmp_path: Path) -> None:
    for name in ("Slider.a.js", "PlotlyChart.a.js", "PlotlyChart.b.js", "SliderX.c.js"):
        (tmp_path / name).touch()
    assert ahead.scripts(tmp_path) == ["./static/js/Slider.a.js"]
    assert ahead.scripts(tmp_path / "gone") == []
