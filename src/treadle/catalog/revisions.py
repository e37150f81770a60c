"""Revisions, the past contents of datasets: ``name@version``, ``name@run``."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from treadle.catalog.dataset import Dataset
from treadle.catalog.file import FileDataset
from treadle.catalog.location import LocalLocation
from treadle.catalog.versioned import VersionedDataset
from treadle.errors import CatalogError, DataNotFoundError, nearest


class Revision(msgspec.Struct, frozen=True):
    """The content of a dataset that a run read or wrote."""

    version: str
    """The version; empty if the dataset was not versioned."""
    digest: str


class History(Protocol):
    """The history of datasets in runs."""

    def find(self, dataset: str, run: str) -> Revision:
        """Return the content of a dataset that a run wrote, or else read.

        Raises:
            DataNotFoundError: There is no such run, or it did not use the dataset.
        """
        ...

    def locate(self, digest: str) -> Path | None:
        """Return where content is stored; None if it is not."""
        ...


def find_revision(
    name: str, dataset: Dataset, wanted: str, history: History | None, engines: Sequence[str] = ()
) -> str | Path | None:
    """Find where the content of a revision is stored.

    Args:
        name: The name of the dataset.
        dataset: The current dataset.
        wanted: A version of it, or a run.
        history: The history of runs; without it, there are only versions.
        engines: What else may follow the ``@``, for the message.

    Returns:
        The version to load, or the file, or None for the current content.

    Raises:
        CatalogError: It is not a version, and there is no history.
        DataNotFoundError: There is no such version or run, or its content is not stored any more.
    """
    versions = dataset.versions() if isinstance(dataset, VersionedDataset) else []
    if wanted in versions:
        return wanted
    if history is None:
        raise CatalogError(
            f'"{name}" has no version "{wanted}".', hint=nearest(wanted, [*versions, *engines])
        )
    revision = history.find(name, wanted)
    if revision.version in versions:
        return revision.version
    digest = revision.digest
    if digest and isinstance(dataset, VersionedDataset):
        for version in reversed(versions):
            if dataset.describe_version(version).digest == digest:
                return version
    if digest and dataset.exists() and dataset.describe(content=True).digest == digest:
        return None
    file = history.locate(digest) if digest else None
    if file is None:
        raise DataNotFoundError(
            f'What run "{wanted}" had of "{name}" is no longer stored.',
            hint="versioned: true keeps every content of a dataset, cache: store as long as there "
            "is room.",
        )
    return file


def at_path(dataset: Dataset, path: Path) -> Dataset:
    """Return a dataset that loads a file as another one would."""
    if not isinstance(dataset, FileDataset):
        raise DataNotFoundError(f"{path} cannot be loaded as a dataset of this type.")
    return dataset.at(LocalLocation(path))
