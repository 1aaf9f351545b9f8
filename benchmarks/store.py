"""Writing and reading 1,000,000 responses: our run folder against bare Parquet of the same table.

The rows go through RunFolder.append in parts of 50,000, as an execution writes them, and come back as label arrays. The
bare side writes and reads one Parquet file with pyarrow, which knows nothing of keys, repeats or labels.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.report import peak_memory_gib, print_rows
from engine.runs import RunFolder, RunSpec, make_plan, sampled_labels
from engine.runs.manifest import now
from engine.runs.response import SCHEMA

PART = 50_000
TEMPERATURES = (0.0, 0.5, 1.0, 1.5)
REPEATS = 58


def responses(spec: RunSpec) -> pa.Table:
    """Return a whole grid of sampled responses: 12 personas x 360 items x 4 temperatures x 58 repeats."""
    plan = make_plan(spec)
    axes = (len(plan.personas), len(plan.items), len(TEMPERATURES), REPEATS)
    persona, item, temperature, repeat = (axis.ravel() for axis in np.indices(axes))
    n = persona.size
    rng = np.random.default_rng(0)
    drawn = rng.integers(0, 2, n)
    keys = np.char.mod("%064x", np.arange(n))
    columns = {
        "key": pa.array(keys),
        "persona_id": pa.array([p.persona_id for p in plan.personas]).take(pa.array(persona)),
        "item_id": pa.array([i.item_id for i in plan.items]).take(pa.array(item)),
        "wording": pa.repeat(plan.wordings[0].name, n),
        "temperature": pa.array(np.asarray(TEMPERATURES)[temperature]),
        "repeat": pa.array(repeat.astype(np.int32)),
        "status": pa.repeat("ok", n),
        "label": pa.array(["0", "1"]).take(pa.array(drawn)),
        "text": pa.array(["no", "yes"]).take(pa.array(drawn)),
        "prompt_tokens": pa.array(rng.integers(90, 140, n).astype(np.int32)),
        "output_tokens": pa.repeat(pa.scalar(2, pa.int32()), n),
        "seed": pa.array(rng.integers(0, 2**31, n)),
        "attempt": pa.repeat("bench", n),
    }
    return pa.table([columns.get(f.name, pa.nulls(n, f.type)) for f in SCHEMA], schema=SCHEMA)


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["POLYVOCAL_HOME"] = folder
        spec = RunSpec(
            corpus="demo", persona_sets=("demo-strong",), model="bench", backend="scripted",
            mode="sampled", temperatures=TEMPERATURES, repeats=REPEATS,
        )  # fmt: skip
        table = responses(spec)
        run = RunFolder(Path(folder) / "runs" / spec.run_id())
        run.path.mkdir(parents=True)
        run.write_manifest(make_plan(spec).new_manifest(spec.run_id(), now()))
        start = time.perf_counter()
        for at in range(0, table.num_rows, PART):
            run.append(table.slice(at, PART))
        written = time.perf_counter() - start
        start = time.perf_counter()
        pq.write_table(table, Path(folder) / "bare.parquet", compression="zstd")
        bare_written = time.perf_counter() - start
        n = table.num_rows
        del table
        reads, bare_reads = [], []
        for _ in range(3):
            start = time.perf_counter()
            labels = sampled_labels(run)
            reads.append(time.perf_counter() - start)
            assert int((labels["code"] >= 0).sum()) == n
            start = time.perf_counter()
            pq.read_table(Path(folder) / "bare.parquet")
            bare_reads.append(time.perf_counter() - start)
    read, bare_read = float(np.median(reads)), float(np.median(bare_reads))
    print_rows(
        f"store: {n:,} responses",
        [
            (
                "write: run folder / bare Parquet",
                written / bare_written,
                f"{written:.2f} s against {bare_written:.2f} s",
            ),
            ("read into label arrays / bare Parquet read", read / bare_read, f"{read:.2f} s against {bare_read:.2f} s"),
            ("peak memory, GiB", peak_memory_gib(), "the making of the rows included"),
        ],
    )


if __name__ == "__main__":
    main()
