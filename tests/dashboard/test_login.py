"""The login: what its settings may be, who is let in, and that the door opens to nothing that is not signed."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from itsdangerous import URLSafeTimedSerializer
from itsdangerous.timed import TimestampSigner
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from dashboard import entrance, entry_pages, login, serve
from dashboard.entrance import Entrance, local
from dashboard.login import Login
from engine.errors import InputError
from tests.dashboard.conftest import Opener
from tests.dashboard.provider import CLIENT_SECRET, COOKIE_SECRET, Provider, serving, write_secrets
from tests.dashboard.test_serve import until_answered

ADA = {"email": "Ada@Example.org", "email_verified": True, "name": "Ada"}
EVE = {"email": "eve@evil.example", "email_verified": True}
COOKIE = "_streamlit_user"

# Settings


@pytest.fixture
def secrets(store: Path) -> Path:
    return write_secrets(store, Provider("https://login.example.org"))


def changed(file: Path, old: str, new: str) -> Path:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
    return file


def test_a_complete_file_sets_up_a_login_and_keeps_no_secret(secrets: Path) -> None:
    found = login.read(secrets)
    assert found
    found = found.fits(8501)
    assert (found.origin, found.provider) == ("http://127.0.0.1:8501", "login.example.org")
    assert found.open_to_provider
    assert "Everybody with an account at login.example.org is let in" in found.words()
    assert not any(secret in repr(found) + found.words() for secret in (COOKIE_SECRET, CLIENT_SECRET))


def test_no_file_is_no_login(store: Path) -> None:
    assert login.read(store / "secrets.toml") is None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[auth]", "[login]", r"no \[auth\] section"),
        ("[auth]", "[auth", "not valid TOML"),
        ("client_id", "client_ID", "no key 'client_ID'"),
        (f'client_secret = "{CLIENT_SECRET}"', "", "lacks client_secret"),
        (f'client_secret = "{CLIENT_SECRET}"', "client_secret = 5", "lacks client_secret"),
        (COOKIE_SECRET, COOKIE_SECRET[:31], "cookie_secret is short"),
        (COOKIE_SECRET, "x" * 60, "cookie_secret is short"),
        ("/oauth2callback", "/", "redirect_uri must be"),
        ("/oauth2callback", "/oauth2callback?next=http://evil.example", "redirect_uri must be"),
        ("http://127.0.0.1:{port}", "https://Lab.example.org", "For example https://lab.example.org/oauth2callback"),
        ("http://127.0.0.1:{port}", "https://lab.example.org:443", "as a browser shows it"),
        ("http://127.0.0.1:{port}", " https://lab.example.org", "as a browser shows it"),
        ("http://127.0.0.1:{port}", "https://me@lab.example.org", "as a browser shows it"),
        ("http://127.0.0.1:{port}", "http://lab.example.org", "not encrypted"),
        ("http://127.0.0.1:{port}", "ftp://lab.example.org", "is no address"),
        ("http://127.0.0.1:{port}", "https://lab.example.org:none", "is no address"),
        ("https://login.example.org", "http://login.example.org", "server_metadata_url is not encrypted"),
        ("[auth]", "[auth]\nallowed_email = ['a@b.org']", "no key 'allowed_email'"),
        ("[auth]", "[auth]\nallowed_emails = []", "allowed_emails is empty"),
        ("[auth]", "[auth]\nallowed_emails = 'ada@example.org'", "must be a list"),
        ("[auth]", "[auth]\nallowed_emails = ['example.org']", "is not an email address"),
        ("[auth]", "[auth]\nallowed_domains = ['*.example.org']", "is not a domain"),
        ("[auth]", "[auth]\nsession_hours = 0", "session_hours"),
        ("[auth]", "[auth]\nsession_hours = true", "session_hours"),
        ("[auth]", "[auth]\naccept_unverified_emails = 'yes'", "true or false"),
        ("[auth]", "[auth]\nexpose_tokens = 'access'", "no key 'expose_tokens'"),
        ("[auth]", "[auth.google]\nclient_id = 'x'\n[auth]", "names a provider"),
    ],
)
def test_what_is_wrong_in_the_file_is_said_without_its_secrets(secrets: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as error:
        login.read(changed(secrets, old, new))
    assert str(secrets) in str(error.value)
    assert not any(secret[:20] in str(error.value) for secret in (COOKIE_SECRET, CLIENT_SECRET))


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o620])
def test_a_file_that_others_read_or_change_is_refused(secrets: Path, mode: int) -> None:
    secrets.chmod(mode)
    with pytest.raises(InputError, match="chmod 600"):
        login.read(secrets)
    secrets.chmod(0o640)
    assert login.read(secrets), "a group of its own may read it"


def test_the_provider_must_send_browsers_back_to_the_port_that_is_served(secrets: Path) -> None:
    found = login.read(changed(secrets, "{port}", "8501"))
    assert found
    assert found.fits(8501).redirect_uri.endswith(":8501/oauth2callback")
    with pytest.raises(InputError, match="names port 8501, and the dashboard listens on 8600"):
        found.fits(8600)
    behind_a_proxy = login.read(changed(secrets, "http://127.0.0.1:8501", "https://lab.example.org"))
    assert behind_a_proxy
    assert behind_a_proxy.fits(8600).https
    assert "lab.example.org" in behind_a_proxy.hosts


def test_the_example_of_the_manual_is_complete_but_for_its_secrets(store: Path) -> None:
    manual = (Path(login.__file__).resolve().parents[1] / "docs" / "serving.md").read_text()
    example = next(block for block in manual.split("```") if block.startswith("toml\n")).removeprefix("toml\n")
    file = store / "secrets.toml"
    file.write_text(example)
    file.chmod(0o600)
    with pytest.raises(InputError, match="cookie_secret is short"):
        login.read(file)
    found = login.read(changed(file, 'cookie_secret = "..."', f'cookie_secret = "{COOKIE_SECRET}"'))
    assert found
    assert found.hosts[0] == "polyvocal.example.org"
    assert not found.open_to_provider


def someone(**settings: Any) -> Login:
    return Login(Path("secrets.toml"), "https://lab.example.org/oauth2callback", "login.example.org", **settings)


@pytest.mark.parametrize(
    ("claims", "let_in"),
    [
        (ADA, True),
        ({**ADA, "email": "bob@uni.example"}, True),
        ({**ADA, "email": "BOB@UNI.example"}, True),
        ({**ADA, "email": "bob@sub.uni.example"}, False),
        ({**ADA, "email": "bob@evil-uni.example"}, False),
        ({**ADA, "email": "bob@uni.example.evil.example"}, False),
        ({**ADA, "email": "x@evil.example@uni.example"}, False),
        ({**ADA, "email": ["ada@example.org"]}, False),
        ({**ADA, "email_verified": False}, False),
        ({**ADA, "email_verified": "true"}, True),
        ({"email": ADA["email"]}, False),
        ({"name": "ada@example.org", "sub": "ada@example.org", "email_verified": True}, False),
        (EVE, False),
    ],
)
def test_only_verified_addresses_of_the_list_are_let_in(claims: dict[str, Any], let_in: bool) -> None:
    some = someone(emails=frozenset({"ada@example.org"}), domains=frozenset({"uni.example"}))
    assert (some.refusal(claims) == "") is let_in
    assert someone().refusal(claims) == "", "without a list everybody of the provider is"


def test_a_provider_that_verifies_without_saying_so_can_be_believed() -> None:
    some = someone(emails=frozenset({"ada@example.org"}), accept_unverified=True)
    assert some.refusal({"email": "ada@example.org"}) == ""
    assert some.refusal({"email": "eve@evil.example"})


def test_another_address_needs_a_login_or_the_word(secrets: Path) -> None:
    assert serve.choose_login("0.0.0.0")
    assert serve.choose_login("127.0.0.1"), "a proxy may stand before it"
    assert serve.choose_login("0.0.0.0", no_login=True) is None
    with pytest.raises(InputError, match="Choose one"):
        serve.choose_login("0.0.0.0", no_login=True, secrets=secrets)
    elsewhere = secrets.rename(secrets.with_name("other.toml"))
    assert serve.choose_login("0.0.0.0", secrets=elsewhere)
    with pytest.raises(InputError, match=r"(?s)\[auth\].*secrets\.toml.*--no-login"):
        serve.choose_login("0.0.0.0")
    with pytest.raises(InputError, match="There is no file"):
        serve.choose_login("127.0.0.1", secrets=secrets)


# The door


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


def signed(
    claims: dict[str, Any], *, secret: str = COOKIE_SECRET, salt: str = COOKIE, ago: float = 0, **more: Any
) -> str:
    """Return the cookie that Streamlit would set for the claims."""

    class Then(TimestampSigner):
        def get_timestamp(self) -> int:
            return int(time.time() - ago)

    payload = {**claims, "origin": "https://lab.example.org", "is_logged_in": True, "provider": "default", **more}
    value = URLSafeTimedSerializer(secret, salt=salt, signer=Then).dumps(json.dumps(payload))
    return value if isinstance(value, str) else value.decode()


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
    client.cookies.set(COOKIE, signed(ADA, ago=2))
    assert client.get("/media/x").status_code == 200, "another login of the same person holds"


def test_a_stream_ends_with_its_login(guarded: tuple[TestClient, Entrance]) -> None:
    client, _ = guarded
    client.cookies.set(COOKIE, signed(ADA, ago=12 * 3600 - 2))
    with client.websocket_connect("/_stcore/stream") as stream, pytest.raises(WebSocketDisconnect):
        stream.receive_text()


def test_a_page_that_is_open_when_the_login_ends_is_loaded_anew(guarded: tuple[TestClient, Entrance]) -> None:
    client, door = guarded
    door.app = Starlette(routes=[Route("/", lambda _: Response("page", media_type="text/html"))])
    client.cookies.set(COOKIE, signed(ADA, ago=12 * 3600 - 100))
    assert 90 <= int(client.get("/").headers["refresh"]) <= 102


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


# The pages


@pytest.fixture
def in_force() -> Iterator[None]:
    login.use(someone(emails=frozenset({"ada@example.org"})))
    yield
    login.use(None)


@pytest.mark.parametrize("user", [{}, {"is_logged_in": False, **ADA}, {"is_logged_in": True, **EVE}])
def test_the_script_shows_nothing_without_a_login_even_if_the_door_were_open(
    in_force: None, open_page: Opener, monkeypatch: pytest.MonkeyPatch, user: dict[str, Any]
) -> None:
    monkeypatch.setattr("streamlit.user_info._get_user_info", lambda: user)
    app = open_page()
    assert [title.value for title in app.title] == ["Log in"]
    assert [button.label for button in app.button] == ["Log in"]
    assert not app.get("page_link")
    assert not app.exception


def test_the_pages_say_who_is_logged_in(in_force: None, open_page: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streamlit.user_info._get_user_info", lambda: {"is_logged_in": True, **ADA})
    app = open_page()
    assert app.title[0].value == "Many voices, or one?"
    assert "Logged in as Ada@Example.org" in [shown.value for shown in app.sidebar.get("text")]
    assert [button.label for button in app.sidebar.button] == ["Log out"]


# The whole flow, with the real server and a real provider


@pytest.fixture(scope="module")
def flow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Provider, Path]]:
    home = tmp_path_factory.mktemp("login-home")
    port = serve.free_port("127.0.0.1", 0)
    with serving(ada=ADA, eve=EVE) as provider:
        write_secrets(home, provider, 'allowed_emails = ["ada@example.org"]')
        log = home / "server.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "dashboard", "--port", str(port)], stdout=out, stderr=out, cwd=home,
                env=os.environ | {"POLYVOCAL_HOME": str(home)},
            )  # fmt: skip
        try:
            until_answered(f"http://127.0.0.1:{port}/_stcore/health", process)
            yield f"http://127.0.0.1:{port}", provider, log
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(20)


def logged_in(url: str, provider: Provider, account: str) -> tuple[httpx.Client, httpx.Response]:
    """Log in as a browser does; return it with the page it came to."""
    provider.chosen = account
    client = httpx.Client(base_url=url, follow_redirects=True, headers={"accept": "text/html"}, timeout=30)
    page = client.get("/enter?to=/runs?show=x")
    provider.chosen = ""
    return client, page


def stream_of(url: str, client: httpx.Client | None = None) -> None:
    """Open the pages' stream of data with a client's cookies, and close it."""
    cookies = "; ".join(f"{c.name}={c.value}" for c in client.cookies.jar) if client else ""
    address = url.replace("http", "ws", 1) + "/_stcore/stream"
    connect(address, origin=url, additional_headers={"cookie": cookies}, subprotocols=["streamlit"]).close()  # type: ignore[arg-type,list-item]


def test_streamlits_own_doors_are_closed_to_strangers(flow: tuple[str, Provider, Path]) -> None:
    url, _, _ = flow
    assert httpx.get(f"{url}/_stcore/health").status_code == 200
    for path in ("/", "/_stcore/metrics", "/_stcore/host-config", "/media/x", "/static/js/index.js"):
        assert httpx.get(url + path).status_code == 401, path
    assert httpx.put(f"{url}/_stcore/upload_file/a/b", files={"file": b"x"}).status_code == 401
    with pytest.raises(InvalidStatus) as refused:
        stream_of(url)
    assert refused.value.response.status_code == 401
    page = httpx.get(url, headers={"accept": "text/html"})
    assert "Log in" in page.text
    assert "static/js" not in page.text, "not even the pages' scripts are sent"
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert httpx.get(url, headers={"host": "evil.example"}).status_code == 400


def test_a_person_of_the_list_logs_in_and_out(flow: tuple[str, Provider, Path]) -> None:
    url, provider, log = flow
    client, page = logged_in(url, provider, "ada")
    assert (page.status_code, page.url.path, page.url.query) == (200, "/runs", b"show=x")
    assert "static/js" in page.text
    assert client.get("/_stcore/host-config").status_code == 200
    stream_of(url, client)
    cookies = {c.name: c.value for c in client.cookies.jar}
    client.get("/auth/logout")
    assert provider.logged_out == 1
    assert httpx.get(f"{url}/_stcore/host-config", cookies=cookies).status_code == 401, (
        "the old cookie is worth nothing"
    )
    assert provider.faults == []
    assert "let in Ada@Example.org" in log.read_text()


def test_a_person_outside_the_list_is_refused(flow: tuple[str, Provider, Path]) -> None:
    url, provider, log = flow
    client, page = logged_in(url, provider, "eve")
    assert page.status_code == 403
    assert "eve@evil.example" in page.text
    with pytest.raises(InvalidStatus) as refused:
        stream_of(url, client)
    assert refused.value.response.status_code == 403
    assert "refused eve@evil.example" in log.read_text()


def test_no_secret_reaches_the_log_or_a_command_line(flow: tuple[str, Provider, Path]) -> None:
    url, provider, log = flow
    client, _ = logged_in(url, provider, "ada")
    client.get("/oauth2callback?code=wrong&state=wrong")
    written = log.read_text()
    assert not any(secret in written for secret in (COOKIE_SECRET, CLIENT_SECRET))
    options = serve.options("0.0.0.0", 1, Path("/srv/secrets.toml"))
    assert "--secrets.files=/srv/secrets.toml" in options
    assert not any("ecret" in option and "=" in option and "files" not in option for option in options)
