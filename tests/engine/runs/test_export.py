from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from engine.errors import InputError, PolyvocalError
from engine.inference.backend import Failure
from engine.runs.execute import execute
from engine.runs.export import export_run
from engine.runs.run_folder import RunFolder
from tests.engine.runs.fakes import FakeBackend, exact_spec, fill_store, sampled_spec

NASTY = ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "\tx", "\rx", 'plain, with "quotes"\nand a line', "ok =1",
         "\nx", " =1", "＝1"]  # fmt: skip


@pytest.fixture
def run(tiny: Path) -> RunFolder:
    fill_store(texts=NASTY)
    return execute(exact_spec(), backend=FakeBackend(fault=lambda t: Failure("context", "=long") if "@" in t else None))


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_spreadsheet_finds_no_formula_in_a_csv(run: RunFolder, tmp_path: Path) -> None:
    rows = read_csv(export_run(run, tmp_path / "out.csv", texts=True))
    assert len(rows) == 3 * len(NASTY)
    for row in rows:
        original = NASTY[int(row["item_id"].removeprefix("item-"))]
        expected = f"'{original}" if original.lstrip(" ")[0] in "=+-@\t\r\n＝" else original
        assert row["item text"] == expected
    assert not any(value.lstrip(" ")[:1] in "=+-@\t\r\n＝" for row in rows for name, value in row.items()
                   if value and not name.startswith("logprob "))  # fmt: skip


def test_csv_has_a_number_for_every_label(run: RunFolder, tmp_path: Path) -> None:
    rows = read_csv(export_run(run, tmp_path / "out.csv"))
    stored = {r["key"]: r for r in run.responses().to_pylist()}
    for row in rows:
        original = stored[row["key"]]["logprobs"]
        if original is None:
            assert row["logprob no"] == row["logprob yes"] == ""
        else:
            assert [float(row["logprob no"]), float(row["logprob yes"])] == pytest.approx(original)
    assert "item text" not in rows[0]


def test_parquet_and_json_lines_keep_everything_as_it_is(run: RunFolder, tmp_path: Path) -> None:
    stored = run.responses().to_pylist()
    assert pq.read_table(export_run(run, tmp_path / "o.parquet", "parquet")).to_pylist() == stored
    lines = [json.loads(line) for line in export_run(run, tmp_path / "o.jsonl", "jsonl").read_text().splitlines()]
    assert lines == stored
    with_texts = [json.loads(line) for line in
                  export_run(run, tmp_path / "t.jsonl", "jsonl", texts=True).read_text().splitlines()]  # fmt: skip
    assert {row["item text"] for row in with_texts} == set(NASTY)


def test_an_impossible_label_is_null_in_json(tiny: Path, tmp_path: Path) -> None:
    class Sure(FakeBackend):
        def _exact(self, request):  # type: ignore[no-untyped-def]
            return type(super()._exact(request))((0.0, -math.inf))

    run = execute(exact_spec(), backend=Sure())
    for line in export_run(run, tmp_path / "o.jsonl", "jsonl").read_text().splitlines():
        assert json.loads(line)["logprobs"] == [0.0, None]


def test_sampled_runs_export_their_texts(tiny: Path, tmp_path: Path) -> None:
    run = execute(sampled_spec(), backend=FakeBackend(draw=lambda r: "=yes"))
    rows = read_csv(export_run(run, tmp_path / "o.csv"))
    assert len(rows) == 270
    assert {row["text"] for row in rows} == {"'=yes"}
    assert not [name for name in rows[0] if name.startswith("logprob")]


def test_an_old_file_stays_when_the_new_one_cannot_be_written(
    run: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "out.csv"
    path.write_text("old")
    monkeypatch.setattr("engine.runs.export._write", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left")))
    with pytest.raises(PolyvocalError, match=r"No space left.*the run itself is unchanged"):
        export_run(run, path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_texts_of_a_changed_corpus_are_not_put_beside_old_answers(run: RunFolder, tmp_path: Path) -> None:
    fill_store(texts=[*NASTY[:-1], "edited"])
    with pytest.raises(InputError, match="Export without texts"):
        export_run(run, tmp_path / "o.csv", texts=True)
    export_run(run, tmp_path / "o.csv")


def test_bad_targets_are_told(run: RunFolder, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no folder"):
        export_run(run, tmp_path / "mistyped" / "rows.csv")
    assert not (tmp_path / "mistyped").exists()
    with pytest.raises(InputError, match="is a folder"):
        export_run(run, tmp_path)
    with pytest.raises(InputError, match="Did you mean 'csv'"):
        export_run(run, tmp_path / "x", "cvs")  # type: ignore[arg-type]
