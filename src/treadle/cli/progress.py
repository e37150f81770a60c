"""Shows progress: a bar on a terminal; elsewhere one line for each node if requested."""

import sys
from typing import Any

from treadle.hooks import hook


class Progress:
    """A plugin of the engine that draws a progress bar; silent if the output is not a terminal.

    Attributes:
        ran: Number of nodes that have run.
        reused: Number of reused nodes.
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
            TextColumn("[bold]{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._bar.start()
        self._task = self._bar.add_task("starting", total=len(plan.steps))

    @hook
    def on_node_start(self, node: Any) -> None:
        """Show the node's name."""
        if self._bar is not None:
            self._bar.update(self._task, description=node.name)

    @hook
    def after_node_run(self, node: Any) -> None:
        """Count a node that has run."""
        self.ran += 1
        if self._bar is not None:
            self._bar.advance(self._task)

    @hook
    def after_node_reused(self, node: Any) -> None:
        """Count a reused node."""
        self.reused += 1
        if self._bar is not None:
            self._bar.update(self._task, description=node.name, advance=1)

    @hook
    def after_pipeline_run(self) -> None:
        """Remove the bar."""
        self._stop()

    @hook
    def on_pipeline_error(self) -> None:
        """Remove the bar."""
        self._stop()

    def _stop(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
