"""RunFolder: one run as it is stored, and the only code that writes into a run folder.

A run folder holds manifest.json (replaced as a whole), part-*.parquet (immutable), progress.json, log.txt of a run that
was started as a process of its own, `cancel` while a stop is asked for, and `lock`. docs/runs.md explains it.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from engine.errors import InputError, PolyvocalError
from engine.jobs.lock import is_locked
from engine.jobs.manifests import MANIFEST
from engine.runs import parts
from engine.runs.manifest import Manifest, State, read_manifest, write_manifest
from engine.runs.progress import Progress, read_progress
from engine.runs.response import SCHEMA
from engine.validation import unknown_name

log = logging.getLogger(__name__)
LIVE: tuple[State, ...] = ("planned", "running")
"""States in which a process works on the run, or is about to."""


class RunFolder:
    """One run as it is stored. Cheap to make; every method looks at the disk again."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.unreadable: dict[str, str] = {}
        """Parts that the last reading could not read, with the reason; their responses count as not there."""
        self._writer = f"0000-{secrets.token_hex(3)}"
        self._written = 0

    def __repr__(self) -> str:
        return f"RunFolder({str(self.path)!r})"

    @property
    def run_id(self) -> str:
        """The folder's name."""
        return self.path.name

    def manifest(self) -> Manifest:
        """Return the manifest.

        Raises:
            InputError: it is missing or broken; the message says what to do.
        """
        return read_manifest(self.path)

    def write_manifest(self, manifest: Manifest) -> None:
        """Replace the manifest.

        Raises:
            PolyvocalError: it could not be written; the one before still stands.
        """
        write_manifest(self.path, manifest)

    def write_as(self, attempt: str) -> None:
        """Name the parts to come after `attempt`; two writers must not use the same one."""
        self._writer, self._written = attempt, 0

    def append(self, rows: pa.Table | Sequence[Mapping[str, Any]]) -> Path | None:
        """Store responses as one more part, and return it; None where there are no rows.

        Args:
            rows: A table with the columns of `response.SCHEMA`, or a list of mappings (absent columns are null).

        Raises:
            PolyvocalError: the part could not be written; nothing of it remains, everything before is kept.
        """
        table = parts.to_table(rows)
        if table.num_rows == 0:
            return None
        name = f"part-{self._writer}-{self._written:06d}.parquet"
        try:
            path = parts.write_part(self.path, name, table)
        except OSError as error:
            raise PolyvocalError(
                f"run {self.run_id!r}: {table.num_rows} responses could not be stored in {self.path} "
                f"({error.strerror or error}). The {len(self.parts())} parts written before are kept. "
                "Free some space or make the folder writable, then start the same spec again: only what is missing "
                "is asked."
            ) from error
        self._written += 1
        return path

    def parts(self) -> list[Path]:
        """Return the parts, sorted by name; an absent folder has none."""
        try:
            return parts.part_paths(self.path)
        except OSError:
            return []

    def responses(self, columns: Iterable[str] | None = None, *, encoded: bool = False) -> pa.Table:
        """Return the responses, one row a key: the first answer, or the last failure where there is no answer.

        Parts that cannot be read are left out, logged, and told in `unreadable`.

        Args:
            columns: Columns of `response.SCHEMA`; all where None.
            encoded: Return columns of few distinct values as dictionary codes (see `parts.ENCODED`).

        Raises:
            InputError: a column is not one of the response table's.
        """
        names = list(SCHEMA.names if columns is None else columns)
        for name in names:
            if name not in SCHEMA.names:
                raise unknown_name("response column", name, SCHEMA.names, "Choose among these.")
        if encoded and "key" not in names:  # keys are most of what is to be read
            table = self._read([*names, *parts.CELL], encoded=True)
            if parts.all_distinct(table):
                return table.select(names)
        return parts.deduplicate(self._read([*names, "key", "status"], encoded=encoded)).select(names)

    def _read(self, columns: Iterable[str], *, encoded: bool) -> pa.Table:
        """Return the rows of all parts that can be read, double ones too."""
        names = list(dict.fromkeys(columns))
        table, self.unreadable = parts.read_parts(self.parts(), names, encoded=encoded)
        while any(not (self.path / name).exists() for name in self.unreadable):  # joined while we were reading
            table, self.unreadable = parts.read_parts(self.parts(), names, encoded=encoded)
        for part, problem in self.unreadable.items():
            log.warning("run %s: %s cannot be read and is left out: %s", self.run_id, part, problem)
        return table

    def query(self, sql: str) -> pa.Table:
        """Return the answer of DuckDB to `sql` over the view `responses` (deduplicated).

        Raises:
            InputError: DuckDB does not take the query.
        """
        import duckdb

        with duckdb.connect() as connection:
            connection.register("responses", self.responses())
            try:
                answer = connection.sql(sql)
                return pa.table({}) if answer is None else answer.to_arrow_table()
            except duckdb.Error as error:
                raise InputError(
                    f"the query {sql!r} fails: {error}. "
                    f"The view is `responses`; its columns: {', '.join(SCHEMA.names)}."
                ) from error

    def done_keys(self) -> set[str]:
        """Return the keys that have an answer (refusals and the like are answers; recorded failures are not)."""
        table = self.responses(("key", "status"))
        keys, statuses = table["key"].to_pylist(), table["status"].to_pylist()
        return {key for key, status in zip(keys, statuses, strict=True) if status != "failed"}

    def counts_by_status(self) -> dict[str, int]:
        """Return the number of responses of each status that occurs."""
        return count_values(self.responses(("status",))["status"])

    def join_parts(self) -> None:
        """Join many small parts into few large ones. Only for the process that holds the run's lock.

        Raises:
            OSError: the disk is full or not writable; the parts stand as they were.
        """
        parts.join_parts(self.path)

    def state(self) -> State:
        """Return the state as it is: a run that says running while no process holds its lock was interrupted.

        Raises:
            InputError: the manifest is missing or broken.
        """
        return self.true_state(self.manifest())

    def says_at_work(self) -> bool:
        """Return whether the manifest says that a process works on it; one that is not there yet is just being made."""
        try:
            return self.manifest().state in LIVE
        except InputError:
            return True

    def progress(self) -> Progress | None:
        """Return what the process that works on the run (or last did) told of its progress, if anything."""
        return read_progress(self.path)

    def stamp(self) -> str:
        """Return a text that changes when the manifest or the parts do; reading it is cheap. For caches."""
        names = [path.name for path in self.parts()]
        try:
            at = (self.path / MANIFEST).stat()
            manifest = f"{at.st_mtime_ns}-{at.st_size}-{at.st_ino}"
        except OSError:
            manifest = "none"
        return f"{manifest}-{len(names)}-{names[-1] if names else ''}"

    def set_aside_leftovers(self) -> list[str]:
        """Remove half-written files of killed processes, and rename unreadable parts to broken-*; return those.

        Only for the process that holds the run's lock.
        """
        for path in [*self.path.glob(".part-*.tmp"), *self.path.glob(".*.json.*.tmp")]:
            path.unlink(missing_ok=True)
        _, problems = parts.read_parts(self.parts(), ("key", "status"))
        for name in problems:
            (self.path / name).rename(self.path / f"broken-{name}")
        return sorted(problems)

    def true_state(self, manifest: Manifest) -> State:
        """Return the state as it is, of a manifest already read; it may have ended since.

        Raises:
            InputError: the manifest has gone, or broken, since it was read.
        """
        if manifest.state not in LIVE or is_locked(self.path):
            return manifest.state
        state = self.manifest().state  # it may have ended between the two looks
        return "interrupted" if state in LIVE else state


def count_values(column: pa.ChunkedArray) -> dict[str, int]:
    """Return how often each value occurs in a column of texts."""
    return {row["values"]: row["counts"] for row in pc.value_counts(column).to_pylist()}
