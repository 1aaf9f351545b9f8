"""`polyvocal dashboard`: the pages, as a process of their own (the engine never imports them)."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

Port = Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")]


def dashboard(
    port: Port = 8501,
    address: Annotated[
        str, typer.Option(help="Address to listen on; others than 127.0.0.1 need a login, or --no-login.")
    ] = "127.0.0.1",
    no_login: Annotated[bool, typer.Option("--no-login", help="Serve to everybody who reaches the address.")] = False,
    secrets: Annotated[
        Path | None, typer.Option(help="File that sets up the login.", show_default="secrets.toml of POLYVOCAL_HOME")
    ] = None,
    browser: Annotated[bool, typer.Option(help="Open a browser.")] = True,
) -> None:
    """Open the dashboard. It reads run folders, holds no model, and listens on this machine only.

    With another --address it starts only where people log in (OpenID Connect, set up in a secrets file;
    docs/serving.md) or with --no-login.
    """
    become_dashboard(port=port, address=address, no_login=no_login, secrets=secrets, browser=browser)


def become_dashboard(
    *,
    port: int = 8501,
    address: str = "127.0.0.1",
    no_login: bool = False,
    secrets: Path | None = None,
    browser: bool = True,
    page: str = "",
) -> NoReturn:
    """Replace this process by the dashboard's, so that signals and the exit status are the dashboard's own.

    `page` is what a browser opens, as its address has it after the host; '': Home.
    """
    command = [sys.executable, "-m", "dashboard", "--port", str(port), "--address", address]
    command += ["--no-login"] if no_login else []
    command += ["--secrets", str(secrets)] if secrets else []
    command += ["--open"] if browser else []
    command += ["--page", page] if page else []
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, command)
