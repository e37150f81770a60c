"""Executors: where and when tasks run.

An executor starts tasks and reports which have ended; the loop decides what to start.

    base    the interface
    inline  in the calling thread
"""

from treadle.engine.executors.base import Completed, Executor, Task
from treadle.engine.executors.inline import InlineExecutor

__all__ = ["Completed", "Executor", "InlineExecutor", "Task"]
