"""Finds what a dataset held in the past: ``name@version``, ``name@run``."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from treadle.catalog.dataset import Dataset
from treadle.catalog.file import FileDataset
from treadle.catalog.place import LocalPlace
from treadle.catalog.versioned import VersionedDataset
from treadle.errors import CatalogError, DataNotFoundError, nearest

__all__ = ["History", "PastContent", "at_path", "find_past"]


class PastContent(msgspec.Struct, frozen=True):
    """What a run read or made of a dataset."""

    version: str
    """Empty where the dataset was not versioned."""
    digest: str


class History(Protocol):
    """Knows what runs had."""

    def find(self, dataset: str, run: str) -> PastContent:
        """Say what a run made of a dataset, or else read of it.

        Raises:
            DataNotFoundError: There is no such run, or it did not use the dataset.
        """
        ...

    def locate(self, digest: str) -> Path | None:
        """Say where a content is kept; None if it is not."""
        ...


def find_past(
    name: str, dataset: Dataset, wanted: str, history: History | None, engines: Sequence[str] = ()
) -> str | Path | None:
    """Find what a dataset held in the past.

    Args:
        name: What it is called.
        dataset: As it is now.
        wanted: A version of it, or a run.
        history: Knows what runs had; where nobody does, there are only versions.
        engines: What else may stand behind the ``@``, for the message.

    Returns:
        The version to load, or the file, or None for what is there now.

    Raises:
        CatalogError: It is no version, and nobody knows of runs.
        DataNotFoundError: There is no such version or run, or its content is no longer stored.
    """
    versions = dataset.versions() if isinstance(dataset, VersionedDataset) else []
    if wanted in versions:
        return wanted
    if history is None:
        raise CatalogError(f'"{name}" has no version "{wanted}".', hint=nearest(wanted, [*versions, *engines]))
    past = history.find(name, wanted)
    if past.version in versions:
        return past.version
    if past.digest and isinstance(dataset, VersionedDataset):
        for version in reversed(versions):
            if dataset.describe_version(version).digest == past.digest:
                return version
    if past.digest and dataset.exists() and dataset.describe(content=True).digest == past.digest:
        return None
    kept = history.locate(past.digest) if past.digest else None
    if kept is None:
        raise DataNotFoundError(
            f'What run "{wanted}" had of "{name}" is no longer stored.',
            hint="versioned: true keeps every content of a dataset, cache: store as long as there is room.",
        )
    return kept


def at_path(dataset: Dataset, path: Path) -> Dataset:
    """Give a dataset that loads a file as another one would."""
    if not isinstance(dataset, FileDataset):
        raise DataNotFoundError(f"{path} cannot be loaded as a dataset of this type.")
    return dataset.at(LocalPlace(path))
