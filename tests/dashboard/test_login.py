"""The login's settings: what they may be, and whom they let in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dashboard import login, serve
from engine.errors import InputError
from tests.dashboard.accounts import ADA, EVE, someone
from tests.dashboard.provider import CLIENT_SECRET, COOKIE_SECRET, Provider, write_secrets


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
