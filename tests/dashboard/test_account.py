"""What the pages say of who is logged in, and that they show nothing to anybody else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from dashboard import login
from tests.dashboard.accounts import ADA, EVE, someone
from tests.dashboard.conftest import Opener


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
