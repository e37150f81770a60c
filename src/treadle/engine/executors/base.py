"""The interface of an executor: where and when tasks run."""

from collections.abc import Callable, Iterator
from typing import Protocol

import msgspec

Task = Callable[[], None]
"""Runs one step: loads, calls, saves."""


class Completed(msgspec.Struct, frozen=True):
    """A step that has ended."""

    position: int
    error: BaseException | None = None


class Executor(Protocol):
    """Runs tasks. The scheduling loop submits steps that are ready and waits for completed ones."""

    def submit(self, position: int, task: Task) -> None:
        """Accept a task that is ready to run."""
        ...

    def wait(self) -> Iterator[Completed]:
        """Yield completed steps, at least one; nothing if there is no task."""
        ...

    def close(self) -> None:
        """Drop tasks that have not started, and wait for those that have."""
        ...
