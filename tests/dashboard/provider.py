"""A small OpenID Connect provider on this machine: discovery, authorization code with PKCE, RS256, logout.

It checks what a real one checks (client, secret, redirect address, code used once, code verifier), so that a login that
passes here followed the protocol.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID, CLIENT_SECRET = "polyvocal-tests", "client-secret-of-the-tests"
COOKIE_SECRET = "cookie-secret-of-the-tests-0123456789-abcdefgh"


@dataclass
class Provider:
    """What it knows, and what it was asked."""

    url: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, parameters={"kid": "tests"}))
    accounts: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Claims by account."""
    chosen: str = ""
    """The account that logs in without being asked which; '': the page asks."""
    codes: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict)
    """Codes that are not used yet: account and what the browser was sent with."""
    faults: list[str] = field(default_factory=list)
    """What the dashboard did wrong."""
    logged_out: int = 0


@contextmanager
def serving(**accounts: dict[str, Any]) -> Iterator[Provider]:
    """Serve a provider with these accounts until the block ends."""
    provider = Provider(accounts=accounts)

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Keep the tests' output clean."""

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            if parts.path == "/.well-known/openid-configuration":
                self.answer(json.dumps(_discovery(provider)), "application/json")
            elif parts.path == "/jwks":
                self.answer(json.dumps({"keys": [provider.key.as_dict(private=False)]}), "application/json")
            elif parts.path == "/authorize" and not (asked.get("account") or provider.chosen):
                links = (f'<p><a href="{escape(self.path)}&account={quote(n)}">{escape(n)}</a></p>' for n in accounts)
                self.answer(f"<title>Provider</title><h1>Who are you?</h1>{''.join(links)}", "text/html")
            elif parts.path == "/authorize":
                self.redirect(_authorized(provider, asked.get("account") or provider.chosen, asked))
            elif parts.path == "/logout":
                provider.logged_out += 1
                self.redirect(asked["post_logout_redirect_uri"])
            else:
                self.answer("not here", "text/plain", 404)

        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
            sent = {name: values[0] for name, values in form.items()}
            found = _token(provider, sent, self.headers.get("authorization", ""))
            self.answer(json.dumps(found), "application/json", 400 if "error" in found else 200)

        def answer(self, body: str, kind: str, status: int = 200) -> None:
            self.send_response(status)
            self.send_header("content-type", kind)
            self.end_headers()
            self.wfile.write(body.encode())

        def redirect(self, to: str) -> None:
            self.send_response(302)
            self.send_header("location", to)
            self.end_headers()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()


def write_secrets(folder: Path, provider: Provider, more: str = "", port: str = "{port}") -> Path:
    """Write a secrets file that sets up a login with the provider, readable by its owner alone."""
    file = folder / "secrets.toml"
    file.write_text(
        f'[auth]\nredirect_uri = "http://127.0.0.1:{port}/oauth2callback"\ncookie_secret = "{COOKIE_SECRET}"\n'
        f'client_id = "{CLIENT_ID}"\nclient_secret = "{CLIENT_SECRET}"\n'
        f'server_metadata_url = "{provider.url}/.well-known/openid-configuration"\n{more}\n'
    )
    file.chmod(0o600)
    return file


def _discovery(provider: Provider) -> dict[str, Any]:
    return {
        "issuer": provider.url,
        "authorization_endpoint": f"{provider.url}/authorize",
        "token_endpoint": f"{provider.url}/token",
        "jwks_uri": f"{provider.url}/jwks",
        "end_session_endpoint": f"{provider.url}/logout",
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "code_challenge_methods_supported": ["S256"],
    }


def _authorized(provider: Provider, account: str, asked: dict[str, str]) -> str:
    for name, wanted in (("client_id", CLIENT_ID), ("response_type", "code"), ("code_challenge_method", "S256")):
        if asked.get(name) != wanted:
            provider.faults.append(f"{name} is {asked.get(name)}")
    if "openid" not in asked.get("scope", "") or not asked.get("nonce") or not asked.get("state"):
        provider.faults.append("scope, nonce or state is missing")
    code = secrets.token_urlsafe(16)
    provider.codes[code] = (account, asked)
    return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"


def _token(provider: Provider, sent: dict[str, str], authorization: str) -> dict[str, Any]:
    account, asked = provider.codes.pop(sent.get("code", ""), ("", {}))
    verifier = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
    client = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
    checks = {
        "code": bool(account),
        "redirect_uri": sent.get("redirect_uri") == asked.get("redirect_uri"),
        "code_verifier": base64.urlsafe_b64encode(verifier).rstrip(b"=").decode() == asked.get("code_challenge"),
        "client": authorization == f"Basic {client}",
    }
    if wrong := [name for name, right in checks.items() if not right]:
        provider.faults.append(f"token: {', '.join(wrong)}")
        return {"error": "invalid_grant"}
    now = int(time.time())
    claims = {"iss": provider.url, "aud": CLIENT_ID, "sub": account, "iat": now, "exp": now + 300,
              "nonce": asked["nonce"], **provider.accounts[account]}  # fmt: skip
    token = jwt.encode({"alg": "RS256", "kid": "tests"}, claims, provider.key)
    return {"access_token": secrets.token_urlsafe(16), "token_type": "Bearer", "expires_in": 300, "id_token": token}
