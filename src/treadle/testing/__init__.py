"""Test suites for plugins: what every dataset, format, executor and storage has to do.

A suite is a class. A test module derives a class from it and defines the fixture that the suite
names, which returns what is to be tested; pytest then runs the tests of the suite on it. Treadle's
own parts are tested by these suites, too.

``treadle.testing.fixtures`` has fixtures for tests that run pipelines or the command line; a
``conftest`` module enables them with ``pytest_plugins = ["treadle.testing.fixtures"]``.

Examples:
    >>> import pytest
    >>> from treadle.testing import DatasetCase, FormatSuite
    >>> class TestText(FormatSuite):
    ...     @pytest.fixture
    ...     def case(self):
    ...         return DatasetCase(entry={"type": "text"}, values=["one", "two"])

    datasets   DatasetSuite, StreamingSuite: one entry of a catalog
    formats    FormatSuite: a format of files
    executors  ExecutorSuite
    artifacts  ArtifactStorageSuite
    store/     StoreSuite, put together of four suites
    fixtures   a folder of its own and the command line, as pytest fixtures
"""

from treadle.errors import MissingExtraError

try:
    import pytest
except ModuleNotFoundError as error:
    raise MissingExtraError("treadle.testing", "pytest", "testing") from error

# Before they are imported: their assertions then show the values that they compare.
pytest.register_assert_rewrite(
    "treadle.testing.artifacts",
    "treadle.testing.datasets",
    "treadle.testing.executors",
    "treadle.testing.formats",
    "treadle.testing.store",
)

from treadle.testing.artifacts import ArtifactStorageSuite
from treadle.testing.datasets import (
    DatasetCase,
    DatasetSuite,
    StreamingCase,
    StreamingSuite,
    Unsavable,
)
from treadle.testing.executors import ExecutorSuite
from treadle.testing.formats import FormatSuite
from treadle.testing.store import StoreSuite

__all__ = [
    "ArtifactStorageSuite",
    "DatasetCase",
    "DatasetSuite",
    "ExecutorSuite",
    "FormatSuite",
    "StoreSuite",
    "StreamingCase",
    "StreamingSuite",
    "Unsavable",
]
