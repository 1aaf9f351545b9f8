"""The `polyvocal` command: the same calls as the Python API, from a shell."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and exit: 0 done, 2 bad input, 1 failure, 130 interrupted."""
    from engine.cli.main import run

    sys.exit(run(sys.argv[1:]))
