"""Suites for datasets: what is saved is loaded, whole or not at all."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import pytest

import treadle
from treadle.catalog import DataCatalog, Dataset, StreamingDataset
from treadle.errors import DataError, DataNotFoundError
from treadle.hooks import create_hooks
from treadle.pipelines import node, pipeline
from treadle.project.catalogs import offered_formats


def _identity(value: Any) -> Any:
    return value


class DatasetCase(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of a catalog, and values for it."""

    entry: Mapping[str, Any]
    """The entry as in ``catalog.yml``; paths are relative to an empty folder."""
    values: Sequence[Any]
    """Values that it can save; if there are several, they differ."""
    plain: Callable[[Any], Any] = _identity
    """Converts a value, saved or loaded, to one that ``==`` compares."""
    loads_any_bytes: bool = False
    """Whether there are no bytes that the format rejects, as with lines of text."""


class StreamingCase(DatasetCase, frozen=True, kw_only=True):
    """A dataset that is saved in chunks; together they are the first of its values."""

    chunks: Sequence[Any]
    """The chunks, in order."""


class Unsavable:
    """A value that no dataset can save: it raises when anything of it is read."""

    def __reduce__(self) -> str:
        raise ValueError("unsavable")

    def __getattr__(self, name: str) -> Any:
        raise ValueError("unsavable")


CreateDataset = Callable[..., Dataset]
"""Creates the dataset of a case anew, as the next run does; options are added to its entry."""


class DatasetFixtures:
    """The dataset that the tests of a case use. A subclass overrides the fixture `case`."""

    plugins: ClassVar[Sequence[object]] = ()
    """Plugins besides the installed ones, for one that is not installed yet."""
    packages: ClassVar[Sequence[str]] = ()
    """Packages whose dataset classes may be named as ``type``."""

    @pytest.fixture
    def case(self) -> DatasetCase:
        """Return the entry to test, and values for it."""
        raise NotImplementedError(f"Define the fixture case in {type(self).__name__}.")

    @pytest.fixture
    def options(self) -> Mapping[str, Any]:
        """Return what is added to each entry."""
        return {}

    @pytest.fixture
    def create(
        self,
        case: DatasetCase,
        options: Mapping[str, Any],
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> CreateDataset:
        """Return a function that creates the dataset of the case."""
        monkeypatch.chdir(tmp_path)  # where a class looks for a relative path
        formats = offered_formats(create_hooks(self.plugins, installed=True))

        def create_dataset(**more: Any) -> Dataset:
            entries = {"data": {**case.entry, **options, **more}}
            return DataCatalog(entries, root=tmp_path, formats=formats, packages=self.packages)[
                "data"
            ]

        return create_dataset


class DatasetSuite(DatasetFixtures):
    """Tests of a dataset class or of an entry of a catalog.

    A subclass overrides the fixture `case`.
    """

    def test_a_new_dataset_has_no_content(self, create: CreateDataset) -> None:
        """What was never saved does not exist, has no digest, and cannot be loaded."""
        dataset = create()
        assert not dataset.exists()
        assert dataset.digest() == ""
        assert dataset.describe().type
        assert dataset.describe(content=True).digest == ""
        with pytest.raises(DataNotFoundError):
            dataset.load()

    def test_what_is_saved_is_loaded(self, case: DatasetCase, create: CreateDataset) -> None:
        """Each save replaces the content, for the next run as well."""
        for value in case.values:
            dataset = create()
            dataset.save(value)
            assert dataset.exists()
            assert case.plain(dataset.load()) == case.plain(value)
            assert create().exists()
            assert case.plain(create().load()) == case.plain(value)

    def test_the_digest_is_that_of_the_content(
        self, case: DatasetCase, create: CreateDataset
    ) -> None:
        """The digest changes with the content, or is always empty: then nothing is reused."""
        digests = []
        for value in case.values:
            create().save(value)
            digests.append(create().digest())
            create().load()
            assert create().digest() == digests[-1]
            assert create().describe(content=True).digest == digests[-1]
        assert len(set(digests)) == (len(digests) if digests[0] else 1)

    def test_a_save_that_fails_changes_nothing(
        self, case: DatasetCase, create: CreateDataset
    ) -> None:
        """A value that cannot be saved is an error, and leaves the content as it was."""
        dataset = create()
        with pytest.raises(DataError):
            dataset.save(Unsavable())
        assert not dataset.exists()
        dataset.save(case.values[0])
        before = dataset.digest()
        with pytest.raises(DataError):
            dataset.save(Unsavable())
        assert dataset.digest() == before
        assert case.plain(create().load()) == case.plain(case.values[0])

    def test_nodes_write_and_read_it(
        self, case: DatasetCase, create: CreateDataset, tmp_path: Path
    ) -> None:
        """A run loads it for the nodes that read it, and records its content if it is located."""
        made = pipeline(
            [
                node(lambda: case.values[0], None, "data", name="write"),
                node(case.plain, "data", "read", name="read"),
            ]
        )
        result = treadle.run(made, catalog={"data": create()}, store=tmp_path / "runs.db")
        assert result.outputs["read"] == case.plain(case.values[0])
        used = treadle.get_run(result.id, store=tmp_path / "runs.db").datasets
        expected = [("write", "written", create().digest()), ("read", "read", create().digest())]
        assert [(one.node, one.role, one.digest) for one in used if one.dataset == "data"] == (
            expected if create().describe().location else []
        )


class StreamingSuite(DatasetFixtures):
    """Tests of a dataset that generator nodes save chunk by chunk; the case is a `StreamingCase`.

    A subclass overrides the fixture `case`.
    """

    def test_chunks_are_appended(self, case: StreamingCase, create: CreateDataset) -> None:
        """The chunks of one stream are one content, which exists when the stream has ended."""
        dataset = create()
        assert isinstance(dataset, StreamingDataset)
        with dataset.stream() as append:
            for chunk in case.chunks:
                append(chunk)
            assert not create().exists()
        assert case.plain(create().load()) == case.plain(case.values[0])

    def test_a_stream_that_fails_changes_nothing(
        self, case: StreamingCase, create: CreateDataset
    ) -> None:
        """The content before the stream stays, and the error is raised unchanged."""
        dataset = create()
        assert isinstance(dataset, StreamingDataset)
        dataset.save(case.values[0])
        before = dataset.digest()
        with pytest.raises(KeyError, match="of the node"), dataset.stream() as append:
            append(case.chunks[0])
            raise KeyError("of the node")
        assert create().digest() == before
        assert case.plain(create().load()) == case.plain(case.values[0])
