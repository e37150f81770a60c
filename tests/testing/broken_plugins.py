"""Plugins with one fault each, under the suites that have to find it; run by test_suites.py."""

import contextlib
import math
from pathlib import Path

import pytest

from treadle.engine import InlineExecutor
from treadle.store import ArtifactStore, locate_store
from treadle.store.sql.sqlite import SqliteStore
from treadle.testing import (
    ArtifactStorageSuite,
    DatasetCase,
    DatasetSuite,
    ExecutorSuite,
    FormatSuite,
    StreamingCase,
    StreamingSuite,
)
from treadle.testing.store import SeriesSuite


class SilentExecutor(InlineExecutor):
    """Hides the errors of tasks."""

    def submit(self, position, task):
        def run():
            with contextlib.suppress(Exception):
                task()

        super().submit(position, run)


class TestSilentExecutor(ExecutorSuite):
    @pytest.fixture
    def executor(self):
        return SilentExecutor()


class HalfWritten:
    """Writes the file before it knows that it can, and has one digest for all contents."""

    def __init__(self, path):
        self.path = Path(path)

    def load(self):
        return self.path.read_text()

    def save(self, data):
        self.path.write_text("")
        self.path.write_text(data)

    def exists(self):
        return self.path.exists()

    def digest(self):
        return "always the same"


class TestHalfWritten(DatasetSuite):
    packages = ("broken_plugins",)

    @pytest.fixture
    def case(self):
        entry = {"type": "broken_plugins.HalfWritten", "path": "data.txt"}
        return DatasetCase(entry=entry, values=["one", "two"])


class TestAnyBytes(FormatSuite):
    """Bytes are loaded whatever they are, and the case does not say so."""

    @pytest.fixture
    def case(self):
        entry = {"type": "text", "load_args": {"encoding": "latin-1"}}
        return DatasetCase(entry=entry, values=["one", "two"])


class TestWrongChunks(StreamingSuite):
    """The chunks are not what the value is."""

    @pytest.fixture
    def case(self):
        entry = {"type": "text", "filepath": "data.txt"}
        return StreamingCase(entry=entry, values=["ab"], chunks=["a", "c"])


class WithoutNan(SqliteStore):
    """Drops the points that are NaN."""

    def points(self, *arguments):
        return [one for one in super().points(*arguments) if not math.isnan(one.value)]


class TestWithoutNan(SeriesSuite):
    @pytest.fixture
    def empty_store(self, tmp_path):
        store = WithoutNan(locate_store(tmp_path / "store.db"))
        yield store
        store.close()


class Unverified(ArtifactStore):
    """Reads contents without comparing them with their digests."""

    def read_whole(self, digest):
        return self.read(digest, 0, self.size(digest))


class TestUnverified(ArtifactStorageSuite):
    @pytest.fixture
    def storage(self, tmp_path):
        return Unverified(tmp_path / "contents")

    def damage(self, storage, digest):
        storage.locate(digest).write_bytes(b"wrong")


class TestUndefined(ExecutorSuite):
    """Its fixture is not defined."""
