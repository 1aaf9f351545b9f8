"""An experiment as the command line names it: what to train, how, where its numbers go."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from engine.cli.annotators.labels import LabelChoice
from engine.cli.annotators.progress import TrainingBar

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from engine.annotators.annotations import Annotations
    from engine.annotators.training.settings import TrainingSettings
    from engine.annotators.training.splits import Splits
    from engine.annotators.training.trainer import Trainer

Result = TypeVar("Result")


@dataclass(frozen=True)
class Experiment:
    """The options that commands of annotator models share, checked."""

    models: tuple[str, ...] | None
    """None: those that the experiment trains by itself."""
    seeds: int
    encoder: str
    settings: TrainingSettings
    device: str | None
    split_seed: int | None
    """None: the corpus's own splits, or drawn with seed 0."""
    choice: LabelChoice
    resampling: Mapping[str, Any] = field(default_factory=dict)
    """resamples, confidence and seed, as scores take them."""
    figure: Path | None = None
    as_json: bool = False

    def trainer(self, trainer_class: type[Trainer] | None = None, **more: Any) -> Trainer:
        """Return what trains, or reads what an earlier command trained."""
        from engine.annotators.training.trainer import Trainer

        facts: dict[str, Any] = {"encoder": self.encoder, "settings": self.settings, "device": self.device}
        return (trainer_class or Trainer)(**facts | more)

    def splits(self, annotations: Annotations) -> Splits:
        """Return the splits of these labels' items."""
        from engine.annotators.training.splits import item_splits

        return item_splits(annotations, self.split_seed or 0, own=self.split_seed is None)

    def drawn_splits(self, *sides: Annotations) -> Splits | None:
        """Return splits of the items that all sides have labels of, where a seed was given; else None."""
        from engine.annotators.annotations import on_common_items

        return None if self.split_seed is None else self.splits(on_common_items(*sides)[0])

    def carry_out(
        self, call: Callable[[Trainer], Result], trainer: Trainer | None = None, *, in_parts: bool = True
    ) -> tuple[Result, str]:
        """Train with a bar on stderr; after Ctrl-C, return what the finished trainings give.

        Args:
            call: the experiment, given what trains.
            trainer: None: `self.trainer()`.
            in_parts: whether finished trainings give a result without the others; else Ctrl-C ends the command.

        Returns:
            The result, and where it was stopped: '' where it was not.
        """
        trainer = trainer or self.trainer()
        with TrainingBar() as bar:
            try:
                return call(replace(trainer, told=bar.tell)), ""
            except KeyboardInterrupt:
                if not (in_parts and bar.embedded):
                    raise  # nothing is trained yet; embedded texts are kept
        return call(replace(trainer, told=None, only_finished=True)), bar.last

    def draw(self, figures: Callable[[], Mapping[str, go.Figure]]) -> None:
        """Write the figures into the file asked for, if one was."""
        if self.figure is not None:
            from engine.cli.annotators.figure_file import write_figures

            write_figures(self.figure, figures())
            if not self.as_json:
                typer.echo(f"wrote {self.figure}")


def leave_if(stopped: str) -> None:
    """End a command that Ctrl-C stopped, so that it does not look done to `&&`."""
    if stopped:
        sys.stderr.write(
            f"polyvocal: stopped at {stopped}. Finished trainings are kept: the same command goes on with the rest.\n"
        )
        raise typer.Exit(130)
