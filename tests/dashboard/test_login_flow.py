"""Logging in and out, with the real server and a real provider."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from dashboard import serve
from tests.dashboard.accounts import ADA, EVE
from tests.dashboard.provider import CLIENT_SECRET, COOKIE_SECRET, Provider, serving, write_secrets
from tests.dashboard.servers import PATIENCE, get, serving_dashboard


@pytest.fixture(scope="module")
def flow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Provider, Path]]:
    home = tmp_path_factory.mktemp("login-home")
    with serving(ada=ADA, eve=EVE) as provider:
        write_secrets(home, provider, 'allowed_emails = ["ada@example.org"]')
        with serving_dashboard(home) as server:
            yield server.url, provider, server.log


def logged_in(url: str, provider: Provider, account: str) -> tuple[httpx.Client, httpx.Response]:
    """Log in as a browser does; return it with the page it came to."""
    provider.chosen = account
    client = httpx.Client(base_url=url, follow_redirects=True, headers={"accept": "text/html"}, timeout=PATIENCE)
    page = client.get("/enter?to=/runs?show=x")
    provider.chosen = ""
    return client, page


def stream_of(url: str, client: httpx.Client | None = None) -> None:
    """Open the pages' stream of data with a client's cookies, and close it."""
    cookies = "; ".join(f"{c.name}={c.value}" for c in client.cookies.jar) if client else ""
    address = url.replace("http", "ws", 1) + "/_stcore/stream"
    connect(
        address, origin=url, additional_headers={"cookie": cookies}, subprotocols=["streamlit"],  # type: ignore[arg-type,list-item]
        open_timeout=PATIENCE,
    ).close()  # fmt: skip


def test_streamlits_own_doors_are_closed_to_strangers(flow: tuple[str, Provider, Path]) -> None:
    url, _, _ = flow
    assert get(f"{url}/_stcore/health").status_code == 200
    for path in ("/", "/_stcore/metrics", "/_stcore/host-config", "/media/x", "/static/js/index.js"):
        assert get(url + path).status_code == 401, path
    assert httpx.put(f"{url}/_stcore/upload_file/a/b", files={"file": b"x"}, timeout=PATIENCE).status_code == 401
    with pytest.raises(InvalidStatus) as refused:
        stream_of(url)
    assert refused.value.response.status_code == 401
    page = get(url, accept="text/html")
    assert "Log in" in page.text
    assert "static/js" not in page.text, "not even the pages' scripts are sent"
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert get(url, host="evil.example").status_code == 400


def test_a_person_of_the_list_logs_in_and_out(flow: tuple[str, Provider, Path]) -> None:
    url, provider, log = flow
    client, page = logged_in(url, provider, "ada")
    assert (page.status_code, page.url.path, page.url.query) == (200, "/runs", b"show=x")
    assert "static/js" in page.text
    assert client.get("/_stcore/host-config").status_code == 200
    stream_of(url, client)
    cookies = {c.name: c.value for c in client.cookies.jar}
    before = provider.logged_out
    client.get("/auth/logout")
    assert provider.logged_out == before + 1
    refused = httpx.get(f"{url}/_stcore/host-config", cookies=cookies, timeout=PATIENCE)
    assert refused.status_code == 401, "the old cookie is worth nothing"
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
