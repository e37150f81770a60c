"""Runs tasks one after the other, in the calling thread."""

import heapq
from collections.abc import Iterator

from treadle.engine.executors.base import Completed, Task


class InlineExecutor:
    """Runs one task at a time, in the order of the plan; errors and Ctrl-C end it at once."""

    def __init__(self) -> None:
        self._tasks: list[tuple[int, Task]] = []

    def submit(self, position: int, task: Task) -> None:
        """Accept a task."""
        heapq.heappush(self._tasks, (position, task))

    def wait(self) -> Iterator[Completed]:
        """Run the next task."""
        if self._tasks:
            position, task = heapq.heappop(self._tasks)
            try:
                task()
            except Exception as error:  # noqa: BLE001 - passed to the loop, which raises it
                yield Completed(position, error)
            else:
                yield Completed(position)

    def close(self) -> None:
        """Drop tasks that have not started."""
        self._tasks.clear()
