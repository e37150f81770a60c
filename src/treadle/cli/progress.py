"""Shows a run while it runs: a bar on a terminal, one line for each node elsewhere if asked for."""

import sys
from typing import Any

from treadle.hooks import hook

__all__ = ["Progress"]


class Progress:
    """A plugin of the engine that draws a bar; quiet when the output is no terminal.

    Attributes:
        ran: How many nodes have run.
        reused: How many did not need to.
    """

    def __init__(self) -> None:
        self.ran = 0
        self.reused = 0
        self._bar: Any = None
        self._task: Any = None

    @hook
    def before_pipeline_run(self, plan: Any) -> None:
        """Draw the bar."""
        if not sys.stderr.isatty():
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bar

        self._bar = Bar(
            TextColumn("[bold]{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
            console=Console(stderr=True), transient=True,
        )  # fmt: skip
        self._bar.start()
        self._task = self._bar.add_task("starting", total=len(plan.steps))

    @hook
    def on_node_start(self, node: Any) -> None:
        """Name the node."""
        if self._bar is not None:
            self._bar.update(self._task, description=node.name)

    @hook
    def after_node_run(self, node: Any) -> None:
        """Count it."""
        self.ran += 1
        if self._bar is not None:
            self._bar.advance(self._task)

    @hook
    def after_node_reused(self, node: Any) -> None:
        """Count it, too."""
        self.reused += 1
        if self._bar is not None:
            self._bar.update(self._task, description=node.name, advance=1)

    @hook
    def after_pipeline_run(self) -> None:
        """Take the bar away."""
        self._stop()

    @hook
    def on_pipeline_error(self) -> None:
        """Take the bar away."""
        self._stop()

    def _stop(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
