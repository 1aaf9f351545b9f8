"""Starts the dashboard's server: on this machine alone or behind a login, with the project's settings, telemetry off.

The settings are those of `.streamlit/config.toml`, passed as options, so that they hold in any working folder and over
a user's own `~/.streamlit/config.toml`.
"""

from __future__ import annotations

import errno
import socket
import sys
import threading
import time
import tomllib
import urllib.error
import urllib.parse
import urllib.request
import webbrowser
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dashboard import login
from dashboard.addresses import is_loopback
from dashboard.login import Login
from engine.errors import InputError, PolyvocalError

HERE = Path(__file__).resolve().parent
CONFIG = HERE.parent / ".streamlit" / "config.toml"
SAFE: dict[str, Any] = {
    "server.headless": True,
    "server.fileWatcherType": "none",
    "server.enableStaticServing": False,
    "server.enableXsrfProtection": True,
    "server.enableCORS": True,
    "server.enableAgentApi": False,
    "server.trustedUserHeaders": "{}",
    "browser.gatherUsageStats": False,
    "client.toolbarMode": "viewer",
    "client.showErrorDetails": "none",
    "client.showErrorLinks": False,
    "client.disableDataExport": True,
}
"""What must hold even where the settings file is missing or was changed."""


def run(
    port: int = 8501,
    address: str = "127.0.0.1",
    *,
    no_login: bool = False,
    secrets: Path | None = None,
    open_browser: bool = False,
    page: str = "",
) -> int:
    """Serve the dashboard until it is stopped; return the exit status.

    Args:
        port: to listen on, 0 to 65535; 0 takes a free one.
        address: to listen on; anything but this machine itself needs a login or `no_login`.
        no_login: let in everybody who reaches the address, even where a login is set up.
        secrets: file that sets up the login (dashboard/login.py); none: secrets.toml of POLYVOCAL_HOME, if it is there.
        open_browser: open the page when it answers.
        page: the page that is opened, and told of in the terminal; '': Home.

    Raises:
        InputError: the address would let others in, the login is not set up rightly, or address or port cannot be used.
    """
    required = choose_login(address, no_login=no_login, secrets=secrets)
    port = free_port(address, port)
    required = required and required.fits(port)
    login.use(required, waived=no_login)
    url = f"http://{_in_url(address)}:{port}"
    page_url = (required.origin if required else url) + (f"/{page.lstrip('/')}" if page else "")
    for line in (f"It opens at {page_url}" if page else "", required.words() if required else ""):
        sys.stdout.write(f"{line}\n" if line else "")
    sys.stdout.flush()
    if open_browser:
        threading.Thread(target=_open_when_ready, args=(url, page_url), daemon=True).start()
    from click.exceptions import Abort  # heavy ones, and only needed here
    from streamlit.web import cli

    command = ["run", str(HERE / "asgi.py"), *options(address, port, required.file if required else None)]
    try:
        cli.main(command, prog_name="streamlit", standalone_mode=False)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    except (KeyboardInterrupt, Abort):  # Ctrl-C is how it is stopped
        return 0
    return 0


def choose_login(host: str, *, no_login: bool = False, secrets: Path | None = None) -> Login | None:
    """Return the login that visitors of `host` are held to; None where nobody has to log in.

    A login that is set up holds on this machine's own address too, because a proxy may stand before it.

    Raises:
        InputError: other machines reach `host` and there is neither a login nor `no_login`; or the login is not set up
            rightly.
    """
    if no_login and secrets is not None:
        raise InputError("--secrets sets up a login and --no-login does without one. Choose one of them.")
    file = (secrets or login.default_file()).expanduser()
    required = None if no_login else login.read(file)
    if required is None and secrets is not None:
        raise InputError(f"There is no file {file}. --secrets names the file that sets up the login. {login.MANUAL}")
    check_host(host, guarded=no_login or required is not None)
    return required


def check_host(host: str, *, guarded: bool = False) -> None:
    """Refuse an address that other machines reach, unless a login guards it or somebody said that none is wanted.

    Raises:
        InputError: `host` is not this machine's loopback and `guarded` is false.
    """
    if is_loopback(host) or guarded:
        return
    raise InputError(
        f"--address {host!r} lets other machines open the dashboard, read every corpus and start runs, and there is "
        f"no login. Either set one up ([auth] in {login.default_file()}; {login.MANUAL}), or leave the address out and "
        "use an SSH tunnel (ssh -L 8501:127.0.0.1:8501 HOST), or add --no-login if everybody who reaches this machine "
        "may do that."
    )


def free_port(host: str, port: int) -> int:
    """Return `port` if it can be listened on, or a free one where it is 0.

    Raises:
        InputError: the port is taken, not allowed, no port at all, or the address is not this machine's.
    """
    if not 0 <= port <= 65535:
        raise InputError(f"--port {port} is no port; give 1 to 65535, or 0 for any free one.")
    bare = host.strip("[]")
    family = socket.AF_INET6 if ":" in bare else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bare, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                found = f"port {port} on {host} is in use (perhaps by another dashboard)"
            else:
                found = f"{host}:{port} cannot be listened on: {error.strerror or error}"
            raise InputError(f"{found}. Stop what uses it, or choose another: --port 0 takes a free one.") from error
        return int(probe.getsockname()[1])


def options(host: str, port: int, secrets: Path | None = None) -> list[str]:
    """Return the settings as options of `streamlit run`: the settings file, what must hold, the address, the secrets.

    Without a secrets file Streamlit is given one that is not there, so that it reads no other (its own places are the
    working folder and the user's home).
    """
    settings = dict(_flat(_settings_file())) | SAFE | {"server.address": host, "server.port": port}
    settings["secrets.files"] = secrets or HERE / "there-is-no-login.toml"
    if lists := [name for name, value in settings.items() if isinstance(value, list)]:
        raise PolyvocalError(f"{CONFIG}: {', '.join(lists)} cannot be lists; Streamlit takes none as an option.")
    return [f"--{name}={str(value).lower() if isinstance(value, bool) else value}" for name, value in settings.items()]


def _settings_file() -> dict[str, Any]:
    if not CONFIG.is_file():  # installed without the project's folder: Streamlit's own look, our safety settings
        return {}
    try:
        return tomllib.loads(CONFIG.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise PolyvocalError(f"{CONFIG} is not valid TOML: {error}. Repair it, or restore it with git.") from error


def _flat(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def _open_when_ready(server: str, page: str, patience: float = 30.0) -> None:
    """Open `page` in the user's browser as soon as the server says that it is well."""
    health = urllib.parse.urljoin(server, "/_stcore/health")
    until = time.monotonic() + patience
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(health, timeout=1):
                break
        except (OSError, urllib.error.URLError):
            time.sleep(0.2)
    else:
        sys.stderr.write(f"The dashboard did not answer within {patience:.0f} s at {server}.\n")
        return
    webbrowser.open(page)
