"""The `polyvocal` command: the same calls as the Python API, from a shell."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and exit: 0 done, 2 bad input, 1 failure, 130 interrupted."""
    try:
        from engine.cli.main import run

        sys.exit(run(sys.argv[1:]))
    except KeyboardInterrupt:  # while modules are loaded: before the commands' own handling stands
        sys.stderr.write("polyvocal: interrupted.\n")
        sys.exit(130)
