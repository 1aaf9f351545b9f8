"""The door before the server: it opens to nothing that is not signed, and leads nobody away."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from itsdangerous import URLSafeTimedSerializer
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from dashboard import entrance, entry_pages, login
from dashboard.entrance import Entrance, local
from engine.errors import InputError
from tests.dashboard.accounts import ADA, COOKIE, EVE, signed, someone
from tests.dashboard.provider import COOKIE_SECRET


@pytest.mark.parametrize("address", ["/", "/story", "/story?run=a-1&set=x%20y", "/temperature?t=0.5&run=a,b"])
def test_addresses_of_pages_are_kept(address: str) -> None:
    assert local(address) == address.replace(",", "%2C")


@pytest.mark.parametrize(
    "address",
    ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "", "story", "/a/b",
     "/%2Fevil", "/\tevil", "/story?x=\r\nset-cookie: a=b", "/story#x", "/story?x=<script>", "/../x",
     "/story?\u00e9", "/story\n"],
)  # fmt: skip
def test_no_other_address_is_led_to(address: str) -> None:
    assert local(address) == "/"


@pytest.fixture
def guarded(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[TestClient, Entrance]]:
    """The door before an application that answers everything, as a browser at the dashboard's address."""
    monkeypatch.setattr(entrance, "get_cookie_secret", lambda: COOKIE_SECRET)
    monkeypatch.setattr("streamlit.auth_util.get_signing_secret", lambda: COOKIE_SECRET)

    async def anything(request: Request) -> Response:
        if request.url.path == login.CALLBACK and "code" in request.query_params:
            answer: Response = RedirectResponse("/", 302)
            answer.set_cookie(COOKIE, signed(ADA), httponly=True)
            return answer
        if request.url.path == login.CALLBACK:
            answer = RedirectResponse("/", 302)
            answer.delete_cookie(COOKIE)
            return answer
        return PlainTextResponse(f"inside {request.url.path}", headers={"cache-control": "public"})

    async def stream(websocket: WebSocket) -> None:
        await websocket.accept()
        with contextlib.suppress(WebSocketDisconnect):
            while True:
                await websocket.send_text((await websocket.receive_text()).upper())

    inner = Starlette(routes=[
        WebSocketRoute("/_stcore/stream", stream),
        Route("/{path:path}", anything, methods=["GET", "PUT", "POST", "DELETE"]),
    ])  # fmt: skip
    door = Entrance(inner, someone(emails=frozenset({"ada@example.org"})))
    with TestClient(door, base_url="https://lab.example.org", follow_redirects=False) as client:
        yield client, door


CLOSED = ("/", "/story", "/media/x.html", "/_stcore/metrics", "/_stcore/host-config", "/_stcore/health/",
          "/_stcore/health%3F", "/_stcore/health%2F..%2Fmetrics", "/_stcore/script-health-check", "/component/x",
          "/_stcore/agent/mcp", "/static/js/index.js", "/app/static/x", "/_stcore/upload_file/a/b", "/AUTH/LOGIN",
          "/enter/else", "//_stcore/health")  # fmt: skip


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS"])
def test_nothing_answers_without_a_login(guarded: tuple[TestClient, Entrance], method: str) -> None:
    client, _ = guarded
    for path in CLOSED:
        answer = client.request(method, f"https://lab.example.org{path}")
        assert answer.status_code == 401, path
        assert "inside" not in answer.text
        assert answer.headers["cache-control"] == "no-store"


def test_what_the_login_needs_answers(guarded: tuple[TestClient, Entrance]) -> None:
    client, _ = guarded
    for path in ("/_stcore/health", "/auth/login", "/auth/logout"):
        assert client.get(path).text == f"inside {path}"


@pytest.mark.parametrize(
    "cookie",
    [
        "",
        "x",
        signed(ADA, secret="another-secret-0123456789-0123456789"),
        signed(ADA, salt="_streamlit_user_tokens"),
        signed(ADA, ago=12 * 3600 + 5),
        signed(ADA, ago=-86_400),
        signed(ADA, origin="https://other.example.org"),
        signed(ADA, is_logged_in=False),
        ".".join([signed(EVE).rsplit(".", 2)[0], *signed(ADA).rsplit(".", 2)[1:]]),
    ],
)
def test_a_cookie_that_proves_no_login_opens_nothing(guarded: tuple[TestClient, Entrance], cookie: str) -> None:
    client, _ = guarded
    client.cookies.set(COOKIE, cookie)
    assert client.get("/media/x").status_code == 401
    with pytest.raises(WebSocketDenialResponse) as refused, client.websocket_connect("/_stcore/stream"):
        pass
    assert refused.value.status_code == 401


def test_a_login_opens_everything_and_is_kept_by_no_cache(guarded: tuple[TestClient, Entrance]) -> None:
    client, _ = guarded
    client.cookies.set(COOKIE, signed(ADA, ago=11 * 3600))
    answer = client.get("/media/x")
    assert (answer.text, answer.headers["cache-control"]) == ("inside /media/x", "no-store")
    with client.websocket_connect("/_stcore/stream") as stream:
        stream.send_text("hello")
        assert stream.receive_text() == "HELLO"


def test_an_account_outside_the_list_is_told_so_and_sees_nothing(guarded: tuple[TestClient, Entrance]) -> None:
    client, _ = guarded
    client.cookies.set(COOKIE, signed({"email": "<img src=x>@evil.example", "email_verified": True}))
    page = client.get("/story", headers={"accept": "text/html"})
    assert page.status_code == 403
    assert "This account is not let in" in page.text
    assert "&lt;img src=x&gt;@evil.example" in page.text
    assert client.get("/media/x").status_code == 403
    with pytest.raises(WebSocketDenialResponse) as refused, client.websocket_connect("/_stcore/stream"):
        pass
    assert refused.value.status_code == 403


def test_a_login_in_parts_is_refused(guarded: tuple[TestClient, Entrance]) -> None:
    """Streamlit signs each part alone, so that parts of two logins could say what no provider said."""
    client, _ = guarded
    serializer = URLSafeTimedSerializer(COOKIE_SECRET, salt=COOKIE)
    client.cookies.set(COOKIE, serializer.dumps("chunks-1"))
    client.cookies.set(f"{COOKIE}_1", signed(ADA, salt=f"{COOKIE}_1"))
    assert "more about you than one cookie holds" in client.get("/", headers={"accept": "text/html"}).text


def test_logging_out_ends_the_login_for_good_and_its_streams(guarded: tuple[TestClient, Entrance]) -> None:
    client, _ = guarded
    client.cookies.set(COOKIE, signed(ADA))
    written = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    same = client.cookies[COOKIE][:-1] + written[written.index(client.cookies[COOKIE][-1]) + 1]  # of the same bytes
    with client.websocket_connect("/_stcore/stream") as stream:
        client.get("/auth/logout")
        with pytest.raises(WebSocketDisconnect):
            stream.receive_text()
    assert client.get("/media/x").status_code == 401, "the cookie, were it stolen, opens nothing any more"
    client.cookies.set(COOKIE, same)
    assert client.get("/media/x").status_code == 401, "nor does another way to write it"
    client.cookies.set(COOKIE, signed(ADA, ago=3600))
    assert client.get("/media/x").status_code == 200, "another login of the same person holds"


def stop_the_clock(patch: pytest.MonkeyPatch, client: TestClient, door: Entrance, left: float) -> None:
    """Log ada in, and let it be so many seconds before the login ends for as long as the test takes."""
    client.cookies.set(COOKIE, signed(ADA))
    assert client.get("/media/x").status_code == 200
    (session,) = door.sessions.values()
    patch.setattr(entrance, "time", SimpleNamespace(time=lambda: session.until - left))


def test_a_stream_ends_with_its_login(guarded: tuple[TestClient, Entrance], monkeypatch: pytest.MonkeyPatch) -> None:
    client, door = guarded
    stop_the_clock(monkeypatch, client, door, left=0.2)
    with client.websocket_connect("/_stcore/stream") as stream, pytest.raises(WebSocketDisconnect):
        stream.receive_text()


def test_a_page_that_is_open_when_the_login_ends_is_loaded_anew(
    guarded: tuple[TestClient, Entrance], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, door = guarded
    stop_the_clock(monkeypatch, client, door, left=100.0)
    door.app = Starlette(routes=[Route("/", lambda _: Response("page", media_type="text/html"))])
    assert client.get("/").headers["refresh"] == "101"


def test_the_address_is_kept_over_the_provider_and_cookies_travel_encrypted(
    guarded: tuple[TestClient, Entrance],
) -> None:
    client, _ = guarded
    page = client.get("/story?run=a,b&t=0.5", headers={"accept": "text/html"})
    assert page.status_code == 401
    link = "/enter?to=%2Fstory%3Frun%3Da%252Cb%26t%3D0.5"
    assert f'href="{link}"' in page.text
    sent = client.get(link)
    assert sent.headers["location"].startswith("/auth/login?provider=")
    back = client.get("/oauth2callback?code=x&state=y")
    assert back.headers["location"] == "/story?run=a%2Cb&t=0.5"
    set_cookies = sent.headers.get_list("set-cookie") + back.headers.get_list("set-cookie")
    assert len(set_cookies) == 4
    assert all("; Secure" in cookie and "HttpOnly" in cookie for cookie in set_cookies)
    assert client.get("/media/x").status_code == 200


@pytest.mark.parametrize("way", ["//evil.example", "https://evil.example", "/x\\evil"])
def test_nobody_is_led_away(guarded: tuple[TestClient, Entrance], way: str) -> None:
    client, _ = guarded
    client.cookies.set("polyvocal_way", way)
    assert client.get("/oauth2callback?code=x").headers["location"] == "/"
    assert client.get("/enter", params={"to": way}).headers["location"] == "/"
    assert client.get("//evil.example/%2e%2e").status_code != 307


def test_a_login_that_failed_is_told_and_a_logout_is_no_failure(guarded: tuple[TestClient, Entrance]) -> None:
    client, _ = guarded
    assert client.get("/oauth2callback?error=access_denied&state=x").headers["location"] == "/enter/failed"
    assert "Logging in did not work" in client.get("/enter/failed").text
    assert client.get("/oauth2callback").headers["location"] == "/"


def test_the_door_stands_before_everything_whoever_starts_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where `streamlit run` is called past the command that checks the address."""
    from dashboard import asgi

    def stack(address: str) -> dict[str, Any]:
        monkeypatch.setattr(asgi.st, "get_option", {"server.address": address}.get)
        return {part.cls.__name__: part.kwargs for part in asgi._middleware()}  # type: ignore[attr-defined]

    assert list(stack("127.0.0.1"))[:3] == ["SecurityHeaders", "TrustedHostMiddleware", "Entrance"]
    for others_too in ("0.0.0.0", ""):
        with pytest.raises(InputError, match="no login"):
            stack(others_too)
    login.use(None, waived=True)
    try:
        assert list(stack("0.0.0.0"))[:2] == ["SecurityHeaders", "Entrance"], "its names are not known"
        login.use(someone())
        assert stack("0.0.0.0")["Entrance"] == {"login": someone()}
        assert stack("0.0.0.0")["TrustedHostMiddleware"]["allowed_hosts"][0] == "lab.example.org"
    finally:
        login.use(None)


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "http://localhost:9999", "http://127.0.0.1:9999", "null", "http://[", ""]
)
def test_pages_of_others_cannot_listen(origin: str) -> None:
    """Not even those of another port of this machine, which Streamlit would take."""

    async def stream(websocket: WebSocket) -> None:
        await websocket.accept()

    client = TestClient(Entrance(Starlette(routes=[WebSocketRoute("/_stcore/stream", stream)])))
    with client.websocket_connect("/_stcore/stream", headers={"origin": "http://testserver"}):
        pass
    refused = pytest.raises(WebSocketDenialResponse)
    with refused as answer, client.websocket_connect("/_stcore/stream", headers={"origin": origin}):
        pass
    assert answer.value.status_code == 403


def test_the_notice_stands_before_the_first_page_alone() -> None:
    app = Starlette(routes=[Route("/{path:path}", lambda request: PlainTextResponse("inside"))])
    client = TestClient(Entrance(app), follow_redirects=False)
    browser = {"accept": "text/html,*/*"}
    page = client.get("/story?run=a", headers=browser)
    assert page.status_code == 200
    for words in ("Before you go in", "Texts can be hateful", "What is stored where"):
        assert words in page.text
    assert page.headers["cache-control"] == "no-store"
    assert client.get("/media/x", headers=browser).text == "inside"
    assert client.get("/", headers={"accept": "*/*"}).text == "inside"
    assert client.get("/story", headers={**browser, "sec-fetch-site": "cross-site"}).text == page.text.replace(
        "%3Frun%3Da", ""
    )
    assert client.get("/story", headers={**browser, "sec-fetch-site": "same-origin"}).text == "inside", (
        "no cookies kept"
    )
    on = client.get("/enter?to=%2Fstory%3Frun%3Da")
    assert on.headers["location"] == "/story?run=a"
    assert "max-age" not in on.headers["set-cookie"].lower(), "the browser forgets it when it is closed"
    assert client.get("/story?run=a", headers=browser).text == "inside"


def test_the_pages_before_the_pages_hold_no_script_and_ask_nothing_of_others() -> None:
    for page in (entry_pages.notice("/"), entry_pages.login("/", "<b>"), entry_pages.refused("<b>", ""),
                 entry_pages.failed()):  # fmt: skip
        assert "<script" not in page
        assert "<b>" not in page
        assert "http://" not in page
        assert "https://" not in page
        assert page.count('class="go"') == 1
