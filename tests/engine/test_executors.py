"""The contract of executors, on the built-in one and on one that runs tasks in a thread."""

import contextvars
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

import pytest

from treadle.engine import InlineExecutor
from treadle.engine.executors import Completed
from treadle.testing import ExecutorSuite


class ThreadExecutor:
    """Runs each task in another thread, as executors for threads and clusters do."""

    def __init__(self):
        self._pool = ThreadPoolExecutor(1)
        self._running: dict[Future[None], int] = {}

    def submit(self, position, task):
        self._running[self._pool.submit(contextvars.copy_context().run, task)] = position

    def wait(self):
        for future in wait(self._running, return_when=FIRST_COMPLETED).done:
            yield Completed(self._running.pop(future), future.exception())

    def close(self):
        self._pool.shutdown(cancel_futures=True)


class TestInlineExecutor(ExecutorSuite):
    @pytest.fixture
    def executor(self):
        return InlineExecutor()


class TestThreadExecutor(ExecutorSuite):
    @pytest.fixture
    def executor(self):
        return ThreadExecutor()
