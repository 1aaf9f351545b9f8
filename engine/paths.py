"""Where things lie: the data shipped with the project, and the user's own store.

`POLYVOCAL_HOME` moves the store. Without it, the store is the project's data/ folder, whose made parts git ignores.
"""

from __future__ import annotations

import os
from pathlib import Path

from engine.errors import InputError

DATA = Path(__file__).resolve().parent.parent / "data"


def home() -> Path:
    """Return the folder of everything the user makes: `POLYVOCAL_HOME`, else the project's data/."""
    value = os.environ.get("POLYVOCAL_HOME", "").strip()
    return Path(value).expanduser().resolve() if value else DATA


def check_new_file(path: Path) -> Path:
    """Return the path of a file that a user wants written.

    Raises:
        InputError: it is a folder, or the folder that it would lie in is not there; a mistyped one is not made.
    """
    if path.is_dir():
        raise InputError(f"{path} is a folder; expected the name of a file to write.")
    if not path.absolute().parent.is_dir():
        raise InputError(f"{path}: there is no folder {path.absolute().parent}. Make it, or name another.")
    return path


def runs_dir() -> Path:
    """Return the folder that holds one folder a run."""
    return home() / "runs"


def imported_dir() -> Path:
    """Return the folder of imported corpora, one folder each."""
    return home() / "imported"


def downloads_dir() -> Path:
    """Return the folder of published files as `polyvocal corpus fetch` left them."""
    return home() / "downloads"


def uploads_dir() -> Path:
    """Return the folder of files that a browser sent and that are not imported yet; they go when they are."""
    return home() / "uploads"


def estimates_dir() -> Path:
    """Return the folder of estimates of runs that are not started yet; all of it can be made again."""
    return home() / "estimates"


def embeddings_dir() -> Path:
    """Return the folder of text vectors, one folder a text encoder; all of it can be made again."""
    return home() / "embeddings"


def trainings_dir() -> Path:
    """Return the folder of what finished trainings of annotator models said; all of it can be made again."""
    return home() / "trainings"


def studies_dir() -> Path:
    """Return the folder that holds one folder a study of annotator models."""
    return home() / "studies"


def live_dir() -> Path:
    """Return the folder of what is asked in the dashboard and not saved; it goes when the dashboard ends."""
    return home() / "live"


def persona_sets_dir() -> Path:
    """Return the folder of the user's own persona sets (YAML)."""
    return home() / "persona-sets"


def shipped(kind: str) -> Path:
    """Return a folder shipped with the project: corpora, personas, templates, models or specs."""
    return DATA / kind
