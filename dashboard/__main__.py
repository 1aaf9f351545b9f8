"""`python -m dashboard`: what `polyvocal dashboard` starts."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from dashboard import serve
from engine.errors import PolyvocalError


def main(arguments: list[str] | None = None) -> int:
    """Read the options, serve, and return the exit status; errors are one message without a traceback."""
    parser = argparse.ArgumentParser(prog="polyvocal dashboard", description="Open the dashboard in a browser.")
    parser.add_argument("--port", type=int, default=8501, help="port to listen on; 0 takes a free one (8501)")
    parser.add_argument("--address", default="127.0.0.1", help="address to listen on (127.0.0.1: this machine alone)")
    parser.add_argument("--no-login", action="store_true", help="let in everybody who reaches the address")
    parser.add_argument("--secrets", type=Path, help="file that sets up the login (secrets.toml of POLYVOCAL_HOME)")
    parser.add_argument("--open", action="store_true", help="open the page in the browser when it is ready")
    parser.add_argument("--page", default="", help="what a browser opens, e.g. 'story?run=RUN' (Home)")
    given = parser.parse_args(arguments)
    try:
        return serve.run(
            given.port, given.address, no_login=given.no_login, secrets=given.secrets, open_browser=given.open,
            page=given.page,
        )  # fmt: skip
    except PolyvocalError as error:
        sys.stderr.write(f"polyvocal: {error}\n")
        return error.exit_status


if __name__ == "__main__":
    sys.exit(main())
