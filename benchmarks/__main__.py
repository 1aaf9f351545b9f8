"""`make bench`: every measurement in a process of its own, so that neither memory nor engines mix."""

from __future__ import annotations

import subprocess
import sys

MEASUREMENTS = ("alpha", "measures", "annotators", "store", "sweep", "runner", "dashboard")


def main() -> int:
    """Run those named on the command line, or all; return 1 if any failed."""
    chosen = sys.argv[1:] or list(MEASUREMENTS)
    if unknown := [name for name in chosen if name not in MEASUREMENTS]:
        sys.stderr.write(f"unknown: {', '.join(unknown)}. Choose among {', '.join(MEASUREMENTS)}.\n")
        return 2
    return max(subprocess.call([sys.executable, "-m", f"benchmarks.{name}"]) for name in chosen)


if __name__ == "__main__":
    sys.exit(main())
