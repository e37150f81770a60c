"""The suite for formats of files."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from treadle.errors import DataError, DataNotFoundError
from treadle.testing.datasets import CreateDataset, DatasetCase, DatasetSuite, Unsavable

_FILE: Final = "deep/folder/data.bin"


class FormatSuite(DatasetSuite):
    """Tests of a format of files; the entry of its case needs no ``filepath``.

    A subclass overrides the fixture `case`.
    """

    @pytest.fixture
    def options(self) -> Mapping[str, Any]:
        """Return the path of the file."""
        return {"filepath": _FILE}

    def test_it_is_one_file(self, case: DatasetCase, create: CreateDataset, tmp_path: Path) -> None:
        """A save leaves one file, which is described by its digest and size."""
        dataset = create()
        with pytest.raises(DataNotFoundError, match=r"data\.bin"):
            dataset.load()
        dataset.save(case.values[0])
        description = dataset.describe(content=True)
        assert description.location == str(tmp_path / _FILE)
        assert description.digest.startswith("blake3:")
        assert description.size == (tmp_path / _FILE).stat().st_size
        assert [path.name for path in (tmp_path / _FILE).parent.iterdir()] == ["data.bin"]

    @pytest.mark.parametrize("versioned", [False, True], ids=["flat", "versioned"])
    def test_a_save_that_fails_leaves_no_file(
        self, case: DatasetCase, create: CreateDataset, tmp_path: Path, *, versioned: bool
    ) -> None:
        """Neither a version nor a temporary file is left, and the error names the file."""
        dataset = create(versioned=versioned)
        with pytest.raises(DataError, match="cannot be saved"):
            dataset.save(Unsavable())
        assert not dataset.exists()
        dataset.save(case.values[0])
        files = sorted(path for path in tmp_path.rglob("*") if path.is_file())
        with pytest.raises(DataError, match="cannot be saved"):
            dataset.save(Unsavable())
        with pytest.raises(DataError, match="there is nothing to save"):
            dataset.save(None)
        assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == files
        assert case.plain(dataset.load()) == case.plain(case.values[0])

    def test_versions_are_stored_side_by_side(
        self, case: DatasetCase, create: CreateDataset
    ) -> None:
        """Each save is a version of its own, and the latest is loaded."""
        versions = []
        for value in case.values:
            create(versioned=True).save(value)
            versions.append(create(versioned=True).describe(content=True).version)
        assert len(set(versions)) == len(case.values)
        latest = create(versioned=True).load()
        assert case.plain(latest) == case.plain(case.values[-1])

    def test_a_damaged_file_is_an_error_that_names_it(
        self, case: DatasetCase, create: CreateDataset, tmp_path: Path
    ) -> None:
        """No format loads what it did not write, except those for which any bytes are data."""
        (tmp_path / _FILE).parent.mkdir(parents=True)
        (tmp_path / _FILE).write_bytes(b"\xff\x00\xfe{[damaged" * 30)
        caught: DataError | None = None
        try:
            create().load()
        except DataError as error:
            caught = error
        assert caught is not None or case.loads_any_bytes, "loaded a damaged file"
        if caught is not None:
            assert re.search(r"data\.bin.* cannot be loaded", str(caught))
