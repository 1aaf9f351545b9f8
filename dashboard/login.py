"""Who may log in: the `[auth]` section of a secrets file, checked before anything is served.

Streamlit reads the same section and does the talking with the provider (OpenID Connect). Here it is made sure that what
it says is complete and safe, and here lies who is let in: a provider lets in whoever has an account with it, which for
a public one is everybody. No secret is kept here, and no message holds one.
"""

from __future__ import annotations

import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dashboard.addresses import LOOPBACK, is_loopback
from engine import paths
from engine.errors import InputError

NAME = "secrets.toml"
CALLBACK = "/oauth2callback"
"""Where the provider sends a browser back to; Streamlit's own."""
NEEDED = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")
OPTIONAL = ("allowed_emails", "allowed_domains", "accept_unverified_emails", "session_hours", "client_kwargs")
SHORTEST_SECRET = 32
"""Characters of a cookie_secret: whoever guesses it can write logins of their own."""
SESSION_HOURS = 12.0
LONGEST_SESSION_HOURS = 720.0
"""Streamlit's cookie lives for 30 days."""
MANUAL = "docs/serving.md has a whole example."


@dataclass(frozen=True)
class Login:
    """A checked `[auth]` section, without its secrets."""

    file: Path
    redirect_uri: str
    provider: str
    """The host that people log in with."""
    emails: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    accept_unverified: bool = False
    """Whether an email counts that the provider does not say it verified."""
    seconds: float = SESSION_HOURS * 3600
    """How long a login holds."""

    @property
    def origin(self) -> str:
        """Scheme, host and port under which people open the dashboard."""
        return self.redirect_uri.removesuffix(CALLBACK)

    @property
    def https(self) -> bool:
        """Whether people reach the dashboard encrypted, so that cookies may insist on it."""
        return self.redirect_uri.startswith("https:")

    @property
    def hosts(self) -> list[str]:
        """The names a browser may ask for: the one of the redirect_uri, and this machine's own."""
        return [urlsplit(self.redirect_uri).hostname or "", *LOOPBACK]

    @property
    def open_to_provider(self) -> bool:
        """Whether everybody with an account at the provider is let in."""
        return not (self.emails or self.domains)

    def refusal(self, claims: Mapping[str, Any]) -> str:
        """Return why the person of an id token is not let in; '' if they are."""
        if self.open_to_provider:
            return ""
        email = claims.get("email")
        if not isinstance(email, str) or email.count("@") != 1:
            return "The provider did not tell an email address, and only some addresses are let in."
        if claims.get("email_verified") not in (True, "true") and not self.accept_unverified:
            return "The provider does not say that this email address was verified, and only some addresses are let in."
        if email.casefold() in self.emails or email.casefold().rpartition("@")[2] in self.domains:
            return ""
        return "This email address is not among those that are let in."

    def fits(self, port: int) -> Login:
        """Return it with the port filled in that is served.

        Raises:
            InputError: the provider would send browsers back to another port of this machine.
        """
        uri = self.redirect_uri.replace("{port}", str(port))
        if uri.startswith("http:") and (urlsplit(uri).port or 80) != port:
            raise _wrong(
                self.file, f"redirect_uri names port {urlsplit(uri).port or 80}, and the dashboard listens on {port}",
                f"Start it with --port {urlsplit(uri).port or 80}, or write {{port}} in its place.",
            )  # fmt: skip
        return replace(self, redirect_uri=uri)

    def words(self) -> str:
        """Return who is let in, as a line for the terminal."""
        if self.open_to_provider:
            return (
                f"Everybody with an account at {self.provider} is let in. To let in only some, name allowed_emails or "
                f"allowed_domains in {self.file}."
            )
        named = [*sorted(self.emails), *(f"everybody of {domain}" for domain in sorted(self.domains))]
        return f"Let in with an account at {self.provider}: {', '.join(named)}."


def name_of(claims: Mapping[str, Any]) -> str:
    """Return what to call the person of an id token."""
    return str(claims.get("email") or claims.get("name") or claims.get("sub") or "somebody unnamed")


def default_file() -> Path:
    """Return where the secrets file lies unless --secrets names another."""
    return paths.home() / NAME


def read(file: Path) -> Login | None:
    """Return the login that a secrets file sets up; None if the file is not there.

    Raises:
        InputError: the file cannot be read, is open to others, or its `[auth]` is missing, incomplete or unsafe.
    """
    try:
        mode = file.stat().st_mode
        found = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except tomllib.TOMLDecodeError as error:
        raise _wrong(file, f"it is not valid TOML: {error}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise _wrong(file, f"it cannot be read: {getattr(error, 'strerror', None) or 'it is not UTF-8'}") from error
    if mode & (stat.S_IRWXO | stat.S_IWGRP):
        raise _wrong(file, f"others on this machine may read or change it ({stat.filemode(mode)})", f"chmod 600 {file}")
    section = found.get("auth")
    if not isinstance(section, Mapping):
        raise _wrong(file, "it has no [auth] section", MANUAL)
    return _checked(file, section)


def _checked(file: Path, auth: Mapping[str, Any]) -> Login:
    if tables := [name for name, value in auth.items() if isinstance(value, Mapping) and name != "client_kwargs"]:
        raise _wrong(
            file, f"[auth.{tables[0]}] names a provider", f"There is one provider; its keys stand in [auth]. {MANUAL}"
        )
    known = (*NEEDED, *OPTIONAL)
    if unknown := sorted(set(auth) - set(known)):
        raise _wrong(file, f"[auth] has no key {unknown[0]!r}", f"It knows {', '.join(known)}.")
    if missing := [name for name in NEEDED if not isinstance(auth.get(name), str) or not auth[name].strip()]:
        raise _wrong(file, f"[auth] lacks {', '.join(missing)}", f"Each is a string. {MANUAL}")
    if len(auth["cookie_secret"]) < SHORTEST_SECRET or len(set(auth["cookie_secret"])) < 10:
        raise _wrong(
            file, f"cookie_secret is short of {SHORTEST_SECRET} random characters",
            "Make one: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'",
        )  # fmt: skip
    _check_redirect(file, auth["redirect_uri"])
    provider = _secure(file, "server_metadata_url", auth["server_metadata_url"])
    hours = auth.get("session_hours", SESSION_HOURS)
    if isinstance(hours, bool) or not isinstance(hours, int | float) or not 0 < hours <= LONGEST_SESSION_HOURS:
        raise _wrong(file, f"session_hours must be a number above 0, up to {LONGEST_SESSION_HOURS:.0f}")
    if not isinstance(auth.get("accept_unverified_emails", False), bool):
        raise _wrong(file, "accept_unverified_emails must be true or false")
    return Login(
        file,
        auth["redirect_uri"],
        provider,
        emails=_names(file, auth, "allowed_emails"),
        domains=_names(file, auth, "allowed_domains"),
        accept_unverified=auth.get("accept_unverified_emails", False),
        seconds=float(hours) * 3600,
    )


def _check_redirect(file: Path, uri: str) -> None:
    """Refuse an address that is not, letter by letter, what a browser calls the dashboard: cookies are bound to it."""
    filled = uri.replace("{port}", "1")
    host = _secure(file, "redirect_uri", filled)
    parts = urlsplit(filled)
    named = f"[{host}]" if ":" in host else host
    port = "" if parts.port in (None, 443 if parts.scheme == "https" else 80) else f":{parts.port}"
    if filled != (right := f"{parts.scheme}://{named}{port}{CALLBACK}"):
        raise _wrong(file, "redirect_uri must be the dashboard's address, as a browser shows it, and " + CALLBACK,
                     f"For example {right.replace(':1/', ':{port}/')}")  # fmt: skip


def _secure(file: Path, name: str, uri: str) -> str:
    """Return the host of an address that is encrypted, or stays on this machine."""
    try:
        parts = urlsplit(uri)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https"):
        raise _wrong(file, f"{name} is no address", f"It begins with https:// and a host. {MANUAL}")
    if parts.scheme == "http" and not is_loopback(host):
        raise _wrong(
            file, f"{name} is not encrypted (http://{host})",
            "Logins would travel readable. Put a proxy with TLS before the dashboard, and write https://.",
        )  # fmt: skip
    return host


def _names(file: Path, auth: Mapping[str, Any], key: str) -> frozenset[str]:
    value = auth.get(key, [])
    emails = key == "allowed_emails"
    if not isinstance(value, list) or not all(isinstance(name, str) and name.strip() for name in value):
        raise _wrong(file, f"{key} must be a list of strings", f'{key} = ["{"ada@" * emails}example.org"]')
    if key in auth and not value:
        raise _wrong(file, f"{key} is empty", "Name at least one, or leave the key out.")
    names = frozenset(name.strip().removeprefix("" if emails else "@").casefold() for name in value)
    if bad := [name for name in names if name.count("@") != emails or any(c.isspace() or c == "*" for c in name)]:
        what = "an email address" if emails else "a domain such as example.org"
        raise _wrong(file, f"{key} holds {bad[0]!r}, which is not {what}")
    return names


def _wrong(file: Path, found: str, what_to_do: str = "") -> InputError:
    return InputError(f"{file}: {found}. {what_to_do}".rstrip())


_in_force: Login | None = None
_waived = False


def use(login: Login | None, *, waived: bool = False) -> None:
    """Say, before the server starts, which login it holds visitors to, or that --no-login waived one."""
    global _in_force, _waived
    _in_force, _waived = login, waived


def in_force() -> Login | None:
    """Return the login of this process; None: nobody logs in."""
    return _in_force


def is_waived() -> bool:
    """Return whether --no-login was given."""
    return _waived
