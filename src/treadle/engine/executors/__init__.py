"""Executors: where and when tasks run."""

from treadle.engine.executors.base import Completed, Executor, Task
from treadle.engine.executors.inline import InlineExecutor

__all__ = ["Completed", "Executor", "InlineExecutor", "Task"]
