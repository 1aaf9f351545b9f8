"""`polyvocal report`: everything that a run shows, as one HTML file that works offline, or as a folder of files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from engine.cli.measure.measured_run import MeasuredRun
from engine.cli.measure.run_options import takes_run
from engine.cli.output import print_json, progress_bar
from engine.paths import check_new_file

if TYPE_CHECKING:
    from engine.report import Report, Written


@takes_run(without=["personas"])
def report(
    run: MeasuredRun,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="HTML file; default: RUN.html here.")] = None,
    folder: Annotated[
        Path | None,
        typer.Option(help="Also, or instead, a folder: report.html, tables (CSV, LaTeX), figures (HTML, SVG, PNG)."),
    ] = None,
    texts: Annotated[
        Literal["none", "masked"],
        typer.Option(help="masked: texts of the shown items are in the file, hidden until clicked; none: not in it."),
    ] = "masked",
) -> None:
    """Write one self-contained HTML page of a run: charts, tables, items, spec, versions and citation."""
    from engine.report import check_report_folder, make_report, write_html

    page = out or Path(f"{run.run_id}.html")
    if out or folder is None:
        check_new_file(page)  # before it measures, which can take a minute
    if folder is not None:
        check_report_folder(folder)
    with progress_bar("sections") as bar:
        task = bar.add_task(run.run_id, total=None, detail="")
        made = make_report(
            run.folder, corpus=run.corpus_name, temperature=run.temperature, texts=texts, **run.resampling,
            progress=lambda done, total, title: bar.update(task, completed=done, total=total, detail=title),
        )  # fmt: skip
    written = None if folder is None else _write_folder(made, folder)
    page = write_html(made, page) if out or written is None else written.report
    hidden = sum(bool(card.fields) for section in made.sections for card in section.items)
    if run.as_json:
        facts = {"run": made.run_id, "path": str(page), "texts": texts, "items_with_texts": hidden}
        files = [] if written is None else [str(path) for path in (*written.tables, *written.figures)]
        print_json(facts | {"files": files, "note": "" if written is None else written.note})
        return
    print(f"wrote {page} ({page.stat().st_size / 1e6:.1f} MB)")
    if hidden:
        print(f"It holds the texts of {hidden} items, hidden until clicked; --texts none leaves them out.")
    if written is not None:
        print(f"wrote {len(written.tables)} files of tables and {len(written.figures)} of figures below {folder}")
        if written.note:
            print(written.note, file=sys.stderr)


def _write_folder(made: Report, folder: Path) -> Written:
    from engine.report import why_no_images, write_folder

    if why_no_images():
        return write_folder(made, folder)
    with progress_bar("images") as bar:
        task = bar.add_task(made.run_id, total=None, detail="drawing figures")
        return write_folder(made, folder, lambda done, total: bar.update(task, completed=done, total=total))
